import Testing
import Traceability

@Suite("Event times")
struct EventTimeTests {
  func time(_ text: String, zone: Int16? = nil) throws(EventTimeError) -> EventTime {
    let bytes = Array(text.utf8)
    var result: EventTime?
    var caught: EventTimeError?
    bytes.withUnsafeBufferPointer { pointer in
      do throws(EventTimeError) {
        result = try EventTime(pointer, zone: zone)
      } catch {
        caught = error
      }
    }
    if let caught { throw caught }
    return result ?? EventTime(microseconds: 0, offsetMinutes: nil, precision: .instant)
  }

  @Test("Times are instants in UTC with the zone of the event")
  func instants() throws {
    let summer = try time("2026-07-01T14:05:09.2500000+02:00")
    #expect(summer.microseconds == 1_782_907_509_250_000)
    #expect(summer.offsetMinutes == 120)
    #expect(summer.text == "2026-07-01T14:05:09.25+02:00")
    #expect(try time("2026-07-01T12:05:09.25Z", zone: 120) == summer)
    #expect(try time("1969-12-31T23:59:59.5Z").microseconds == -500_000)
    #expect(try time("2000-02-29T12:00Z").text == "2000-02-29T12:00:00Z")
    #expect(try time("2016-12-31T23:59:60Z") == time("2017-01-01T00:00:00Z"))
  }

  @Test("A date and an exact local midnight are that local day")
  func days() throws {
    let date = try time("2026-01-31", zone: 60)
    let midnight = try time("2026-01-31T00:00:00+01:00")
    #expect(date == midnight)
    #expect(date.precision == .day)
    #expect(date.text == "2026-01-31")
    #expect(date.interval.latest - date.interval.earliest == 86_400_000_000 - 1)
    #expect(try time("2026-01-30T23:00:00Z", zone: 60) == date, "local by the event's own zone")
    #expect(try time("2026-01-31T00:00:00.001+01:00").precision == .instant)
  }

  @Test("A missing zone widens by 14 and 12 hours")
  func unknownZone() throws {
    let unknown = try time("2026-01-31T10:00:00")
    let exact = try time("2026-01-31T10:00:00Z")
    #expect(unknown.interval.earliest == exact.microseconds - 14 * 3_600_000_000)
    #expect(unknown.interval.latest == exact.microseconds + 12 * 3_600_000_000)
    #expect(unknown.interval.canPrecede(exact.interval))
    #expect(exact.interval.canPrecede(unknown.interval))
  }

  @Test(
    "Impossible times are refused",
    arguments: [
      "2026-13-01T00:00:01Z", "2026-02-30T10:00:00Z", "2025-02-29", "1900-02-29",
      "2026-01-01T24:00:00Z", "2026-01-01T10:60:00Z", "2026-01-01T10:00:61Z",
      "2026-01-01T10:00:60Z", "2026-01-01T10:00:00+15:00", "2026-01-01T10:00:00+14:01",
      "2026-01-01T10:00:00.Z", "2026-01-01T10", "0000-01-01", "2026-1-1", "", "yesterday",
      "2026-01-01T10:00:00Zjunk", "2026-01-01 10:00:00 +01:00",
    ])
  func impossible(text: String) {
    #expect(throws: EventTimeError.self) { try time(text) }
  }

  @Test("Day numbers and dates agree with a plain count over 800 years")
  func calendar() throws {
    var micros = try time("1600-01-01").microseconds
    for year in 1600..<2400 {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      #expect(try time("\(year)-01-01").microseconds == micros)
      #expect(
        EventTime(microseconds: micros, offsetMinutes: 0, precision: .day).text == "\(year)-01-01")
      micros += (isLeap ? 366 : 365) * 86_400_000_000
    }
  }
}
