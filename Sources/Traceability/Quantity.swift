/// An exact decimal number: `mantissa` × 10^`exponent`, without trailing zeros in the mantissa.
public struct DecimalNumber: Sendable, Hashable {
  /// The digits with their sign; 0 for zero.
  public let mantissa: Int64
  /// The power of ten; 0 for zero.
  public let exponent: Int16

  /// The normal form of `mantissa` × 10^`exponent`.
  public init(mantissa: Int64, exponent: Int16) {
    var mantissa = mantissa
    var exponent = exponent
    while mantissa != 0, mantissa % 10 == 0, exponent < 1024 {
      mantissa /= 10
      exponent += 1
    }
    self.mantissa = mantissa
    self.exponent = mantissa == 0 ? 0 : exponent
  }

  /// The value of a JSON number (RFC 8259 section 6), exactly.
  /// - Returns: nil if it is not one, or has over 18 significant digits or an exponent beyond ±1000.
  public init?(json text: UnsafeBufferPointer<UInt8>) {
    var mantissa: Int64 = 0
    var exponent = 0
    var significant = 0
    var i = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative { i = 1 }
    var hasPoint = false
    var zeros = 0
    let start = i
    while i < text.count, text[i].isASCIIDigit || (text[i] == UInt8(ascii: ".") && !hasPoint) {
      defer { i += 1 }
      guard text[i].isASCIIDigit else {
        hasPoint = true
        continue
      }
      if hasPoint { exponent -= 1 }
      if text[i] == 48 {
        // Zeros count only if another digit follows, so that 1000.0000 stays short.
        if significant > 0 { zeros += 1 }
        continue
      }
      significant += zeros + 1
      guard significant <= 18 else { return nil }
      for _ in 0...zeros { mantissa *= 10 }
      mantissa += Int64(text[i] - 48)
      zeros = 0
    }
    guard i > start else { return nil }
    exponent += zeros
    if i < text.count {
      guard text[i] | 0x20 == UInt8(ascii: "e"), let power = Self.exponent(text[(i + 1)...]) else {
        return nil
      }
      exponent += power
    }
    guard (-1000...1000).contains(exponent) || mantissa == 0 else { return nil }
    self.init(
      mantissa: isNegative ? -mantissa : mantissa, exponent: mantissa == 0 ? 0 : Int16(exponent))
  }

  private static func exponent(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    var text = text
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative || text.first == UInt8(ascii: "+") { text = text.dropFirst() }
    guard !text.isEmpty, text.count <= 5, text.allSatisfy(\.isASCIIDigit) else { return nil }
    let value = text.reduce(0) { $0 * 10 + Int($1 - 48) }
    return isNegative ? -value : value
  }

  /// The exact sum; where it would have over 18 digits, rounded to what they hold.
  public func adding(_ other: DecimalNumber) -> DecimalNumber {
    var (low, high) = exponent <= other.exponent ? (self, other) : (other, self)
    while low.exponent < high.exponent {
      let (scaled, overflow) = high.mantissa.multipliedReportingOverflow(by: 10)
      if overflow { return DecimalNumber(mantissa: high.mantissa, exponent: high.exponent) }
      // Not the normal form, which would take the zero away again.
      high = DecimalNumber(unchecked: scaled, exponent: high.exponent - 1)
    }
    let (sum, overflow) = low.mantissa.addingReportingOverflow(high.mantissa)
    if overflow {
      return DecimalNumber(
        mantissa: low.mantissa / 10 + high.mantissa / 10, exponent: low.exponent + 1)
    }
    low = DecimalNumber(mantissa: sum, exponent: low.exponent)
    return low
  }

  private init(unchecked mantissa: Int64, exponent: Int16) {
    self.mantissa = mantissa
    self.exponent = exponent
  }

  /// The nearest binary floating-point value, for display and comparison.
  public var approximate: Double {
    var value = Double(mantissa)
    var power = exponent.magnitude
    while power > 0 {
      value = exponent > 0 ? value * 10 : value / 10
      power -= 1
    }
    return value
  }

  /// The number as people write it, or with an exponent where that would have over 18 digits.
  public var text: String {
    let digits = String(mantissa.magnitude)
    let sign = mantissa < 0 ? "-" : ""
    if exponent >= 0 {
      guard digits.utf8.count + Int(exponent) <= 18 else { return "\(sign)\(digits)e\(exponent)" }
      return sign + digits + String(repeating: "0", count: Int(exponent))
    }
    let places = Int(exponent.magnitude)
    guard places <= 18 else { return "\(sign)\(digits)e\(exponent)" }
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.utf8.count)) + digits
    return sign + padded.dropLast(places) + "." + padded.suffix(places)
  }
}

/// How much of a class-level item an event is about (EPCIS 2.0 section 7.3.3.3).
public struct Quantity: Sendable, Hashable {
  /// The amount.
  public let value: DecimalNumber
  /// The UN/CEFACT Recommendation 20 code, such as `KGM`; nil means a count of pieces.
  public let unit: String?

  /// A quantity from its parts.
  public init(value: DecimalNumber, unit: String?) {
    self.value = value
    self.unit = unit
  }

  /// The amount with its unit.
  public var text: String { unit.map { "\(value.text) \($0)" } ?? value.text }
}
