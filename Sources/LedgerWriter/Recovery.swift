public import LedgerStorage
public import TransparencyLog

/// What opening a ledger for writing found and did.
public struct Recovery: Hashable, Sendable, CustomStringConvertible {
  /// Bytes that were cut off the end of the log.
  public struct Cut: Hashable, Sendable {
    /// The segment they stood in.
    public let file: String
    /// Where they began.
    public let offset: UInt64
    /// How many there were, without zeros at their end.
    public let byteCount: UInt64
    /// Where they were put; `nil` when there were none but zeros.
    public let setAside: String?
  }

  /// Why something was cut off.
  public enum Cause: Hashable, Sendable {
    /// The last frame was being written when the power failed.
    case tornFrame(LogProblem)
    /// The last capture was not written to its end.
    case unfinishedCapture(EntryIndex)
  }

  /// Why something was cut off, if anything was.
  public internal(set) var cause: Cause?
  /// What was cut off.
  public internal(set) var cuts: [Cut] = []
  /// Whole captures above `committed` that were kept: written before a crash that came before the
  /// acknowledgement was noted down.
  public internal(set) var keptEntryCount: UInt64 = 0
  /// Whole frames of an unfinished capture that were cut off, in entries.
  public internal(set) var cutEntryCount: UInt64 = 0
  /// Whether the files of the tree were written anew from the log.
  public internal(set) var didRebuildTree = false
  /// The entries of redactions that the last writer had begun, and that were finished.
  public internal(set) var finishedRedactions: [EntryIndex] = []
  /// Whether a redaction was asked for and never begun: nothing was erased.
  public internal(set) var didDropRedaction = false
  /// What was wrong with derived files and put right.
  public internal(set) var repaired: [LogProblem] = []

  /// Whether there was nothing to do.
  public var isClean: Bool { self == Recovery() }

  /// What was found and done, in words.
  public var description: String {
    var sentences: [String] = []
    switch cause {
    case .tornFrame(let problem):
      sentences.append("The last frame was not written to its end: \(problem).")
    case .unfinishedCapture(let capture):
      sentences.append("Capture \(capture) was not written to its end.")
    case nil: break
    }
    for cut in cuts {
      let place = cut.setAside.map { "; they are kept in \($0)" } ?? ""
      sentences.append(
        "Cut \(cut.byteCount) bytes off \(cut.file) from byte \(cut.offset)\(place).")
    }
    if keptEntryCount > 0 {
      sentences.append("Kept \(keptEntryCount) entries written just before the last writer ended.")
    }
    if didRebuildTree { sentences.append("Wrote the files of the tree anew from the log.") }
    for entry in finishedRedactions {
      sentences.append("Finished the redaction that entry \(entry) announces.")
    }
    if didDropRedaction {
      sentences.append("A redaction had been asked for and not begun: nothing was erased.")
    }
    for problem in repaired { sentences.append("Put right: \(problem).") }
    return sentences.isEmpty ? "The ledger was closed properly." : sentences.joined(separator: " ")
  }
}
