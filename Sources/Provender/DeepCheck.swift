import EPCISFormat
import LedgerAudit
import LedgerStorage
import Traceability
import TransparencyLog

/// Reads every event again from what was stored as received, and compares the links that come of it
/// with those that the ledger keeps.
struct DeepCheck {
  /// As many bytes of events are read at once.
  private static let batchByteCount = 1 << 20

  /// The context that a capture's events stand in.
  private struct Context {
    let capture: EntryIndex
    let digest: Hash?
    let reader: StoredEventReader
  }

  /// Events that are read together.
  private struct Batch {
    var text: [UInt8] = []
    var spans: [Range<Int>] = []
    var records: [Int] = []
  }

  private let disk: any Disk
  private let options: AuditOptions
  private let hasher: SHA256Hasher
  private let frame = Frame()
  private var report: AuditReport
  private var context: Context?
  private var batch = Batch()
  /// Events whose links are those of their payloads.
  private var agreedCount: UInt64 = 0
  /// Events without a payload, links or a context to read them in.
  private var unreadCount: UInt64 = 0

  private init(_ disk: any Disk, _ report: AuditReport, _ options: AuditOptions) throws {
    self.disk = disk
    self.report = report
    self.options = options
    hasher = try SHA256Hasher()
  }

  /// Adds to an audit's report what reading all events again shows.
  static func run(
    at directory: String, _ report: AuditReport, _ options: AuditOptions
  ) throws -> AuditReport {
    guard report.isComplete, let logID = report.logID else { return report }
    var check = try DeepCheck(PosixDisk(directory), report, options)
    try check.walk(logID)
    return check.report
  }

  private mutating func walk(_ logID: LogID) throws {
    let walker = try LogWalker(disk, logID: logID)
    while let step = try walker.next() {
      // Damage is no business of this check: the audit has found it.
      guard case .frame(let sighting) = step,
        sighting.header.endEntry.rawValue <= report.size.rawValue
      else { continue }
      if options.cancellation?.isCancelled == true {
        report.state("The deep check was told to end before it was done.")
        return
      }
      guard (try? disk.load(sighting, into: frame)) != nil, frame.isReadable else { continue }
      checkFrame()
      options.progress?(
        AuditProgress(
          entryCount: sighting.header.endEntry.rawValue,
          totalEntryCount: report.size.rawValue, byteCount: 0))
    }
    let unread =
      unreadCount == 0
      ? "" : " Not read again: \(unreadCount), which are erased or damaged, or whose context is."
    report.state(
      "Events read again from what was received, with the links that it says: "
        + "\(agreedCount).\(unread)")
  }

  private mutating func checkFrame() {
    for record in 0..<frame.count {
      switch frame.entry(record)?.kind {
      case .capture?: begin(record)
      case .event?: take(record)
      default: break
      }
      if batch.text.count >= DeepCheck.batchByteCount { finish() }
    }
    finish()
  }

  private func isWhole(_ record: Int) -> Bool {
    frame.payloadState(record) == .intact && frame.linksState(record) == .intact
  }

  // MARK: Captures

  private mutating func begin(_ record: Int) {
    finish()
    context = nil
    guard isWhole(record) else { return }
    let payload = frame.payload(of: record) { [UInt8]($0) }
    guard let capture = CapturePayload(payload: payload) else {
      add(.eventUnreadable, frame.payloadLocation(record), "the capture's payload is malformed")
      return
    }
    do {
      let reader = try StoredEventReader(context: capture.context)
      context = Context(
        capture: frame.index(of: record),
        digest: capture.context.isEmpty ? nil : hasher.hash(capture.context), reader: reader)
      var links = CaptureLinks()
      links.submitter = capture.submitter
      links.masterData = reader.masterData
      let stored = frame.links(of: record) { [UInt8]($0) }
      if links.encoded != stored {
        add(
          .linksDisagree, frame.linksLocation(record),
          "the capture's links are not those of its payload")
      }
    } catch {
      add(
        .eventUnreadable, frame.payloadLocation(record),
        "the context of the capture's events cannot be read: \(error)")
    }
  }

  // MARK: Events

  private mutating func take(_ record: Int) {
    guard isWhole(record) else {
      unreadCount += 1
      return
    }
    let payload = frame.payload(of: record) { [UInt8]($0) }
    guard let event = EventPayload(payload: payload) else {
      add(.eventUnreadable, frame.payloadLocation(record), "the event's payload is malformed")
      return
    }
    guard let context, context.capture == frame.entry(record)?.capture else {
      unreadCount += 1
      return
    }
    guard event.contextDigest == context.digest else {
      add(
        .eventUnreadable, frame.payloadLocation(record),
        "the event names another context than its capture has")
      return
    }
    if !batch.text.isEmpty { batch.text.append(UInt8(ascii: ",")) }
    let start = batch.text.count
    batch.text += event.event
    batch.spans.append(start..<batch.text.count)
    batch.records.append(record)
  }

  /// Reads the events that were gathered, and compares.
  private mutating func finish() {
    guard !batch.records.isEmpty, let context else { return }
    let found = (try? context.reader.links(in: batch.text, batch.spans)) ?? []
    for (place, record) in batch.records.enumerated() {
      let stored = frame.links(of: record) { [UInt8]($0) }
      if found.indices.contains(place), let links = found[place], links == stored {
        agreedCount += 1
      } else {
        compare(record, Array(batch.text[batch.spans[place]]), stored, context.reader)
      }
    }
    batch.text.removeAll(keepingCapacity: true)
    batch.spans.removeAll(keepingCapacity: true)
    batch.records.removeAll(keepingCapacity: true)
  }

  /// An event by itself, to say what is wrong with it.
  private mutating func compare(
    _ record: Int, _ event: [UInt8], _ stored: [UInt8], _ reader: StoredEventReader
  ) {
    do {
      let possible = try reader.links(of: event)
      if possible.contains(stored) {
        agreedCount += 1
        return
      }
      let offset = possible.map { DeepCheck.firstDifference($0, stored) }.max() ?? 0
      var place = frame.linksLocation(record)
      place.offset = place.offset.map { $0 + UInt64(offset) }
      add(.linksDisagree, place, "the event's links are not those of what was received")
    } catch {
      add(
        .eventUnreadable, frame.payloadLocation(record), "what was received is no event: \(error)")
    }
  }

  private static func firstDifference(_ one: [UInt8], _ other: [UInt8]) -> Int {
    zip(one, other).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      ?? min(one.count, other.count)
  }

  private mutating func add(
    _ kind: AuditFinding.Kind, _ place: LogLocation, _ message: String
  ) {
    report.add(AuditFinding(kind, at: place, message), limit: options.findingLimit)
  }
}
