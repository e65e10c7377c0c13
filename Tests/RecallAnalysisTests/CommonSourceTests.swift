import LedgerIndex
import ProvenanceGraph
import Testing

@Suite("Common sources of several cases")
struct CommonSourceTests {
  @Test("Each item counts the cases whose trace back holds it")
  func equalsTracesBack() throws {
    var explained = 0
    for seed in UInt64(0)..<120 {
      let subject = try IndexSubject(RandomHistory.make(seed: seed))
      let (index, search) = (subject.index, subject.search)
      guard index.itemCount > 0 else { continue }
      var random = SeededGenerator(seed: seed ^ 0x50C5)
      // Now and then more than one round of 64, with cases that are named twice.
      let count = seed % 8 == 0 ? 150 : Int.random(in: 0...12, using: &random)
      let cases = (0..<count).map { _ in
        ItemNumber(UInt32.random(in: 0..<UInt32(index.itemCount), using: &random))
      }
      var expected: [ItemNumber: Int] = [:]
      for item in cases {
        for source in index.reach(.backward, from: [item]) { expected[source, default: 0] += 1 }
      }
      // Asked twice, since nothing may be left of the first question.
      for _ in 0..<2 {
        let sources = search.commonSources(of: cases + [ItemNumber(UInt32(index.itemCount))])
        #expect(sources.count == expected.count, "history \(seed)")
        for source in sources {
          #expect(source.caseCount == expected[source.item], "history \(seed)")
        }
        let order = sources.sorted { ($1.caseCount, $0.item) < ($0.caseCount, $1.item) }
        #expect(sources == order)
      }
      explained += expected.values.filter { $0 > 1 }.count
    }
    #expect(explained > 100)
  }
}
