import LedgerIndex
import ProvenanceGraph
import RecallAnalysis
import Testing
import Traceability

@Test func smoke() throws {
  func lot(_ c: String) throws -> Identifier { try Identifier("urn:epc:class:lgtin:9506000.013435.\(c)") }
  var builder = IndexBuilder(seed: 1)
  func add(_ n: UInt64, _ kind: EventKind, _ action: EventAction, _ t: Int64, _ items: [ItemMention]) throws {
    var l = Links(content: Digest32(words: (n, n, n, n)), kind: kind, action: action, time: EventTime(microseconds: t, offsetMinutes: 0, precision: .instant))
    l.eventID = "e\(n)"
    l.items = items
    try builder.add(LinksBuffer(l), entry: n, submitter: "")
  }
  let u = try Identifier("(00)195060002345678901")
  try add(1, .transformation, .none, 10_000001, [ItemMention(item: lot("A"), role: .input), ItemMention(item: lot("B"), role: .output)])
  try add(2, .aggregation, .add, 20_000001, [ItemMention(item: u, role: .parent), ItemMention(item: lot("B"), role: .child), ItemMention(item: lot("C"), role: .child)])
  try add(3, .object, .observe, 30_000001, [ItemMention(item: u, role: .object)])
  let index = try builder.sealed(binding: IndexBinding(origin: "o", size: 4, root: [UInt8](repeating: 0, count: 32)))
  let t = Tracer(index).trace(.forward, from: [try #require(try index.item(lot("A").uri))])
  print(t.items.map { index.uri(of: $0.item) }, t.pathEvents, t.mentionEvents)
  let b = Tracer(index).trace(.backward, from: [index.item(u.uri)!])
  print(b.items.map { (index.uri(of: $0.item), $0.depth) }, b.pathEvents, b.mentionEvents)
}
