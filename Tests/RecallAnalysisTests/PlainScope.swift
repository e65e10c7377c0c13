import Traceability

/// The refined answer as the tests compare it.
struct ModelScope: Hashable {
  /// URIs of items → `certain`, `possible` or `assumed`.
  var items: [String: String] = [:]
  /// URIs of the items of the conservative answer alone → what separates the two.
  var separated: [String: Set<String>] = [:]
  /// Where the items were affected.
  var holdings: Set<Holding> = []
  /// Departures that nothing answers to.
  var open: Set<Open> = []

  struct Holding: Hashable {
    var item: String
    /// The URI of a site or a unit; nil where the place is unknown.
    var place: String?
    var time: Int64
    var certainty: String
  }

  struct Open: Hashable {
    var item: String
    var event: EventKey
    var destination: String?
  }
}

/// The refined answer, slow and obvious, written from the text of *The refined answer* (TraceRules)
/// alone. Comments in quotation marks cite it.
///
/// Every pair of events that can be linked is looked at; reaching is a fixpoint over sets.
struct PlainScope {
  /// What refined links lead from and to.
  enum Spot: Hashable {
    /// A node of the conservative links: "which link as in the conservative answer".
    case plain(Node)
    case origin(Item, Arrival, Int)
    case use(Item, Departure, Int)
    /// A stay of a lot, by its position.
    case portion(Item, Int)
    /// Where a departure is presumed to have gone.
    case presumed(Item, Int)
    /// The lot that its serials are of.
    case lot(Item)
  }

  /// How a lot came to a place.
  enum Arrival: Hashable { case made, drawn, commissioned, unpacked, received, appeared }

  /// How it left a place or went into something; a packing, by its stay.
  enum Departure: Hashable { case input, entered, departed, packed(Int) }

  /// A refined link.
  struct Link: Hashable {
    var from: Spot
    var to: Spot
    var isDoubtful = false
    var isAssumed = false
    var events: Set<Int> = []
    var isTimeless = false
  }

  /// A conservative link that is not followed, with where it is refused.
  struct Refusal {
    var link: Int
    /// The ends of it inside a lot; empty where an event was declared to be in error.
    var from: Set<Spot> = []
    var to: Set<Spot> = []
    var isError = false
  }

  let model: PlainModel
  var links: Set<Link> = []
  var origins: Set<Spot> = []
  var uses: Set<Spot> = []
  /// Conservative links that lead out of or into lots, with their ends.
  var lotLinks: [Refusal] = []
  /// Where presumed arrivals were sent to.
  var destinations: [Spot: [TypedReference]] = [:]
  /// Departures with no arrival and no destination.
  var lost: Set<Spot> = []

  init(_ model: PlainModel) {
    self.model = model
    for item in model.uris.indices where isLot(item) { findOrigins(item) }
    for item in model.uris.indices where isLot(item) {
      match(item)
      joinAtPlaces(item)
      joinPortions(item)
    }
    for position in model.links.all.indices { replace(position) }
  }

  /// "Lots: all items but serialised items, units, assets and vessels."
  func isLot(_ item: Item) -> Bool {
    !model.vessels.contains(item)
      && !model.facts.contains { fact in
        fact.mentions.contains { $0.item == item && $0.isInstance }
      }
  }

  func isError(_ index: Int) -> Bool { model.facts[index].isDeclaredInError }

  func span(_ index: Int) -> TimeSpan { model.facts[index].span }

  func site(_ index: Int) -> String? { model.facts[index].site }

  func canPrecede(_ a: Int, _ b: Int) -> Bool { span(a).canPrecede(span(b)) }

  func isCertainlyBefore(_ a: Int, _ b: Int) -> Bool { span(a).certainlyPrecedes(span(b)) }

  /// The event of an origin or a use.
  func event(_ spot: Spot) -> Int? {
    switch spot {
    case .origin(_, _, let event): event
    case .use(_, _, let event): event
    default: nil
    }
  }

  func item(_ spot: Spot) -> Item? {
    switch spot {
    case .plain(let node): node.item
    case .origin(let item, _, _), .use(let item, _, _), .portion(let item, _),
      .presumed(let item, _), .lot(let item):
      item
    }
  }

  func spots(of lot: Item) -> Set<Spot> {
    var result = origins.union(uses).filter { item($0) == lot }
    for stay in model.stays.indices where model.stays[stay].child == lot {
      result.insert(.portion(lot, stay))
    }
    result.formUnion(destinations.keys.filter { item($0) == lot })
    result.insert(.lot(lot))
    return result
  }

  // MARK: From conservative links to refined ones

  /// Puts the places of lots where the conservative link has the lot.
  private mutating func replace(_ position: Int) {
    let link = model.links.all[position]
    let (from, to) = (ends(link, isFrom: true), ends(link, isFrom: false))
    // "A use is joined with the origins at its place": not as in the conservative answer.
    if isOfLot(link.from), isOfLot(link.to) { return }
    if isOfLot(link.from) || isOfLot(link.to) {
      lotLinks.append(
        Refusal(
          link: position, from: isOfLot(link.from) ? from : [], to: isOfLot(link.to) ? to : [],
          isError: link.isInError))
    } else if link.isInError {
      lotLinks.append(Refusal(link: position, isError: true))
    }
    guard !link.isInError else { return }
    for a in from {
      for b in to {
        links.insert(
          Link(
            from: a, to: b, isDoubtful: link.isMarked, events: Set(link.events),
            isTimeless: link.isTimeless))
      }
    }
  }

  func isOfLot(_ node: Node) -> Bool {
    switch node {
    case .seed(let item), .sought(let item), .whole(let item), .made(let item, _),
      .used(let item, _):
      isLot(item)
    default: false
    }
  }

  private func ends(_ link: ModelLink, isFrom: Bool) -> Set<Spot> {
    let node = isFrom ? link.from : link.to
    guard isOfLot(node) else { return [.plain(node)] }
    switch node {
    case .made(let item, .output(let event)): return [.origin(item, .made, event)]
    case .made(let item, .drawn(_, let event)): return [.origin(item, .drawn, event)]
    case .made(let item, .withUnit(let event)): return leaving(item, with: link.from.item, event)
    case .made(_, .serial): return []
    case .used(let item, .input(_, let event)): return [.use(item, .input, event)]
    case .used(let item, .enters(_, let event)): return [.use(item, .entered, event)]
    case .used(let item, .packed(let stay)):
      return [
        isSeenPacking(stay)
          ? .use(item, .packed(stay), model.stays[stay].entry) : .portion(item, stay)
      ]
    case .used(let item, .serial): return [.lot(item)]
    case .whole(let item):
      // "When a unit is a seed, only the portions inside are reached."
      return Set(
        model.stays.indices.filter {
          model.stays[$0].child == item && link.events.contains(model.stays[$0].entry)
        }.map { .portion(item, $0) })
    default: return []
    }
  }

  /// "Of an output, the portions whose stay can last until then or later, else all in that unit."
  private func leaving(_ lot: Item, with unit: Item?, _ event: Int) -> Set<Spot> {
    let all = model.stays.indices.filter {
      model.stays[$0].child == lot && model.stays[$0].unit == unit
    }
    let later = all.filter { model.stays[$0].window.to >= span(event).earliest }
    return Set((later.isEmpty ? all : later).map { .portion(lot, $0) })
  }

  /// A packing by an ADD that was not declared to be in error.
  func isSeenPacking(_ stay: Int) -> Bool {
    let entry = model.facts[model.stays[stay].entry]
    return entry.links.action == .add && !entry.isDeclaredInError
  }
}
