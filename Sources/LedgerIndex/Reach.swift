public import ProvenanceGraph
import Traceability

/// The items that can be reached from others, by their numbers: what each is called is looked up when
/// somebody asks.
///
/// Each item is there once, those asked about first. They are the items of the conservative trace (the
/// documentation page *What a trace follows*), in no order that means anything.
public struct Reach: Sendable, RandomAccessCollection {
  /// The index that the numbers belong to; it stays open as long as this is kept.
  public let index: LedgerIndex
  /// Which way the question went.
  public let direction: GraphDirection
  /// The numbers of the items.
  let numbers: [ItemNumber]

  /// The place of the first item.
  public var startIndex: Int { 0 }
  /// How many items there are.
  public var endIndex: Int { numbers.count }

  /// The number of an item.
  public subscript(position: Int) -> ItemNumber { numbers[position] }

  /// The canonical URI of the item at a place.
  public func uri(at position: Int) -> String { index.uri(of: self[position]) }

  /// Lends the numbers.
  public func withItems<Result>(
    _ body: (UnsafeBufferPointer<ItemNumber>) throws -> Result
  ) rethrows -> Result {
    try numbers.withUnsafeBufferPointer(body)
  }

  /// Lends the canonical URIs of all items in turn, as ``LedgerIndex/forEachURI(of:_:)`` does.
  public func forEachURI(
    _ body: (ItemNumber, UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    try numbers.withUnsafeBufferPointer { try index.forEachURI(of: $0, body) }
  }
}

extension LedgerIndex {
  /// Everything that items can have reached (forward) or can have come from (backward), themselves
  /// included: the items of the conservative trace. For a single question, since only what it touches
  /// is read; a ``ReachSearch`` answers many.
  ///
  /// - Complexity: O(reached links).
  public func reach(_ direction: GraphDirection, from seeds: [ItemNumber]) -> Reach {
    let nodes = graph.reach(from: startNodes(of: seeds, direction), direction)
    var seen = NumberSet(below: itemCount)
    var numbers: [ItemNumber] = []
    func put(_ item: ItemNumber) {
      if seen.insert(item.raw) { numbers.append(item) }
    }
    for seed in seeds { put(seed) }
    for node in nodes { if let item = item(ofNode: node) { put(item) } }
    return Reach(index: self, direction: direction, numbers: numbers)
  }

  /// Lends the canonical URIs of some items in turn, as bytes of UTF-8, without making strings: what
  /// the next ones need is fetched meanwhile. Bytes on a damaged page are empty, and ``damage`` says so
  /// afterwards.
  public func forEachURI(
    of numbers: UnsafeBufferPointer<ItemNumber>,
    _ body: (ItemNumber, UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    try numbers.withMemoryRebound(to: UInt32.self) { numbers in
      try items.forEach(numbers) { try body(ItemNumber($0), $1) }
    }
  }

  /// The nodes that a trace from some items starts at: their own; of units also their carriers and,
  /// forward, those of what was inside, through any depth.
  func startNodes(of seeds: [ItemNumber], _ direction: GraphDirection) -> [UInt32] {
    var nodes: [UInt32] = []
    for seed in seeds where Int(seed.raw) < itemCount {
      nodes += self.nodes(of: seed)
      guard hadContents(seed) else { continue }
      nodes += carriers(of: seed)
      guard direction == .forward else { continue }
      forEachContent(of: seed) { content in nodes += self.nodes(of: content.stay.child) }
    }
    return nodes
  }
}

/// Something that was inside a unit, at any depth.
package struct UnitContent {
  /// Its stay in its own unit.
  package var stay: Stay
  /// How many units lie around it.
  package var depth: Int
  /// What is in doubt on the way to it.
  package var marks: EdgeMarks
}

extension LedgerIndex {
  /// Calls with all that was inside a unit, and inside what was inside while it was, through any
  /// depth; each stay as often as there are stretches of time in which it counts.
  package func forEachContent(of unit: ItemNumber, _ body: (UnitContent) -> Void) {
    var pending = [(Inside(unit: unit, span: TimeSpan(earliest: .min, latest: .max)), 0)]
    var seen: Set<Inside> = []
    while let (inside, depth) = pending.popLast() {
      for stay in stays(in: inside.unit) {
        let span = TimeSpan(
          earliest: max(inside.span.earliest, stay.span.earliest),
          latest: min(inside.span.latest, stay.span.latest))
        guard span.earliest <= span.latest else { continue }
        let isInError = event(stay.start).declarationEntry != nil
        let marks = isInError ? inside.marks.union(.declaredInError) : inside.marks
        body(UnitContent(stay: stay, depth: depth + 1, marks: marks))
        let next = Inside(unit: stay.child, span: span, marks: marks)
        if seen.insert(next).inserted { pending.append((next, depth + 1)) }
      }
    }
  }

  /// What is inside a unit within a window of time.
  private struct Inside: Hashable {
    var unit: ItemNumber
    var span: TimeSpan
    var marks: EdgeMarks = []
  }
}
