import Testing
import Traceability

@Suite("Refined answers agree with the plain model")
struct ScopeAgreementTests {
  /// How many random histories a subject is run on.
  static func count(_ subject: any TraceSubject.Type) -> UInt64 {
    if subject == ModelSubject.self { return 24 }
    return subject == IndexSubject.self ? 360 : 48
  }

  /// Every other history is one of deliveries.
  private static func history(_ seed: UInt64) -> CapturedHistory {
    seed % 2 == 0
      ? RandomHistory.makeTrade(seed: seed) : RandomHistory.makeDeliveries(seed: seed)
  }

  @Test(
    "On random histories, from every item, both ways",
    arguments: traceSubjects.indices, 0..<TraceAgreementTests.parts)
  func randomHistories(subject: Int, part: UInt64) {
    let subject = traceSubjects[subject]
    for seed in stride(
      from: part, to: Self.count(subject), by: Int(TraceAgreementTests.parts))
    {
      let history = Self.history(seed)
      guard let failure = Self.disagreement(subject, history, seed) else { continue }
      let smallest =
        TraceAgreementTests.shrink(history) { Self.disagreement(subject, $0, seed) }
        ?? (history, failure)
      Issue.record(
        "\(TraceAgreementTests.report(subject, seed, smallest.0, smallest.1))")
      return
    }
  }

  @Test("The histories hold what separates the two answers, and what does not")
  func historiesSeparate() {
    var (separated, kept) = (0, 0)
    for seed in UInt64(0)..<48 {
      let history = Self.history(seed)
      let model = ModelSubject(history)
      for item in TraceAgreementTests.items(of: history) {
        let scope = model.scope(.forward, from: [item])
        separated += scope.separated.count
        kept += scope.items.count - 1
      }
    }
    #expect(separated > 30 && kept > 50, "\(separated) separated, \(kept) kept")
  }

  /// The first question on which a subject and the model differ, or on which the refined answer is no
  /// part of the conservative one; nil if there is none.
  static func disagreement(
    _ subject: any TraceSubject.Type, _ history: CapturedHistory, _ seed: UInt64
  ) -> String? {
    var random = SeededGenerator(seed: seed ^ 0xABCD)
    var reordered = history
    reordered.events.shuffle(using: &random)
    let model = ModelSubject(reordered)
    let names = HistoryNames(history)
    do {
      let answers = try subject.init(history)
      for item in TraceAgreementTests.items(of: history) {
        for direction in ModelDirection.allCases {
          let expected = model.scope(direction, from: [item])
          let found = try answers.scope(direction, from: [item])
          let question = "\(direction) from \(names(item.uri)):\n"
          if expected != found {
            return question + names.difference(expected: expected, found: found)
          }
          let whole = model.trace(direction, from: [item])
          if let fault = Self.fault(found, whole, item.uri) { return question + fault }
        }
      }
    } catch {
      return "\(subject.name) throws: \(error)"
    }
    return nil
  }

  /// What is wrong with a refined answer beside the conservative one.
  static func fault(_ scope: ModelScope, _ whole: ModelAnswer, _ seed: String) -> String? {
    let items = Set(scope.items.keys)
    if !items.isSubset(of: whole.items) { return "holds what the conservative answer does not" }
    if whole.items.subtracting(items) != Set(scope.separated.keys) {
      return "does not say what separates it of each item that it lacks"
    }
    if let silent = scope.separated.first(where: { $0.value.isEmpty }) {
      return "drops \(silent.key) in silence"
    }
    if !Set(scope.items.filter { $0.value == "certain" }.keys).isSubset(of: whole.certain) {
      return "is more certain than the conservative answer"
    }
    return nil
  }
}
