import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import TransparencyLog

/// Captures that tell by their bytes which they are, so that a test knows what a ledger holds.
enum History {
  static func options(_ clock: TestClock = TestClock()) -> WriterOptions {
    var options = WriterOptions()
    options.segmentByteCount = 12_288
    options.extensionByteCount = 6_144
    options.frameByteCount = 3_072
    options.clock = clock.clock
    options.random = .seeded(7)
    options.background = { work in
      work()
      return true
    }
    return options
  }

  static func origin() throws -> LogOrigin { try LogOrigin("acme.example/trace") }

  static func payload(_ capture: Int, _ event: Int) -> [UInt8] {
    Array("capture \(capture) event \(event) ".utf8)
      + [UInt8](repeating: UInt8(truncatingIfNeeded: capture), count: 40 + event * 37 % 90)
  }

  static func links(_ capture: Int, _ event: Int) -> [UInt8] {
    Array("\(capture)-\(event)".utf8)
  }

  static func draft(_ capture: Int, events: Int) throws -> CaptureDraft {
    var draft = try CaptureDraft(capture: Array("\(capture) \(events)".utf8))
    for event in 0..<events {
      try draft.addEvent(payload: payload(capture, event), links: links(capture, event))
    }
    return draft
  }

  /// The captures in a ledger, each found whole and as it was submitted.
  static func captures(_ disk: any Disk) throws -> [Int] {
    let reader = try LedgerReader(disk)
    let snapshot = try reader.snapshot()
    let cursor = try reader.frames(in: snapshot, withPayloads: true)
    var captures: [Int] = []
    var awaited: (capture: Int, next: Int, count: Int)?
    while try cursor.next() {
      let frame = cursor.frame
      for record in 0..<frame.count {
        guard let entry = frame.entry(record) else { throw HistoryError.malformed }
        let payload = frame.payload(of: record) { [UInt8]($0) }
        switch entry.kind {
        case .genesis, .note, .key: continue
        case .capture:
          guard awaited == nil else { throw HistoryError.half }
          let numbers = String(decoding: payload, as: UTF8.self).split(separator: " ")
          guard numbers.count == 2, let capture = Int(numbers[0]), let count = Int(numbers[1])
          else { throw HistoryError.malformed }
          awaited = (capture, 0, count)
        default:
          guard let now = awaited, payload == Self.payload(now.capture, now.next),
            frame.links(of: record, { [UInt8]($0) }) == links(now.capture, now.next)
          else { throw HistoryError.changed }
          awaited = (now.capture, now.next + 1, now.count)
        }
        if let now = awaited, now.next == now.count {
          guard entry.isLastOfCapture else { throw HistoryError.half }
          captures.append(now.capture)
          awaited = nil
        }
      }
    }
    guard awaited == nil else { throw HistoryError.half }
    return captures
  }
}

enum HistoryError: Error {
  case malformed
  case half
  case changed
}
