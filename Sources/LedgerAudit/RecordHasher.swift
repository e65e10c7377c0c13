import LedgerStorage
import TransparencyLog

/// Computes the hashes of records where they stand: the message of a part is put together in
/// place, the few bytes before and behind it lent and given back, since a message in several
/// pieces costs much more than a few copies.
internal struct RecordHasher {
  private static let payloadPrefix: UInt8 = 0x02
  private static let linksPrefix: UInt8 = 0x03
  private static let partPrefixByteCount = 1 + Salt.byteCount

  private let hasher: SHA256Hasher

  init(_ hasher: SHA256Hasher) { self.hasher = hasher }

  /// SHA-256(0x00 ‖ entry).
  func leafHash(of frame: FrameView, _ record: Int) -> Hash {
    hasher.leafHash(frame.entryBytes(record))
  }

  /// SHA-256("provender/payload/v1\n" ‖ A ‖ B).
  func commitment(_ payload: PartDigest, _ links: PartDigest) -> Hash {
    Commitment.join(payload.hash, links.hash, with: hasher)
  }

  /// A = SHA-256(0x02 ‖ salt ‖ payload).
  func payloadDigest(of frame: FrameView, _ record: Int, _ parts: RecordParts) -> PartDigest {
    digest(
      RecordHasher.payloadPrefix, frame, frame.saltsOffset(record), parts.payloadOffset,
      parts.line.payloadByteCount)
  }

  /// B = SHA-256(0x03 ‖ salt ‖ links).
  func linksDigest(of frame: FrameView, _ record: Int, _ parts: RecordParts) -> PartDigest {
    digest(
      RecordHasher.linksPrefix, frame, frame.saltsOffset(record) + Salt.byteCount,
      parts.linksOffset, parts.line.linksByteCount)
  }

  /// SHA-256(prefix ‖ salt ‖ part). More than 17 bytes stand before every part of a frame.
  private func digest(
    _ prefix: UInt8, _ frame: FrameView, _ saltOffset: Int, _ offset: Int, _ count: Int
  ) -> PartDigest {
    let width = RecordHasher.partPrefixByteCount
    let message = frame.lend(offset - width, count + width)
    // The bytes lent may be those of the salt itself.
    let salt = frame.bytes.loadUnaligned(fromByteOffset: saltOffset, as: SIMD2<UInt64>.self)
    let lentByte = message.load(as: UInt8.self)
    let lent = message.loadUnaligned(fromByteOffset: 1, as: SIMD2<UInt64>.self)
    message.storeBytes(of: prefix, as: UInt8.self)
    message.storeBytes(of: salt, toByteOffset: 1, as: SIMD2<UInt64>.self)
    let digest = PartDigest(
      hash: hasher.hash(lending: message, count: count + width),
      checksum: CRC32C.checksum(
        of: UnsafeRawBufferPointer(start: message + 1, count: count + width - 1)))
    message.storeBytes(of: lentByte, as: UInt8.self)
    message.storeBytes(of: lent, toByteOffset: 1, as: SIMD2<UInt64>.self)
    return digest
  }
}

/// What a part of a record comes to, with its salt.
internal struct PartDigest {
  /// A or B.
  let hash: Hash
  /// The CRC-32C of salt and part.
  let checksum: UInt32
}
