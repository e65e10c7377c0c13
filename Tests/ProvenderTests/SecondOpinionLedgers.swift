import Foundation
import LedgerStorage
import LedgerTestSupport
import LedgerWriter

@testable import Provender

/// Honest ledgers of many kinds, the same for the same seed but for salts and times.
struct SecondOpinionLedgers {
  private static let origin = "second.example/log"
  private let directory: String
  private var generator: SeededGenerator
  private var count = 0

  init(in directory: String, seed: UInt64) {
    self.directory = directory
    generator = SeededGenerator(seed: seed)
  }

  mutating func make() throws -> [SecondOpinionCase] {
    var cases = [try plain()]
    cases += try framed() + signed()
    cases += try [revoked(), successor(of: cases[0])]
    return cases
  }

  // MARK: Kinds of ledgers

  private mutating func plain() throws -> SecondOpinionCase {
    let path = newPath()
    let ledger = try Ledger.create(at: path, origin: Self.origin)
    for _ in 0..<3 { try capture(ledger) }
    try redact(ledger, size: ledger.snapshot().size.rawValue)
    try ledger.close()
    return SecondOpinionCase(story: "captures and redactions", path: path)
  }

  /// Captures over several frames and segments, and a note; the writer is never closed. Then the
  /// same with a capture that is still being written.
  private mutating func framed() throws -> [SecondOpinionCase] {
    let path = newPath()
    var options = WriterOptions()
    options.segmentByteCount = 16_384
    options.extensionByteCount = 6_144
    options.frameByteCount = 3_072
    options.background = { work in
      work()
      return true
    }
    let writer = try LedgerWriter.create(
      PosixDisk(path), origin: LogOrigin(Self.origin), options: options)
    for _ in 0..<5 {
      var draft = try CaptureDraft(capture: bytes(40), links: CaptureLinks().encoded)
      for _ in 0..<Int.random(in: 1...14, using: &generator) {
        try draft.addEvent(payload: bytes(.random(in: 0...900, using: &generator)), links: [])
      }
      _ = try writer.append(draft)
    }
    _ = try writer.append(.note, payload: bytes(30))
    let (open, unfinished) = (newPath(), newPath())
    try FileManager.default.copyItem(atPath: path, toPath: open)
    let stream = try writer.begin(capture: bytes(40), links: CaptureLinks().encoded)
    for _ in 0..<9 { try stream.addEvent(payload: bytes(700), links: []) }
    try FileManager.default.copyItem(atPath: path, toPath: unfinished)
    stream.abandon()
    try writer.close()
    return [
      SecondOpinionCase(story: "frames, segments, a note, not closed", path: open),
      SecondOpinionCase(
        story: "a capture still being written", path: unfinished),
    ]
  }

  /// Keys, rotations, checkpoints kept elsewhere and beside the log, redactions in between.
  private mutating func signed() throws -> [SecondOpinionCase] {
    let path = newPath()
    let ledger = try begun(path)
    let first = try ledger.keyRecords().history.keys[0].key.description
    var kept: [String] = []
    for round in 0..<3 {
      try capture(ledger)
      let key = try Self.key(round < 2 ? 1 : 2)
      let checkpoint = try ledger.signCheckpoint(with: key)
      if round == 0 {
        try ledger.keepCheckpoint(checkpoint)
        let reply = try TestAuthority().reply(to: ledger.requestTimeStamp().request.encoded)
        _ = try ledger.keepTimeStamp(reply: reply, authority: nil)
      }
      kept.append("\(path)-kept-\(round)")
      try FileManager.default.copyItem(atPath: "\(path)/checkpoint", toPath: kept[round])
      if round == 1 { try ledger.rotateKey(from: Self.key(1), to: Self.key(2)) }
      if round > 0 { try redact(ledger, size: ledger.snapshot().size.rawValue) }
    }
    let open = newPath()
    try FileManager.default.copyItem(atPath: path, toPath: open)
    try ledger.close()
    let name = KeyName(Self.origin)
    let stranger = try name.map {
      try VerifierKey(name: $0, type: .ed25519, publicKey: Self.key(9).publicKey).description
    }
    return [
      SecondOpinionCase(story: "signed", path: path, since: [kept[1]], key: first),
      SecondOpinionCase(story: "signed, not closed", path: open, since: kept),
      SecondOpinionCase(story: "signed by another key", path: path, key: stranger, expected: 5),
    ]
  }

  private mutating func revoked() throws -> SecondOpinionCase {
    let path = newPath()
    let ledger = try begun(path)
    try capture(ledger)
    let good = try ledger.signCheckpoint(with: Self.key(1))
    try ledger.keepCheckpoint(good)
    let kept = "\(path)-kept"
    try FileManager.default.copyItem(atPath: "\(path)/checkpoint", toPath: kept)
    try ledger.rotateKey(from: Self.key(1), to: Self.key(66))
    try capture(ledger)
    try ledger.keepCheckpoint(try ledger.signCheckpoint(with: Self.key(66)))
    try ledger.revokeKey(
      Self.key(1).publicKey, above: good.verified.checkpoint.size, recoveryKey: Self.key(100),
      replacement: Self.key(3))
    try capture(ledger)
    _ = try ledger.signCheckpoint(with: Self.key(3))
    try ledger.close()
    return SecondOpinionCase(story: "a stolen key", path: path, since: [kept])
  }

  private mutating func successor(of other: SecondOpinionCase) throws -> SecondOpinionCase {
    let path = newPath()
    let ledger = try Ledger.create(
      at: path, origin: Self.origin, continuing: (directory: other.path, reason: "moved"))
    try capture(ledger)
    try ledger.close()
    return SecondOpinionCase(story: "a successor", path: path)
  }

  // MARK: Parts

  private mutating func newPath() -> String {
    count += 1
    return "\(directory)/honest-\(count)"
  }

  private static func key(_ number: UInt8) throws -> Ed25519PrivateKey {
    try Ed25519PrivateKey(seed: [UInt8](repeating: number, count: 32))
  }

  private func begun(_ path: String) throws -> Ledger {
    let ledger = try Ledger.create(at: path, origin: Self.origin)
    try ledger.establishKeys(logKey: Self.key(1), recoveryKey: Self.key(100))
    return ledger
  }

  private mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  private mutating func capture(_ ledger: Ledger) throws {
    let events = (0..<Int.random(in: 1...9, using: &generator)).map { _ in
      let number = generator.next()
      let filler = String(repeating: "x", count: Int(number % 300))
      return EventText.object(
        "L\(number % 50)", id: "urn:x:\(number)", extra: #""https://x.example/n":"\#(filler)","#)
    }
    let text = "[\(events.joined(separator: ","))]"
    _ = try ledger.capture(Array(text.utf8))
  }

  /// Redacts an event in each scope, of which the second may have been redacted before.
  private mutating func redact(_ ledger: Ledger, size: UInt64) throws {
    for parts in [RedactedParts.payload, .payloadAndLinks] {
      var candidates = (1..<size).map { EntryIndex($0) }.shuffled(using: &generator)
      while let entry = candidates.popLast() {
        let kind = try ledger.record(at: entry).entry.kind
        if kind == .event || kind == .capture {
          _ = try ledger.redact(entries: [entry], parts: parts, reason: "gdpr-17")
          break
        }
      }
    }
  }
}
