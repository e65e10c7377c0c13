import Testing
import Traceability

@Suite("Traces agree with the plain model")
struct TraceAgreementTests {
  /// How many random histories a subject is run on. For the model itself a few do: they show that it
  /// does not depend on the order of capture. A neighbourhood is compiled anew for every question.
  static func count(_ subject: any TraceSubject.Type) -> UInt64 {
    if subject == ModelSubject.self { return 200 }
    return subject == IndexSubject.self ? 2_000 : 240
  }

  /// Parts that run beside each other.
  static let parts: UInt64 = 4

  @Test(
    "On random histories, from every item, both ways",
    arguments: traceSubjects.indices, 0..<parts)
  func randomHistories(subject: Int, part: UInt64) {
    let subject = traceSubjects[subject]
    for seed in stride(from: part, to: Self.count(subject), by: Int(Self.parts)) {
      let history = RandomHistory.make(seed: seed)
      guard let failure = Self.disagreement(subject, history, seed) else { continue }
      let smallest =
        Self.shrink(history) { Self.disagreement(subject, $0, seed) } ?? (history, failure)
      Issue.record("\(Self.report(subject, seed, smallest.0, smallest.1))")
      return
    }
  }

  /// The first question on which a subject and the model differ; nil if there is none. The model
  /// gets the events in another order than the subject.
  static func disagreement(
    _ subject: any TraceSubject.Type, _ history: CapturedHistory, _ seed: UInt64
  ) -> String? {
    var random = SeededGenerator(seed: seed ^ 0xABCD)
    var reordered = history
    reordered.events.shuffle(using: &random)
    let model = ModelSubject(reordered)
    do {
      let answers = try subject.init(history)
      for item in items(of: history) {
        for direction in ModelDirection.allCases {
          let expected = model.trace(direction, from: [item])
          let found = try answers.trace(direction, from: [item])
          guard expected != found else { continue }
          let names = HistoryNames(history)
          return "\(direction) from \(names(item.uri)):\n"
            + names.difference(expected: expected, found: found)
        }
      }
    } catch {
      return "\(subject.name) throws: \(error)"
    }
    return nil
  }

  /// Every item of a history; classes without a lot as the unknown lots that they make.
  static func items(of history: CapturedHistory) -> [Identifier] {
    var all: Set<Identifier> = []
    for event in history.events {
      for mention in event.items {
        if let lot = mention.lot { all.insert(lot) }
        guard mention.item.kind == .productClass else {
          all.insert(mention.item)
          continue
        }
        let key = EventKey(event)
        let suffix = key.id.isEmpty ? hexadecimal(key.content) : key.id
        all.insert(Identifier(canonical: "\(mention.item.uri)#\(suffix)", kind: .other))
      }
    }
    return all.sorted()
  }

  /// The smallest history that still fails, by dropping one event after another.
  static func shrink(
    _ history: CapturedHistory, _ failing: (CapturedHistory) -> String?
  ) -> (CapturedHistory, String)? {
    var smallest: (CapturedHistory, String)?
    var current = history
    var position = 0
    while position < current.events.count {
      var candidate = current
      candidate.events.remove(at: position)
      if let failure = failing(candidate) {
        smallest = (candidate, failure)
        current = candidate
        position = 0
      } else {
        position += 1
      }
    }
    return smallest
  }

  static func report(
    _ subject: any TraceSubject.Type, _ seed: UInt64, _ history: CapturedHistory,
    _ failure: String
  ) -> String {
    let names = HistoryNames(history)
    let events = history.events.sorted {
      ($0.time.interval.earliest, EventKey($0)) < ($1.time.interval.earliest, EventKey($1))
    }
    return """
      \(subject.name) differs from the plain model, seed \(seed)
      \(failure)
      \(events.map(names.text).joined(separator: "\n"))
      """
  }
}
