import Provender
import RecallReports

/// What the steps of `provender demo` do: each says whether all came out as it must, and adds lines
/// that tell about it.
struct DemoWork {
  /// Where the documents are.
  let fixtures: String
  /// Where the ledgers are made.
  let folder: String

  /// The ledger.
  var directory: String { folder + "/yoghurt.ledger" }
  /// The copy in which a bit is flipped.
  private var tampered: String { folder + "/tampered.ledger" }

  /// Captures all documents into a new ledger.
  func capture(_ lines: inout [String]) throws -> Bool {
    let ledger = try Ledger.create(at: directory, origin: "demo.example/yoghurt")
    defer { try? ledger.close() }
    let documents = Files.names(in: fixtures).filter {
      $0.hasSuffix(".jsonld") || $0.hasSuffix(".jsonl")
    }
    var captured = 0
    var known = 0
    var refused = 0
    for document in documents {
      let outcome = try ledger.capture(file: "\(fixtures)/\(document)")
      captured += outcome.captured
      known += outcome.known
      refused += outcome.refused.count
      for refusal in outcome.refused.prefix(3) {
        lines.append("refused: \(document), \(refusal.position): \(refusal.message)")
      }
    }
    lines.append(
      "\(documents.count) documents of different companies: \(captured) events stored, "
        + "\(known) known already")
    return refused == 0 && captured > 0
  }

  /// Traces from the seed of an expected answer and compares.
  func trace(
    _ direction: GraphDirection, _ expected: ExpectedAnswers.Answer, _ ledger: Ledger,
    _ index: LedgerIndex, _ lines: inout [String]
  ) throws -> Bool {
    let answer = try ledger.trace(direction, from: expected.seed, using: index)
    let items = Set(answer.items.map(\.id))
    let product = answer.items.first?.product.map { ", \($0)" } ?? ""
    lines.append("from \(IdentifierText.short(expected.seed))\(product)")
    lines.append(
      "\(items.count) items, \(answer.events.count) events, \(answer.sites.count) sites, "
        + "\(answer.parties.count) parties, \(answer.uncertain.count) in doubt")
    lines.append("parties: " + answer.parties.map { $0.name ?? $0.id }.joined(separator: " · "))
    for missing in expected.items.subtracting(items).sorted() {
      lines.append("MISSING: \(IdentifierText.short(missing))")
    }
    for surplus in items.subtracting(expected.items).sorted() {
      lines.append("NOT EXPECTED: \(IdentifierText.short(surplus))")
    }
    let isExpected = items == expected.items
    if isExpected { lines.append("exactly the \(items.count) items that were worked out by hand") }
    return isExpected
  }

  /// Verifies the ledger.
  func verify(_ lines: inout [String]) throws -> Bool {
    let report = try Ledger.verify(at: directory)
    lines.append(
      "\(report.isIntact ? "intact" : "NOT INTACT"): \(report.entryCount) entries, "
        + "\(report.byteCount) bytes, root \(report.root?.hex ?? "none")")
    return report.isIntact
  }

  /// Turns one bit of the stored event that filled the cups, and lets verification find it.
  func flip(
    _ seed: ExpectedAnswers.Answer, _ ledger: Ledger, _ index: LedgerIndex,
    _ lines: inout [String]
  ) throws -> Bool {
    try Files.copy(directory, to: tampered)
    guard let item = index.item(seed.seed), let event = index.timeline(of: item).first else {
      return false
    }
    let entry = index.event(event).entry
    guard let payload = try ledger.record(at: EntryIndex(entry)).payload,
      let lot = seed.seed.split(separator: "/").last,
      let place = payload.firstRange(of: Array(lot.utf8))
    else { return false }
    let changed = place.upperBound - 1
    for name in Files.names(in: tampered + "/log") {
      let file = "\(tampered)/log/\(name)"
      var bytes = try Files.read(file)
      guard let found = bytes.firstRange(of: payload) else { continue }
      let offset = found.lowerBound + changed
      bytes[offset] ^= 1
      try Files.write(bytes, to: file)
      let after = String(
        decoding: bytes[(found.lowerBound + place.lowerBound)...offset], as: UTF8.self)
      lines.append(
        "log/\(name), byte \(offset), lowest bit: entry \(entry) now says lot \(after), not \(lot)")
      return try caught(entry, "log/\(name)", offset, payload.count, &lines)
    }
    return false
  }

  private func caught(
    _ entry: UInt64, _ file: String, _ offset: Int, _ reach: Int, _ lines: inout [String]
  ) throws -> Bool {
    let report = try Ledger.verify(at: tampered)
    for finding in report.findings.prefix(3) {
      lines.append("found: \(finding.kind.rawValue), \(finding.location): \(finding.message)")
    }
    let isPlaced = report.findings.contains { finding in
      let start = finding.location.offset ?? 0
      return finding.location.entry?.rawValue == entry && finding.location.file == file
        && start <= UInt64(offset) && UInt64(offset) <= start + UInt64(reach + 64)
    }
    lines.append(
      isPlaced
        ? "caught at its place; `provender verify` would end with exit code \(report.exitCode)"
        : "NOT caught at its place")
    return isPlaced && !report.isIntact
  }
}
