import Provender

/// What each kind of question took, by the kernel and through the façade.
struct FacadeReport {
  private var rows: [Row] = []
  private var others: [OtherRow] = []
  private(set) var isRight = true

  /// One kind of question.
  struct Row {
    var name: String
    var count = 0
    var medianSize = 0
    /// Microseconds of the median question: kernel, façade's numbers lent, the same as a value,
    /// names.
    var kernel = 0.0
    var lent = 0.0
    var numbers = 0.0
    var names = 0.0
    /// All questions with their names, a lot.
    var nanosecondsPerLot = 0.0

    var ratio: Double { kernel > 0 ? numbers / kernel : 0 }
  }

  /// A kind of question about several lots.
  struct OtherRow {
    var name: String
    var count: Int
    /// How many sources the median question has; 0 for pairs.
    var medianSize: Int
    /// Microseconds of the median question; of pairs, of the mean one.
    var kernel: Double
    var facade: Double

    var ratio: Double { kernel > 0 ? facade / kernel : 0 }
  }

  init(_ ledger: Ledger, _ search: ReachSearch) throws {
    let questions = FacadeQuestions(search)
    let timer = try FacadeTimer(search)
    let medians = FacadeQuestions.kitMedians
    for (name, direction, asked) in [
      ("forward", GraphDirection.forward, questions.any(.forward)),
      ("forward_\(medians.forward)", .forward, questions.about(medians.forward, .forward)),
      ("forward_worst", .forward, questions.worst(.forward)),
      ("backward", .backward, questions.any(.backward)),
      ("backward_\(medians.backward)", .backward, questions.about(medians.backward, .backward)),
      ("backward_worst", .backward, questions.worst(.backward)),
    ] where !asked.isEmpty {
      rows.append(timer.row(name, direction, asked))
      isRight = try isRight && agrees(ledger, search, direction, asked)
    }
    others.append(timer.row("pairs, any two lots", questions.uniformPairs))
    others.append(timer.row("pairs, reachable", questions.reachablePairs))
    isRight = isRight && agrees(search, questions.uniformPairs + questions.reachablePairs)
    guard !questions.cases.isEmpty else { return }
    others.append(timer.row("sources of 50", questions.cases))
    isRight = isRight && questions.cases.prefix(3).allSatisfy { agrees(search, $0) }
  }

  /// Whether the second lot of each pair is in the answer from the first, and the first in the answer
  /// from the second the other way.
  private func agrees(_ search: ReachSearch, _ pairs: [FacadeQuestions.Pair]) -> Bool {
    pairs.allSatisfy { pair in
      search.reach(.forward, from: pair.from).contains(pair.to)
        == search.reaches(.forward, from: pair.from, to: pair.to)
        && search.reach(.backward, from: pair.to).contains(pair.from)
          == search.reaches(.backward, from: pair.to, to: pair.from)
    }
  }

  /// Whether the sources of some cases are what the answers from each of them say.
  private func agrees(_ search: ReachSearch, _ cases: [ItemNumber]) -> Bool {
    var counts: [ItemNumber: Int] = [:]
    for item in cases {
      for source in search.reach(.backward, from: item) { counts[source, default: 0] += 1 }
    }
    let sources = search.commonSources(of: cases)
    return sources.count == counts.count
      && sources.allSatisfy { counts[$0.item] == $0.caseCount }
  }

  /// Whether the façade's answer is that of the ledger's own trace, for a few questions.
  private func agrees(
    _ ledger: Ledger, _ search: ReachSearch, _ direction: GraphDirection,
    _ asked: [FacadeQuestions.Question]
  ) throws -> Bool {
    for question in asked.filter({ $0.size < 2_000 }).prefix(5) {
      let uri = search.index.uri(of: question.item)
      let traced = Set(
        try ledger.trace(direction, from: uri, using: search.index).items.map(\.id))
      let reach = search.reach(direction, from: question.item)
      guard reach.count == traced.count,
        reach.indices.allSatisfy({ traced.contains(reach.uri(at: $0)) })
      else { return false }
    }
    return true
  }

  var json: String {
    let members = rows.map { row in
      "\"\(row.name)\":{\"n\":\(row.count),\"median_size\":\(row.medianSize),"
        + "\"kernel_us\":\(decimal(row.kernel)),\"lent_us\":\(decimal(row.lent)),"
        + "\"numbers_us\":\(decimal(row.numbers)),"
        + "\"names_us\":\(decimal(row.names)),\"ratio\":\(decimal(row.ratio)),"
        + "\"ns_per_lot\":\(decimal(row.nanosecondsPerLot))}"
    }
    let others = others.map { row in
      "\"\(row.name)\":{\"n\":\(row.count),\"median_size\":\(row.medianSize),"
        + "\"kernel_us\":\(decimal(row.kernel)),\"facade_us\":\(decimal(row.facade)),"
        + "\"ratio\":\(decimal(row.ratio))}"
    }
    return "{\((members + others).joined(separator: ",")),\"ok\":\(isRight)}"
  }

  var text: String {
    var lines = [
      line(
        "question", "n", "items", "kernel us", "lent us", "numbers us", "names us",
        "numbers/kernel", "ns/lot")
    ]
    for row in rows {
      lines.append(
        line(
          row.name, "\(row.count)", "\(row.medianSize)", decimal(row.kernel), decimal(row.lent),
          decimal(row.numbers), decimal(row.names), decimal(row.ratio),
          decimal(row.nanosecondsPerLot)))
    }
    lines.append(line("question", "n", "items", "kernel us", "facade us", "facade/kernel"))
    for row in others {
      lines.append(
        line(
          row.name, "\(row.count)", "\(row.medianSize)", decimal(row.kernel),
          decimal(row.facade), decimal(row.ratio)))
    }
    lines.append(isRight ? "ok" : "WRONG: the façade's answers are not those of a trace")
    return lines.joined(separator: "\n")
  }

  private func line(_ name: String, _ cells: String...) -> String {
    func space(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(1, width - text.count))
    }
    return name + space(name, 22) + cells.map { space($0, 14) + $0 }.joined()
  }
}

/// A number with three places.
func decimal(_ value: Double) -> String {
  let scaled = Int((value * 1000).rounded())
  let places = String(scaled % 1000)
  return "\(scaled / 1000)." + String(repeating: "0", count: 3 - places.count) + places
}
