/// Why a text is not a time.
public struct EventTimeError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong and what to do, in a sentence.
  public let description: String

  init(_ description: String) { self.description = description }
}

extension EventTime {
  /// A date, or a date-time of ISO 8601 as XML Schema and EPCIS 2.0 section 7.3.3 write it, with an
  /// optional fraction and zone.
  ///
  /// - Parameters:
  ///   - text: ASCII, such as `2026-01-31T14:05:09.250+01:00`.
  ///   - zone: minutes of `eventTimeZoneOffset`, if given: the local zone of the event. Where the
  ///     text has no zone of its own, it is read in this one.
  /// - Throws: `EventTimeError` on impossible times. A fraction beyond microseconds is cut off; a
  ///   second of 60 is taken only at 23:59 UTC, as the leap second that it can be, and read as the
  ///   next second.
  public init(
    _ text: UnsafeBufferPointer<UInt8>, zone: Int16?
  ) throws(EventTimeError) {
    var reader = TimeReader(text)
    let days = try reader.date()
    if reader.isAtEnd {
      let shift = Int64(zone ?? 0) * 60_000_000
      self.init(
        microseconds: days * 86_400_000_000 - shift, offsetMinutes: zone, precision: .day)
      return
    }
    let clock = try reader.clock()
    let written = try reader.zone()
    guard reader.isAtEnd else { throw reader.error("something follows the time") }
    let offset = written ?? zone
    let utc = days * 86_400_000_000 + clock - Int64(offset ?? 0) * 60_000_000
    if reader.isLeapSecond, (utc - 1_000_000) % 86_400_000_000 / 1_000_000 != 86_399 {
      throw reader.error("second 60 exists only at 23:59:60 UTC")
    }
    let local = utc + Int64((zone ?? written) ?? 0) * 60_000_000
    let isMidnight = local % 86_400_000_000 == 0
    self.init(
      microseconds: utc, offsetMinutes: zone ?? written, precision: isMidnight ? .day : .instant)
  }

  /// The minutes of a zone offset such as `+01:00`, `-05:30` or `Z`.
  public static func zone(_ text: UnsafeBufferPointer<UInt8>) throws(EventTimeError) -> Int16 {
    var reader = TimeReader(text)
    guard let zone = try reader.zone(), reader.isAtEnd else {
      throw reader.error("a zone is written +01:00 or Z")
    }
    return zone
  }

  /// The time in its own zone, ISO 8601: the date alone for a day, no zone where it is unknown.
  public var text: String {
    let local = microseconds + Int64(offsetMinutes ?? 0) * 60_000_000
    let day = local.floorDivided(by: 86_400_000_000)
    let date = CivilDate(daysSince1970: day).text
    if precision == .day { return date }
    let clock = local - day * 86_400_000_000
    let seconds = clock / 1_000_000
    var result =
      "\(date)T\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    let fraction = clock % 1_000_000
    if fraction != 0 {
      var digits = String(fraction + 1_000_000).dropFirst()
      while digits.last == "0" { digits = digits.dropLast() }
      result += ".\(digits)"
    }
    guard let offsetMinutes else { return result }
    if offsetMinutes == 0 { return result + "Z" }
    let minutes = Int64(offsetMinutes.magnitude)
    return result + (offsetMinutes < 0 ? "-" : "+") + "\(two(minutes / 60)):\(two(minutes % 60))"
  }

  private func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

/// Reads the parts of a time from ASCII digits.
private struct TimeReader {
  let text: UnsafeBufferPointer<UInt8>
  var position = 0
  var isLeapSecond = false

  init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

  var isAtEnd: Bool { position == text.count }

  func error(_ reason: String) -> EventTimeError {
    let shown = String(decoding: text.prefix(64), as: UTF8.self)
    return EventTimeError("'\(shown)' is no time: \(reason)")
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard position < text.count, text[position] == byte else { return false }
    position += 1
    return true
  }

  mutating func number(digits: Int, _ name: String, _ range: ClosedRange<Int64>)
    throws(EventTimeError)
    -> Int64
  {
    guard position + digits <= text.count else { throw error("the \(name) is cut short") }
    var value: Int64 = 0
    for _ in 0..<digits {
      guard text[position].isASCIIDigit else {
        throw error("the \(name) has a character that is no digit")
      }
      value = value * 10 + Int64(text[position] - 48)
      position += 1
    }
    guard range.contains(value) else {
      throw error("\(name) \(value) is not in \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  mutating func date() throws(EventTimeError) -> Int64 {
    let year = try number(digits: 4, "year", 1...9999)
    guard take(UInt8(ascii: "-")) else { throw error("write the date as 2026-01-31") }
    let month = try number(digits: 2, "month", 1...12)
    guard take(UInt8(ascii: "-")) else { throw error("write the date as 2026-01-31") }
    let last = CivilDate.days(inMonth: month, year: year)
    let day = try number(digits: 2, "day of that month", 1...last)
    return CivilDate(year: year, month: month, day: day).daysSince1970
  }

  /// Microseconds since the start of the day.
  mutating func clock() throws(EventTimeError) -> Int64 {
    guard take(UInt8(ascii: "T")) || take(UInt8(ascii: "t")) || take(UInt8(ascii: " ")) else {
      throw error("a T stands between date and time")
    }
    let hour = try number(digits: 2, "hour", 0...23)
    guard take(UInt8(ascii: ":")) else { throw error("write the time as 14:05:09") }
    let minute = try number(digits: 2, "minute", 0...59)
    var second: Int64 = 0
    if take(UInt8(ascii: ":")) { second = try number(digits: 2, "second", 0...60) }
    isLeapSecond = second == 60
    var fraction: Int64 = 0
    if take(UInt8(ascii: ".")) || take(UInt8(ascii: ",")) {
      let start = position
      var unit: Int64 = 100_000
      while position < text.count, text[position].isASCIIDigit {
        fraction += Int64(text[position] - 48) * unit
        unit /= 10
        position += 1
      }
      guard position > start else { throw error("no digit follows the decimal point") }
    }
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
  }

  mutating func zone() throws(EventTimeError) -> Int16? {
    if isAtEnd { return nil }
    if take(UInt8(ascii: "Z")) || take(UInt8(ascii: "z")) { return 0 }
    let sign: Int64
    if take(UInt8(ascii: "+")) {
      sign = 1
    } else if take(UInt8(ascii: "-")) {
      sign = -1
    } else {
      throw error("a zone is written +01:00 or Z")
    }
    let hours = try number(digits: 2, "zone hour", 0...14)
    _ = take(UInt8(ascii: ":"))
    let minutes = try number(digits: 2, "zone minute", 0...59)
    guard hours * 60 + minutes <= 14 * 60 else { throw error("a zone lies within 14 hours of UTC") }
    return Int16(sign * (hours * 60 + minutes))
  }
}
