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
}
