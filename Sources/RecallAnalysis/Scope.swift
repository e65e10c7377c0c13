public import LedgerIndex
public import ProvenanceGraph

/// How sure the refined answer is of an item or a holding.
public enum ScopeCertainty: UInt8, Sendable, Hashable, Comparable, CaseIterable {
  /// Reached without any link in doubt.
  case certain = 0
  /// Reached over links that are in doubt, each of them on record.
  case possible = 1
  /// Reached only over a movement that nobody recorded.
  case assumed = 2

  /// The surer first.
  public static func < (a: ScopeCertainty, b: ScopeCertainty) -> Bool { a.rawValue < b.rawValue }

  /// The word for people and programs.
  public var label: String {
    switch self {
    case .certain: "certain"
    case .possible: "possible"
    case .assumed: "assumed"
    }
  }
}

/// What separates the refined answer from the conservative one.
public enum ScopeReason: String, Sendable, Hashable, CaseIterable {
  /// The event that would lead there was declared to be in error.
  case declaredInError = "declared in error"
  /// What was there in time came there before what is affected.
  case time = "time"
  /// What is affected had left the place on record by then.
  case leftBefore = "left before"
  /// What is affected was on record at other places only.
  case elsewhere = "elsewhere only"
  /// What is affected is a portion inside a unit.
  case portion = "only a portion"

  /// What the reason means for whoever reads the answer.
  public var explanation: String {
    switch self {
    case .declaredInError: "an event on the way was declared to be in error"
    case .time: "the affected part came to the place only later"
    case .leftBefore: "the affected part had left the place on record by then"
    case .elsewhere: "the affected part was at other places only"
    case .portion: "the affected part was inside a unit and never came to the place"
    }
  }
}

/// An item of the refined answer at a place.
public struct ScopedHolding: Sendable, Hashable {
  /// Where something is.
  public enum Place: Sendable, Hashable {
    /// At a site.
    case site(PlaceNumber)
    /// Inside a unit, moving with it.
    case unit(ItemNumber)
    /// Where the event does not say where it happened.
    case unknown
  }

  /// The item.
  public let item: ItemNumber
  /// Where it is.
  public let place: Place
  /// The first instant (forward) or the last (backward) at which it can have been affected there, in
  /// microseconds since 1970.
  public let time: Int64
  /// How sure that is.
  public let certainty: ScopeCertainty
}

/// A departure that no arrival on record answers to.
public struct OpenShipment: Sendable, Hashable {
  /// The item.
  public let item: ItemNumber
  /// The event by which it left.
  public let event: EventNumber
  /// The canonical URI of the site or party it was sent to: it is presumed there. Nil if nothing says
  /// where it went.
  public let destination: String?
}

/// The refined answer to a trace: by holding, place and time, after the documentation page *What a
/// trace follows*. A part of the conservative answer.
public struct Scope: Sendable {
  /// Which way it went.
  public let direction: GraphDirection
  /// The items that remain, and how sure each is.
  public internal(set) var items: [ItemNumber: ScopeCertainty] = [:]
  /// The items of the conservative answer that do not, and what separates them.
  public internal(set) var separated: [ItemNumber: Set<ScopeReason>] = [:]
  /// Where the items were affected, in no order.
  public internal(set) var holdings: Set<ScopedHolding> = []
  /// Departures without an arrival, in no order; forward only.
  public internal(set) var openShipments: Set<OpenShipment> = []

  init(direction: GraphDirection) { self.direction = direction }
}
