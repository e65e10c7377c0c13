import ProvenanceGraph
public import RecallAnalysis
import Traceability

/// The answer to a trace as people and programs are shown it.
public struct TraceReport: Sendable {
  /// The ledger an answer speaks for: it is bound to this state and no other.
  public struct Source: Sendable {
    /// The log's name.
    public var origin: String
    /// The entries it had.
    public var size: UInt64
    /// The root of the tree of these entries, in hexadecimal.
    public var root: String

    /// A state of a ledger.
    public init(origin: String, size: UInt64, root: String) {
      self.origin = origin
      self.size = size
      self.root = root
    }
  }

  let answer: TraceAnswer
  let question: String
  let source: Source
  /// The items of the answer by URI.
  let items: [String: TraceAnswer.Item]

  static let answerText =
    "by item, place and time; a doubtful link is followed and marked; whole items are listed below"
  static let rowLimit = 40
  static let shortLimit = 20

  /// A report of an answer.
  ///
  /// - Parameters:
  ///   - answer: what was found.
  ///   - question: the item as it was typed.
  ///   - source: the ledger that was asked.
  public init(_ answer: TraceAnswer, question: String, source: Source) {
    self.answer = answer
    self.question = question
    self.source = source
    items = Dictionary(answer.items.map { ($0.id, $0) }) { first, _ in first }
  }

  /// The report as text: first what to do, last the events.
  public func text(_ style: ReportStyle) -> String {
    var report = TextReport(style)
    question(&report)
    if answer.direction == .forward { stopSale(&report) } else { composition(&report) }
    shipments(&report)
    placeless(&report)
    counts(&report)
    separated(&report)
    if answer.direction == .forward { composition(&report) } else { sites(&report) }
    parties(&report)
    doubts(&report)
    cuts(&report)
    exclusions(&report)
    events(&report)
    return report.text
  }

  private func question(_ report: inout TextReport) {
    let isForward = answer.direction == .forward
    report.heading(
      isForward ? "TRACE FORWARD" : "TRACE BACKWARD",
      isForward ? "what can have reached whom" : "what can be in it, and from where")
    var facts = seedFacts
    facts.append(("time", "all that is on record"))
    facts.append(("answer", Self.answerText))
    facts.append(
      ("ledger", "\(source.origin), \(source.size) entries, root \(source.root.prefix(16))…"))
    report.facts(facts)
  }

  private var seedFacts: [(name: String, value: String)] {
    var facts: [(name: String, value: String)] = []
    if answer.seeds != [question], answer.seeds.map(IdentifierText.short) != [question] {
      facts.append(("asked", question))
    }
    for seed in answer.seeds.prefix(Self.shortLimit) {
      let item = items[seed]
      let what = [item?.product, item?.kind.label].compactMap { $0 }.joined(separator: ", ")
      facts.append(("item", IdentifierText.short(seed) + (what.isEmpty ? "" : "  " + what)))
    }
    if answer.seeds.count > Self.shortLimit {
      facts.append(("", "… and \(answer.seeds.count - Self.shortLimit) more; --json lists all"))
    }
    return facts
  }

  private func counts(_ report: inout TextReport) {
    report.heading("COUNTS")
    let possible = answer.items.filter { !$0.isCertain }
    var reasons: [String] = []
    for reason in TraceReason.allCases {
      let count = possible.filter { $0.reasons.contains(reason) }.count
      if count > 0 { reasons.append("\(count) \(reason.rawValue)") }
    }
    let split =
      possible.isEmpty
      ? "all certain"
      : "\(answer.items.count - possible.count) certain, \(possible.count) possible: "
        + reasons.joined(separator: ", ")
    let path = answer.events.filter(\.isPath).count
    let refined = answer.items.filter { $0.refined != nil }.count
    report.facts([
      ("conservative", "\(counted(answer.items.count, "item"))  \(split)"),
      ("refined", "\(counted(refined, "item"))  \(separation)"),
      (
        "events",
        "\(answer.events.count)  \(path) on the path, \(answer.events.count - path) mention an item"
      ),
      ("sites", "\(answer.sites.count)"), ("parties", "\(answer.parties.count)"),
    ])
  }

  private func composition(_ report: inout TextReport) {
    report.heading(
      answer.direction == .forward ? "ITEMS REACHED" : "WHAT IT CAME FROM",
      counted(answer.items.count, "item") + ", nearest first")
    report.table(itemTable(answer.items), limit: Self.rowLimit)
  }

  func itemTable(_ items: [TraceAnswer.Item]) -> TextTable {
    var table = TextTable([
      .init("steps", isRight: true), .init("item"), .init("what", minimum: 9),
      .init("product", minimum: 12), .init("quantity", isRight: true), .init("doubt", minimum: 8),
    ])
    for item in items {
      let kind = item.isVessel ? "vessel" : item.kind.label
      table.row(
        [
          String(item.depth), IdentifierText.short(item.id), kind, item.product ?? "",
          item.quantities.map(\.text).joined(separator: " + "),
          item.reasons.map(\.rawValue).joined(separator: ", "),
        ], item.isCertain ? .plain : .warning)
    }
    return table
  }

  private func sites(_ report: inout TextReport) {
    guard !answer.sites.isEmpty else { return }
    report.heading("WHERE IT WAS", counted(answer.sites.count, "site") + ", first event first")
    var table = TextTable([
      .init("site", minimum: 14), .init("address", minimum: 14), .init("GLN or URI"),
      .init("from"), .init("until"), .init("items", isRight: true),
    ])
    for site in answer.sites {
      table.row([
        site.name ?? "", site.address ?? "", IdentifierText.short(site.id), site.first.minute,
        site.last.minute, String(site.holdings.count),
      ])
    }
    report.table(table, limit: Self.rowLimit)
  }

  private func parties(_ report: inout TextReport) {
    guard !answer.parties.isEmpty else { return }
    report.heading("PARTIES", counted(answer.parties.count, "party", "parties"))
    var table = TextTable([.init("name", minimum: 16), .init("party"), .init("role", minimum: 12)])
    for party in answer.parties {
      table.row([
        party.name ?? "", IdentifierText.short(party.id), party.roles.joined(separator: ", "),
      ])
    }
    report.table(table, limit: Self.shortLimit)
  }

  private func doubts(_ report: inout TextReport) {
    guard !answer.uncertain.isEmpty else { return }
    report.heading("IN DOUBT", "\(answer.uncertain.count) times; followed all the same")
    var order: [String] = []
    var groups: [String: [TraceAnswer.Doubt]] = [:]
    for doubt in answer.uncertain {
      if groups[doubt.reason] == nil { order.append(doubt.reason) }
      groups[doubt.reason, default: []].append(doubt)
    }
    for reason in order {
      let doubts = groups[reason] ?? []
      report.paragraph("\(reason): \(doubts.first?.explanation ?? "")", indent: 2)
      var table = TextTable([.init(""), .init("", minimum: 10)])
      for doubt in doubts {
        table.row([
          IdentifierText.short(doubt.item), doubt.event.map { "by \($0)" } ?? "",
        ])
      }
      report.table(table, limit: Self.shortLimit, indent: 4)
    }
  }

  /// Entries whose links were destroyed: whether they lay on a path cannot be known any more.
  private func cuts(_ report: inout TextReport) {
    guard !answer.cut.isEmpty else { return }
    report.heading(
      "CUT HERE", "the links of \(counted(answer.cut.count, "entry", "entries")) were destroyed")
    report.paragraph(
      "What these events joined cannot be known any more: items may be missing from this answer. "
        + "Ask those who submitted them. Of captures, submitter, names and addresses are gone.",
      indent: 2)
    var table = TextTable([
      .init("entry", isRight: true), .init("kind"), .init("recorded"),
      .init("capture", isRight: true), .init("reason"), .init("redacted by entry", isRight: true),
      .init("on"),
    ])
    for cut in answer.cut {
      table.row(
        [
          String(cut.entry), cut.kind, cut.time.minute, String(cut.capture),
          cut.reason ?? "no redaction is on record",
          cut.redaction.map { String($0) } ?? "", cut.redactionTime?.minute ?? "",
        ], .warning)
    }
    report.table(table, limit: Self.shortLimit)
  }

  private func exclusions(_ report: inout TextReport) {
    guard !answer.excluded.isEmpty else { return }
    report.heading(
      "LOOKED AT AND LEFT OUT", "\(answer.excluded.count) near the answer and not part of it")
    var table = TextTable([
      .init("item"), .init("near"), .init("why it was looked at", minimum: 20),
    ])
    for exclusion in answer.excluded {
      table.row([
        IdentifierText.short(exclusion.item), IdentifierText.short(exclusion.near),
        exclusion.reason,
      ])
    }
    report.table(table, limit: Self.shortLimit)
  }

  private func events(_ report: inout TextReport) {
    report.heading("EVENTS", counted(answer.events.count, "event") + ", first on record first")
    let names = Dictionary(answer.sites.map { ($0.id, $0.name) }) { first, _ in first }
    var table = TextTable([
      .init("time"), .init("entry", isRight: true), .init("role"), .init("type"),
      .init("step", minimum: 12), .init("site", minimum: 24), .init("event ID", minimum: 14),
    ])
    for event in answer.events {
      let site = event.site.map { (names[$0] ?? nil) ?? IdentifierText.short($0) }
      table.row(
        [
          event.time.minute, String(event.entry), event.isPath ? "path" : "mention",
          event.kind.shortName, event.bizStep, site ?? "",
          event.eventID + (event.isDeclaredInError ? " (declared in error)" : ""),
        ], event.isPath ? .plain : .faint)
    }
    report.table(table, limit: Self.shortLimit)
  }
}

/// A number with its noun.
func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}
