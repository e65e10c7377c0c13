public import TransparencyLog

/// Why a log is not published in a directory: what is published there is not a part of it.
///
/// Where two heads contradict each other, both notes are the evidence.
public struct PublicationConflict: Error, Hashable, Sendable {
  /// What stands against it.
  public enum Reason: Hashable, Sendable {
    /// The directory is a ledger's own, or something else that is no published log.
    case notForPublishing(found: String)
    /// Another log is published there.
    case otherLog(found: String, expected: String)
    /// What stands there as checkpoint is none.
    case malformed(MalformedText)
    /// The published checkpoint is larger than the ledger's. The root is that of the ledger's
    /// entries at the published size; `nil` when it has not so many.
    case ahead(rootThere: Hash?)
    /// The published checkpoint has another root than the ledger's entries at its size.
    case forked(rootThere: Hash)
  }

  /// What stands against it.
  public var reason: Reason
  /// The directory.
  public var directory: String
  /// The checkpoint that is published.
  public var published: UnverifiedCheckpoint?
  /// Whether the key that signed the ledger's checkpoint also signed the published one.
  public var isPublishedSigned = false
  /// The checkpoint that was to be published.
  public var candidate: UnverifiedCheckpoint?

  internal init(_ reason: Reason, directory: String) {
    self.reason = reason
    self.directory = directory
  }

  /// Whether the published head contradicts the ledger.
  public var isContradiction: Bool {
    switch reason {
    case .forked: true
    case .ahead(let root): root == nil || root != published?.claim.root
    default: false
    }
  }

  /// The exit code of a command that ends with this: 4 when heads contradict each other, else 65.
  public var exitCode: Int32 { isContradiction ? 4 : 65 }
}

extension PublicationConflict: CustomStringConvertible {
  /// What happened, the notes and roots as evidence, and what to do next.
  public var description: String {
    var lines = [summary]
    if let published {
      lines.append("published in \(directory):")
      lines.append(Self.indented(published))
    }
    if let candidate, isContradiction || published != nil {
      lines.append("the ledger's:")
      lines.append(Self.indented(candidate))
    }
    if case .forked(let root) = reason {
      lines.append("root of the ledger's entries at the published size: \(root.hex)")
      lines.append("published root:                                     \(publishedRoot)")
    }
    return lines.joined(separator: "\n")
  }

  /// What happened and what to do next, without the notes.
  public var summary: String {
    switch reason {
    case .notForPublishing(let found):
      "\(directory) holds \(found) and is no published log; choose another directory"
    case .otherLog(let found, let expected):
      "\(directory) publishes another log: \(found), not \(expected); choose another directory"
    case .malformed(let fault):
      "the checkpoint in \(directory) is malformed: \(fault); if nobody else wrote there, remove "
        + "it and publish with --all"
    case .ahead(let root):
      aheadSummary(root)
    case .forked:
      "the checkpoint of size \(publishedSize) that is published in \(directory) is not of this "
        + "ledger's entries\(signedWords); keep both notes as evidence and find out which history "
        + "is the true one"
    }
  }

  private func aheadSummary(_ root: Hash?) -> String {
    let start =
      "the checkpoint published in \(directory) has size \(publishedSize), more than the ledger's "
      + "newest of size \(candidate?.claim.size ?? 0)"
    guard let root else {
      return "\(start), and the ledger has not so many entries\(signedWords): its end is missing; "
        + "keep both notes as evidence and look for a newer copy of the ledger"
    }
    guard root != published?.claim.root else {
      return "\(start), and the ledger's entries have its root; sign a new checkpoint with "
        + "--sign-with and publish that"
    }
    return "\(start), and has another root than the ledger's entries at that size, "
      + "\(root.hex)\(signedWords); keep both notes as evidence"
  }

  private var signedWords: String {
    isPublishedSigned
      ? " though the same key signed it" : " (the ledger's key did not sign it as it stands)"
  }

  private var publishedSize: TreeSize { published?.claim.size ?? 0 }
  private var publishedRoot: String { published?.claim.root.hex ?? "" }

  private static func indented(_ checkpoint: UnverifiedCheckpoint) -> String {
    String(decoding: checkpoint.note.encoded, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
      .map { "    \($0)" }.joined(separator: "\n")
  }
}
