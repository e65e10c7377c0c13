/// Writes EPCIS 2.0 events as JSON bytes into one reused buffer.
///
/// It keeps the open event's start, so that an event can be taken out again (late, sent twice), and
/// knows nothing of what the events mean.
struct EventWriter: ~Copyable {
  var buffer = ByteBuffer(capacity: 1 << 19)
  /// Mentions of items in the open event.
  private(set) var itemCount = 0
  private let seed: UInt64
  private let isDocument: Bool
  private var eventNumber: UInt64 = 0
  private var dateCache: (day: Int, text: [UInt8]) = (-1, [])

  init(seed: UInt64, format: HistorySimulator.Format) {
    self.seed = SplitMix64.mix(seed ^ 0x5EED_0F1D_5EED_0F1D)
    isDocument = format == .document
  }

  /// Opens an event; `type` is one of the EPCIS event types.
  mutating func begin(_ type: StaticString, at time: Int, zone: Zone, recordTime: Int?) {
    itemCount = 0
    eventNumber &+= 1
    if isDocument {
      buffer.append("{\"type\":\"")
    } else {
      buffer.append(
        "{\"@context\":\"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld\",\"type\":\""
      )
    }
    buffer.append(type)
    buffer.append("\",\"eventID\":\"urn:uuid:")
    uuid()
    buffer.append("\",\"eventTime\":\"")
    let offset = zone.offset(at: time)
    timestamp(time, offset: offset)
    buffer.append("\",\"eventTimeZoneOffset\":\"")
    self.offset(offset)
    if let recordTime {
      buffer.append("\",\"recordTime\":\"")
      timestamp(recordTime, offset: offset)
    }
    buffer.append("\"")
  }

  mutating func end() { buffer.append("}") }

  /// The number of an event that is not written is used up, so that the others keep their IDs.
  mutating func skip() { eventNumber &+= 1 }

  mutating func steps(action: StaticString?, step: StaticString, disposition: StaticString) {
    if let action {
      buffer.append(",\"action\":\"")
      buffer.append(action)
      buffer.append("\"")
    }
    buffer.append(",\"bizStep\":\"")
    buffer.append(step)
    buffer.append("\",\"disposition\":\"")
    buffer.append(disposition)
    buffer.append("\"")
  }

  mutating func countItem() { itemCount &+= 1 }

  /// The day of an instant as `2025-03-04`, in UTC shifted by `offset` minutes.
  mutating func date(_ milliseconds: Int, offset: Int = 0) {
    let day = (milliseconds + offset * 60_000) / 86_400_000
    if day != dateCache.day { dateCache = (day, Self.dateText(day)) }
    buffer.append(dateCache.text)
  }

  private mutating func timestamp(_ milliseconds: Int, offset: Int) {
    date(milliseconds, offset: offset)
    let rest = (milliseconds + offset * 60_000) % 86_400_000
    buffer.append("T")
    buffer.append(UInt64(rest / 3_600_000), width: 2)
    buffer.append(":")
    buffer.append(UInt64(rest / 60_000 % 60), width: 2)
    buffer.append(":")
    buffer.append(UInt64(rest / 1000 % 60), width: 2)
    buffer.append(".")
    buffer.append(UInt64(rest % 1000), width: 3)
    self.offset(offset)
  }

  private mutating func offset(_ minutes: Int) {
    buffer.append(minutes < 0 ? "-" : "+")
    buffer.append(UInt64(abs(minutes) / 60), width: 2)
    buffer.append(":")
    buffer.append(UInt64(abs(minutes) % 60), width: 2)
  }

  /// A version 4 UUID (RFC 9562) from the seed and the event's number.
  private mutating func uuid() {
    let high = SplitMix64.mix(seed &+ eventNumber &* 0x9E37_79B9_7F4A_7C15)
    let low = SplitMix64.mix(high ^ eventNumber)
    buffer.append(hexadecimal: high, width: 8)
    buffer.append("-")
    buffer.append(hexadecimal: high << 32, width: 4)
    buffer.append("-4")
    buffer.append(hexadecimal: high << 48, width: 3)
    buffer.append("-")
    buffer.append(hexadecimal: (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000, width: 4)
    buffer.append("-")
    buffer.append(hexadecimal: low << 16, width: 12)
  }

  /// The civil date of a day since 1970-01-01, by Howard Hinnant's era arithmetic; days from 2000 on.
  private static func dateText(_ day: Int) -> [UInt8] {
    let shifted = day + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let digits = [year / 1000, year / 100, year / 10, year, month / 10, month]
    let number = digits.map { UInt8(0x30 + $0 % 10) }
    return number[0..<4] + [0x2D] + number[4..<6] + [0x2D]
      + [UInt8(0x30 + dayOfMonth / 10), UInt8(0x30 + dayOfMonth % 10)]
  }
}
