import Traceability

/// What links lead from and to.
enum Node: Hashable {
  /// A seed of a forward trace: all that consumes it is followed. Nothing leads here.
  case seed(Item)
  /// A seed of a backward trace: all that produces it is followed. Nothing leads from here.
  case sought(Item)
  /// An item reached whatever its own times: a child of a unit that is a seed.
  case whole(Item)
  /// An item as one event, or its lot, produces it.
  case made(Item, How)
  /// An item as one event, or its serial, consumes it.
  case used(Item, Use)
  /// What went into a transformation at an event.
  case transformIn(Int, Int)
  /// What came out of a transformation at an event.
  case transformOut(Int, Int)
  /// What is carried by a unit during one opening, and when it can have been inside.
  case inside(Item, opening: Int, Window)
  /// An entry into a vessel.
  case fill(Item, Int)
  /// A draw from a vessel.
  case draw(Item, Int)

  /// "Producing are: being an output, being drawn from a vessel, leaving with a unit that was itself
  /// an output, being the serial of a lot."
  enum How: Hashable {
    case output(Int)
    case withUnit(Int)
    case drawn(Item, Int)
    case serial(of: Item)
  }

  /// "Consuming are: being an input, being packed, entering a vessel." To stand for its serials has
  /// no time.
  enum Use: Hashable {
    case input(Int, Int)
    case packed(stay: Int)
    case enters(Item, Int)
    case serial(Item)
  }

  /// The item that is in the answer when the node is reached.
  var item: Item? {
    switch self {
    case .seed(let item), .sought(let item), .whole(let item), .made(let item, _),
      .used(let item, _), .inside(let item, _, _), .fill(let item, _), .draw(let item, _):
      item
    case .transformIn, .transformOut: nil
    }
  }
}

/// One link between nodes.
struct ModelLink {
  var from: Node
  var to: Node
  /// The events that carry it; a join within an item has none.
  var events: [Int] = []
  /// Whether its time is that of its events: the link lot → serial has none.
  var isTimeless = false
  /// The one direction in which it is followed, for what only seeds do; nil for both.
  var only: ModelDirection?
  var isMarked = false
  /// Whether an event that it needs was declared to be in error; then it is marked, too.
  var isInError = false
}

/// What is inside a seed, with the mark of what it is inside of.
private struct SeedStep: Hashable {
  var stay: PlainModel.Stay
  var mark: Bool
}

/// All links of a history.
struct LinkList {
  var all: [ModelLink] = []

  mutating func add(
    _ from: Node, _ to: Node, _ events: [Int] = [], marked: Bool = false, inError: Bool = false,
    only: ModelDirection? = nil
  ) {
    all.append(
      ModelLink(
        from: from, to: to, events: events, only: only, isMarked: marked || inError,
        isInError: inError))
  }
}

extension PlainModel {
  mutating func listLinks() {
    let names = facts.indices.map { transformationNames($0) }
    let all = Array(Set(names.joined()))
    transformations = names.map { $0.compactMap { all.firstIndex(of: $0) } }
    for index in facts.indices { listTransformation(index) }
    for stay in stays.indices { listStay(stay) }
    listCarriers()
    for vessel in vessels.sorted() { listVessel(vessel) }
    listSerials()
    for item in uris.indices { listSeedUnit(item) }
    listJoins()
  }

  /// Whether an event is declared in error: links that it carries are marked.
  func isMarked(_ index: Int) -> Bool { facts[index].isDeclaredInError }

  // MARK: Transformations

  /// "Events with the same transformation ID are one transformation (an ID that is no URI counts per
  /// submitter and site)."
  private func transformationNames(_ index: Int) -> [String] {
    let fact = facts[index]
    guard fact.links.kind == .transformation else { return [] }
    let id = fact.links.transformationID
    if id.isEmpty { return ["event \(index)"] }
    if Self.isURI(id) { return [id] }
    return fact.submitters.map { "\($0) \(fact.site ?? "nowhere") \(id)" }
  }

  /// A URI begins with a scheme (RFC 3986 section 3.1).
  static func isURI(_ text: String) -> Bool {
    guard let colon = text.firstIndex(of: ":"), let first = text.first, first.isASCII,
      first.isLetter, text.index(after: colon) < text.endIndex
    else { return false }
    return text[..<colon].allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0))
    } && !text.contains(" ")
  }

  /// "Inputs → outputs"; "inputs and outputs of one transformation are joined by the same rule".
  private mutating func listTransformation(_ index: Int) {
    let fact = facts[index]
    for group in transformations[index] {
      for item in fact.inputs {
        let from: Node =
          vessels.contains(item) ? .draw(item, index) : .used(item, .input(group, index))
        links.add(from, .transformIn(group, index), [index], inError: isMarked(index))
      }
      guard !fact.outputs.isEmpty else { continue }
      let inputs = facts.indices.filter {
        transformations[$0].contains(group) && !facts[$0].inputs.isEmpty
      }
      let possible = inputs.filter { facts[$0].span.canPrecede(fact.span) }
      for input in possible.isEmpty ? inputs : possible {
        links.add(
          .transformIn(group, input), .transformOut(group, index), marked: possible.isEmpty)
      }
      for item in fact.outputs {
        let to: Node = vessels.contains(item) ? .fill(item, index) : .made(item, .output(index))
        links.add(.transformOut(group, index), to, [index], inError: isMarked(index))
        if !vessels.contains(item) { listOutputUnit(item, index) }
      }
    }
  }

  /// "When U is an output: U → C(U) and U → the contents, through any depth, of the openings at that
  /// time (else of the next one, else of the last one before, marked order contradicted)."
  ///
  /// U → C(U) adds nothing: as an item of its own, U is consumed wherever it is packed or an input.
  private mutating func listOutputUnit(_ unit: Item, _ index: Int) {
    let span = facts[index].span
    let openings = self.openings[unit] ?? []
    var chosen = openings.indices.filter { openings[$0].window.overlaps(span) }
    if chosen.isEmpty {
      chosen = openings.indices.filter { openings[$0].window.from > span.latest }.prefix(1).map {
        $0
      }
    }
    let isContradicted = chosen.isEmpty
    if isContradicted { chosen = openings.indices.suffix(1).map { $0 } }
    for stay in stays where stay.unit == unit && chosen.contains(stay.opening) {
      listLeaving(with: .made(unit, .output(index)), stay, index, marked: isContradicted, [])
    }
  }

  /// The child leaves the transformation with the unit, and what is inside the child with it.
  private mutating func listLeaving(
    with unit: Node, _ stay: Stay, _ index: Int, marked: Bool, _ above: Set<Stay>
  ) {
    let child = Node.made(stay.child, .withUnit(index))
    links.add(
      unit, child, [index], marked: marked, inError: isMarked(index) || isMarked(stay.entry))
    guard !vessels.contains(stay.child), !above.contains(stay) else { return }
    for var inner in stays where inner.unit == stay.child {
      guard let common = inner.window.common(stay.window) else { continue }
      inner.window = common
      listLeaving(with: child, inner, index, marked: false, above.union([stay]))
    }
  }

  // MARK: Units

  private func node(_ stay: Stay, _ window: Window) -> Node {
    .inside(stay.unit, opening: stay.opening, window)
  }

  /// "child → C(U)."
  private mutating func listStay(_ position: Int) {
    let stay = stays[position]
    links.add(
      .used(stay.child, .packed(stay: position)), node(stay, stay.window), [stay.entry],
      inError: isMarked(stay.entry))
  }

  /// "C(U) → C(outer unit) while U is inside it; C(U) → a transformation that names U as input, if
  /// the child can have been inside then. Never C(U) → child." A vessel that the unit enters is such
  /// an outer unit.
  private mutating func listCarriers() {
    var open = stays.map { node($0, $0.window) }
    var seen: Set<Node> = []
    while let carrier = open.popLast() {
      guard case .inside(let unit, _, let window) = carrier, seen.insert(carrier).inserted else {
        continue
      }
      for outer in stays where outer.child == unit {
        guard let common = window.common(outer.window) else { continue }
        let to = node(outer, common)
        links.add(
          carrier, to, [outer.entry], inError: isMarked(outer.entry))
        open.append(to)
      }
      listUseBeforePacking(carrier)
      for index in facts.indices where window.overlaps(facts[index].span) {
        if !vessels.contains(unit), facts[index].inputs.contains(unit) {
          for group in transformations[index] {
            links.add(carrier, .transformIn(group, index), [index], inError: isMarked(index))
          }
        }
        if let vessel = vesselEntered(by: unit, at: index) {
          links.add(carrier, .fill(vessel, index), [index], inError: isMarked(index))
        }
      }
    }
  }

  /// "If U is used before anything is on record as inside, the contents of its first opening count,
  /// marked order contradicted."
  private mutating func listUseBeforePacking(_ carrier: Node) {
    guard case .inside(let unit, let opening, _) = carrier, !vessels.contains(unit),
      let all = openings[unit],
      let number = all.indices.min(by: {
        (all[$0].window.from, all[$0].window.to) < (all[$1].window.from, all[$1].window.to)
      }), number == opening
    else { return }
    let first = all[number]
    for index in facts.indices where facts[index].span.latest < first.window.from {
      if facts[index].inputs.contains(unit) {
        for group in transformations[index] {
          links.add(
            carrier, .transformIn(group, index), [index], marked: true, inError: isMarked(index))
        }
      }
      if let vessel = vesselEntered(by: unit, at: index) {
        links.add(
          carrier, .fill(vessel, index), [index], marked: true, inError: isMarked(index))
      }
    }
  }

  /// "U itself, when it is a seed: … forward, U → its children and theirs while they are inside,
  /// through any depth": whole lots.
  private mutating func listSeedUnit(_ unit: Item) {
    guard !vessels.contains(unit) else { return }
    var open = stays.filter { $0.unit == unit }.map { ($0, false) }
    var seen: Set<SeedStep> = []
    while let (stay, outerMark) = open.popLast() {
      guard seen.insert(SeedStep(stay: stay, mark: outerMark)).inserted
      else { continue }
      let marked = outerMark || isMarked(stay.entry)
      links.add(
        .seed(unit), .whole(stay.child), [stay.entry], inError: marked, only: .forward)
      guard !vessels.contains(stay.child) else { continue }
      for var inner in stays where inner.unit == stay.child {
        guard let common = inner.window.common(stay.window) else { continue }
        inner.window = common
        open.append((inner, marked))
      }
    }
  }

  // MARK: Items

  /// "Is linked lot → serial. The link has no time, and does not lead back from serial to lot."
  private mutating func listSerials() {
    var statements: [Item: [Item: [Int]]] = [:]
    for index in facts.indices {
      for mention in facts[index].mentions {
        guard let lot = mention.lot else { continue }
        statements[lot, default: [:]][mention.item, default: []].append(index)
      }
    }
    for (lot, serials) in statements {
      for (serial, events) in serials {
        var link = ModelLink(
          from: .used(lot, .serial(serial)), to: .made(serial, .serial(of: lot)), events: events)
        link.isTimeless = true
        link.isInError = events.allSatisfy { isMarked($0) }
        link.isMarked = link.isInError
        links.all.append(link)
      }
    }
  }

  /// "A consumer is joined with the producers that can precede it. If none can, it is joined with all
  /// of them, marked order contradicted." A seed is joined with all.
  private mutating func listJoins() {
    var made: [Item: Set<Node>] = [:]
    var used: [Item: Set<Node>] = [:]
    for link in links.all {
      for node in [link.from, link.to] {
        if case .made(let item, _) = node { made[item, default: []].insert(node) }
        if case .used(let item, _) = node { used[item, default: []].insert(node) }
      }
    }
    for item in uris.indices {
      let producers = made[item] ?? []
      for producer in producers { links.add(producer, .sought(item), only: .backward) }
      for consumer in used[item] ?? [] {
        links.add(.seed(item), consumer, only: .forward)
        links.add(.whole(item), consumer, only: .forward)
        let possible = producers.filter { canPrecede($0, consumer) }
        for producer in possible.isEmpty ? producers : possible {
          links.add(producer, consumer, marked: possible.isEmpty)
        }
      }
    }
  }

  private func canPrecede(_ producer: Node, _ consumer: Node) -> Bool {
    guard let first = event(of: producer), let second = event(of: consumer) else { return true }
    return facts[first].span.canPrecede(facts[second].span)
  }

  /// The event whose time a producer or consumer has; nil where it has none.
  private func event(of node: Node) -> Int? {
    switch node {
    case .made(_, .output(let event)), .made(_, .withUnit(let event)),
      .made(_, .drawn(_, let event)):
      event
    case .used(_, .input(_, let event)), .used(_, .enters(_, let event)): event
    case .used(_, .packed(let stay)): stays[stay].entry
    default: nil
    }
  }
}
