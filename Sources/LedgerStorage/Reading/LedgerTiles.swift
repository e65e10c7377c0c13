public import TransparencyLog

/// The tiles of a ledger's tree, cut out of the files that hold its levels.
///
/// They are derived and authenticate nothing: what is made from them is checked against a root.
public struct LedgerTiles: TileSource, Sendable {
  private let disk: any Disk

  /// The tiles of the ledger on a disk.
  public init(_ disk: any Disk) { self.disk = disk }

  /// The bytes of a tile as far as the ledger holds it.
  ///
  /// - Throws: ``LedgerError/Kind/inputOutput``, or ``LedgerError/Kind/corrupt`` when the tree's file
  ///   is too short: the next writer brings it up to date.
  public func bytes(of tile: TileCoordinate) throws -> [UInt8] {
    let width = Int(tile.width)
    let (first, overflow) = tile.index.multipliedReportingOverflow(by: TreeFiles.width)
    let hashes =
      overflow ? [] : try disk.treeHashes(level: Int(tile.level), from: first, count: width)
    guard hashes.count == width else {
      throw LedgerError(
        .corrupt, "the tree holds \(hashes.count) of the \(width) hashes that were asked for",
        at: LogLocation(file: LedgerPaths.treeLevel(Int(tile.level))),
        advice: "open the ledger for writing, which brings its tree up to date")
    }
    return hashes.flatMap(\.bytes)
  }
}

extension LedgerReader {
  /// The tiles of the ledger's tree; they authenticate nothing.
  public var tiles: LedgerTiles { LedgerTiles(disk) }

  /// A reader of the tree's hashes up to the end of a snapshot, for proofs.
  public func hashes(
    in snapshot: LedgerSnapshot, with hasher: SHA256Hasher
  ) -> TileHashReader<LedgerTiles> {
    TileHashReader(source: LedgerTiles(disk), size: snapshot.size, with: hasher)
  }

  /// A reader of the hashes of the tree as it was at a size, such as a checkpoint's.
  public func hashes(
    upTo size: TreeSize, with hasher: SHA256Hasher
  ) -> TileHashReader<LedgerTiles> {
    TileHashReader(source: LedgerTiles(disk), size: size, with: hasher)
  }
}
