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
  private var steps: [State: [Step]] = [:]

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
    lives.append(reader.read())
    lifeOfItem[item] = lives.count - 1
    return lives.count - 1
  }

  /// Everything reached from some states over links without other marks than some.
  mutating func reach(_ starts: [Start], following marks: ScopeMarks) -> Set<State> {
    var seen: Set<State> = []
    var pending: [State] = []
    for start in starts {
      if seen.insert(start.state).inserted { pending.append(start.state) }
    }
    while let state = pending.popLast() {
      for step in steps(from: state) where step.marks.isSubset(of: marks) {
        if seen.insert(step.to).inserted { pending.append(step.to) }
      }
    }
    return seen
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

  mutating func steps(from state: State) -> [Step] {
    if let known = steps[state] { return known }
    let found: [Step]
    switch state {
    case .node(let node): found = nodeSteps(node)
    case .lot(let life, let node): found = lotSteps(life, node)
    }
    steps[state] = found
    return found
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
    let life = lives[number]
    var result = (direction == .forward ? life.out : life.into)[node].map {
      Step(to: .lot(number, $0.to), marks: $0.marks, event: nil)
    }
    for edge in life.edges(of: node, direction) { result += enter(along: edge) }
    return result
  }
}
