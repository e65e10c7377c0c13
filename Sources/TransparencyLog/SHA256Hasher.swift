import COpenSSL

/// SHA-256 through libcrypto, one digest context reused for every message.
///
/// Creating one costs about a microsecond, a digest of 65 bytes about a tenth of that: make one
/// for each thread and keep it. It is not `Sendable`, since a message is built up in it.
public final class SHA256Hasher {
  /// Domain byte before the data of a leaf (RFC 6962 section 2.1).
  private static let leafPrefix: UInt8 = 0x00
  /// Domain byte before the two children of a node (RFC 6962 section 2.1).
  private static let nodePrefix: UInt8 = 0x01
  private static let nodeByteCount = 1 + 2 * Hash.byteCount
  /// Leaf data up to this length are copied behind their domain byte: one call into libcrypto
  /// costs more than copying a few lines of memory.
  private static let leafCopyByteCountMax = 255

  /// Fetched once: looking the algorithm up again for every message triples the cost of a node.
  /// libcrypto never changes it after the fetch, so that threads may share it.
  nonisolated(unsafe) private static let sharedDigest: OpaquePointer? =
    EVP_MD_fetch(nil, "SHA256", nil)

  private let digest: OpaquePointer
  private let context: OpaquePointer
  /// One node's message: the domain byte, written once, and room for two children.
  private let node: UnsafeMutableRawPointer
  /// One short leaf's message: the domain byte, written once, and room for its data.
  private let leaf: UnsafeMutableRawPointer
  /// Whether a message is being built up.
  private var isOpen = false

  /// Makes a hasher ready for its first message.
  ///
  /// - Throws: ``CryptoError`` when libcrypto has no SHA-256 or no memory for a context.
  public init() throws(CryptoError) {
    guard let digest = SHA256Hasher.sharedDigest else { throw CryptoError(.fetchSHA256) }
    guard let context = EVP_MD_CTX_new() else { throw CryptoError(.createDigestContext) }
    guard EVP_DigestInit_ex2(context, digest, nil) == 1 else {
      EVP_MD_CTX_free(context)
      throw CryptoError(.createDigestContext)
    }
    self.digest = digest
    self.context = context
    node = .allocate(byteCount: SHA256Hasher.nodeByteCount, alignment: 8)
    node.storeBytes(of: SHA256Hasher.nodePrefix, as: UInt8.self)
    leaf = .allocate(byteCount: 1 + SHA256Hasher.leafCopyByteCountMax, alignment: 8)
    leaf.storeBytes(of: SHA256Hasher.leafPrefix, as: UInt8.self)
  }

  deinit {
    EVP_MD_CTX_free(context)
    node.deallocate()
    leaf.deallocate()
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

  /// The digest of one whole message.
  public func hash(_ message: [UInt8]) -> Hash {
    message.withUnsafeBytes { hash($0) }
  }

  /// The hash of a leaf, SHA-256 of a zero byte and its data (RFC 6962 section 2.1).
  public func leafHash(_ data: UnsafeRawBufferPointer) -> Hash {
    start()
    if data.count <= SHA256Hasher.leafCopyByteCountMax {
      if let base = data.baseAddress { (leaf + 1).copyMemory(from: base, byteCount: data.count) }
      absorb(leaf, 1 + data.count)
    } else {
      absorb(leaf, 1)
      absorb(data.baseAddress, data.count)
    }
    return squeeze()
  }

  /// The hash of a leaf, SHA-256 of a zero byte and its data (RFC 6962 section 2.1).
  public func leafHash(_ data: [UInt8]) -> Hash {
    data.withUnsafeBytes { leafHash($0) }
  }

  /// The hash of an inner node, SHA-256 of a one byte and its children (RFC 6962 section 2.1).
  public func nodeHash(_ left: Hash, _ right: Hash) -> Hash {
    left.store(to: node + 1)
    right.store(to: node + 1 + Hash.byteCount)
    start()
    absorb(node, SHA256Hasher.nodeByteCount)
    return squeeze()
  }

  private func begin() {
    start()
    isOpen = true
  }

  private func start() {
    precondition(!isOpen, "a SHA-256 message is half built: finalize() or reset() it first")
    guard EVP_DigestInit_ex2(context, digest, nil) == 1 else { SHA256Hasher.fail() }
  }

  private func absorb(_ base: UnsafeRawPointer?, _ count: Int) {
    guard EVP_DigestUpdate(context, base, count) == 1 else { SHA256Hasher.fail() }
  }

  private func squeeze() -> Hash {
    var result = Hash.zero
    let written = result.withUnsafeMutableBytes {
      EVP_DigestFinal_ex(context, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), nil)
    }
    guard written == 1 else { SHA256Hasher.fail() }
    return result
  }

  /// A context that was initialised once neither allocates nor fails in SHA-256. If it did all the
  /// same, going on would put a wrong digest into a ledger: stopping is the lesser harm.
  private static func fail() -> Never {
    fatalError("libcrypto failed in the middle of a SHA-256 digest")
  }
}
