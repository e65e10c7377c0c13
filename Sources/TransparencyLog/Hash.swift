/// A SHA-256 digest: 32 bytes, compared as bytes, held in four machine words without allocation.
public struct Hash: Hashable, Sendable {
  /// The number of bytes in a digest.
  public static let byteCount = 32

  /// The digest in memory order: the words are storage, their numeric values mean nothing.
  @usableFromInline
  internal var words: (UInt64, UInt64, UInt64, UInt64)

  /// Thirty-two zero bytes: what stands where there is no digest, as before the first entry.
  public static let zero = Hash(words: (0, 0, 0, 0))

  /// The root of the tree without leaves, SHA-256 of no bytes (RFC 6962 section 2.1).
  public static let emptyTree = Hash(
    words: (
      UInt64(bigEndian: 0xe3b0_c442_98fc_1c14), UInt64(bigEndian: 0x9afb_f4c8_996f_b924),
      UInt64(bigEndian: 0x27ae_41e4_649b_934c), UInt64(bigEndian: 0xa495_991b_7852_b855)
    ))

  @inlinable
  internal init(words: (UInt64, UInt64, UInt64, UInt64)) {
    self.words = words
  }

  /// Copies a digest from memory of any alignment.
  ///
  /// - Parameter bytes: the digest; `nil` is returned unless it is exactly 32 bytes long.
  @inlinable
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Hash.byteCount, let base = bytes.baseAddress else { return nil }
    self.init(loading: base)
  }

  /// Copies a digest from bytes; `nil` is returned unless there are exactly 32.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Hash.byteCount else { return nil }
    self = Hash.zero
    withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
  }

  /// Reads a digest from 64 hexadecimal digits of either case; `nil` for anything else.
  public init?(hex: String) {
    guard let bytes = Hexadecimal.decode(hex) else { return nil }
    self.init(bytes)
  }

  /// Copies 32 bytes that the caller knows to be there.
  @inlinable
  package init(loading base: UnsafeRawPointer) {
    words = (
      base.loadUnaligned(as: UInt64.self),
      base.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
      base.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
      base.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    )
  }

  /// The digest as 64 lower-case hexadecimal digits.
  public var hex: String {
    withUnsafeBytes { Hexadecimal.encode($0) }
  }

  /// The digest as an array of 32 bytes.
  public var bytes: [UInt8] {
    withUnsafeBytes { [UInt8]($0) }
  }

  /// Lends the digest's 32 bytes.
  @inlinable
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try Swift.withUnsafeBytes(of: words, body)
  }

  @inlinable
  internal mutating func withUnsafeMutableBytes<Result>(
    _ body: (UnsafeMutableRawBufferPointer) -> Result
  ) -> Result {
    Swift.withUnsafeMutableBytes(of: &words, body)
  }

  /// Writes the digest's 32 bytes at a place of any alignment.
  ///
  /// - Parameters:
  ///   - buffer: where to write.
  ///   - offset: the first byte's place; the program stops when the buffer ends before
  ///     `offset + 32`.
  @inlinable
  public func write(to buffer: UnsafeMutableRawBufferPointer, at offset: Int = 0) {
    precondition(
      offset >= 0 && buffer.count >= Hash.byteCount && offset <= buffer.count - Hash.byteCount,
      "a hash needs 32 bytes of room")
    guard let base = buffer.baseAddress else { return }
    store(to: base + offset)
  }

  /// Writes 32 bytes where the caller knows that there is room.
  @inlinable
  internal func store(to base: UnsafeMutableRawPointer) {
    base.storeBytes(of: words.0, as: UInt64.self)
    base.storeBytes(of: words.1, toByteOffset: 8, as: UInt64.self)
    base.storeBytes(of: words.2, toByteOffset: 16, as: UInt64.self)
    base.storeBytes(of: words.3, toByteOffset: 24, as: UInt64.self)
  }

  /// Whether two digests are the same 32 bytes.
  @inlinable
  public static func == (left: Hash, right: Hash) -> Bool {
    left.words.0 == right.words.0 && left.words.1 == right.words.1
      && left.words.2 == right.words.2 && left.words.3 == right.words.3
  }

  /// Feeds the digest to a hasher; a digest is uniform already, but a hash table is seeded.
  @inlinable
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}

extension Hash: Comparable {
  /// Orders digests as byte strings, the first byte counting most.
  @inlinable
  public static func < (left: Hash, right: Hash) -> Bool {
    if left.words.0 != right.words.0 { return left.words.0.bigEndian < right.words.0.bigEndian }
    if left.words.1 != right.words.1 { return left.words.1.bigEndian < right.words.1.bigEndian }
    if left.words.2 != right.words.2 { return left.words.2.bigEndian < right.words.2.bigEndian }
    return left.words.3.bigEndian < right.words.3.bigEndian
  }
}

extension Hash: CustomStringConvertible {
  /// The digest as 64 lower-case hexadecimal digits.
  public var description: String { hex }
}
