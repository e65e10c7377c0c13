import LedgerStorage
import TransparencyLog

/// An entry bundle with the hashes of its entries.
internal struct PublishedBundle {
  let path: String
  let bytes: [UInt8]
  /// Where each entry's bytes are.
  let ranges: [Range<Int>]
  let leaves: [Hash?]

  /// - Parameter isFull: whether nothing may follow the entries; at the log's edge a fuller bundle
  ///   serves as well.
  init(
    _ path: String, _ bytes: [UInt8], _ width: Int, isFull: Bool, _ hasher: SHA256Hasher
  ) throws(EntryBundleError) {
    self.path = path
    let count = isFull ? bytes.count : PublishedBundle.byteCount(bytes, width)
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(EntryBundleError) -> ([Range<Int>], [Hash?]) in
        let part = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        let ranges = try EntryBundle.decode(part, width: width)
        return (
          ranges, ranges.map { hasher.leafHash(UnsafeRawBufferPointer(rebasing: buffer[$0])) }
        )
      }
    }
    (ranges, leaves) = try result.get()
    self.bytes = bytes
  }

  /// The bytes of the first entries of a full bundle; all bytes unless it holds 256 entries.
  private static func byteCount(_ bytes: [UInt8], _ width: Int) -> Int {
    let all = bytes.withUnsafeBytes { buffer in
      try? EntryBundle.decode(buffer, width: TileCoordinate.fullWidth)
    }
    guard let all, width <= all.count else { return bytes.count }
    return all[width - 1].upperBound
  }
}
