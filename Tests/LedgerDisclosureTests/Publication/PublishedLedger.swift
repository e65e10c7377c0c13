import LedgerAudit
import LedgerDisclosure
import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

/// A ledger with keys on a simulated disk, to be published.
final class PublishedLedger {
  let disk = SimulatedDisk()
  let writer: LedgerWriter
  let clock = TestClock()
  let logKey: Ed25519PrivateKey
  let recoveryKey: Ed25519PrivateKey
  let signer: NoteSigner
  private var number = 0

  init(
    origin: String = "dairy.example/trace", seed: UInt64 = 7, random: LedgerRandom? = nil
  ) throws {
    var options = WriterOptions()
    options.segmentByteCount = 262_144
    options.extensionByteCount = 65_536
    options.clock = clock.clock
    options.random = random ?? .seeded(seed)
    options.background = { work in
      work()
      return true
    }
    writer = try LedgerWriter.create(disk, origin: LogOrigin(origin), options: options)
    logKey = try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 32))
    recoveryKey = try Ed25519PrivateKey(seed: [UInt8](repeating: 2, count: 32))
    signer = try NoteSigner(name: #require(KeyName(origin)), key: logKey)
    try append(
      .establish(logKey: logKey.publicKey, recoveryKey: recoveryKey.publicKey),
      by: [logKey, recoveryKey])
  }

  func append(_ change: KeyPayload.Change, by keys: [Ed25519PrivateKey]) throws {
    let payload = try writer.keyRecords().history.next(change)
    _ = try writer.append(try payload.signed(by: keys, logID: writer.genesis.logID))
  }

  /// Captures of some events, until the ledger has a size.
  func grow(to size: Int) throws {
    while writer.snapshot.size.rawValue < size {
      clock.advance(microseconds: 1_000_000)
      let room = size - Int(writer.snapshot.size.rawValue)
      let events = min(room - 1, 1 + number * 7 % 60)
      var draft = try CaptureDraft(capture: Array("capture \(number)".utf8))
      for event in 0..<events {
        try draft.addEvent(
          payload: Array("what was received, \(number) \(event)".utf8),
          links: Array("links of \(number) \(event)".utf8))
      }
      _ = try writer.append(draft)
      number += 1
    }
  }

  func reader() throws -> LedgerReader { try LedgerReader(disk) }

  @discardableResult
  func publish(
    to target: any Disk, checkpoint: TrustedCheckpoint? = nil,
    options: PublicationOptions = PublicationOptions()
  ) throws -> PublicationOutcome {
    let checkpoint = try checkpoint ?? writer.sign(with: signer)
    let reader = try reader()
    return try Publication.publish(
      reader, at: try reader.snapshot(), checkpoint: checkpoint, to: target, options: options)
  }

  /// What a strict audit finds, with the log's key in hand.
  func audit(_ target: any Disk, _ change: (inout TilesOptions) -> Void = { _ in }) throws
    -> TilesReport
  {
    var options = TilesOptions()
    options.logKeys = [signer.verifierKey]
    change(&options)
    return try TilesAudit.audit(target, options: options)
  }
}

extension SimulatedDisk {
  /// The files but those of the publisher itself.
  var publishedFiles: [String: [UInt8]] {
    state.files.filter { !$0.key.hasPrefix(PublishedPaths.state) }
  }

  /// The same files on a disk of their own, changed.
  func changed(_ change: (inout [String: [UInt8]]) -> Void) -> SimulatedDisk {
    var files = publishedFiles
    change(&files)
    return SimulatedDisk(SimulatedState(files: files))
  }
}

extension TilesReport {
  var kinds: Set<TilesFinding.Kind> { Set(findings.map(\.kind)) }
  var lines: String { findings.map(\.description).joined(separator: "\n") }
}
