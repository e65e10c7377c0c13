/// The GS1 mod-10 check digit (GS1 General Specifications, section 7.9).
public enum GS1CheckDigit {
  /// The check digit for ASCII digits that do not include one yet.
  ///
  /// From the right the weights are 3, 1, 3, 1 …; the digit makes the sum a multiple of ten.
  /// - Parameter digits: ASCII bytes `0`–`9` only.
  /// - Returns: the ASCII byte of the check digit.
  /// - Complexity: O(n).
  public static func compute(_ digits: some BidirectionalCollection<UInt8>) -> UInt8 {
    var sum = 0
    var weight = 3
    for digit in digits.reversed() {
      sum += weight * Int(digit &- 48)
      weight = 4 - weight
    }
    return UInt8(48 + (10 - sum % 10) % 10)
  }

  /// Whether the last of these ASCII digits is the check digit of those before it.
  public static func isValid(_ digits: some BidirectionalCollection<UInt8>) -> Bool {
    guard let last = digits.last else { return false }
    return digits.allSatisfy { $0 >= 48 && $0 <= 57 } && compute(digits.dropLast()) == last
  }
}
