public import LedgerIndex
public import ProvenanceGraph

/// Why an item of an answer is in doubt, or what its reader must know.
public enum TraceReason: String, Sendable, Hashable, CaseIterable {
  /// A link whose events stand in an impossible order on record; a late clerk acquits nobody.
  case orderContradicted = "order contradicted"
  /// What was left in a vessel when the next fill came.
  case carryOver = "carry-over"
  /// The vessel was cleaned and nothing is on record that entered it since.
  case noFillSinceCleaning = "no fill since cleaning"
  /// The event was declared to be in error.
  case declaredInError = "declared in error"
  /// What lay in a vessel was used without being drawn on record.
  case assumedDraw = "assumed draw from vessel"
  /// A unit was filled again at another site: what was inside is taken as gone.
  case refilled = "refilled"
  /// Nothing on record says where it came from.
  case noSource = "no source"

  static let ofMarks: [(EdgeMarks, TraceReason)] = [
    (.orderContradicted, .orderContradicted), (.carryOver, .carryOver),
    (.noFillSinceCleaning, .noFillSinceCleaning), (.declaredInError, .declaredInError),
    (.assumedDraw, .assumedDraw),
  ]

  static func reasons(_ marks: EdgeMarks) -> [TraceReason] {
    ofMarks.filter { marks.contains($0.0) }.map(\.1)
  }
}

/// An item in an answer.
public struct TracedItem: Sendable, Hashable {
  /// The item.
  public let item: ItemNumber
  /// How many items lie between it and the nearest seed, plus one; 0 for a seed.
  public let depth: Int
  /// The item before it on a shortest path from a seed, and the event between; nil for a seed.
  public let via: Step?
  /// Whether it was reached without any link in doubt.
  public let isCertain: Bool
  /// What is in doubt on its path, or to be known about it.
  public let reasons: [TraceReason]

  /// One step of a path.
  public struct Step: Sendable, Hashable {
    /// The item before.
    public let from: ItemNumber
    /// The event that links the two.
    public let event: EventNumber?
  }
}

/// The answer to a trace, in numbers of the index: names are looked up when they are shown.
///
/// Items are in order of depth, then time; events in order of time. Nothing depends on the order
/// in which events were captured.
public struct Trace: Sendable {
  /// Which way it went.
  public let direction: GraphDirection
  /// Where it started.
  public let seeds: [ItemNumber]
  /// Everything reached, the seeds included.
  public let items: [TracedItem]
  /// Events that carried a followed link, in order of time.
  public let pathEvents: [EventNumber]
  /// Other events of reached items, in order of time.
  public let mentionEvents: [EventNumber]
  /// The places of the path events, in order of first event.
  public let places: [PlaceNumber]

  /// The path from a seed to an item, seed first.
  public func path(to item: ItemNumber) -> [TracedItem] {
    var byItem: [ItemNumber: TracedItem] = [:]
    for traced in items { byItem[traced.item] = traced }
    var result: [TracedItem] = []
    var next = byItem[item]
    while let traced = next, result.count <= items.count {
      result.append(traced)
      next = traced.via.flatMap { byItem[$0.from] }
    }
    return result.reversed()
  }
}
