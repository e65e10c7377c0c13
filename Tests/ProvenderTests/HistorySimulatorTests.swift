import Foundation
import HistorySimulator
import Testing

@Suite("HistorySimulator")
struct HistorySimulatorTests {
  typealias Options = HistorySimulator.Options

  static let untidy = Options(
    lots: 2000, seed: 7, lateFraction: 0.05, missingFraction: 0.1, duplicateFraction: 0.03)

  @Test("the same options give the same bytes, on every machine")
  func determinism() throws {
    let plain = try SimulatedHistory(Options(lots: 2000, seed: 7))
    let untidy = try SimulatedHistory(Self.untidy)
    #expect(plain.digest == 1_160_581_863_280_747_698)
    #expect(untidy.digest == 5_731_506_979_764_143_389)
    #expect(HistorySimulator.bytes(Self.untidy) == untidy.bytes)
    #expect(try SimulatedHistory(Options(lots: 2000, seed: 8)).digest != plain.digest)
  }

  @Test("makes exactly the lots asked for", arguments: [0, 1, 7, 500, 3001])
  func lotCount(lots: Int) throws {
    let history = try SimulatedHistory(Options(lots: lots, seed: 3))
    #expect(history.lotsMade.count == lots)
    #expect(Set(history.lotsMade).count == lots)
    #expect(history.statistics.lots == lots)
    #expect(history.statistics.events == history.events.count)
    #expect(history.statistics.bytes == history.bytes.count)
    #expect(history.statistics.items == history.events.reduce(0) { $0 + $1.allItems.count })
  }

  @Test("every line is an EPCIS 2.0 event with an ID of its own and valid keys")
  func validity() throws {
    let history = try SimulatedHistory(Options(lots: 2000, seed: 11))
    let ids = Set(history.events.compactMap { $0.text("eventID") })
    #expect(ids.count == history.events.count)
    #expect(
      ids.allSatisfy {
        $0.hasPrefix("urn:uuid:") && UUID(uuidString: String($0.dropFirst(9))) != nil
      })
    for entry in history.events {
      #expect(entry.text("@context")?.hasSuffix("epcis-context.jsonld") == true)
      #expect(entry.text("bizStep") != nil && entry.place("readPoint") != nil)
      #expect((entry.text("action") == nil) == (entry.text("type") == "TransformationEvent"))
      #expect(!entry.allItems.isEmpty)
    }
    let lengths = ["01": 14, "00": 18, "414": 13, "417": 13]
    var keys = Set(history.events.flatMap(\.allItems))
    keys.formUnion(
      history.events.compactMap { $0.place("readPoint") }.map(canonicalIdentity))
    for key in keys {
      let parts = key.split(separator: "/").map(String.init)
      #expect(parts[1] == "id.gs1.org")
      guard let length = lengths[parts[2]] else { continue }
      #expect(parts[3].count == length)
      #expect(checkDigit(parts[3].dropLast()) == parts[3].last?.wholeNumberValue, "\(key)")
      #expect(parts[3].dropFirst(length == 13 ? 0 : 1).hasPrefix("952"))
    }
  }

  @Test("a document holds the same events as the lines")
  func document() throws {
    let bytes = HistorySimulator.document(lots: 300, seed: 5)
    let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? YoghurtFixture.Object
    let body = object?["epcisBody"] as? YoghurtFixture.Object
    let events = body?["eventList"] as? [YoghurtFixture.Object] ?? []
    let lines = try SimulatedHistory(Options(lots: 300, seed: 5)).events
    #expect(
      events.compactMap { $0["eventID"] as? String } == lines.compactMap { $0.text("eventID") })
    var untidy = Self.untidy
    untidy.format = .document
    let whole = try JSONSerialization.jsonObject(with: Data(HistorySimulator.bytes(untidy)))
    #expect(whole is YoghurtFixture.Object)
    let empty = HistorySimulator.document(lots: 0, seed: 1)
    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(empty)) }
  }

  @Test("time runs forward, through one year, and goods arrive after they were sent")
  func times() throws {
    let history = try SimulatedHistory(Options(lots: 4000, seed: 2))
    let times = history.events.map { SimulatedHistory.milliseconds($0.text("eventTime")) }
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(times.first ?? 0 >= 1_735_689_600_000 && times.last ?? 0 < 1_767_225_600_000)
    #expect((times.last ?? 0) - (times.first ?? 0) > 350 * 86_400_000)
    #expect(Set(history.events.compactMap { $0.text("eventTimeZoneOffset") }).count >= 4)
    #expect(!history.lines.contains { $0.contains("T00:00:00.000") })
    var sent: [String: Int] = [:]
    for (entry, time) in zip(history.events, times) {
      let lists = entry.event["bizTransactionList"] as? [YoghurtFixture.Object]
      guard let advice = lists?.first?["bizTransaction"] as? String else { continue }
      if entry.text("bizStep") == "shipping" {
        #expect(sent.updateValue(time, forKey: advice) == nil)
      } else {
        #expect(sent[advice] ?? Int.max < time)
      }
    }
  }

  @Test("late events come out of order, with a record time, and change nothing else")
  func late() throws {
    let calm = try SimulatedHistory(Options(lots: 1500, seed: 4))
    let late = try SimulatedHistory(Options(lots: 1500, seed: 4, lateFraction: 0.1))
    let delayed = late.events.filter { $0.event["recordTime"] != nil }
    #expect(delayed.count == late.statistics.lateEvents)
    #expect((calm.events.count / 15...calm.events.count / 7).contains(delayed.count))
    for entry in delayed {
      let wait =
        SimulatedHistory.milliseconds(entry.text("recordTime"))
        - SimulatedHistory.milliseconds(entry.text("eventTime"))
      #expect((86_400_000 - 3_600_000...15 * 86_400_000).contains(wait))
    }
    let withoutRecord = late.lines.map { line in
      line.replacing(/"recordTime":"[^"]*",/, with: "")
    }
    #expect(withoutRecord.sorted() == calm.lines.sorted())
    #expect(withoutRecord != calm.lines)
  }

  @Test("missing events are left out, duplicates repeated, and change nothing else")
  func missingAndDuplicate() throws {
    let calm = try SimulatedHistory(Options(lots: 1500, seed: 4))
    let gaps = try SimulatedHistory(Options(lots: 1500, seed: 4, missingFraction: 0.2))
    #expect(gaps.lines.count + gaps.statistics.missingEvents == calm.lines.count)
    #expect(Set(gaps.lines).isSubset(of: calm.lines))
    let lost = Set(calm.lines).subtracting(gaps.lines)
    #expect(gaps.statistics.missingEvents > 50)
    #expect(lost.allSatisfy { !$0.contains("TransformationEvent") && !$0.contains("\"ADD\"") })
    let twice = try SimulatedHistory(Options(lots: 1500, seed: 4, duplicateFraction: 0.1))
    #expect(twice.lines.count == calm.lines.count + twice.statistics.duplicateEvents)
    #expect(twice.statistics.duplicateEvents > 50)
    #expect(Set(twice.lines) == Set(calm.lines))
  }

  @Test("units, tanks, rework, notation and sites follow the options")
  func effects() throws {
    func items(_ options: Options) throws -> [String] {
      try SimulatedHistory(options).events.flatMap(\.allItems)
    }
    let loose = try items(Options(lots: 600, unitFraction: 0, tankFraction: 0))
    #expect(!loose.contains { $0.contains("/00/") || $0.contains("/8004/") })
    let packed = try SimulatedHistory(Options(lots: 600, unitFraction: 1, tankFraction: 1))
    let shipments = packed.events.filter { $0.text("bizStep") == "shipping" }
    #expect(shipments.allSatisfy { $0.event["epcList"] != nil })
    #expect(
      packed.statistics.units
        == Set(
          packed.events.flatMap(\.allItems)
            .filter { $0.contains("/00/") }
        ).count)
    let steps = Set(packed.events.compactMap { $0.text("bizStep") })
    #expect(steps.contains("storing") && steps.contains { $0.hasSuffix("/cleaning") })
    let links = HistorySimulator.bytes(Options(lots: 300, urnFraction: 0))
    #expect(!String(decoding: links, as: UTF8.self).contains("urn:epc:"))
    let names = HistorySimulator.bytes(Options(lots: 300, urnFraction: 1))
    #expect(!String(decoding: names, as: UTF8.self).contains("https://id.gs1.org/"))
    #expect(HistorySimulator(Options(lots: 10, sites: 77)).run { _ in }.parties == 77)
    let reworked = Options(lots: 600, reworkFraction: 1)
    let tidy = Options(lots: 600, reworkFraction: 0)
    #expect(HistorySimulator.bytes(reworked) != HistorySimulator.bytes(tidy))
  }

  @Test("the chain fans in and out like a real one")
  func shape() throws {
    let history = try SimulatedHistory(Options(lots: 8000, seed: 1))
    var successors: [String: Set<String>] = [:]
    var fill: [String: Int] = [:]
    var largestFill = 0
    for entry in history.events {
      let outputs = entry.items(["outputQuantityList"]).map(canonicalIdentity)
      for input in entry.items(["inputQuantityList"]).map(canonicalIdentity) {
        successors[input, default: []].formUnion(outputs)
      }
      if entry.text("bizStep") == "storing", let tank = entry.text("parentID") {
        fill[tank, default: 0] += entry.items(["childQuantityList"]).count
        largestFill = max(largestFill, fill[tank, default: 0])
      } else if entry.text("bizStep")?.hasSuffix("/cleaning") == true {
        for tank in entry.items(["epcList"]) { fill[tank] = 0 }
      }
    }
    let counts = successors.values.map(\.count).sorted()
    #expect(counts[counts.count / 2] <= 4)
    #expect(counts.last ?? 0 >= 20)
    #expect((20...200).contains(largestFill))
    let perEvent = Double(history.statistics.items) / Double(history.statistics.events)
    let size = Double(history.statistics.bytes) / Double(history.statistics.events)
    #expect((2.3...3.5).contains(perEvent) && (550...800).contains(size))
  }

  @Test("chunks stay small however long the history, and a failing sink ends it")
  func streaming() {
    var sizes: [Int] = []
    let statistics = HistorySimulator(Options(lots: 6000)).run { sizes.append($0.count) }
    #expect(sizes.count > 10 && sizes.allSatisfy { $0 <= 1 << 20 })
    #expect(sizes.reduce(0, +) == statistics.bytes)
    struct Full: Error {}
    var calls = 0
    #expect(throws: Full.self) {
      try HistorySimulator(Options(lots: 6000)).run { (_) throws(Full) in
        calls += 1
        throw Full()
      }
    }
    #expect(calls == 1)
  }

  @Test("options outside their range are brought into it")
  func ranges() throws {
    let odd = HistorySimulator(
      Options(
        lots: -5, sites: -1, unitFraction: .nan, lateFraction: 7, missingFraction: -1,
        duplicateFraction: .infinity))
    #expect(odd.options.lots == 0 && odd.options.sites == 12)
    #expect(odd.options.unitFraction == 0 && odd.options.lateFraction == 1)
    #expect(odd.options.missingFraction == 0 && odd.options.duplicateFraction == 1)
    #expect(odd.run { _ in }.events == 0)
    let all = Options(
      lots: 200, unitFraction: 1, tankFraction: 1, reworkFraction: 1, urnFraction: 1,
      lateFraction: 1, missingFraction: 1, duplicateFraction: 1)
    #expect(try SimulatedHistory(all).lotsMade.count >= 200)
    #expect(HistorySimulator(Options(lots: .max, sites: .max)).options.sites == 1_000_000)
  }
}
