public import LedgerStorage
public import TransparencyLog

/// Why evidence shows nothing.
public enum EvidenceRejection: Error, Hashable, Sendable {
  /// The checkpoint is not to be trusted.
  case checkpoint(CheckpointRejection)
  /// The signature holds, but the key was not the log's at that size.
  case distrust(CheckpointDistrust)
  /// The key entries that came along do not name the key that was given.
  case keyNotOfLog(VerifierKey)
  /// The first of the entries about keys is not this log's genesis.
  case genesis
  /// An entry is not shown to be in the checkpoint's tree.
  case inclusion(EntryIndex, ProofFault)
  /// The payload or the links shown are not those that the entry commits to.
  case commitment(EntryIndex)
  /// The event given is not the one that the proof is about.
  case otherEvent(EntryIndex)
  /// The proof is about an entry of another number than the one inside it.
  case otherEntry(found: EntryIndex, expected: LeafIndex)
  /// The payload was erased, so that no event can be compared with it.
  case payloadErased(EntryIndex)
  /// The newer checkpoint is not shown to extend the older one.
  case consistency(ProofFault)
  /// The older checkpoint is not the one that was kept.
  case otherCheckpoint
  /// A context came along that no event shown was read in.
  case strayContext(Hash)
  /// The two checkpoints do not show a fork.
  case noFork(ForkRejection)
  /// libcrypto failed, so that nothing is known.
  case libcrypto(CryptoError)

  /// The exit code of a command that ends with this rejection: 4 disagrees with a signed head, 5
  /// a signature that was demanded is missing or by an unknown key, 64 usage, 65 what was asked is
  /// not in the evidence, 74 the library for signatures failed.
  public var exitCode: Int32 {
    switch self {
    case .checkpoint(let rejection), .noFork(.checkpoint(let rejection)):
      EvidenceRejection.exitCode(of: rejection)
    case .distrust(let distrust):
      switch distrust.status {
      case .unknown, .needsBracket: 5
      default: 4
      }
    case .keyNotOfLog: 5
    case .payloadErased: 65
    case .libcrypto: 74
    default: 4
    }
  }

  private static func exitCode(of rejection: CheckpointRejection) -> Int32 {
    switch rejection {
    case .note(.noKnownSignature), .notSignedByLog, .quorumMissed: 5
    case .note(.ambiguousKey): 64
    case .note(.libcrypto): 74
    case .note(.badSignature), .wrongOrigin, .impossibleRoot: 4
    }
  }
}

extension EvidenceRejection: CustomStringConvertible {
  /// The reason in a sentence, with what to do next where that helps.
  public var description: String {
    switch self {
    case .checkpoint(let rejection): rejection.description
    case .distrust(let distrust): distrust.description
    case .keyNotOfLog(let key):
      "the key \(key.name)+\(key.id) is none of those that the log's own entries name: ask the "
        + "log for its vkey"
    case .genesis:
      "the entries about the log's keys do not begin with the genesis of the checkpoint's log"
    case .inclusion(let entry, let fault): "entry \(entry) is not shown to be in the log: \(fault)"
    case .commitment(let entry):
      "what is shown of entry \(entry) is not what the log committed to: it was changed"
    case .otherEvent(let entry):
      "the event given is not the one recorded in entry \(entry): it is another or was changed"
    case .otherEntry(let found, let expected):
      "the proof of leaf \(expected) carries entry \(found): it was put together wrongly or changed"
    case .payloadErased(let entry):
      "the payload of entry \(entry) was erased, so that no event can be compared with it"
    case .consistency(let fault):
      "the newer checkpoint is not shown to extend the older one: \(fault)"
    case .otherCheckpoint:
      "the older checkpoint in the file is not the one that you kept: ask for a proof from yours"
    case .strayContext(let digest):
      "a context came along that no event shown refers to (SHA-256 \(digest))"
    case .noFork(let rejection): rejection.description
    case .libcrypto(let error): error.description
    }
  }
}

/// A file of evidence that does not follow its format. Nothing of it was used.
public struct MalformedEvidence: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was read: `proof extra`, `consistency file`, `bundle`.
  public var format: String
  /// What is wrong with it.
  public var fault: String
  /// The line, counted from 1; 0 where none can be told.
  public var line: Int

  internal init(_ format: String, _ fault: String, line: Int = 0) {
    self.format = format
    self.fault = fault
    self.line = line
  }

  /// The fault in a sentence. It repeats nothing of the file, which may be hostile.
  public var description: String {
    let place = line > 0 ? " (line \(line))" : ""
    return "the \(format) \(fault)\(place); get the original from whoever issued it"
  }
}
