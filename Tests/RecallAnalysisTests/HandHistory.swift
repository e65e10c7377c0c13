import Testing
import Traceability

/// A history made by hand with the questions put to it and their exact answers, which were found by
/// reasoning from *What a trace follows*, not by running anything.
struct HandHistory: CustomTestStringConvertible {
  /// What it is about, in the words of the trace rules.
  let name: String
  var builder = HistoryBuilder()
  var questions: [Question] = []

  init(_ name: String) { self.name = name }

  var testDescription: String { name }

  /// A question with its answer.
  struct Question {
    var direction: ModelDirection
    var seeds: [Identifier]
    var answer: ModelAnswer
  }

  /// Forward from an item.
  /// - Parameters:
  ///   - reaches: all other items of the answer.
  ///   - possible: those of them that only a marked link leads to.
  mutating func forward(
    _ seed: String, reaches: [String] = [], possible: [String] = [], path: [EventKey],
    mention: [EventKey] = []
  ) {
    ask(.forward, seed, reaches, possible, path, mention)
  }

  /// Backward from an item.
  mutating func backward(
    _ seed: String, reaches: [String] = [], possible: [String] = [], path: [EventKey],
    mention: [EventKey] = []
  ) {
    ask(.backward, seed, reaches, possible, path, mention)
  }

  private mutating func ask(
    _ direction: ModelDirection, _ seed: String, _ reaches: [String], _ possible: [String],
    _ path: [EventKey], _ mention: [EventKey]
  ) {
    let items = HistoryBuilder.items([seed] + reaches)
    questions.append(
      Question(
        direction: direction, seeds: [HistoryBuilder.item(seed)],
        answer: ModelAnswer(
          items: items, certain: items.subtracting(HistoryBuilder.items(possible)),
          path: Set(path), mention: Set(mention))))
  }
}
