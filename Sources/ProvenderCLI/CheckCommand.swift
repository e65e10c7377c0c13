import ArgumentParser
import Provender
import RecallReports

/// `provender check`: what a file of evidence shows, to someone without a ledger.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a proof, a bundle or evidence of a fork with the log's key alone.",
    discussion: """
      Examples:
        provender check 12.tlog-proof event.json --key dairy.vkey
        provender check 12.tlog-proof delivery.jsonld --key dairy.vkey
        provender check recall.bundle --key dairy.vkey --json
        provender check april.consistency checkpoint-of-april --key dairy.vkey
        provender check recall.bundle --key dairy.vkey --witness w1.vkey --witness w2.vkey --quorum 1
        provender check evidence.fork --key dairy.vkey
        provender check other.tlog-proof --leaf data --key 'other.example/log+1f2e3d4c+AR…'

      No ledger is needed. With a proof give the event exactly as it was received, or a document that \
      holds it: the proof is held against those bytes. With a consistency file give the older \
      checkpoint that you kept.

      Exit codes: 0 shown, 1 shown with findings, 4 rejected (tampered with, or of something else), 5 \
      not signed by the key given or not by enough witnesses, 64 called wrongly, 65 malformed.
      """)

  @OptionGroup var output: OutputOptions

  @OptionGroup var verifier: VerifierOptions

  @Argument(help: "A .tlog-proof, a consistency file, a bundle or evidence of a fork.")
  var file: String

  @Argument(help: "With a proof the event; with a consistency file the checkpoint that you kept.")
  var subject: String?

  @Option(
    help: ArgumentHelp("The leaf's data, of a proof from another kind of log.", valueName: "file"))
  var leaf: String?

  private static let formats: [(line: String, kind: Kind)] = [
    ("c2sp.org/tlog-proof@v1", .proof), (ConsistencyEvidence.header, .consistency),
    (BundleFormat.header, .bundle), ("provender-fork@v1", .fork),
  ]

  private enum Kind {
    case proof
    case consistency
    case bundle
    case fork
  }

  func run() throws {
    let policy = try verifier.policy()
    let kind = try kindOfFile()
    guard leaf == nil || kind == .proof else {
      throw Failure.usage("--leaf goes with a .tlog-proof, which \(file) is not")
    }
    guard leaf == nil || subject == nil else {
      throw Failure.usage("give the event or --leaf, not both")
    }
    let report = CheckReport(policy, file: file, output)
    let code: Int32
    do {
      code =
        switch kind {
        case .proof: try checkProof(policy, report)
        case .consistency: try checkConsistency(policy, report)
        case .bundle: try checkBundle(policy, report)
        case .fork: try checkFork(policy, report)
        }
    } catch let rejection as EvidenceRejection {
      report.reject(rejection)
      code = rejection.exitCode
    }
    guard code == 0 else { throw ExitCode(code) }
  }

  private func kindOfFile() throws -> Kind {
    let source = try FileByteSource(path: file)
    let start = try DocumentEvidence(source).bytes(at: 0, count: 64)
    let line = start.prefix { $0 != UInt8(ascii: "\n") }
    guard let format = Self.formats.first(where: { line.elementsEqual($0.line.utf8) }) else {
      throw Failure.data(
        "\(file) is no evidence that is known: its first line is none of "
          + Self.formats.map(\.line).joined(separator: ", "))
    }
    return format.kind
  }

  private func checkProof(_ policy: EvidencePolicy, _ report: CheckReport) throws -> Int32 {
    let proof = try TransparencyProof(
      parsing: EvidenceFile.read(file, limit: TransparencyProof.byteCountMax, as: "a proof"))
    let hasher = try SHA256Hasher()
    var about = ProofSubject.entryAlone
    var number: Int?
    if let leaf {
      about = .leaf(try EvidenceFile.read(leaf, limit: Self.leafByteCountMax, as: "a leaf"))
    } else if let subject {
      let found = try proof.extra.flatMap { ProofExtra($0) }?
        .event(in: FileByteSource(path: subject))
      number = found?.number
      // No event has no bytes: what was not found is rejected as another.
      about = .event(found?.bytes ?? [])
    }
    let checked = try policy.check(proof, for: about, with: hasher).get()
    return report.write(checked, eventFile: subject, number: number)
  }

  private static let leafByteCountMax = 64 << 20

  private func checkConsistency(_ policy: EvidencePolicy, _ report: CheckReport) throws -> Int32 {
    let limit = ConsistencyEvidence.byteCountMax
    let evidence = try ConsistencyEvidence(
      parsing: EvidenceFile.read(file, limit: limit, as: "a consistency file"))
    let pinned = try subject.map(EvidenceFile.checkpoint)
    let checked = try policy.check(evidence, pinned: pinned, with: SHA256Hasher()).get()
    return report.write(checked)
  }

  private func checkFork(_ policy: EvidencePolicy, _ report: CheckReport) throws -> Int32 {
    guard subject == nil else {
      throw Failure.usage("evidence of a fork holds both checkpoints; give nothing beside it")
    }
    let fork = try ForkEvidence(
      parsing: EvidenceFile.read(file, limit: ForkEvidence.byteCountMax, as: "evidence of a fork"))
    let checked = try policy.check(fork, with: SHA256Hasher()).get()
    report.write(checked, fork)
    return 0
  }

  /// Checks a bundle whole before anything of it is shown, and once more as it is shown.
  private func checkBundle(_ policy: EvidencePolicy, _ report: CheckReport) throws -> Int32 {
    guard subject == nil else {
      throw Failure.usage("a bundle holds its events itself; give nothing beside it")
    }
    let source = DocumentEvidence(try FileByteSource(path: file))
    let hasher = try SHA256Hasher()
    let checked = try policy.check(bundle: source, with: hasher).get()
    return try report.write(checked) { visit in
      _ = try policy.check(bundle: source, with: hasher, visit: visit).get()
    }
  }
}
