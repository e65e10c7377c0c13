import ProvenanceGraph
import Testing

struct NumberSetTests {
  @Test(arguments: [0, 1, 64, 5_000, 1_000_000])
  func holdsWhatAPlainSetHolds(limit: Int) {
    var random = SplitMix(state: UInt64(limit))
    var set = NumberSet(below: limit)
    var plain: Set<UInt32> = []
    // Over 8,192 numbers become bits.
    for _ in 0..<30_000 {
      let number = UInt32(random.next() % UInt64(limit + 10))
      let isNew = Int(number) < limit && plain.insert(number).inserted
      #expect(set.insert(number) == isNew)
    }
    // All are still there after the set took another form.
    #expect(plain.allSatisfy { !set.insert($0) })
  }
}
