import LedgerIndex
import ProvenanceGraph
import Traceability

/// Walks the refined links: those of the graph, where every lot's nodes are replaced by its life.
struct ScopeWalk {
  let index: LedgerIndex
  let direction: GraphDirection
  let links: [EventNumber: Links]
  /// The items of the conservative answer; nothing else is entered.
  let allowed: Set<ItemNumber>

  /// A place of the walk: a node of the graph, or a node of a lot's life.
  enum State: Hashable {
    case node(UInt32)
    case lot(Int, Int)
  }

  struct Step {
    var to: State
    var marks: ScopeMarks
    var event: EventNumber?
  }

  private(set) var lives: [LotLife] = []
  private(set) var lifeOfItem: [ItemNumber: Int] = [:]
  /// Ends of edges that were not followed since their event was declared to be in error.
  private(set) var refused: Set<UInt32> = []
  /// What was reached, the surest first.
  private(set) var reached: [State] = []
  /// The first (forward) or last (backward) instant at which each item that is no lot was reached from
  /// another.
  private(set) var bounds: [ItemNumber: Int64] = [:]
  /// How surely each node of the graph was reached, and each node of each life.
  private var nodeCertainties: [UInt32: ScopeCertainty] = [:]
  private var lotCertainties: [[ScopeCertainty?]] = []

  init(
    index: LedgerIndex, direction: GraphDirection, links: [EventNumber: Links],
    allowed: Set<ItemNumber>
  ) {
    self.index = index
    self.direction = direction
    self.links = links
    self.allowed = allowed
  }

  /// The number of the life of a lot.
  mutating func life(of item: ItemNumber) -> Int {
    if let known = lifeOfItem[item] { return known }
    var reader = LotReader(item, index: index, links: links)
    let life = reader.read()
    lives.append(life)
    lotCertainties.append(Array(repeating: nil, count: life.out.count))
    lifeOfItem[item] = lives.count - 1
    return lives.count - 1
  }

  /// Reaches everything from some states: over links without doubt first, then over those that are in
  /// doubt on record, then over those that are assumed, so that each state is met the surest way.
  mutating func run(from starts: [Start]) {
    var pending: [[State]] = [starts.map(\.state), [], []]
    for start in starts { note(start.event, at: start.state) }
    for certainty in ScopeCertainty.allCases {
      while let state = pending[Int(certainty.rawValue)].popLast() {
        guard self.certainty(of: state) == nil else { continue }
        reach(state, certainty)
        let item = item(of: state)
        for step in steps(from: state) {
          if self.certainty(of: step.to) == nil {
            pending[Int(max(certainty, step.marks.certainty).rawValue)].append(step.to)
          }
          noteStep(step, from: state, item)
        }
      }
    }
  }

  /// How surely a state was reached; nil if it was not.
  func certainty(of state: State) -> ScopeCertainty? {
    switch state {
    case .node(let node): nodeCertainties[node]
    case .lot(let life, let node): lotCertainties[life][node]
    }
  }

  private mutating func reach(_ state: State, _ certainty: ScopeCertainty) {
    switch state {
    case .node(let node): nodeCertainties[node] = certainty
    case .lot(let life, let node): lotCertainties[life][node] = certainty
    }
    reached.append(state)
  }

  private mutating func noteStep(_ step: Step, from state: State, _ item: ItemNumber?) {
    let end = self.item(of: step.to)
    guard end != item else { return }
    note(step.event, at: step.to)
    // From a lot to its serials: the link has no time.
    if case .lot(let life, let node) = state, node == lives[life].whole, let serial = end {
      bounds[serial] = direction == .forward ? .min : .max
    }
  }

  private mutating func note(_ event: EventNumber?, at state: State) {
    guard case .node = state, let event, let item = item(of: state) else { return }
    let span = index.span(of: event)
    if direction == .forward {
      bounds[item] = min(bounds[item] ?? .max, span.earliest)
    } else {
      bounds[item] = max(bounds[item] ?? .min, span.latest)
    }
  }

  /// Where a walk begins.
  struct Start {
    var state: State
    var event: EventNumber?
  }

  /// The item that a state stands for.
  func item(of state: State) -> ItemNumber? {
    switch state {
    case .node(let node): index.item(ofNode: node)
    case .lot(let life, _): lives[life].item
    }
  }

  private mutating func steps(from state: State) -> [Step] {
    switch state {
    case .node(let node): nodeSteps(node)
    case .lot(let life, let node): lotSteps(life, node)
    }
  }

  // MARK: Steps

  private mutating func nodeSteps(_ node: UInt32) -> [Step] {
    var result: [Step] = []
    for slot in index.graph.slots(of: node, direction) {
      result += enter(along: index.graph.edge(in: slot, of: node, direction))
    }
    return result
  }

  /// The steps along an edge of the graph, whose near end was reached.
  private mutating func enter(along edge: GraphEdge) -> [Step] {
    let end = direction == .forward ? edge.to : edge.from
    guard !edge.marks.contains(.declaredInError) else {
      refused.insert(end)
      return []
    }
    let marks: ScopeMarks = edge.marks.isEmpty ? [] : .doubtful
    let event = edge.event == GraphEdge.noEvent ? nil : EventNumber(edge.event)
    guard let item = index.item(ofNode: end) else {
      return [Step(to: .node(end), marks: marks, event: event)]
    }
    guard allowed.contains(item) else { return [] }
    guard index.isLot(item), index.nodes(of: item).contains(end) else {
      return [Step(to: .node(end), marks: marks, event: event)]
    }
    let life = life(of: item)
    return lives[life].nodes(at: edge, direction, index).map {
      Step(to: .lot(life, $0), marks: marks, event: event)
    }
  }

  private mutating func lotSteps(_ number: Int, _ node: Int) -> [Step] {
    let links = direction == .forward ? lives[number].out[node] : lives[number].into[node]
    var result = links.map { Step(to: .lot(number, $0.to), marks: $0.marks, event: nil) }
    for edge in lives[number].edges(of: node, direction) { result += enter(along: edge) }
    return result
  }
}

extension ScopeMarks {
  /// How sure a link with these marks is.
  var certainty: ScopeCertainty {
    if contains(.assumed) { return .assumed }
    return isEmpty ? .certain : .possible
  }
}
