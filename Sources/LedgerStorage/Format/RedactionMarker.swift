import TransparencyLog

/// The file that stands in a ledger while a redaction is under way, so that the next writer knows
/// of it without reading the whole log.
///
/// It says only which entry announces the redaction. If the log does not hold that entry, nothing
/// was begun; if it does, the entry says all that is to be done.
package struct RedactionMarker: Hashable, Sendable {
  /// No marker is longer, in bytes.
  package static let byteCountMax = 128

  /// The ledger.
  package var logID: LogID
  /// The entry that announces the redaction.
  package var entry: EntryIndex

  /// A mark for an entry.
  package init(logID: LogID, entry: EntryIndex) {
    self.logID = logID
    self.entry = entry
  }

  /// Reads a marker; `nil` for anything that ``text`` does not give.
  package init?(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 4, let log = lines[1].split(separator: " ").last,
      let number = lines[2].split(separator: " ").last.flatMap({ UInt64($0) }),
      let logID = LogID(hexadecimal: log)
    else { return nil }
    self.init(logID: logID, entry: EntryIndex(number))
    guard Array(self.text.utf8) == bytes else { return nil }
  }

  /// The exact text of the file.
  package var text: String {
    "provender redaction 1\nlog \(logID)\nentry \(entry.rawValue)\n"
  }
}

/// Whether a redaction is under way.
package enum PendingRedaction: Hashable, Sendable {
  /// None is.
  case none
  /// One is, or was to be, announced by an entry.
  case announced(by: EntryIndex)
  /// There is a marker, and it is damaged: any redaction of the log may be unfinished.
  case unreadable
}

extension Disk {
  /// What the marker of a redaction under way says.
  package func pendingRedaction(logID: LogID) throws(LedgerError) -> PendingRedaction {
    let bytes: [UInt8]
    do throws(DiskError) {
      let file = try open(LedgerPaths.redaction, .read)
      bytes = try file.bytes(at: 0, count: RedactionMarker.byteCountMax)
    } catch {
      if error.code == .notFound { return .none }
      throw LedgerError(error, while: "see whether a redaction is under way")
    }
    guard let marker = RedactionMarker(bytes), marker.logID == logID else { return .unreadable }
    return .announced(by: marker.entry)
  }
}

extension LogID {
  /// Reads 32 lower-case hexadecimal digits.
  fileprivate init?(hexadecimal text: Substring) {
    guard text.utf8.count == 2 * LogID.byteCount,
      let high = UInt64(text.prefix(LogID.byteCount), radix: 16),
      let low = UInt64(text.dropFirst(LogID.byteCount), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }
}
