/// The place of a tile: up to 256 neighbouring hashes of one level (C2SP tlog-tiles).
///
/// Hash i of tile n at level l is the root of the complete subtree of 256^l leaves that begins at
/// leaf (n·256 + i)·256^l. A tile of fewer than 256 hashes is partial: it stands at the right edge
/// of a tree and is superseded when the tree grows.
public struct TileCoordinate: Hashable, Sendable {
  /// The number of hashes in a full tile.
  public static let fullWidth = 256
  /// The number of bytes in a full tile.
  public static let fullByteCount = fullWidth * Hash.byteCount
  /// The highest level a path may name. A tree of less than 2^64 leaves has levels 0 to 7.
  public static let levelMax = 63

  /// The level, 0 for leaf hashes.
  public let level: Int
  /// The number of tiles to the left on the same level.
  public let index: UInt64
  /// The number of hashes, 1 to 256.
  public let width: Int

  /// A place; `nil` unless the level is 0 to 63 and the width 1 to 256.
  public init?(level: Int, index: UInt64, width: Int = fullWidth) {
    guard (0...TileCoordinate.levelMax).contains(level),
      (1...TileCoordinate.fullWidth).contains(width)
    else { return nil }
    self.init(trusted: level, index, width)
  }

  /// A place that the caller computed from a tree's size.
  internal init(trusted level: Int, _ index: UInt64, _ width: Int) {
    self.level = level
    self.index = index
    self.width = width
  }

  /// Whether the tile has fewer than 256 hashes.
  public var isPartial: Bool { width < TileCoordinate.fullWidth }

  /// The number of bytes in the tile.
  public var byteCount: Int { width * Hash.byteCount }

  /// The full tile that supersedes this one.
  public var full: TileCoordinate {
    TileCoordinate(trusted: level, index, TileCoordinate.fullWidth)
  }

  /// The path below the log's prefix, such as `tile/0/x001/234/067.p/5`.
  public var path: String {
    "tile/\(level)/" + TilePath.encode(index: index, width: width)
  }

  /// Reads a path, refusing every spelling but the one that ``path`` gives.
  ///
  /// - Throws: ``MalformedText``.
  public init(path: String) throws(MalformedText) {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[0].elementsEqual("tile".utf8) else {
      throw MalformedText(.tilePath, .badPath)
    }
    guard let level = Decimal.parse(parts[1]), level <= UInt64(TileCoordinate.levelMax) else {
      throw MalformedText(.tilePath, .badLevel)
    }
    let (index, width) = try TilePath.decode(parts[2...])
    self.init(trusted: Int(level), index, width)
  }
}

/// The place of a bundle of up to 256 entries, beside the level-0 tile of their hashes (C2SP
/// tlog-tiles).
public struct EntryBundleCoordinate: Hashable, Sendable {
  /// The number of full bundles before this one.
  public let index: UInt64
  /// The number of entries, 1 to 256.
  public let width: Int

  /// A place; `nil` unless the width is 1 to 256.
  public init?(index: UInt64, width: Int = TileCoordinate.fullWidth) {
    guard (1...TileCoordinate.fullWidth).contains(width) else { return nil }
    self.index = index
    self.width = width
  }

  /// Whether the bundle has fewer than 256 entries.
  public var isPartial: Bool { width < TileCoordinate.fullWidth }

  /// The path below the log's prefix, such as `tile/entries/x001/234/067.p/5`.
  public var path: String {
    "tile/entries/" + TilePath.encode(index: index, width: width)
  }

  /// Reads a path, refusing every spelling but the one that ``path`` gives.
  ///
  /// - Throws: ``MalformedText``.
  public init(path: String) throws(MalformedText) {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[0].elementsEqual("tile".utf8),
      parts[1].elementsEqual("entries".utf8)
    else { throw MalformedText(.tilePath, .badPath) }
    (index, width) = try TilePath.decode(parts[2...])
  }
}

/// The part of a path that tiles and entry bundles share: `x001/234/067.p/5`.
package enum TilePath {
  /// Twenty digits hold every 64-bit index.
  private static let groupCountMax = 7
  private static let partialSuffix = ".p".utf8

  /// The spelling of a number, and of a width unless it is full.
  package static func encode(index: UInt64, width: Int) -> String {
    var groups: [String] = []
    var rest = index
    repeat {
      let digits = String(rest % 1000)
      let padded = String(repeating: "0", count: 3 - digits.utf8.count) + digits
      groups.append(groups.isEmpty ? padded : "x" + padded)
      rest /= 1000
    } while rest > 0
    let number = groups.reversed().joined(separator: "/")
    return width < TileCoordinate.fullWidth ? "\(number).p/\(width)" : number
  }

  /// Reads the spelling of a number and of a width, cut apart at the slashes.
  package static func decode(
    _ parts: ArraySlice<Substring.UTF8View>
  ) throws(MalformedText) -> (index: UInt64, width: Int) {
    var groups = parts
    var width = TileCoordinate.fullWidth
    if let digits = groups.last, let stem = groups.dropLast().last, stem.count == 5,
      stem.suffix(2).elementsEqual(partialSuffix)
    {
      guard let value = Decimal.parse(digits), (1..<UInt64(width)).contains(value) else {
        throw MalformedText(.tilePath, .badWidth)
      }
      width = Int(value)
      groups.removeLast(2)
      groups.append(stem.prefix(3))
    }
    return (try decodeIndex(groups), width)
  }

  private static func decodeIndex(
    _ groups: ArraySlice<Substring.UTF8View>
  ) throws(MalformedText) -> UInt64 {
    guard !groups.isEmpty, groups.count <= groupCountMax else {
      throw MalformedText(.tilePath, .badIndex)
    }
    var index: UInt64 = 0
    for (place, group) in zip(groups.indices, groups) {
      var digits = group
      if place != groups.endIndex - 1 {
        guard digits.popFirst() == UInt8(ascii: "x") else {
          throw MalformedText(.tilePath, .badIndex)
        }
      }
      guard digits.count == 3, let value = Decimal.parsePadded(digits) else {
        throw MalformedText(.tilePath, .badIndex)
      }
      // A leading group of zeros would be a second spelling of the same index.
      if place == groups.startIndex, groups.count > 1, value == 0 {
        throw MalformedText(.tilePath, .badIndex)
      }
      let (product, tooLarge) = index.multipliedReportingOverflow(by: 1000)
      let (sum, overflow) = product.addingReportingOverflow(value)
      guard !tooLarge, !overflow else { throw MalformedText(.tilePath, .badIndex) }
      index = sum
    }
    return index
  }
}
