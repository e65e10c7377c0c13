import LedgerIndex
import ProvenanceGraph
import Testing
import Traceability

@Suite("Whether one item reaches another")
struct ReachesTests {
  @Test("Every pair of items, both ways, as the plain model's traces say", arguments: 0..<4)
  func everyPair(part: UInt64) throws {
    var (reached, units) = (0, 0)
    for seed in stride(from: part, to: 120, by: 4) {
      let history = RandomHistory.make(seed: seed)
      let model = ModelSubject(history)
      let subject = try IndexSubject(history)
      let (index, search) = (subject.index, subject.search)
      let items = TraceAgreementTests.items(of: history)
      let numbers = try items.map { try #require(index.item($0.uri)) }
      var wrong: [String] = []
      for (item, from) in zip(items, numbers) {
        for direction in GraphDirection.allCases {
          let expected = model.trace(direction == .forward ? .forward : .backward, from: [item])
            .items
          for (other, to) in zip(items, numbers) {
            let isReached = search.reaches(direction, from: from, to: to)
            if isReached != expected.contains(other.uri) {
              wrong.append("\(direction) from \(item.uri) to \(other.uri)")
            }
            guard isReached, from != to else { continue }
            reached += 1
            if index.hadContents(from) || index.hadContents(to) { units += 1 }
          }
          // The single question, to a few at once.
          let group = numbers.enumerated().filter { ($0.offset + Int(seed)) % 5 == 0 }
          let isExpected = group.contains { expected.contains(items[$0.offset].uri) }
          if index.reaches(direction, from: [from], to: group.map(\.element)) != isExpected {
            wrong.append("\(direction) from \(item.uri) to some")
          }
        }
      }
      #expect(wrong.isEmpty, "history \(seed)")
      let none = ItemNumber(UInt32(index.itemCount))
      for known in numbers.prefix(1) + [none] {
        #expect(!search.reaches(.forward, from: none, to: known))
        #expect(!search.reaches(.backward, from: known, to: none))
      }
    }
    #expect(
      reached > 500 && units > 100, "\(reached) pairs, \(units) with a unit: little is tried")
  }

  @Test("Over an older index and what came later, as over the whole")
  func laterEvents() throws {
    var random = SeededGenerator(seed: 31)
    var reached = 0
    for seed in UInt64(0)..<40 {
      let history = RandomHistory.make(seed: seed)
      let model = ModelSubject(history)
      let subject = try NeighbourhoodSubject(history)
      let items = TraceAgreementTests.items(of: history)
      guard !items.isEmpty else { continue }
      for _ in 0..<12 {
        let (item, other) = (random.pick(items), random.pick(items))
        for direction in GraphDirection.allCases {
          let expected = model.trace(direction == .forward ? .forward : .backward, from: [item])
            .items.contains(other.uri)
          let found = try subject.reaches(direction, from: item, to: other)
          #expect(
            found == expected, "history \(seed), \(direction) from \(item.uri) to \(other.uri)")
          reached += found && item != other ? 1 : 0
        }
      }
    }
    #expect(reached > 30, "\(reached) pairs reach each other: little is tried")
  }
}
