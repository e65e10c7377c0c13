public import TransparencyLog

/// The names of the files of a published log (C2SP tlog-tiles), and of what is published beside
/// them. The names of tiles and entry bundles are those of their coordinates.
public enum PublishedPaths {
  /// The signed checkpoint, which is put in place last.
  public static let checkpoint = "checkpoint"
  /// The directory of tiles and entry bundles.
  public static let tiles = "tile"
  /// The directory of entry bundles.
  public static let entries = "tile/entries"
  /// The directory of the payloads that are public.
  public static let payloads = "payload"
  /// The publisher's own directory: its lock, and a file before it is complete.
  public static let state = ".provender"
  /// The file that a publisher locks.
  package static let lock = "\(state)/lock"
  /// A file before it is complete.
  package static let newFile = "\(state)/new"

  /// The payload of an entry: its index as tlog-tiles spells numbers, such as `payload/x001/067`.
  public static func payload(_ entry: EntryIndex) -> String {
    "\(payloads)/" + TilePath.encode(index: entry.rawValue, width: TileCoordinate.fullWidth)
  }
}
