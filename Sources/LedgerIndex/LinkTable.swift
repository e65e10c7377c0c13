import ProvenanceGraph

/// Links between hubs, and, once the hubs are split by time, between nodes.
struct LinkTable: Sendable {
  /// Where each link leaves: a hub, later a node.
  var origins: Column<UInt32>
  /// Where it arrives.
  var ends: Column<UInt32>
  /// The event that stands for the link in answers; none32 for none.
  var events: Column<UInt32>
  /// The marks of the edge, and which ends take part at the time of the event: at the others the link
  /// counts at any time.
  private(set) var bits: Column<UInt8>

  private static let timedOrigin: UInt8 = 0x40
  private static let timedEnd: UInt8 = 0x80
  private static let marks: UInt8 = 0x3F

  init(scratch: String?) {
    origins = Column(scratch: scratch)
    ends = Column(scratch: scratch)
    events = Column(scratch: scratch)
    bits = Column(scratch: scratch)
  }

  var count: Int { origins.count }

  /// Which ends of a link take part at the time of its event.
  enum Timing {
    case origin, end, both, none
  }

  mutating func append(
    from origin: UInt32, to end: UInt32, _ event: UInt32, _ timing: Timing,
    _ marks: EdgeMarks = []
  ) {
    origins.append(origin)
    ends.append(end)
    events.append(event)
    var bits = marks.rawValue & Self.marks
    if timing == .origin || timing == .both { bits |= Self.timedOrigin }
    if timing == .end || timing == .both { bits |= Self.timedEnd }
    self.bits.append(bits)
  }

  /// Lends the links as the edges of a graph.
  func withGraph<Result>(
    nodeCount: Int, _ body: (GraphBuilder) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(self) {
      try body(
        GraphBuilder(
          nodeCount: nodeCount,
          origins: UnsafeBufferPointer(start: origins.start, count: count),
          ends: UnsafeBufferPointer(start: ends.start, count: count),
          events: UnsafeBufferPointer(start: events.start, count: count),
          marks: UnsafeBufferPointer(start: bits.start, count: count), markMask: Self.marks))
    }
  }

  func isOriginTimed(_ link: Int) -> Bool { bits[link] & Self.timedOrigin != 0 }

  func isEndTimed(_ link: Int) -> Bool { bits[link] & Self.timedEnd != 0 }

  func marks(_ link: Int) -> EdgeMarks { EdgeMarks(rawValue: bits[link] & Self.marks) }

  mutating func mark(_ link: Int, _ marks: EdgeMarks) { bits[link] |= marks.rawValue & Self.marks }
}
