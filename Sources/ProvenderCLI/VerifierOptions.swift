import ArgumentParser
import Provender

/// Whom someone believes who checks evidence without a ledger.
struct VerifierOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The log's key: the vkey itself (NAME+ID+BASE64), or a file that holds it.",
      valueName: "vkey"))
  var key: String

  @Option(
    help: ArgumentHelp(
      "A witness that you believe, as --key is given; may be repeated.", valueName: "vkey"))
  var witness: [String] = []

  @Option(
    help: ArgumentHelp(
      "How many of the witnesses must have cosigned (default: all that are given).",
      valueName: "n"))
  var quorum: Int?

  @Option(
    help: ArgumentHelp(
      "The log's origin, if it is not named as its key is.", valueName: "name"))
  var origin: String?

  func validate() throws {
    guard (0...witness.count).contains(quorum ?? 0) else {
      throw ValidationError("--quorum is 0 to the number of witnesses given")
    }
  }

  /// The policy that the options mean.
  func policy() throws -> EvidencePolicy {
    let named = try origin.map { text in
      guard let origin = CheckpointOrigin(text) else {
        throw Failure.usage("'\(text)' is no origin; give the first line of the log's checkpoints")
      }
      return origin
    }
    let witnesses = try witness.map(VerifierKeyText.witness)
    return EvidencePolicy(
      key: try VerifierKeyText.log(key), origin: named, witnesses: witnesses,
      quorum: quorum ?? witnesses.count)
  }
}

/// Files of evidence, which may come from anyone.
enum EvidenceFile {
  /// The bytes of a file that is no larger than what it is to be can be.
  static func read(_ path: String, limit: Int, as kind: String) throws -> [UInt8] {
    let source = try FileByteSource(path: path)
    guard source.byteCount <= limit else {
      throw Failure.data("\(path) has over \(limit) bytes: it is not \(kind)")
    }
    return try DocumentEvidence(source).bytes(at: 0, count: source.byteCount)
  }

  /// The signed checkpoint in a file.
  static func checkpoint(_ path: String) throws -> UnverifiedCheckpoint {
    let bytes = try read(path, limit: SignedNote.byteCountMax, as: "a checkpoint")
    do {
      return try UnverifiedCheckpoint(parsing: bytes)
    } catch {
      throw Failure.data("\(path): \(error)")
    }
  }
}
