import ArgumentParser
import Provender
import RecallReports

/// `provender stats`: what a ledger holds, in numbers.
struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Say what the ledger holds, in numbers.",
    discussion: """
      Examples:
        provender stats
        provender stats --ledger /srv/dairy.ledger --json

      Nothing is changed: an index that is missing or behind is reported, not built.
      """)

  @OptionGroup var options: LedgerOptions

  func run() throws {
    let ledger = try options.open()
    let bar = ProgressBar("reading the log", .entries)
    let statistics = try ledger.statistics { bar.update($0, of: $1) }
    bar.end()
    let snapshot = try ledger.snapshot()
    let state = try ledger.indexState()
    if options.output.json {
      Output.write(document(statistics, snapshot, state))
    } else {
      Output.write(text(statistics, snapshot, state))
    }
  }

  private func text(
    _ statistics: LedgerStatistics, _ snapshot: LedgerSnapshot, _ state: IndexState
  ) -> String {
    var report = TextReport(options.output.style)
    report.heading("LEDGER", options.directory)
    var facts = [
      (name: "origin", value: snapshot.origin.name),
      (name: "log id", value: snapshot.genesis.logID.description),
      (name: "root", value: snapshot.root.hex),
      (name: "entries", value: "\(snapshot.size)"),
      (name: "first record", value: statistics.firstTime?.text ?? ""),
      (name: "last record", value: statistics.lastTime?.text ?? ""),
    ]
    if statistics.redactedCount > 0 {
      let cut = statistics.cutCount == 0 ? "" : ", \(statistics.cutCount) of them with their links"
      facts.append(("redacted", "\(statistics.redactedCount) entries\(cut)"))
    }
    if let old = snapshot.genesis.predecessor {
      facts.append(("continues", "\(old.origin), \(old.size) entries, root \(old.root.hex)"))
    }
    facts.append(("index", state.words))
    if let index = state.index {
      facts += [
        ("items", "\(index.itemCount)"), ("events", "\(index.eventCount)"),
        ("places", "\(index.placeCount)"), ("mentions", "\(index.mentionCount)"),
      ]
    }
    report.facts(facts)
    report.heading("ENTRIES BY KIND")
    var kinds = TextTable([.init("kind"), .init("entries", isRight: true)])
    for part in statistics.entriesByKind { kinds.row([part.kind.description, String(part.count)]) }
    report.table(kinds)
    report.heading("BYTES ON DISK")
    var parts = TextTable([
      .init("part"), .init("bytes", isRight: true), .init("per event", isRight: true),
    ])
    for part in statistics.bytesByPart {
      parts.row([part.part, String(part.bytes), perEvent(part.bytes, statistics)])
    }
    parts.row(
      ["all", String(statistics.byteCount), perEvent(statistics.byteCount, statistics)], .strong)
    report.table(parts)
    if let index = state.index { table(of: index, &report) }
    return report.text
  }

  /// What the bytes of the index are for, and how many there are for each thing of that kind.
  private func table(of index: LedgerIndex, _ report: inout TextReport) {
    report.heading("BYTES OF THE INDEX")
    var table = TextTable([
      .init("part"), .init("bytes", isRight: true), .init("each", isRight: true),
      .init("of so many", isRight: true),
    ])
    for part in LedgerIndex.Part.allCases {
      let bytes = index.byteCounts[part] ?? 0
      let count = index.count(countedFor: part)
      table.row([
        part.rawValue, String(bytes),
        count.map { $0.count == 0 ? "" : ByteCount.rounded(Double(bytes) / Double($0.count)) }
          ?? "",
        count.map { "\($0.count) \($0.name)" } ?? "",
      ])
    }
    report.table(table)
  }

  private func perEvent(_ bytes: UInt64, _ statistics: LedgerStatistics) -> String {
    let events = statistics.count(of: .event)
    return events == 0 ? "" : ByteCount.rounded(Double(bytes) / Double(events))
  }

  private func document(
    _ statistics: LedgerStatistics, _ snapshot: LedgerSnapshot, _ state: IndexState
  ) -> [UInt8] {
    let events = statistics.count(of: .event)
    var writer = JSONWriter()
    writer.object { json in
      json.member("directory", options.directory)
      json.member("ledger", snapshot)
      json.member("logID", snapshot.genesis.logID.description)
      json.member("firstRecord", statistics.firstTime?.text)
      json.member("lastRecord", statistics.lastTime?.text)
      json.member("captures", statistics.count(of: .capture))
      json.member("events", events)
      json.key("entriesByKind")
      json.object {
        for part in statistics.entriesByKind { $0.member(part.kind.description, part.count) }
      }
      json.key("redacted")
      json.object {
        $0.member("entries", statistics.redactedCount)
        $0.member("withLinks", statistics.cutCount)
      }
      json.member("bytes", statistics.byteCount)
      json.member("bytesPerEvent", events == 0 ? nil : statistics.byteCount / events)
      json.key("bytesByPart")
      json.object { for part in statistics.bytesByPart { $0.member(part.part, part.bytes) } }
      json.key("index")
      json.object {
        $0.member("state", state.name)
        $0.member("reason", state.reason)
        $0.member("behind", state.behind)
        $0.member("items", state.index.map { UInt64($0.itemCount) })
        $0.member("events", state.index.map { UInt64($0.eventCount) })
        $0.member("places", state.index.map { UInt64($0.placeCount) })
        $0.member("mentions", state.index.map { UInt64($0.mentionCount) })
        guard let index = state.index else { return }
        $0.key("bytesByPart")
        $0.object { json in
          for part in LedgerIndex.Part.allCases {
            json.member(part.rawValue, UInt64(index.byteCounts[part] ?? 0))
          }
        }
      }
    }
    return writer.bytes
  }
}

extension LedgerIndex {
  /// Of what and how many things a part of the bytes is.
  fileprivate func count(countedFor part: Part) -> (count: Int, name: String)? {
    switch part {
    case .keys, .items: (itemCount, "items")
    case .events: (eventCount, "events")
    case .mentions: (mentionCount, "mentions")
    case .graph: (graph.edgeCount, "links")
    case .names, .checksums: nil
    }
  }
}

extension IndexState {
  /// The index, if it can be used.
  fileprivate var index: LedgerIndex? {
    switch self {
    case .current(let index), .behind(_, let index): index
    case .missing, .unusable: nil
    }
  }

  fileprivate var name: String {
    switch self {
    case .current: "current"
    case .behind: "behind"
    case .missing: "missing"
    case .unusable: "unusable"
    }
  }

  fileprivate var behind: UInt64? {
    if case .behind(let entries, _) = self { return entries }
    return nil
  }

  fileprivate var reason: String? {
    if case .unusable(let reason) = self { return reason }
    return nil
  }

  fileprivate var words: String {
    switch self {
    case .current: "up to date"
    case .behind(let entries, _): "\(entries) entries behind; \(IndexState.remedy(behind: entries))"
    case .missing: "none yet; the next trace builds it"
    case .unusable(let reason): "\(reason); the next trace builds it anew"
    }
  }
}

extension RecordTime {
  /// The time in UTC, ISO 8601.
  var text: String {
    EventTime(microseconds: rawValue, offsetMinutes: 0, precision: .instant).text
  }
}
