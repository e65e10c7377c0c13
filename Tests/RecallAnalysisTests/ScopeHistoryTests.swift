import Testing
import Traceability

@Suite("Histories made by hand have exactly the refined answers found by hand")
struct ScopeHistoryTests {
  @Test("In every order of capture", arguments: scopeHistories)
  func answers(history: ScopeHistory) {
    for subject in traceSubjects {
      for order in 0...HandHistoryTests.permutations {
        if let failure = Self.failure(subject, history, order: order) {
          Issue.record("\(subject.name), order of capture \(order):\n\(failure)")
          break
        }
      }
    }
  }

  @Test("Every history asks something, and no two have one name")
  func complete() {
    #expect(scopeHistories.allSatisfy { !$0.questions.isEmpty })
    #expect(Set(scopeHistories.map(\.name)).count == scopeHistories.count)
  }

  @Test(
    "Refined answers to the histories of the conservative one are parts of it",
    arguments: handHistories)
  func parts(history: HandHistory) throws {
    for subject in traceSubjects {
      let answers = try subject.init(history.builder.history)
      let model = ModelSubject(history.builder.history)
      for question in history.questions {
        let scope = try answers.scope(question.direction, from: question.seeds)
        let expected = model.scope(question.direction, from: question.seeds)
        #expect(
          HistoryNames(history.builder.history).difference(expected: expected, found: scope) == "")
        #expect(
          ScopeAgreementTests.fault(
            scope, question.answer, question.seeds.first?.uri ?? "") == nil)
      }
    }
  }

  private static func failure(
    _ subject: any TraceSubject.Type, _ history: ScopeHistory, order: UInt64
  ) -> String? {
    var captured = history.builder.history
    var random = SeededGenerator(seed: order)
    if order == 1 { captured.events.reverse() }
    if order > 1 { captured.events.shuffle(using: &random) }
    let names = HistoryNames(captured)
    do {
      let answers = try subject.init(captured)
      for (number, question) in history.questions.enumerated() {
        let found = try answers.scope(question.direction, from: [question.seed])
        guard let fault = question.fault(found, names) else { continue }
        let events = history.builder.events.map(names.text).joined(separator: "\n")
        return "question \(number + 1), \(question.direction):\n\(fault)\n\(events)"
      }
    } catch {
      return "\(error)"
    }
    return nil
  }
}
