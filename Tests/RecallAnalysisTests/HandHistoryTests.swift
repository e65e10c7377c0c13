import Testing
import Traceability

@Suite("Histories made by hand have exactly the answers found by hand")
struct HandHistoryTests {
  /// Orders of capture in which every history is tried, beside the one written.
  static let permutations: UInt64 = 24

  @Test("In every order of capture", arguments: handHistories)
  func answers(history: HandHistory) {
    for subject in traceSubjects {
      for order in 0...Self.permutations {
        if let failure = Self.failure(subject, history, order: order) {
          Issue.record("\(subject.name), order of capture \(order):\n\(failure)")
          break
        }
      }
    }
  }

  @Test("Every history asks something, and no two have one name")
  func complete() {
    #expect(handHistories.allSatisfy { !$0.questions.isEmpty })
    #expect(Set(handHistories.map(\.name)).count == handHistories.count)
  }

  private static func failure(
    _ subject: any TraceSubject.Type, _ history: HandHistory, order: UInt64
  ) -> String? {
    var captured = history.builder.history
    var random = SeededGenerator(seed: order)
    if order == 1 { captured.events.reverse() }
    if order > 1 { captured.events.shuffle(using: &random) }
    let names = HistoryNames(captured)
    do {
      let answers = try subject.init(captured)
      for question in history.questions {
        let found = try answers.trace(question.direction, from: question.seeds)
        guard found != question.answer else { continue }
        let seeds = question.seeds.map { names($0.uri) }.joined(separator: ", ")
        let events = history.builder.events.map(names.text).joined(separator: "\n")
        return "\(question.direction) from \(seeds):\n"
          + "\(names.difference(expected: question.answer, found: found))\n\(events)"
      }
    } catch {
      return "\(error)"
    }
    return nil
  }
}
