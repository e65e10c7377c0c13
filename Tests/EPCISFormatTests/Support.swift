import EPCISFormat
import Testing
import Traceability

/// What a whole document gives.
struct Reading {
  var outline: DocumentOutline
  var events: [ParsedEvent] = []
  var payloads: [String] = []
  var ids: [String] = []
  var links: [Links] = []
  var refusals: [EPCISError] = []
}

/// Reads a document to its end; throws what makes reading on impossible.
func read(
  _ bytes: [UInt8], limits: EPCISLimits = EPCISLimits(), firstLine: Int = 1
) throws -> Reading {
  let reader = try EPCISReader(MemoryByteSource(bytes), limits: limits, firstLine: firstLine)
  var reading = Reading(outline: reader.outline)
  try reader.forEachBatch { batch in
    for event in batch.events {
      reading.events.append(event)
      reading.payloads.append(String(decoding: batch.payload(event), as: UTF8.self))
      reading.ids.append(batch.eventID(event))
      reading.links.append(try batch.decodedLinks(event))
    }
    reading.refusals += batch.refusals
  }
  return reading
}

func read(
  _ text: String, limits: EPCISLimits = EPCISLimits(), firstLine: Int = 1
) throws -> Reading {
  try read(Array(text.utf8), limits: limits, firstLine: firstLine)
}

/// All errors of a document, whether or not it could be read on after them.
func errors(_ text: String, limits: EPCISLimits = EPCISLimits()) throws -> [EPCISError] {
  try errors(Array(text.utf8), limits: limits)
}

func errors(_ bytes: [UInt8], limits: EPCISLimits = EPCISLimits()) throws -> [EPCISError] {
  do {
    return try read(bytes, limits: limits).refusals
  } catch let refusal as EPCISRefusal {
    return refusal.errors
  }
}

/// The only event of a text, which must be in order.
func one(_ text: String) throws -> (event: ParsedEvent, links: Links) {
  let reading = try read(text)
  try #require(reading.refusals.isEmpty, "\(reading.refusals)")
  return (try #require(reading.events.first), try #require(reading.links.first))
}

/// The digest of an event's content.
func content(_ text: String) throws -> Digest32 { try one(text).event.content }

/// Events as small as the standard allows, with room for more members.
enum Sample {
  static let time = #""eventTime":"2026-03-04T11:00:30+01:00","eventTimeZoneOffset":"+01:00""#
  static let lot = "https://id.gs1.org/01/09506000134352/10/AB-12"
  static let unit = "https://id.gs1.org/00/095060001343520000"

  static func object(_ more: String = "", what: String? = nil, time: String = time) -> String {
    let what = what ?? #""epcList":["\#(lot)"]"#
    return #"{"type":"ObjectEvent",\#(time),"action":"OBSERVE",\#(what)\#(joined(more))}"#
  }

  static func aggregation(_ action: String, _ more: String = "") -> String {
    #"{"type":"AggregationEvent",\#(time),"action":"\#(action)"\#(joined(more))}"#
  }

  static func association(_ action: String, _ more: String = "") -> String {
    #"{"type":"AssociationEvent",\#(time),"action":"\#(action)"\#(joined(more))}"#
  }

  static func transformation(_ more: String = "") -> String {
    #"{"type":"TransformationEvent",\#(time)\#(joined(more))}"#
  }

  static func transaction(_ more: String = "") -> String {
    #"{"type":"TransactionEvent",\#(time),"action":"ADD"\#(joined(more))}"#
  }

  static func document(_ events: String..., header: String = "", context: String = "") -> String {
    document(list: events.joined(separator: ","), header: header, context: context)
  }

  static func document(list: String, header: String = "", context: String = "") -> String {
    let bindings = context.isEmpty ? "" : ",\(context)"
    let head = header.isEmpty ? "" : #""epcisHeader":\#(header),"#
    return #"{"@context":["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"\#(bindings)],"#
      + #""type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-03-05T00:00:00Z","#
      + head + #""epcisBody":{"eventList":[\#(list)]}}"#
  }

  private static func joined(_ more: String) -> String { more.isEmpty ? "" : ",\(more)" }
}
