import LedgerIndex
import ProvenanceGraph
import Traceability

extension LotReader {
  /// Joins each use with the origins at its place that can precede it and had not left before.
  mutating func joinPlaces() {
    var usesByPlace: [PlaceNumber?: [Int]] = [:]
    for (number, use) in life.uses.enumerated() {
      usesByPlace[use.place, default: []].append(number)
      if case .packed(let portion) = use.kind {
        life.link(life.firstUse + number, life.firstPortion + portion)
      }
    }
    var originsByPlace: [PlaceNumber?: [Int]] = [:]
    for (number, origin) in life.origins.enumerated() {
      originsByPlace[origin.place, default: []].append(number)
    }
    let portionsByPlace = life.portionsByPlace
    for (place, uses) in usesByPlace {
      guard let place else {
        join(uses, nowhereWith: Array(life.origins.indices))
        continue
      }
      let origins = (originsByPlace[place] ?? []) + (originsByPlace[nil] ?? [])
      join(uses, at: place, with: origins)
      for use in uses {
        for portion in portionsByPlace[place] ?? []
        where life.portions[portion].canBeThere(place, life.uses[use].span) {
          life.link(life.firstPortion + portion, life.firstUse + use, .doubtful)
        }
      }
      joinPresumed(uses, at: place)
    }
  }

  private mutating func join(_ uses: [Int], at place: PlaceNumber, with origins: [Int]) {
    guard uses.count <= Self.maximumPairs / max(1, origins.count) else {
      life.chain(
        origins.map { ($0, life.origins[$0].place == nil ? .assumed : []) }, uses)
      return
    }
    for use in uses {
      let span = life.uses[use].span
      let before = origins.filter { life.origins[$0].span.canPrecede(span) }
      let present = before.filter { !life.hasLeft(life.origins[$0], before: span) }
      for origin in present.isEmpty ? before : present {
        var marks: ScopeMarks = life.origins[origin].place == nil ? .assumed : []
        if present.isEmpty { marks.insert(.doubtful) }
        life.link(origin, life.firstUse + use, marks)
      }
    }
  }

  /// Uses at an unknown place: with the origins at any.
  private mutating func join(_ uses: [Int], nowhereWith origins: [Int]) {
    guard uses.count <= Self.maximumPairs / max(1, origins.count + life.portions.count) else {
      life.chain(
        origins.map { ($0, life.origins[$0].place == nil ? [] : .assumed) }, uses)
      return
    }
    for use in uses {
      let (node, span) = (life.firstUse + use, life.uses[use].span)
      let before = origins.filter { life.origins[$0].span.canPrecede(span) }
      let present = before.filter { !life.hasLeft(life.origins[$0], before: span) }
      for origin in present.isEmpty ? before : present {
        var marks: ScopeMarks = life.origins[origin].place == nil ? [] : .assumed
        if present.isEmpty { marks.insert(.doubtful) }
        life.link(origin, node, marks)
      }
      for (number, portion) in life.portions.enumerated()
      where portion.stay.span.latest >= span.earliest
        && index.span(of: portion.stay.start).canPrecede(span)
      {
        life.link(life.firstPortion + number, node, .assumed)
      }
    }
  }

  private mutating func joinPresumed(_ uses: [Int], at place: PlaceNumber) {
    guard !life.presumed.isEmpty else { return }
    let key = ReferenceKey.of(index.uri(of: place))
    for (number, presumed) in life.presumed.enumerated() where presumed.keys.contains(key) {
      for use in uses where life.uses[presumed.use].span.canPrecede(life.uses[use].span) {
        life.link(life.firstPresumed + number, life.firstUse + use, .assumed)
      }
    }
  }

  /// Into units unseen, and out of them.
  mutating func joinPortions() {
    var unpackings: [ItemNumber: [Int]] = [:]
    for (number, origin) in life.origins.enumerated() where origin.kind == .unpacked {
      guard let unit = index.mentions(of: origin.event).first(where: { $0.role == .parent })
      else { continue }
      unpackings[unit.item, default: []].append(number)
    }
    for (number, portion) in life.portions.enumerated() {
      let node = life.firstPortion + number
      if !portion.isPacked { joinUnseenPacking(node, portion) }
      for origin in unpackings[portion.stay.unit] ?? [] {
        let (stay, span) = (portion.stay.span, life.origins[origin].span)
        if stay.earliest <= span.latest, span.earliest <= stay.latest { life.link(node, origin) }
      }
    }
    for (number, presumed) in life.presumed.enumerated() {
      life.link(life.firstUse + presumed.use, life.firstPresumed + number)
    }
  }

  /// Nobody recorded the packing: the portion can come from wherever the lot was.
  private mutating func joinUnseenPacking(_ node: Int, _ portion: LotLife.Portion) {
    let span = index.span(of: portion.stay.start)
    var sources = life.origins.indices.filter { life.origins[$0].span.canPrecede(span) }
    if !sources.contains(where: { life.origins[$0].isSource }) {
      sources += life.origins.indices.filter {
        life.origins[$0].isSource && !life.origins[$0].span.canPrecede(span)
      }
    }
    for origin in sources {
      let isPossible = life.origins[origin].span.canPrecede(span)
      life.link(origin, node, isPossible ? .assumed : [.assumed, .doubtful])
    }
    for (number, other) in life.portions.enumerated()
    where other.stay.unit != portion.stay.unit
      && index.span(of: other.stay.start).canPrecede(span)
    {
      life.link(life.firstPortion + number, node, .assumed)
    }
  }
}

extension LotLife {
  /// The portions whose units were seen at each place.
  var portionsByPlace: [PlaceNumber: [Int]] {
    var result: [PlaceNumber: [Int]] = [:]
    for (number, portion) in portions.enumerated() {
      for place in Set(portion.sightings.map(\.place)) { result[place, default: []].append(number) }
    }
    return result
  }

  /// Links origins to the uses that they can precede, by a chain of nodes: one for each origin, in
  /// order of their first instant. Linear where pairs would be too many; what left is not told apart.
  mutating func chain(_ sources: [(origin: Int, marks: ScopeMarks)], _ targets: [Int]) {
    let sorted = sources.sorted {
      origins[$0.origin].span.earliest < origins[$1.origin].span.earliest
    }
    let first = out.count
    for (position, source) in sorted.enumerated() {
      out.append([])
      into.append([])
      link(source.origin, first + position, source.marks)
      if position > 0 { link(first + position - 1, first + position) }
    }
    for use in targets {
      let latest = uses[use].span.latest
      var (low, high) = (0, sorted.count)
      while low < high {
        let middle = (low + high) / 2
        if origins[sorted[middle].origin].span.earliest > latest {
          high = middle
        } else {
          low = middle + 1
        }
      }
      if low > 0 { link(first + low - 1, firstUse + use) }
    }
  }
}
