public import TransparencyLog

/// The names of a ledger's files. Nothing from outside ever becomes part of a path.
public enum LedgerPaths {
  /// Version, origin and log id in words.
  public static let format = "FORMAT"
  /// `FORMAT` before it is complete.
  package static let newFormat = "FORMAT.new"
  /// The file that a writer locks.
  public static let lock = "lock"
  /// How far readers may read.
  public static let committed = "committed"
  /// The directory of segments.
  public static let log = "log"
  /// The directory of the tree's hashes.
  public static let tree = "tree"
  /// The directory of what recovery cut off.
  public static let setAside = "set-aside"
  /// The mark of a redaction under way.
  public static let redaction = "redaction"
  /// `redaction` before it is complete.
  package static let newRedaction = "redaction.new"
  /// The newest signed checkpoint.
  public static let checkpoint = "checkpoint"
  /// The directory of checkpoints that others cosigned or stamped, with their time stamps.
  public static let checkpoints = "checkpoints"
  /// The directory of what is derived for look-ups.
  public static let index = "index"

  private static let segmentSuffix = ".seg"
  private static let digitCount = 20

  /// The segment that begins with an entry: its index in 20 digits.
  public static func segment(_ first: EntryIndex) -> String {
    "\(log)/\(padded(first.rawValue))\(segmentSuffix)"
  }

  /// The first entry of a segment by its name in `log/`; `nil` for any other name.
  internal static func firstEntry(ofSegmentNamed name: String) -> EntryIndex? {
    guard name.utf8.count == digitCount + segmentSuffix.utf8.count, name.hasSuffix(segmentSuffix)
    else { return nil }
    let digits = name.utf8.prefix(digitCount)
    guard digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
      return nil
    }
    return UInt64(String(name.prefix(digitCount))).map { EntryIndex($0) }
  }

  /// The file of one level of the tree.
  public static func treeLevel(_ level: Int) -> String { "\(tree)/\(level)" }

  /// A file for what was cut off a segment from an offset on.
  package static func setAside(_ first: EntryIndex, offset: UInt64, attempt: Int) -> String {
    "\(setAside)/\(padded(first.rawValue))-\(padded(offset))-\(attempt)"
  }

  private static func padded(_ number: UInt64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: digitCount - digits.count) + digits
  }
}
