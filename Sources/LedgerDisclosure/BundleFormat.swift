internal import LedgerStorage
public import TransparencyLog

/// The names and limits of a bundle: a text file with entries of one log, opened as far as they are
/// disclosed, each proven in the same signed checkpoint.
///
/// The line `provender-bundle@v1` and an empty line; records, each followed by an empty line; the
/// line `checkpoint`; the checkpoint's note as it is. See the documentation page *Proofs*.
public enum BundleFormat {
  /// The first line.
  public static let header = "provender-bundle@v1"

  internal static let checkpoint = "checkpoint"
  internal static let context = "context "
  internal static let entry = "entry "
  internal static let payload = "payload "
  internal static let payloadDigest = "payload-digest "
  internal static let links = "links "
  internal static let linksDigest = "links-digest "
  internal static let path = "path"

  /// The most bytes of a line: the longest payload that a ledger holds, in base64, with its salt.
  internal static let lineByteCountMax = (33_554_432 + 2) / 3 * 4 + 64
  /// The most events of a bundle.
  internal static let eventCountMax = 1 << 22
  /// The most bytes of entries about keys and redactions that are kept while a bundle is checked.
  internal static let keptByteCountMax = 64 << 20
  /// The most contexts that a bundle may bring along.
  internal static let contextCountMax = 1 << 20
}

/// A record of a bundle.
public enum BundleRecord: Hashable, Sendable {
  /// What the events of a document share and are read in, such as a JSON-LD context. It stands before
  /// the first event that names it by its SHA-256, and once.
  case context([UInt8])
  /// An entry, opened as far as it is disclosed.
  case entry(ProvenEntry)

  /// The record's lines with the empty line after them.
  internal var encoded: [UInt8] {
    var text = ""
    switch self {
    case .context(let bytes):
      text = BundleFormat.context + Base64.encode(bytes) + "\n"
    case .entry(let proven):
      text = BundleFormat.entry + Base64.encode(proven.entry.bytes) + "\n"
      if let parts = proven.opening.parts {
        text += Self.line(parts.payload, BundleFormat.payload, BundleFormat.payloadDigest)
        text += Self.line(parts.links, BundleFormat.links, BundleFormat.linksDigest)
      }
      text += BundleFormat.path
      for hash in proven.path { text += " " + Base64.encode(hash.bytes) }
      text += "\n"
    }
    return Array(text.utf8) + [UInt8(ascii: "\n")]
  }

  private static func line(_ part: OpenedPart, _ shown: String, _ digest: String) -> String {
    switch part {
    case .digest(let hash): return digest + Base64.encode(hash.bytes) + "\n"
    case .shown(let salt, let bytes):
      let rest = bytes.isEmpty ? "" : " " + Base64.encode(bytes)
      return shown + Base64.encode(salt.bytes) + rest + "\n"
    }
  }
}

/// Writes a bundle record by record, so that its size is no matter of memory.
public struct BundleWriter: ~Copyable {
  private let write: ([UInt8]) throws -> Void
  private var last: EntryIndex?

  /// Begins a bundle.
  ///
  /// - Parameter write: takes the file's bytes, piece by piece.
  public init(_ write: @escaping ([UInt8]) throws -> Void) throws {
    self.write = write
    try write(Array("\(BundleFormat.header)\n\n".utf8))
  }

  /// Adds a record; entries stand in the order of the log.
  ///
  /// - Throws: ``LedgerStorage/LedgerError/Kind/invalid`` for an entry out of order, and what
  ///   writing throws.
  public mutating func add(_ record: BundleRecord) throws {
    if case .entry(let proven) = record {
      let index = proven.entry.index
      if let last, index <= last {
        throw LedgerError(
          .invalid, "entry \(index) was added after entry \(last)", advice: "add them in order")
      }
      last = index
    }
    try write(record.encoded)
  }

  /// Ends the bundle with the checkpoint that its proofs lead to.
  public consuming func finish(_ checkpoint: UnverifiedCheckpoint) throws {
    try write(Array("\(BundleFormat.checkpoint)\n".utf8) + checkpoint.note.encoded)
  }
}
