import CInstructions
import Testing

struct InstructionsTests {
  /// With vectors and without, of words that are empty, full, sparse and mixed.
  @Test func numbersOfBitsEqualThePlainModel() {
    var generator = SplitMix(state: 51)
    var words = (0..<200).map { _ in UInt64.random(in: 0 ... .max, using: &generator) }
    for word in words.indices where word % 3 == 1 {
      words[word] = word % 2 == 0 ? .max : UInt64(1) << UInt64(word % 64)
    }
    for word in 40..<70 { words[word] = 0 }
    for range in [0..<200, 7..<8, 39..<71, 5..<5, 199..<200] {
      var expected: [UInt32] = []
      for word in range {
        for bit in 0..<64 where words[word] >> UInt64(bit) & 1 != 0 {
          expected.append(UInt32(word * 64 + bit))
        }
      }
      for function in [provender_numbers, provender_numbers_portable] {
        var numbers = [UInt32](repeating: .max, count: 200 * 64 + 16)
        let count = function(words, range.lowerBound, range.upperBound, &numbers)
        #expect(Array(numbers[..<count]) == expected)
      }
    }
  }

  /// With vectors and without, of counts that fill the last vector and that do not; floors at, below and
  /// above the lowest bit's word.
  @Test func selectedNumbersEqualThePlainModel() {
    var generator = SplitMix(state: 52)
    var words = (0..<100).map { _ in UInt64.random(in: 0 ... .max, using: &generator) }
    for word in 0..<30 { words[word] = 0 }
    words[30] |= 1
    for word in 60..<80 { words[word] = 0 }
    let bit: (UInt32) -> Bool = { words[Int($0 / 64)] >> UInt64($0 % 64) & 1 != 0 }
    for (count, range) in [
      (0, 0..<6400), (1, 1920..<1921), (15, 0..<6400), (16, 1920..<6400), (17, 1800..<2100),
      (500, 0..<6400), (64, 0..<1920), (64, 3840..<5120),
    ] as [(Int, Range<UInt32>)] {
      let numbers = (0..<count).map { _ in UInt32.random(in: range, using: &generator) }
      for floor in [0, 1900, 1920] as [UInt32] {
        for function in [provender_select, provender_select_portable] {
          var selected = [UInt32](repeating: .max, count: count + 32)
          let found = function(numbers, count, words, floor, &selected)
          #expect(Array(selected[..<found]) == numbers.filter(bit))
          #expect(selected[(found + 16)...].allSatisfy { $0 == .max })
        }
      }
    }
  }
}
