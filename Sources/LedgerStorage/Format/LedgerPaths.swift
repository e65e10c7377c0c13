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

  /// Where the key entries stand; derived.
  package static let keyCache = "index/keys"
  /// What is appended to the name of a file that is not yet complete.
  package static let unfinishedSuffix = ".new"

  private static let segmentSuffix = ".seg"
  private static let timeStampSuffix = ".tsr"
  private static let timeStampRequestSuffix = ".tsq"
  private static let digitCount = 20

  /// The segment that begins with an entry: its index in 20 digits.
  public static func segment(_ first: EntryIndex) -> String {
    "\(log)/\(padded(first.rawValue))\(segmentSuffix)"
  }

  /// The first entry of a segment by its name in `log/`; `nil` for any other name.
  internal static func firstEntry(ofSegmentNamed name: String) -> EntryIndex? {
    guard name.utf8.count == digitCount + segmentSuffix.utf8.count, name.hasSuffix(segmentSuffix)
    else { return nil }
    return number(inDigits: name.utf8.prefix(digitCount)).map { EntryIndex($0) }
  }

  /// The file of one level of the tree.
  public static func treeLevel(_ level: Int) -> String { "\(tree)/\(level)" }

  /// The kept checkpoint of a size: the size in 20 digits.
  public static func checkpoint(_ size: TreeSize) -> String {
    "\(checkpoints)/\(padded(size.rawValue))"
  }

  /// A time stamp of the kept checkpoint of a size, by its number from 0.
  public static func timeStamp(_ size: TreeSize, number: Int) -> String {
    "\(checkpoint(size)).\(number)\(timeStampSuffix)"
  }

  /// A request for a time stamp of the kept checkpoint of a size, by its number from 0. Requests and
  /// time stamps are numbered apart.
  public static func timeStampRequest(_ size: TreeSize, number: Int) -> String {
    "\(checkpoint(size)).\(number)\(timeStampRequestSuffix)"
  }

  /// What a name in `checkpoints/` stands for; `nil` for any other name.
  internal static func checkpointSize(named name: String) -> TreeSize? {
    number(inDigits: name.utf8).map { TreeSize($0) }
  }

  /// The size and the number of a time stamp by its name in `checkpoints/`.
  internal static func timeStamp(named name: String) -> (size: TreeSize, number: Int)? {
    numbered(name, timeStampSuffix)
  }

  /// The size and the number of a request for a time stamp by its name in `checkpoints/`.
  internal static func timeStampRequest(named name: String) -> (size: TreeSize, number: Int)? {
    numbered(name, timeStampRequestSuffix)
  }

  private static func numbered(_ name: String, _ suffix: String) -> (size: TreeSize, number: Int)? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, "." + parts[2] == suffix,
      let size = number(inDigits: parts[0].utf8), let number = Int(parts[1]), number >= 0,
      String(number) == parts[1]
    else { return nil }
    return (TreeSize(size), number)
  }

  private static func number(inDigits digits: some Collection<UInt8>) -> UInt64? {
    guard digits.count == digitCount,
      digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
    else { return nil }
    return UInt64(String(decoding: digits, as: UTF8.self))
  }

  /// A file for what was cut off a segment from an offset on.
  package static func setAside(_ first: EntryIndex, offset: UInt64, attempt: Int) -> String {
    "\(setAside)/\(padded(first.rawValue))-\(padded(offset))-\(attempt)"
  }

  private static func padded(_ number: UInt64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: digitCount - digits.count) + digits
  }
}
