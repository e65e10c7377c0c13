import LedgerStorage
import TransparencyLog

/// Computes the hashes of records where they stand: each message is put together in place, the
/// few bytes before it lent and given back, since libcrypto's overhead for a message in several
/// pieces is a good part of the cost of a short one.
internal struct RecordHasher {
  private static let payloadPrefix: UInt8 = 0x02
  private static let linksPrefix: UInt8 = 0x03
  private static let tag: StaticString = "provender/payload/v1\n"
  private static let partPrefixByteCount = 1 + Salt.byteCount

  private let hasher: SHA256Hasher
  /// The tag, and room for the digests of payload and links.
  private let message: UnsafeMutableRawBufferPointer

  /// - Parameter message: at least 85 bytes, which the caller frees after the last hash.
  init(_ hasher: SHA256Hasher, message: UnsafeMutableRawBufferPointer) {
    self.hasher = hasher
    let count = RecordHasher.tag.utf8CodeUnitCount + 2 * Hash.byteCount
    self.message = UnsafeMutableRawBufferPointer(rebasing: message[0..<count])
    RecordHasher.tag.withUTF8Buffer { message.copyMemory(from: UnsafeRawBufferPointer($0)) }
  }

  /// SHA-256(0x00 ‖ entry), for an entry that has a byte before it.
  func leafHash(of frame: FrameView, _ record: Int) -> Hash {
    let start = frame.layout.entries + record * Entry.byteCount - 1
    let bytes = frame.mutablePart(start, Entry.byteCount + 1)
    let lent = bytes[0]
    bytes[0] = 0
    let hash = hasher.hash(UnsafeRawBufferPointer(bytes))
    bytes[0] = lent
    return hash
  }

  /// SHA-256("provender/payload/v1\n" ‖ A ‖ B) of a record's payload and links.
  func commitment(of frame: FrameView, _ record: Int, _ parts: RecordParts) -> Hash {
    let salts = frame.saltsOffset(record)
    let tagByteCount = RecordHasher.tag.utf8CodeUnitCount
    digest(
      RecordHasher.payloadPrefix, frame, salts, parts.payloadOffset, parts.line.payloadByteCount
    ).write(to: message, at: tagByteCount)
    digest(
      RecordHasher.linksPrefix, frame, salts + Salt.byteCount, parts.linksOffset,
      parts.line.linksByteCount
    ).write(to: message, at: tagByteCount + Hash.byteCount)
    return hasher.hash(UnsafeRawBufferPointer(message))
  }

  /// SHA-256(prefix ‖ salt ‖ part). More than 17 bytes stand before every part of a frame.
  private func digest(
    _ prefix: UInt8, _ frame: FrameView, _ saltOffset: Int, _ offset: Int, _ count: Int
  ) -> Hash {
    let width = RecordHasher.partPrefixByteCount
    let bytes = frame.mutablePart(offset - width, count + width)
    // The bytes lent may be those of the salt itself.
    let salt = Salt(copying: frame.part(saltOffset, Salt.byteCount), at: 0)
    let lentByte = bytes[0]
    let lent = Salt(copying: UnsafeRawBufferPointer(bytes), at: 1)
    bytes[0] = prefix
    salt.withUnsafeBytes { copy($0, to: bytes) }
    let hash = hasher.hash(UnsafeRawBufferPointer(bytes))
    bytes[0] = lentByte
    lent.withUnsafeBytes { copy($0, to: bytes) }
    return hash
  }

  private func copy(_ salt: UnsafeRawBufferPointer, to bytes: UnsafeMutableRawBufferPointer) {
    UnsafeMutableRawBufferPointer(rebasing: bytes[1..<1 + Salt.byteCount]).copyMemory(from: salt)
  }
}
