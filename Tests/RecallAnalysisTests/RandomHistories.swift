import Traceability

/// SplitMix64: the same numbers from the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Whether something of so many percent happens.
  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

  mutating func pick<T>(_ list: [T]) -> T { list[Int.random(in: list.indices, using: &self)] }
}

/// Small nasty histories: everything that is rare in life, often.
struct RandomHistory {
  private var random: SeededGenerator
  private var builder = HistoryBuilder()
  private let lots: [String]
  private let serials: [String]
  private let units: [String]
  private let vessels: [String]
  private var sites: [String]
  private var clock = 8
  /// How often a history has times out of order, in percent; some histories are tidy.
  private var disorder: Int

  /// The history of a seed, in a shuffled order of capture.
  static func make(seed: UInt64) -> CapturedHistory {
    var maker = RandomHistory(seed: seed)
    let count = Int.random(in: 5...[10, 20, 40][Int(seed % 3)], using: &maker.random)
    for _ in 0..<count { maker.addEvent() }
    maker.disturb()
    return maker.builder.history
  }

  /// A history with more trade: shipments with papers, receipts, voids, amounts.
  static func makeTrade(seed: UInt64) -> CapturedHistory {
    var maker = RandomHistory(seed: seed)
    let count = Int.random(in: 4...[8, 14, 24][Int(seed % 3)], using: &maker.random)
    for _ in 0..<count {
      if maker.random.chance(50) { maker.trade() } else { maker.addEvent() }
    }
    maker.disturb()
    return maker.builder.history
  }

  /// Lots that go from site to site with papers, are used where they came to, and are made at several
  /// places: what place and time tell apart.
  static func makeDeliveries(seed: UInt64) -> CapturedHistory {
    var maker = RandomHistory(seed: seed)
    maker.sites = ["farm", "dairy", "shop", "plant"]
    maker.disorder = seed % 8 == 1 ? 8 : 0
    // Milk becomes a lot of cheese at several places, and cheese a lot of toast each time.
    let milk = ["a.1", "a.2"]
    var held = [("a.1", "farm"), ("a.2", "dairy"), ("a.2", "plant")]
    for _ in 0..<Int.random(in: 10...24, using: &maker.random) {
      maker.clock += Int.random(in: 1...6, using: &maker.random)
      let (lot, site) = maker.random.pick(held)
      if !lot.hasPrefix("c"), maker.random.chance(50) {
        let made = milk.contains(lot) ? "b.1" : "c.\(held.count)"
        maker.builder.transform([lot], to: [made], at: site, maker.time(), id: "")
        held.append((made, site))
      } else {
        let to = maker.random.pick(maker.sites.filter { $0 != site })
        maker.deliver(lot, from: site, to: to)
        held.append((lot, to))
      }
    }
    maker.disturb()
    return maker.builder.history
  }

  private mutating func deliver(_ lot: String, from: String, to: String) {
    let paper = "\(Int.random(in: 1...30, using: &random))"
    let quantified = quantified(lot)
    builder.observe([quantified], at: from, time(), step: "shipping")
    builder.paper("desadv", paper)
    if random.chance(70) { builder.destination(to, isParty: false) }
    clock += Int.random(in: 1...6, using: &random)
    guard random.chance(85) else { return }
    builder.observe([quantified], at: to, time(), step: "receiving")
    if random.chance(85) { builder.paper("desadv", paper) }
  }

  private init(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    func some(_ list: [String], _ range: ClosedRange<Int>) -> [String] {
      Array(list.shuffled(using: &random).prefix(Int.random(in: range, using: &random)))
    }
    lots = some(["a.1", "a.2", "b.1", "b.2", "c.1", "urn:lot:d"], 2...5)
    serials = some(["a#1", "a.1#1", "a.1#2", "b#3", "b.2#4"], 1...3)
    units = some(["U1", "U2", "R1", "R2"], 1...4)
    vessels = seed % 3 == 0 ? ["V1"] : seed % 7 == 0 ? ["V1", "V2"] : []
    sites = some(["farm", "dairy", "shop", "dairy/2"], 1...3)
    disorder = [0, 10, 35][Int(seed / 3 % 3)]
    self.random = random
  }

  private mutating func addEvent() {
    if random.chance(70) { clock += Int.random(in: 0...6, using: &random) }
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<24: packing()
    case 24..<34: observing()
    case 34..<48: unpacking()
    case 48..<66: transforming()
    case 66..<88: seeing()
    default: rest()
    }
    if random.chance(3) { _ = builder.withoutID() }
  }

  private mutating func time() -> EventTime {
    var hour = clock
    if random.chance(disorder) { hour += Int.random(in: -30...30, using: &random) }
    if random.chance(disorder / 2) { return day(max(0, hour) / 24, zone: random.pick([0, 2, -5])) }
    if random.chance(disorder / 4) { return zoneless(hour) }
    return t(hour)
  }

  private mutating func place() -> String? {
    random.chance(5) ? nil : random.chance(4) ? "geo:48.1,11.5" : random.pick(sites)
  }

  private mutating func quantified(_ lot: String) -> String {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: "\(lot) \(Int.random(in: 1...4, using: &random))KGM"
    case 1: "\(lot) \(Int.random(in: 1...4, using: &random))"
    default: lot
    }
  }

  /// Lots, now and then a class without one, and serialised items.
  private mutating func goods(_ range: ClosedRange<Int>) -> [String] {
    (0..<Int.random(in: range, using: &random)).map { _ in
      if random.chance(4) { return random.pick(["a.*", "b.*"]) }
      if random.chance(35) { return random.pick(serials) }
      let lot = random.pick(lots)
      return quantified(lot)
    }
  }

  private mutating func container() -> String {
    random.pick(units + vessels + vessels)
  }

  private mutating func children(of unit: String) -> [String] {
    var list = goods(1...2)
    let inner = random.pick(units)
    if random.chance(20), inner != unit { list.append(inner) }
    return list
  }

  private mutating func packing() {
    let unit = container()
    builder.pack(children(of: unit), into: unit, at: place(), time())
  }

  private mutating func observing() {
    let unit = container()
    let children = random.chance(10) ? [] : children(of: unit)
    builder.observe(children, in: unit, at: place(), time())
  }

  private mutating func unpacking() {
    let unit = container()
    let children = random.chance(35) ? [] : children(of: unit)
    builder.unpack(children, from: unit, at: place(), time())
  }

  private mutating func transforming() {
    var inputs = goods(random.chance(10) ? 0...0 : 1...2)
    var outputs = goods(random.chance(10) ? 0...0 : 1...2)
    if random.chance(20) { inputs.append(container()) }
    if random.chance(15) { outputs.append(random.pick(units)) }
    if random.chance(10), let vessel = vessels.first, !inputs.contains(vessel) {
      outputs.append(vessel)
    }
    let id = random.chance(25) ? random.pick(["urn:batch:1", "urn:batch:2", "batch 3"]) : ""
    builder.transform(inputs, to: outputs, at: place(), time(), id: id)
  }

  private mutating func seeing() {
    let things = random.chance(50) ? goods(1...1) : [container()]
    let moment = time()
    let site = place()
    switch Int.random(in: 0..<5, using: &random) {
    case 0: builder.add(things[0], at: site, moment, lotNumber: random.chance(20) ? "1" : "")
    case 1: builder.ship(things[0], from: site, moment)
    case 2: builder.receive(things[0], at: site, moment)
    case 3: builder.destroy(things[0], at: site, moment)
    default:
      builder.see(things[0], random.pick(serials), at: site, moment)
    }
  }

  private mutating func rest() {
    let site = place()
    if let vessel = vessels.first, random.chance(70) {
      builder.clean(vessel, at: site, time(), step: random.pick(["tank_cleaning", "washed"]))
    } else if random.chance(50) {
      builder.associate([random.pick(units)], with: random.pick(units), at: site, time())
    } else {
      builder.transact(random.pick(lots), at: site, time())
    }
  }

  private mutating func trade() {
    if random.chance(70) { clock += Int.random(in: 0...6, using: &random) }
    let lot = random.pick(lots)
    var goods = [quantified(lot)]
    if random.chance(15) { goods.append(random.pick(units)) }
    let site = place()
    let step = random.pick([
      "shipping", "shipping", "shipping", "departing", "receiving", "receiving", "receiving",
      "arriving", "void_shipping", "storing",
    ])
    builder.observe(goods, at: site, time(), step: step)
    if random.chance(30) {
      builder.paper(random.pick(["desadv", "bol", "po"]), random.pick(["1", "2"]))
    }
    if random.chance(35) {
      builder.destination(random.pick(sites + ["farm", "shop/9"]), isParty: random.chance(30))
    }
    if random.chance(20) {
      builder.source(random.pick(sites + ["farm"]), isParty: random.chance(30))
    }
    if random.chance(8) { builder.destroy(goods[0], at: site, time()) }
  }

  /// Duplicates, declarations of error, and a shuffled order of capture.
  private mutating func disturb() {
    for key in builder.events.map({ EventKey($0) }) {
      if random.chance(4) { builder.again(key) }
      if random.chance(4) { builder.declareError(of: key) }
    }
    builder.history.events.shuffle(using: &random)
  }
}
