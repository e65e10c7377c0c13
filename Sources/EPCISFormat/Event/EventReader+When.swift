import Traceability

extension EventReader {
  /// `eventTime` with `eventTimeZoneOffset` (ISO/IEC 19987 section 7.4.1).
  mutating func readEventTime(_ index: Int) {
    var zone: Int16?
    let zoneIndex = slot(0, EventField.eventTimeZoneOffset.rawValue)
    if zoneIndex >= 0 {
      field = .eventTimeZoneOffset
      guard let text = string(zoneIndex) else { return }
      do throws(EventTimeError) {
        zone = try EventTime.zone(text)
      } catch {
        return refuse(error.description, "give the offset from UTC as ±hh:mm, within 14 hours")
      }
      field = .eventTime
    }
    guard let (text, time) = time(index, zone) else { return }
    links.time = time
    if zone == nil { notices.insert(time.offsetMinutes == nil ? .zoneUnknown : .zoneAssumed) }
    write(time, text)
  }

  /// A time whose spelling is checked and which is no part of the content.
  mutating func checkTime(_ index: Int) {
    _ = time(index, nil)
  }

  /// A time of the standard elsewhere in an event, written to the content; nil after a refusal.
  @discardableResult
  mutating func writeTime(_ index: Int) -> EventTime? {
    guard let (text, time) = time(index, nil) else { return nil }
    write(time, text)
    return time
  }

  /// A time with its spelling; nil after a refusal.
  mutating func time(
    _ index: Int, _ zone: Int16?
  ) -> (text: UnsafeBufferPointer<UInt8>, time: EventTime)? {
    guard let text = string(index) else { return nil }
    do throws(EventTimeError) {
      return (text, try EventTime(text, zone: zone))
    } catch {
      refuse(error.description, "write it as 2026-01-31T14:05:09+01:00")
      return nil
    }
  }

  /// Instant, zone, and the digits that microseconds do not hold.
  private mutating func write(_ time: EventTime, _ text: UnsafeBufferPointer<UInt8>) {
    content.bytes.append(ContentWriter.Tag.time)
    content.bytes.append(word: UInt64(bitPattern: time.microseconds))
    let zone = time.offsetMinutes.map { UInt16(bitPattern: $0) } ?? 0x7FFF
    content.bytes.append(UInt8(zone >> 8))
    content.bytes.append(UInt8(zone & 0xFF))
    content.bytes.appendCounted(Self.beyondMicroseconds(text))
  }

  /// The digits of the fraction after the sixth, without zeros at the end.
  private static func beyondMicroseconds(
    _ text: UnsafeBufferPointer<UInt8>
  ) -> UnsafeBufferPointer<UInt8> {
    var start = 19
    guard text.count > start, text[start] == UInt8(ascii: ".") || text[start] == UInt8(ascii: ",")
    else { return text.upTo(0) }
    start += 1
    var end = start
    while end < text.count, text[end] &- 48 <= 9 { end &+= 1 }
    start += 6
    while end > start, text[end - 1] == 48 { end &-= 1 }
    return end > start ? text.upTo(end).from(start) : text.upTo(0)
  }
}
