public import TransparencyLog

/// A directory in which a log is published (C2SP tlog-tiles), ours or anyone's, as a witness reads
/// it. It authenticates nothing: what is made from it is checked against a signed root.
public struct PublishedLog: TileSource, Sendable {
  private static let checkpointPath = "checkpoint"

  private let disk: any Disk

  /// The log published in a directory.
  public init(_ disk: any Disk) { self.disk = disk }

  /// The log published in a directory of this machine.
  public init(directory: String) { self.init(PosixDisk(directory)) }

  /// The checkpoint that is published, unverified.
  ///
  /// - Throws: ``LedgerError/Kind/invalid`` when there is none, or it is malformed;
  ///   ``LedgerError/Kind/inputOutput``.
  public func checkpoint() throws(LedgerError) -> UnverifiedCheckpoint {
    let limit = SignedNote.byteCountMax
    guard let bytes = try disk.smallFile(PublishedLog.checkpointPath, limit: limit) else {
      throw LedgerError(
        .invalid, "no log is published in \(disk.location)",
        at: LogLocation(file: PublishedLog.checkpointPath),
        advice: "name the directory that holds checkpoint and tile")
    }
    do {
      return try UnverifiedCheckpoint(parsing: bytes)
    } catch {
      throw LedgerError(
        .invalid, "\(error)", at: LogLocation(file: PublishedLog.checkpointPath),
        advice: "get the directory again")
    }
  }

  /// The bytes of a tile, or of the full one that begins with it.
  ///
  /// - Throws: ``LedgerError/Kind/invalid`` when neither is there, ``LedgerError/Kind/inputOutput``.
  public func bytes(of tile: TileCoordinate) throws -> [UInt8] {
    for path in [tile.path, tile.full.path] {
      if let bytes = try disk.smallFile(path, limit: TileCoordinate.fullByteCount) { return bytes }
    }
    throw LedgerError(
      .invalid, "a tile of the published log is missing", at: LogLocation(file: tile.path),
      advice: "get the directory again")
  }
}
