/// What a company does in the chain.
enum Role: UInt8 {
  case farm, packer, processor, distributor, retailer, ingredientMaker
}

/// Goods of one lot at one place.
struct Stock {
  /// The lot's maker, as a position in the network.
  let maker: UInt32
  /// The maker's item reference, 0 to 999.
  let product: UInt16
  /// Day of making, counted from the start of the simulated year.
  let day: UInt16
  /// The maker's running number of the lot.
  let serial: UInt32
  /// Amount in the maker's unit.
  var quantity: UInt32
}

/// One maker's ingredient at a processor.
struct Shelf {
  /// The lot in use.
  var lot: Stock?
  /// Serial number of the newest lot ordered, 0 for none.
  var ordered: UInt32 = 0
}

/// Unit of measure a company counts its own goods in.
enum Measure: UInt8 {
  case kilograms, litres, pieces
}

/// One party with one site. Its GS1 company prefix is 952 and six digits, its position in the
/// network: 952 is reserved for examples.
struct Company {
  let role: Role
  let zone: Zone
  let writesURN: Bool
  let lotStyle: UInt8
  let measure: Measure
  let hasTank: Bool
  var lotCount: UInt32 = 0
  var unitCount: UInt32 = 0
  var despatchCount: UInt32 = 0
  /// Goods on hand and not yet used; in a tank, goods that entered since the last draw.
  var stock: [Stock] = []
  /// Ingredients on hand, by maker; empty until the first order.
  var shelf: [Shelf] = []
  /// Lots on hand that start the next run.
  var need: Int
  var isReady = false
  var drawsSinceCleaning = 0
}

/// Local time of a site in the simulated year 2025.
enum Zone: UInt8 {
  case westernEurope, centralEurope, easternEurope, peru

  /// Minutes east of Greenwich at an instant in milliseconds since 1970.
  func offset(at milliseconds: Int) -> Int {
    let summer = milliseconds >= Self.summerStart && milliseconds < Self.summerEnd ? 60 : 0
    switch self {
    case .westernEurope: return summer
    case .centralEurope: return 60 + summer
    case .easternEurope: return 120 + summer
    case .peru: return -300
    }
  }

  /// 30 March and 26 October 2025, 01:00 UTC: European summer time.
  private static let summerStart = 1_743_296_400_000
  private static let summerEnd = 1_761_440_400_000
}

/// All companies, grouped by role: a role's members are neighbours, so that chains are regional.
struct Network {
  var companies: [Company] = []
  private var ranges: [Range<Int>] = []

  init(_ options: HistorySimulator.Options, random: inout SplitMix64) {
    let count = options.sites ?? 12
    let ingredientMakers = max(1, min(count / 500, 20))
    let rest = count - ingredientMakers
    let packers = max(1, rest * 12 / 100)
    let processors = max(2, rest * 12 / 100)
    let distributors = max(1, rest * 6 / 100)
    let retailers = max(3, rest * 35 / 100)
    let farms = max(3, rest - packers - processors - distributors - retailers)
    let sizes: [(Role, Int)] = [
      (.farm, farms), (.packer, packers), (.processor, processors), (.distributor, distributors),
      (.retailer, retailers), (.ingredientMaker, ingredientMakers),
    ]
    let urn = Probability(options.urnFraction)
    let tank = Probability(options.tankFraction)
    companies.reserveCapacity(sizes.reduce(0) { $0 + $1.1 })
    for (role, size) in sizes {
      let start = companies.count
      for index in 0..<size {
        let hasTank = random.chance(tank) && role == .processor
        companies.append(
          Company(
            role: role, zone: Self.zone(index: index, of: size, random: &random),
            writesURN: random.chance(urn), lotStyle: UInt8(random.below(4)),
            measure: Self.measure(of: role, random: &random), hasTank: hasTank, need: 1))
      }
      ranges.append(start..<companies.count)
    }
  }

  func members(_ role: Role) -> Range<Int> { ranges[Int(role.rawValue)] }

  /// A partner of `role` for the company at `index`: mostly one of a few neighbours, sometimes
  /// anybody.
  func partner(of index: Int, _ role: Role, random: inout SplitMix64) -> Int {
    let own = members(companies[index].role)
    let range = members(role)
    let spread = min(range.count, 8)
    if random.below(32) == 0 { return range.lowerBound + random.below(range.count) }
    let home = (index - own.lowerBound) * range.count / own.count
    return range.lowerBound + (home + random.below(spread)) % range.count
  }

  private static func zone(index: Int, of size: Int, random: inout SplitMix64) -> Zone {
    if random.below(25) == 0 { return .peru }
    return [.westernEurope, .centralEurope, .centralEurope, .easternEurope][index * 4 / size]
  }

  private static func measure(of role: Role, random: inout SplitMix64) -> Measure {
    switch role {
    case .farm: random.below(3) == 0 ? .litres : .kilograms
    case .packer, .ingredientMaker: .kilograms
    case .processor: random.below(3) == 0 ? .kilograms : .pieces
    case .distributor, .retailer: .pieces
    }
  }
}
