import Testing
import Traceability

/// A history made by hand with the refined answers to questions, which were found by reasoning from
/// *The refined answer*, not by running anything.
struct ScopeHistory: CustomTestStringConvertible {
  let name: String
  var builder = HistoryBuilder()
  var questions: [Question] = []

  init(_ name: String) { self.name = name }

  var testDescription: String { name }

  /// A question with its answer.
  struct Question {
    var direction: ModelDirection
    var seed: Identifier
    /// Names → certainty.
    var items: [String: String]
    var separated: [String: Set<String>]
    /// Names → places → time; of the items that are listed, these are all.
    var held: [String: [String: Int64]]
    /// Names of items that left and were not seen again → names of destinations, `?` for none.
    var open: [String: String]
  }

  /// The exact answer to a trace from an item.
  /// - Parameters:
  ///   - certain: names of items, like `possible` and `assumed`; the seed is certain.
  ///   - separated: names of the items that only the conservative answer has → why.
  ///   - held: names of items → all places where they were affected, with the first (forward) or last
  ///     time; units as `in U1`.
  ///   - open: shipments without an arrival.
  mutating func ask(
    _ direction: ModelDirection, _ seed: String, certain: [String] = [], possible: [String] = [],
    assumed: [String] = [], separated: [String: Set<String>] = [:],
    held: [String: [String: EventTime]] = [:], open: [String: String] = [:]
  ) {
    var items = [HistoryBuilder.uri(seed): "certain"]
    for name in certain { items[HistoryBuilder.uri(name)] = "certain" }
    for name in possible { items[HistoryBuilder.uri(name)] = "possible" }
    for name in assumed { items[HistoryBuilder.uri(name)] = "assumed" }
    var question = Question(
      direction: direction, seed: HistoryBuilder.item(seed), items: items, separated: [:],
      held: [:], open: [:])
    for (name, reasons) in separated { question.separated[HistoryBuilder.uri(name)] = reasons }
    for (name, places) in held {
      var times: [String: Int64] = [:]
      for (place, time) in places {
        let uri =
          place.hasPrefix("in ")
          ? "unit:" + HistoryBuilder.uri(String(place.dropFirst(3)))
          : HistoryBuilder.place(place).uri
        times[uri] = direction == .forward ? time.interval.earliest : time.interval.latest
      }
      question.held[HistoryBuilder.uri(name)] = times
    }
    for (name, place) in open {
      question.open[HistoryBuilder.uri(name)] =
        place == "?" ? place : HistoryBuilder.place(place).uri
    }
    questions.append(question)
  }
}

extension ScopeHistory.Question {
  /// What is wrong with an answer; nil if nothing.
  func fault(_ found: ModelScope, _ names: HistoryNames) -> String? {
    var expected = found
    expected.items = items
    expected.separated = separated
    expected.holdings = found.holdings.filter { held[$0.item] == nil }
    for (item, places) in held {
      for (place, time) in places {
        let certainty = found.holdings.first { $0.item == item && $0.place == place }?.certainty
        expected.holdings.insert(
          ModelScope.Holding(item: item, place: place, time: time, certainty: certainty ?? "?"))
      }
    }
    let shipments = Set(found.open.map { "\($0.item) \($0.destination ?? "?")" })
    if shipments != Set(open.map { "\($0) \($1)" }) {
      return "open shipments: \(shipments.sorted().map { names($0) })"
    }
    return expected == found ? nil : names.difference(expected: expected, found: found)
  }
}
