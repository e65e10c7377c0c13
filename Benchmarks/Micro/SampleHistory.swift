import EPCISFormat

/// What keeps a benchmark from being set up.
struct SampleError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Events of about 650 bytes with three items each: every lot is made from two earlier ones.
enum SampleHistory {
  /// The lots that are made from nothing.
  static let firstLots = 64
  /// How far back the inputs of a lot lie at most.
  static let reach = 512

  /// The canonical URI of a lot.
  static func uri(_ lot: Int) -> String { "https://id.gs1.org/01/09506000134352/10/L\(lot)" }

  /// The numbers of the two lots that a lot is made from.
  private static func inputs(of lot: Int) -> (Int, Int) {
    var state = UInt64(lot) &* 0x9E37_79B9_7F4A_7C15
    func next() -> Int {
      state ^= state >> 30
      state &*= 0xBF58_476D_1CE4_E5B9
      state ^= state >> 27
      return max(0, lot - 1 - Int(state % UInt64(reach)))
    }
    return (next(), next())
  }

  /// The event that makes a lot, as JSON without a context.
  static func event(_ lot: Int, context: String = "") -> String {
    let (first, second) = inputs(of: lot)
    let stamp =
      "2026-01-\(two(1 + lot / 86_400 % 28))T\(two(lot / 3600 % 24)):"
      + "\(two(lot / 60 % 60)):\(two(lot % 60)).000Z"
    let place = "https://id.gs1.org/414/9506000134352"
    let start =
      "{\(context)\"eventID\":\"urn:uuid:00000000-0000-4000-8000-\(twelve(lot))\","
      + "\"eventTime\":\"\(stamp)\",\"eventTimeZoneOffset\":\"+00:00\","
    let end =
      "\"disposition\":\"active\",\"readPoint\":{\"id\":\"\(place)\"},"
      + "\"bizLocation\":{\"id\":\"\(place)\"}}"
    guard lot >= firstLots else {
      return start + "\"type\":\"ObjectEvent\",\"action\":\"ADD\",\"bizStep\":\"commissioning\","
        + "\"quantityList\":[\(amount(lot, 1000))]," + end
    }
    return start + "\"type\":\"TransformationEvent\",\"bizStep\":\"creating_class_instance\","
      + "\"inputQuantityList\":[\(amount(first, 500)),\(amount(second, 250))],"
      + "\"outputQuantityList\":[\(amount(lot, 750))]," + end
  }

  private static func amount(_ lot: Int, _ quantity: Int) -> String {
    "{\"epcClass\":\"\(uri(lot))\",\"quantity\":\(quantity),\"uom\":\"KGM\"}"
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func twelve(_ number: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }

  private static let contextURI =
    "\"@context\":\"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld\","

  /// JSON Lines of the events of some lots.
  static func lines(_ lots: Range<Int>) -> [UInt8] {
    var bytes: [UInt8] = []
    for lot in lots { bytes += Array((event(lot, context: contextURI) + "\n").utf8) }
    return bytes
  }

  /// An EPCIS document with the events of some lots.
  static func document(_ lots: Range<Int>) -> [UInt8] {
    let events = lots.map { event($0) }.joined(separator: ",")
    return Array(
      ("{\(contextURI)\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\","
        + "\"creationDate\":\"2026-01-01T00:00:00Z\",\"epcisBody\":{\"eventList\":[\(events)]}}")
        .utf8)
  }

  /// The payload and links of the events of some lots, as a capture stores them.
  static func records(_ lots: Range<Int>) throws -> [(payload: [UInt8], links: [UInt8])] {
    var records: [(payload: [UInt8], links: [UInt8])] = []
    try EPCISReader(MemoryByteSource(document(lots))).forEachBatch { batch in
      guard batch.refusals.isEmpty else { throw SampleError("\(batch.refusals)") }
      for event in batch.events {
        records.append((Array(batch.payload(event)), Array(batch.links[event.links])))
      }
    }
    return records
  }
}
