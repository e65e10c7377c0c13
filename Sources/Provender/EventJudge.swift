import EPCISFormat
import LedgerIndex
import LedgerStorage
import Traceability

/// Judges the events of a document, one batch after the other: which are new, known or in conflict.
struct EventJudge {
  /// What became of one batch.
  struct Verdict {
    /// For each event, whether it is to be stored.
    var isNew: [Bool] = []
    /// The keys of the new ones.
    var keys: [IdentityGate.StoredKey] = []
    /// What the caller is told of the batch once it is stored.
    var outcome = CaptureOutcome()
  }

  private let gate: IdentityGate
  private let keepsConflicts: Bool
  /// Whether a batch is a capture of its own, so that it is judged apart from the others.
  private let isBatchWise: Bool
  /// Events that are new, with their place in the document as entry.
  private var fresh = EventIdentityTable()
  /// The keys of the batch that is being judged.
  private var keys: [IdentityGate.Key] = []

  init(_ gate: IdentityGate, _ options: CaptureOptions, batchWise: Bool) {
    self.gate = gate
    keepsConflicts = options.keepsConflicts
    isBatchWise = batchWise
  }

  /// Makes room for the events of a document that is judged as a whole.
  mutating func reserve(_ count: Int) { fresh.reserve(count) }

  /// Judges a batch with the gate held, or with the gate kept from others.
  ///
  /// - Returns: nil if another capture under way holds one of the events. The batch must be judged
  ///   again when that one is decided.
  mutating func judge(_ batch: ParsedBatch) throws -> Verdict? {
    if isBatchWise {
      fresh.removeAll()
      fresh.reserve(batch.events.count)
    }
    var verdict = Verdict()
    verdict.isNew.reserveCapacity(batch.events.count)
    verdict.keys.reserveCapacity(batch.events.count)
    guard try judge(batch, into: &verdict) else { return nil }
    return verdict
  }

  private mutating func judge(_ batch: ParsedBatch, into verdict: inout Verdict) throws -> Bool {
    try batch.links.withUnsafeBytes { links in
      keys.removeAll(keepingCapacity: true)
      for event in batch.events {
        keys.append(
          try gate.key(event, eventID: eventID(of: event, links), links: links))
      }
      gate.fetch(keys)
      for (event, key) in zip(batch.events, keys) {
        if !event.notices.isEmpty {
          for text in event.notices.sentences { verdict.outcome.notices[text, default: 0] += 1 }
        }
        guard
          let isNew = try judge(
            event, key, eventID(of: event, links), batch, &verdict.outcome)
        else { return false }
        verdict.isNew.append(isNew)
        guard isNew else {
          verdict.outcome.known += 1
          continue
        }
        fresh.insert(
          .init(identity: key.identity, content: key.content, entry: UInt64(event.number)))
        verdict.keys.append(key.stored)
        verdict.outcome.captured += 1
      }
      return true
    }
  }

  private func eventID(
    of event: ParsedEvent, _ links: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: links[event.eventID])
  }

  /// Whether an event is new; nil if another capture under way holds it.
  private func judge(
    _ event: ParsedEvent, _ key: IdentityGate.Key, _ eventID: UnsafeRawBufferPointer,
    _ batch: ParsedBatch, _ outcome: inout CaptureOutcome
  ) throws -> Bool? {
    if fresh.contains(identity: key.identity, content: key.content) { return false }
    switch try gate.judge(key, eventID: eventID, isDeclaration: event.declaration != nil) {
    case .pending: return nil
    case .known: return false
    case .new:
      if let twin = freshTwin(key) {
        let line = batch.events.first { $0.number == twin }?.line
        conflict(event, batch, other: position((twin, line)), &outcome)
      }
    case .conflict(let entry):
      conflict(event, batch, other: "entry \(entry)", &outcome)
    }
    return true
  }

  /// An event of the document that has the ID of this one and another content; none where the very
  /// event that a declaration repeats is in the document too.
  private func freshTwin(_ key: IdentityGate.Key) -> Int? {
    let twins = fresh.rows(identity: key.about)
    guard !twins.isEmpty, !twins.contains(where: { $0.content == key.content }) else { return nil }
    return twins.first.map { Int($0.entry) }
  }

  private func conflict(
    _ event: ParsedEvent, _ batch: ParsedBatch, other: String, _ outcome: inout CaptureOutcome
  ) {
    let id = batch.eventID(event)
    let place = position((event.number, event.line))
    if keepsConflicts {
      outcome.conflicts.append(EventConflict(eventID: id, position: place, other: other))
    } else if outcome.refused.count < CaptureOutcome.refusalLimit {
      outcome.refused.append(
        Refusal(
          position: place,
          message: "it has the ID \(id) of \(other), with other content; correct the ID, or keep "
            + "both as a conflict with --keep-conflicts"))
    }
  }

  private func position(_ place: (number: Int, line: Int?)) -> String {
    place.line.map { "event \(place.number), line \($0)" } ?? "event \(place.number)"
  }
}

extension CaptureOutcome {
  /// Refusals that are told of one document; more of the same help nobody.
  static let refusalLimit = 100

  mutating func refuse(_ errors: [EPCISError]) {
    for error in errors where refused.count < Self.refusalLimit { refused.append(Refusal(error)) }
  }

  /// Takes in what became of a batch: all of it, or the refusals and notices of one that was refused.
  mutating func add(_ part: CaptureOutcome) {
    notices.merge(part.notices) { $0 + $1 }
    refused += part.refused.prefix(max(0, Self.refusalLimit - refused.count))
    guard part.refused.isEmpty else { return }
    captured += part.captured
    known += part.known
    conflicts += part.conflicts
  }

  /// Takes in where a capture came to stand.
  mutating func add(entries part: Range<UInt64>) {
    entries = (entries?.lowerBound ?? part.lowerBound)..<part.upperBound
  }
}

extension Refusal {
  init(_ error: EPCISError) {
    var position = error.position.event.map { "event \($0), " } ?? ""
    position += "line \(error.position.line), byte \(error.position.offset)"
    if !error.position.path.isEmpty { position += ", \(error.position.path)" }
    self.init(position: position, message: "\(error.problem); \(error.advice)")
  }
}
