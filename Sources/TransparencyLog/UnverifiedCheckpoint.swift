/// A checkpoint in a signed note, well-formed but believed by nobody yet.
public struct UnverifiedCheckpoint: Hashable, Sendable {
  /// The note as it came: the evidence, whatever comes of it.
  public let note: SignedNote
  /// What the note claims.
  public let claim: Checkpoint

  /// Reads a signed checkpoint.
  ///
  /// - Throws: ``MalformedText``.
  public init(parsing bytes: [UInt8]) throws(MalformedText) {
    try self.init(note: SignedNote(parsing: bytes))
  }

  /// Reads the checkpoint out of a note.
  ///
  /// - Throws: ``MalformedText``.
  public init(note: SignedNote) throws(MalformedText) {
    self.note = note
    claim = try Checkpoint(parsing: note.textBytes)
  }

  /// The checkpoint with cosignatures added.
  public func adding(_ signatures: [SignedNote.Signature]) -> UnverifiedCheckpoint {
    UnverifiedCheckpoint(note: note.adding(signatures), claim: claim)
  }

  internal init(note: SignedNote, claim: Checkpoint) {
    self.note = note
    self.claim = claim
  }
}

/// Whom to believe about a log: its origin, its keys, and how many of which witnesses.
public struct CheckpointPolicy: Hashable, Sendable {
  /// The log's identity, which a checkpoint must name.
  public let origin: CheckpointOrigin
  /// The log's keys, one of which must have signed.
  public let logKeys: [VerifierKey]
  /// The witnesses that are believed.
  public let witnesses: [VerifierKey]
  /// How many of them must have cosigned.
  public let quorum: Int

  /// A policy. With no witnesses and a quorum of 0, the log's signature suffices.
  public init(
    origin: CheckpointOrigin, logKeys: [VerifierKey], witnesses: [VerifierKey] = [], quorum: Int = 0
  ) {
    self.origin = origin
    self.logKeys = logKeys
    self.witnesses = witnesses
    self.quorum = quorum
  }
}

/// Why a checkpoint is not to be trusted.
public enum CheckpointRejection: Error, Hashable, Sendable {
  /// The checkpoint is of another log.
  case wrongOrigin(found: CheckpointOrigin, expected: CheckpointOrigin)
  /// The note's signatures do not hold.
  case note(NoteRejection)
  /// Only others signed, not the log.
  case notSignedByLog
  /// Too few of the witnesses cosigned.
  case quorumMissed(found: Int, required: Int)
  /// The checkpoint gives a tree without leaves another root than its only one.
  case impossibleRoot(Hash)
}

extension CheckpointRejection: CustomStringConvertible {
  /// The reason in a sentence, with what to do next.
  public var description: String {
    switch self {
    case .wrongOrigin(let found, let expected):
      "the checkpoint is of the log \(found), not of \(expected): ask for the right one"
    case .note(let rejection):
      rejection.description
    case .notSignedByLog:
      "the checkpoint is not signed by any of the log's keys: ask the log for its vkey"
    case .quorumMissed(let found, let required):
      "\(found) of the \(required) witnesses required have cosigned: wait for more cosignatures"
    case .impossibleRoot(let root):
      "a tree of 0 leaves cannot have the root \(root): keep the checkpoint as evidence"
    }
  }
}
