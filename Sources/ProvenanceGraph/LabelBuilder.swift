/// Builds two-hop labels by pruned searches from hub to hub, the likeliest first (Akiba, Iwata and
/// Yoshida's pruned landmark labelling, here for reachability).
///
/// Every node with onward edges is a hub. A node's origin label names hubs that reach it, its onward
/// label hubs that it reaches; a hub is left out where a likelier one on the way answers for it. Nodes
/// without onward edges, which are most, take no part in the searches: their labels follow from those
/// of the nodes that lead to them.
struct LabelBuilder<Rows: EdgeRows> {
  let nodeCount: Int
  private let forward: Rows
  private let backward: Rows
  private let hubMemory: ScratchMemory<UInt64>
  private let enteredMemory: ScratchMemory<UInt64>
  /// Labels of the nodes with onward edges, by their rank among these.
  let origins: LabelLists
  let onwards: LabelLists
  /// The place of each hub in the order of likelihood.
  private let order: ScratchMemory<UInt32>
  private let marks: ScratchMemory<UInt32>
  private let visits: ScratchMemory<UInt32>
  private let queue: ScratchMemory<UInt32>

  /// A builder over rows that the caller keeps alive.
  init(_ forward: Rows, _ backward: Rows, nodes: Int) {
    nodeCount = nodes
    self.forward = forward
    self.backward = backward
    hubMemory = RankedBits.memory(of: forward, nodes: nodes)
    enteredMemory = RankedBits.memory(of: backward, nodes: nodes)
    let rowCount = RankedBits(words: hubMemory.start).rowCount(nodes: nodes)
    // More numbers a node than this, on average, are not worth their room.
    origins = LabelLists(rows: rowCount, averageLimit: 64)
    onwards = LabelLists(rows: rowCount, averageLimit: 64)
    order = ScratchMemory(count: nodes)
    marks = ScratchMemory(count: nodes)
    visits = ScratchMemory(count: nodes)
    queue = ScratchMemory(count: nodes + 1)
  }

  /// The nodes with onward edges.
  var hubs: RankedBits { RankedBits(words: hubMemory.start) }
  /// The nodes that an edge enters.
  var entered: RankedBits { RankedBits(words: enteredMemory.start) }

  /// Labels all nodes with onward edges.
  /// - Returns: false if the labels of this graph grow too long to be of use.
  func build() -> Bool {
    var stamp: UInt32 = 0
    for (place, hub) in hubsByLikelihood().enumerated() {
      order.start[Int(hub)] = UInt32(place)
      let rank = hubs.rank(of: hub)
      stamp &+= 1
      guard spread(hub, stamp, forward, covering: onwards, of: rank, labelling: origins) else {
        return false
      }
      stamp &+= 1
      guard spread(hub, stamp, backward, covering: origins, of: rank, labelling: onwards) else {
        return false
      }
    }
    return true
  }

  /// All nodes with onward edges, those with the most ways through them first.
  private func hubsByLikelihood() -> [UInt32] {
    var keys: [UInt64] = []
    keys.reserveCapacity(hubs.rowCount(nodes: nodeCount))
    for word in 0..<SegmentRows.wordCount(nodes: nodeCount) {
      forEachBit(of: hubs.bits(word: word)) { bit in
        let node = UInt32(word * 64 + bit)
        let ways = (forward.edgeCount(of: node) + 1) * (backward.edgeCount(of: node) + 1)
        keys.append(UInt64(UInt32.max - UInt32(clamping: ways)) << 32 | UInt64(node))
      }
    }
    keys.sort()
    return keys.map { UInt32(truncatingIfNeeded: $0) }
  }

  /// Adds a hub to the labels of all that it reaches in one direction, and goes no further where a
  /// likelier hub answers already.
  private func spread(
    _ hub: UInt32, _ stamp: UInt32, _ rows: Rows, covering: LabelLists, of rank: Int,
    labelling labels: LabelLists
  ) -> Bool {
    let marks = marks.start
    let visits = visits.start
    let queue = queue.start
    let hubs = hubs
    _ = covering.search(rank) { likelier in
      marks[Int(likelier)] = stamp
      return false
    }
    visits[Int(hub)] = stamp
    queue[0] = hub
    var head = 0
    var tail = 1
    while head < tail {
      let node = queue[head]
      head &+= 1
      if node != hub {
        let rank = hubs.rank(of: node)
        if marks[Int(node)] == stamp || labels.search(rank, { marks[Int($0)] == stamp }) {
          continue
        }
        guard labels.append(hub, to: rank) else { return false }
      }
      for part in 0..<rows.partCount(of: node) {
        let row = rows.part(part, of: node)
        for slot in row.start..<row.end {
          let next = row.ends[slot] & SegmentRows.number
          if visits[Int(next)] != stamp && hubs.has(next) {
            visits[Int(next)] = stamp
            queue[tail] = next
            tail &+= 1
          }
        }
      }
    }
    return true
  }

  /// The origin label of a node without onward edges, from those of the nodes that lead to it.
  /// - Parameter stamp: a number that no earlier call had; see `firstStamp`.
  func originLabel(ofLast node: UInt32, stamp: UInt32) -> [UInt32] {
    let marks = marks.start
    let visits = visits.start
    let order = order.start
    var found: [UInt32] = []
    for part in 0..<backward.partCount(of: node) {
      let row = backward.part(part, of: node)
      for slot in row.start..<row.end {
        let origin = row.ends[slot] & SegmentRows.number
        if visits[Int(origin)] != stamp {
          visits[Int(origin)] = stamp
          found.append(origin)
        }
        _ = origins.search(hubs.rank(of: origin)) { hub in
          if visits[Int(hub)] != stamp {
            visits[Int(hub)] = stamp
            found.append(hub)
          }
          return false
        }
      }
    }
    found.sort { order[Int($0)] < order[Int($1)] }
    var label: [UInt32] = []
    for hub in found
    where !onwards.search(hubs.rank(of: hub), { marks[Int($0)] == stamp }) {
      marks[Int(hub)] = stamp
      label.append(hub)
    }
    return label
  }

  /// The first stamp that `build` did not use.
  var firstStamp: UInt32 { UInt32(2 * hubs.rowCount(nodes: nodeCount) + 1) }
}

extension EdgeRows {
  /// How many edges a node has.
  func edgeCount(of node: UInt32) -> Int {
    (0..<partCount(of: node)).reduce(0) { count, part in
      let row = self.part(part, of: node)
      return count + row.end - row.start
    }
  }
}
