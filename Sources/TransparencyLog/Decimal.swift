/// Decimal numbers as the C2SP formats write them: ASCII digits, no sign, no leading zero.
internal enum Decimal {
  /// Reads a number; `nil` for anything else, and beyond 64 bits.
  internal static func parse(_ digits: some Collection<UInt8>) -> UInt64? {
    guard let first = digits.first, first != UInt8(ascii: "0") || digits.count == 1 else {
      return nil
    }
    return parsePadded(digits)
  }

  /// Reads a number that may begin with zeros.
  internal static func parsePadded(_ digits: some Collection<UInt8>) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
      guard !tooLarge, !overflow else { return nil }
      value = sum
    }
    return value
  }
}
