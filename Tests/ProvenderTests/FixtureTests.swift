import Foundation
import Testing

@Suite("Fixtures/yoghurt")
struct FixtureTests {
  let fixture: YoghurtFixture

  init() throws { fixture = try YoghurtFixture() }

  @Test("is large enough, and every party, site and product has a name")
  func extent() {
    #expect(fixture.named["Party", default: []].count >= 25)
    #expect(fixture.distinctEvents.count >= 60)
    #expect(fixture.entries.count > fixture.distinctEvents.count)
    #expect(Set(fixture.entries.compactMap { $0.text("type") }).count == 5)
    #expect(unnamed().isEmpty)
  }

  /// Sites, parties and products of events that no document's master data names.
  private func unnamed() -> Set<String> {
    var unknown: Set<String> = []
    func check(_ id: String, _ kind: String) {
      if !fixture.named[kind, default: []].contains(id) { unknown.insert("\(kind) \(id)") }
    }
    for entry in fixture.entries {
      let places = [entry.place("readPoint"), entry.place("bizLocation")].compactMap(\.self)
      for place in places.map(canonicalIdentity) where !place.hasPrefix("geo:") {
        check(place, "BusinessLocation")
      }
      for (list, key) in [("sourceList", "source"), ("destinationList", "destination")] {
        for end in entry.event[list] as? [YoghurtFixture.Object] ?? [] {
          let id = canonicalIdentity(end[key] as? String ?? "")
          check(id, end["type"] as? String == "location" ? "BusinessLocation" : "Party")
        }
      }
      for item in entry.allItems where item.hasPrefix("https://id.gs1.org/01/") {
        check(item.split(separator: "/10/").first.map(String.init) ?? item, "EPCClass")
      }
    }
    return unknown
  }

  @Test("holds only keys of the example prefix 952 with valid check digits")
  func checkDigits() {
    let lengths = ["01": 14, "00": 18, "414": 13, "417": 13, "253": 13]
    var checked = 0
    for link in fixture.strings.map(canonicalIdentity) where link.hasPrefix("https://id.gs1.org/") {
      let parts = link.split(separator: "/").map(String.init)
      guard parts.count >= 4 else { continue }
      if let length = lengths[parts[2]] {
        let key = parts[3].prefix(length)
        #expect(key.count == length && checkDigit(key.dropLast()) == key.last?.wholeNumberValue)
        checked += 1
      }
      if parts[2] == "8003" {
        let key = parts[3].dropFirst().prefix(13)
        #expect(parts[3].first == "0" && checkDigit(key.dropLast()) == key.last?.wholeNumberValue)
      }
      let ownIndicator = ["01", "00", "8003"].contains(parts[2])
      #expect(parts[3].dropFirst(ownIndicator ? 1 : 0).hasPrefix("952"), "\(link)")
    }
    #expect(checked > 500)
    #expect(fixture.strings.contains { $0.hasPrefix("urn:epc:class:lgtin:") })
    #expect(fixture.strings.contains { $0.hasPrefix("https://id.gs1.org/01/") })
  }

  @Test("event times carry a zone; some are midnight, some come late")
  func times() {
    for entry in fixture.entries {
      let time = entry.text("eventTime") ?? ""
      #expect(time.hasSuffix("Z") || time.hasSuffix("+01:00") || time.hasSuffix("+02:00"))
      #expect(["+01:00", "+02:00"].contains(entry.text("eventTimeZoneOffset")))
    }
    let midnights = fixture.entries.filter { entry in
      entry.text("eventTime")?.contains("T00:00:00+") == true
        || entry.text("eventTime")?.hasSuffix("T22:00:00Z") == true
    }
    #expect(midnights.count >= 4)
    let late = fixture.entries.filter { $0.event["recordTime"] != nil }
    #expect(late.count == 3 && late.allSatisfy { $0.document.hasPrefix("09-") })
  }

  @Test("has a vessel with a heel and a cleaning between draws")
  func vessel() {
    let silo = "https://id.gs1.org/8004/9521011SILO-4"
    let story = fixture.entries.filter { $0.allItems.contains(silo) }.sorted {
      ($0.text("eventTime") ?? "") < ($1.text("eventTime") ?? "")
    }
    let steps = story.map { entry in
      entry.text("type") == "TransformationEvent" ? "draw" : entry.text("bizStep") ?? ""
    }
    #expect(
      steps == [
        "storing", "storing", "draw", "storing", "draw",
        "https://ns.wiesengrund.example/epcis/bizstep/cleaning", "storing", "draw",
      ])
    #expect(story.first?.event["childQuantityList"] != nil)
  }

  @Test("has one declaration of error, its original and its correction")
  func errorDeclaration() throws {
    let declared = fixture.entries.filter { $0.event["errorDeclaration"] != nil }
    let declaration = try #require(declared.first)
    #expect(declared.count == 1)
    let same = fixture.entries.filter { $0.text("eventID") == declaration.text("eventID") }
    let original = try #require(same.first).event
    var copy = declaration.event
    copy["errorDeclaration"] = nil
    #expect(same.count == 2 && NSDictionary(dictionary: original).isEqual(to: copy))
    let detail = declaration.event["errorDeclaration"] as? YoghurtFixture.Object
    let corrections = detail?["correctiveEventIDs"] as? [String] ?? []
    let correction = fixture.entries.first { corrections.contains($0.text("eventID") ?? "") }
    #expect(correction?.text("parentID") == declaration.text("parentID"))
    #expect(correction?.allItems != declaration.allItems)
  }

  @Test("has nested units, receipts by OBSERVE, a missing receipt and six shops")
  func distribution() throws {
    let (_, forward) = try fixture.expected("forward")
    let aggregations = fixture.entries.filter { $0.text("type") == "AggregationEvent" }
    let parents = Set(aggregations.compactMap { $0.text("parentID") }.map(canonicalIdentity))
    let children = Set(aggregations.flatMap { $0.items(["childEPCs"]) }.map(canonicalIdentity))
    #expect(parents.intersection(children).count >= 6)
    #expect(
      aggregations.contains { $0.text("action") == "DELETE" && $0.event["childEPCs"] != nil })
    #expect(
      aggregations.contains {
        $0.text("action") == "DELETE" && $0.event["childQuantityList"] != nil
      })
    let receipts = aggregations.filter {
      $0.text("action") == "OBSERVE" && $0.text("bizStep") == "receiving"
    }
    #expect(receipts.count >= 3)
    let shop = "https://id.gs1.org/414/95211003"
    let affected = fixture.entries.filter { !forward.isDisjoint(with: $0.allItems) }
    func shops(_ step: String, _ place: (YoghurtFixture.Entry) -> [String]) -> Set<String> {
      Set(affected.filter { $0.text("bizStep") == step }.flatMap(place).map(canonicalIdentity))
        .filter { $0.hasPrefix(shop) && !$0.hasPrefix(shop + "07") }
    }
    let sent = shops("shipping") { entry in
      let ends = entry.event["destinationList"] as? [YoghurtFixture.Object] ?? []
      return ends.compactMap { $0["destination"] as? String }
    }
    let received = shops("receiving") { [$0.place("bizLocation")].compactMap(\.self) }
    #expect(sent.count == 6 && received.count == 5 && received.isSubset(of: sent))
  }

  @Test("has innocent neighbours: same code, same pallet, same crate, same logger")
  func innocents() throws {
    let (_, forward) = try fixture.expected("forward")
    let items = Set(fixture.entries.flatMap(\.allItems))
    let sameCode = items.filter { $0.hasSuffix("/10/L6112") }
    #expect(sameCode.count == 5 && !sameCode.isSubset(of: forward))
    #expect(sameCode.intersection(forward).count == 3)
    let mixed = fixture.entries.filter { entry in
      let children = Set(entry.items(["childQuantityList"]).map(canonicalIdentity))
      return entry.text("action") == "ADD" && children.count > 1
        && !children.isDisjoint(with: forward) && !children.isSubset(of: forward)
    }
    #expect(mixed.count == 2)
    let crate = "https://id.gs1.org/8003/095210140006461001"
    let packed = fixture.entries.filter { entry in
      entry.text("action") == "ADD" && entry.text("type") == "AggregationEvent"
        && entry.allItems.contains(crate)
    }
    let lots = Set(packed.flatMap { $0.items(["childQuantityList"]) }.map(canonicalIdentity))
    #expect(packed.count == 2 && lots.count == 2)
    let loggings = fixture.entries.filter { $0.text("type") == "AssociationEvent" }
    #expect(loggings.count == 3 && loggings.allSatisfy { $0.allItems.contains(crate) })
  }

  @Test(
    "expects items that exist, each direction from its seed", arguments: ["forward", "backward"])
  func expectations(direction: String) throws {
    let items = Set(fixture.entries.flatMap(\.allItems))
    let (seed, expected) = try fixture.expected(direction)
    #expect(expected.contains(seed))
    #expect(expected.count >= 30 && expected.isSubset(of: items))
    let otherSeed = try fixture.expected(direction == "forward" ? "backward" : "forward").seed
    #expect(expected.contains(otherSeed))
  }
}
