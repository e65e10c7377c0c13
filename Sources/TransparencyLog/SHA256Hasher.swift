import COpenSSL

/// SHA-256 by libcrypto, its state reused for every message.
///
/// Creating one costs about a microsecond, a digest of 65 bytes about a twentieth of that: make one
/// for each thread and keep it. It is not `Sendable`, since a message is built up in it.
///
/// libcrypto's functions for SHA-256 alone do the work, and not its EVP interface, which in
/// OpenSSL 3.0 allocates for every message: a node takes 53 ns instead of 110, a message of 300 bytes
/// 172 instead of 208 (AMD EPYC with SHA instructions). OpenSSL 3.0 deprecates these functions in favour
/// of EVP, where a provider does the same computation. EVP is used where libcrypto was built without
/// them, and where the process is bound to a FIPS provider, which they would pass by.
public final class SHA256Hasher {
  /// Domain byte before the data of a leaf (RFC 6962 section 2.1).
  private static let leafPrefix: UInt8 = 0x00
  /// Domain byte before the two children of a node (RFC 6962 section 2.1).
  private static let nodePrefix: UInt8 = 0x01
  private static let nodeByteCount = 1 + 2 * Hash.byteCount
  /// Leaf data up to this length are copied behind their domain byte: one call into libcrypto
  /// costs more than copying a few lines of memory.
  private static let leafCopyByteCountMax = 255
  private static let tagByteCountMax = 63
  /// Salted parts up to this length are copied behind prefix and salt, for the same reason.
  private static let saltedCopyByteCountMax = 1_024
  /// The most bytes by which a message grows into whole blocks (FIPS 180-4 section 5.1.1).
  package static let paddingByteCountMax = Int(PROVENDER_SHA256_PADDING)

  /// Fetched once: looking the algorithm up again for every message triples the cost of a node.
  /// libcrypto never changes it after the fetch, so that threads may share it.
  nonisolated(unsafe) private static let sharedDigest: OpaquePointer? =
    EVP_MD_fetch(nil, "SHA256", nil)
  private static let isDirect = provender_sha256_is_direct() != 0

  private let state: UnsafeMutablePointer<provender_sha256>
  /// EVP's context; `nil` where it is not used.
  private let context: OpaquePointer?
  private let digest: OpaquePointer?
  private let node = PaddedMessage(byteCountMax: nodeByteCount)
  private let leaf = PaddedMessage(byteCountMax: 1 + leafCopyByteCountMax)
  private let pair = PaddedMessage(byteCountMax: tagByteCountMax + 2 * Hash.byteCount)
  private let salted = PaddedMessage(byteCountMax: saltedCopyByteCountMax)
  /// Whether a message is being built up.
  private var isOpen = false

  /// Makes a hasher ready for its first message.
  ///
  /// - Throws: ``CryptoError`` when libcrypto has no SHA-256 or no memory for a context.
  public convenience init() throws(CryptoError) {
    try self.init(usingProvider: !SHA256Hasher.isDirect)
  }

  /// Makes a hasher that uses EVP, or not unless it must.
  package init(usingProvider: Bool) throws(CryptoError) {
    if usingProvider || !SHA256Hasher.isDirect {
      guard let digest = SHA256Hasher.sharedDigest else { throw CryptoError(.fetchSHA256) }
      guard let context = EVP_MD_CTX_new() else { throw CryptoError(.createDigestContext) }
      guard EVP_DigestInit_ex2(context, digest, nil) == 1 else {
        EVP_MD_CTX_free(context)
        throw CryptoError(.createDigestContext)
      }
      self.digest = digest
      self.context = context
    } else {
      digest = nil
      context = nil
    }
    state = .allocate(capacity: 1)
    state.initialize(to: provender_sha256())
    node.base.storeBytes(of: SHA256Hasher.nodePrefix, as: UInt8.self)
    leaf.base.storeBytes(of: SHA256Hasher.leafPrefix, as: UInt8.self)
  }

  deinit {
    EVP_MD_CTX_free(context)
    state.deallocate()
  }

  /// Adds bytes to the message, beginning one if none was begun.
  public func update(_ bytes: UnsafeRawBufferPointer) {
    if !isOpen { begin() }
    absorb(bytes.baseAddress, bytes.count)
  }

  /// Adds bytes to the message, beginning one if none was begun.
  public func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// Adds one byte to the message, beginning one if none was begun.
  public func update(_ byte: UInt8) {
    withUnsafeBytes(of: byte) { update($0) }
  }

  /// Adds a digest's 32 bytes to the message, beginning one if none was begun.
  public func update(_ hash: Hash) {
    hash.withUnsafeBytes { update($0) }
  }

  /// Adds the UTF-8 bytes of a literal, such as a domain tag, beginning a message if none was begun.
  public func update(_ text: StaticString) {
    text.withUTF8Buffer { update(UnsafeRawBufferPointer($0)) }
  }

  /// Ends the message and returns its digest; the hasher is ready for the next message.
  public func finalize() -> Hash {
    if !isOpen { begin() }
    isOpen = false
    return squeeze()
  }

  /// Forgets a message that was begun and will not be finished.
  public func reset() {
    isOpen = false
  }

  /// The digest of one whole message.
  ///
  /// Stops the program, as do ``leafHash(_:)`` and ``nodeHash(_:_:)``, when another message is
  /// half built: its digest would come out wrong.
  public func hash(_ message: UnsafeRawBufferPointer) -> Hash {
    start()
    absorb(message.baseAddress, message.count)
    return squeeze()
  }

  /// The digest of one whole message behind which ``paddingByteCountMax`` bytes may be written to:
  /// they are lent to the padding and hold what they held when this returns. It takes 25 ns less
  /// than a message that libcrypto has to cut.
  ///
  /// - Parameters:
  ///   - message: the first byte.
  ///   - count: the bytes of the message, without those lent.
  package func hash(lending message: UnsafeMutableRawPointer, count: Int) -> Hash {
    guard context == nil else {
      return hash(UnsafeRawBufferPointer(start: message, count: count))
    }
    checkClosed()
    var result = Hash.zero
    let done = result.withUnsafeMutableBytes {
      provender_sha256_lending(
        message.assumingMemoryBound(to: UInt8.self), count, $0.baseAddress)
    }
    guard done == 1 else { SHA256Hasher.fail() }
    return result
  }

  /// The digest of one whole message.
  public func hash(_ message: [UInt8]) -> Hash {
    message.withUnsafeBytes { hash($0) }
  }

  /// The hash of a leaf, SHA-256 of a zero byte and its data (RFC 6962 section 2.1).
  public func leafHash(_ data: UnsafeRawBufferPointer) -> Hash {
    guard data.count <= SHA256Hasher.leafCopyByteCountMax else {
      start()
      absorb(leaf.base, 1)
      absorb(data.baseAddress, data.count)
      return squeeze()
    }
    if let base = data.baseAddress {
      (leaf.base + 1).copyMemory(from: base, byteCount: data.count)
    }
    return hash(leaf, 1 + data.count)
  }

  /// The hash of a leaf, SHA-256 of a zero byte and its data (RFC 6962 section 2.1).
  public func leafHash(_ data: [UInt8]) -> Hash {
    data.withUnsafeBytes { leafHash($0) }
  }

  /// The hash of an inner node, SHA-256 of a one byte and its children (RFC 6962 section 2.1).
  public func nodeHash(_ left: Hash, _ right: Hash) -> Hash {
    left.store(to: node.base + 1)
    right.store(to: node.base + 1 + Hash.byteCount)
    return hash(node, SHA256Hasher.nodeByteCount)
  }

  /// The digest of a domain tag of at most 63 bytes and two digests.
  package func hash(_ tag: StaticString, _ first: Hash, _ second: Hash) -> Hash {
    let count = tag.utf8CodeUnitCount
    precondition(count <= SHA256Hasher.tagByteCountMax, "a domain tag has at most 63 bytes")
    tag.withUTF8Buffer { text in
      if let start = text.baseAddress { pair.base.copyMemory(from: start, byteCount: count) }
    }
    first.store(to: pair.base + count)
    second.store(to: pair.base + count + Hash.byteCount)
    return hash(pair, count + 2 * Hash.byteCount)
  }

  /// The digest of a prefix, a salt and a part.
  package func hash(
    _ prefix: UInt8, _ salt: UnsafeRawBufferPointer, _ part: UnsafeRawBufferPointer
  ) -> Hash {
    let count = 1 + salt.count + part.count
    guard count <= SHA256Hasher.saltedCopyByteCountMax else {
      update(prefix)
      update(salt)
      update(part)
      return finalize()
    }
    salted.base.storeBytes(of: prefix, as: UInt8.self)
    if let base = salt.baseAddress {
      (salted.base + 1).copyMemory(from: base, byteCount: salt.count)
    }
    if let base = part.baseAddress {
      (salted.base + 1 + salt.count).copyMemory(from: base, byteCount: part.count)
    }
    return hash(salted, count)
  }

  private func begin() {
    start()
    isOpen = true
  }

  private func checkClosed() {
    precondition(!isOpen, "a SHA-256 message is half built: finalize() or reset() it first")
  }

  private func start() {
    checkClosed()
    let result =
      context == nil ? provender_sha256_start(state) : EVP_DigestInit_ex2(context, digest, nil)
    guard result == 1 else { SHA256Hasher.fail() }
  }

  private func absorb(_ base: UnsafeRawPointer?, _ count: Int) {
    let result =
      context == nil
      ? provender_sha256_absorb(state, base, count) : EVP_DigestUpdate(context, base, count)
    guard result == 1 else { SHA256Hasher.fail() }
  }

  private func squeeze() -> Hash {
    var result = Hash.zero
    let written = result.withUnsafeMutableBytes {
      context == nil
        ? provender_sha256_squeeze(state, $0.baseAddress)
        : EVP_DigestFinal_ex(context, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), nil)
    }
    guard written == 1 else { SHA256Hasher.fail() }
    return result
  }

  /// The digest of a short message that has room for its padding.
  private func hash(_ message: PaddedMessage, _ count: Int) -> Hash {
    guard context == nil else {
      return hash(UnsafeRawBufferPointer(start: message.base, count: count))
    }
    checkClosed()
    let padded = message.pad(count)
    var result = Hash.zero
    let done = result.withUnsafeMutableBytes {
      provender_sha256_blocks(message.base, padded, $0.baseAddress)
    }
    guard done == 1 else { SHA256Hasher.fail() }
    return result
  }

  /// A state that was initialised once neither allocates nor fails in SHA-256. If it did all the
  /// same, going on would put a wrong digest into a ledger: stopping is the lesser harm.
  private static func fail() -> Never {
    fatalError("libcrypto failed in the middle of a SHA-256 digest")
  }
}

/// Memory for short messages, each of which is hashed with its padding in one call. The padding
/// stays where it is while messages have the same length.
private final class PaddedMessage {
  private static let blockByteCount = 64
  /// The first byte of the padding, and the length of the message in bits at its end.
  private static let paddingByteCountMin = 1 + MemoryLayout<UInt64>.size

  let base: UnsafeMutableRawPointer
  private var count = -1
  private var paddedCount = 0

  init(byteCountMax: Int) {
    base = .allocate(byteCount: PaddedMessage.paddedCount(byteCountMax), alignment: 64)
  }

  deinit { base.deallocate() }

  private static func paddedCount(_ count: Int) -> Int {
    (count + paddingByteCountMin + blockByteCount - 1) / blockByteCount * blockByteCount
  }

  /// Puts the padding (FIPS 180-4 section 5.1.1) behind a message of that many bytes, at most those
  /// the memory was made for.
  ///
  /// - Returns: the bytes of message and padding.
  func pad(_ count: Int) -> Int {
    if count == self.count { return paddedCount }
    self.count = count
    paddedCount = PaddedMessage.paddedCount(count)
    base.storeBytes(of: 0x80, toByteOffset: count, as: UInt8.self)
    let lengthOffset = paddedCount - MemoryLayout<UInt64>.size
    (base + count + 1).initializeMemory(
      as: UInt8.self, repeating: 0, count: lengthOffset - count - 1)
    base.storeBytes(of: UInt64(8 * count).bigEndian, toByteOffset: lengthOffset, as: UInt64.self)
    return paddedCount
  }
}
