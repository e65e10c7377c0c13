/// Entries as tlog-tiles publishes them: each behind its length in two bytes, big-endian.
public enum EntryBundle {
  /// The most bytes an entry may have.
  public static let entryByteCountMax = Int(UInt16.max)

  /// Appends one entry to a bundle.
  ///
  /// - Throws: ``EntryBundleError/entryTooLong(byteCount:)``.
  public static func append(
    _ entry: UnsafeRawBufferPointer, to bundle: inout [UInt8]
  ) throws(EntryBundleError) {
    guard let count = UInt16(exactly: entry.count) else {
      throw .entryTooLong(byteCount: entry.count)
    }
    bundle.append(UInt8(count >> 8))
    bundle.append(UInt8(count & 0xff))
    bundle.append(contentsOf: entry)
  }

  /// Encodes entries as one bundle.
  ///
  /// - Throws: ``EntryBundleError/entryTooLong(byteCount:)``.
  public static func encode(_ entries: [[UInt8]]) throws(EntryBundleError) -> [UInt8] {
    var bundle: [UInt8] = []
    for entry in entries {
      guard entry.count <= entryByteCountMax else { throw .entryTooLong(byteCount: entry.count) }
      bundle.append(UInt8(entry.count >> 8))
      bundle.append(UInt8(entry.count & 0xff))
      bundle.append(contentsOf: entry)
    }
    return bundle
  }

  /// Finds the entries of a bundle without copying them.
  ///
  /// - Parameters:
  ///   - bundle: the bytes of the file.
  ///   - width: how many entries it has to hold: no more and no fewer, and nothing after them.
  /// - Returns: where each entry's bytes are.
  /// - Throws: ``EntryBundleError``.
  public static func decode(
    _ bundle: UnsafeRawBufferPointer, width: Int
  ) throws(EntryBundleError) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(min(max(width, 0), TileCoordinate.fullWidth))
    var place = 0
    while place < bundle.count {
      guard ranges.count < width else { throw .surplusBytes(offset: place) }
      guard bundle.count - place >= 2 else { throw .cutOff(offset: place) }
      let count = Int(bundle[place]) << 8 | Int(bundle[place + 1])
      let first = place + 2
      guard bundle.count - first >= count else { throw .cutOff(offset: place) }
      ranges.append(first..<(first + count))
      place = first + count
    }
    guard ranges.count == width else { throw .missingEntries(count: ranges.count, width: width) }
    return ranges
  }

  /// Copies the entries out of a bundle of exactly so many.
  ///
  /// - Throws: ``EntryBundleError``.
  public static func entries(
    _ bundle: [UInt8], width: Int
  ) throws(EntryBundleError) -> [[UInt8]] {
    let found = bundle.withUnsafeBytes { bytes in
      Result { () throws(EntryBundleError) in try decode(bytes, width: width) }
    }
    return try found.get().map { Array(bundle[$0]) }
  }
}

/// A bundle that cannot be written or read.
public enum EntryBundleError: Error, Hashable, Sendable {
  /// The entry does not fit behind a length of two bytes.
  case entryTooLong(byteCount: Int)
  /// The bundle ends inside an entry, or its length, that begins at an offset.
  case cutOff(offset: Int)
  /// Bytes follow the last entry, from an offset on.
  case surplusBytes(offset: Int)
  /// The bundle holds fewer entries than its place in the log says.
  case missingEntries(count: Int, width: Int)
}

extension EntryBundleError: CustomStringConvertible {
  /// The fault in a sentence.
  public var description: String {
    switch self {
    case .entryTooLong(let byteCount):
      "an entry of \(byteCount) bytes does not fit a bundle: "
        + "the most is \(EntryBundle.entryByteCountMax)"
    case .cutOff(let offset):
      "the entry bundle ends inside the entry at byte \(offset): fetch it again"
    case .surplusBytes(let offset):
      "the entry bundle has bytes after its last entry, from byte \(offset): fetch it again"
    case .missingEntries(let count, let width):
      "the entry bundle holds \(count) entries instead of \(width): fetch it again"
    }
  }
}
