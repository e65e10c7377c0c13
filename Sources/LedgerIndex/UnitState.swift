/// What is known of a unit while its events are replayed in order of time.
struct UnitState {
  /// The number of the present opening; nil while nothing is inside.
  var opening: UInt32?
  var contents = UnitContents()
  /// The first instant at which the last opening can have ended.
  var lastEnd = Int64.min
  var fillSite: UInt32?
  var lastSite: UInt32?
  var hasMovedSinceFill = false
  /// Sites where unpacking was recorded during this opening.
  var unpackSites: Set<UInt32> = []
}

/// What is inside a unit.
struct UnitContents {
  /// A child, its stays (one for each putting-in since it was last out), and its amounts.
  struct Content {
    var child: UInt32
    var stay: UInt32
    var moreStays: [UInt32] = []
    var amount: StayAmount
  }

  private(set) var list: [Content] = []
  /// Where each child stands in the list, once there are many.
  private var places: [UInt32: Int] = [:]
  private static let shortList = 16

  var isEmpty: Bool { list.isEmpty }

  func place(of child: UInt32) -> Int? {
    guard list.count > Self.shortList || !places.isEmpty else {
      return list.firstIndex { $0.child == child }
    }
    return places[child]
  }

  func contains(_ child: UInt32) -> Bool { place(of: child) != nil }

  subscript(place: Int) -> Content {
    get { list[place] }
    set { list[place] = newValue }
  }

  mutating func append(_ content: Content) {
    list.append(content)
    if !places.isEmpty {
      places[content.child] = list.count - 1
    } else if list.count > Self.shortList {
      for (place, content) in list.enumerated() { places[content.child] = place }
    }
  }

  /// Takes a child out of the list; the last one takes its place.
  mutating func remove(at place: Int) -> Content {
    let removed = list[place]
    let last = list.removeLast()
    if place < list.count { list[place] = last }
    if !places.isEmpty {
      places[removed.child] = nil
      if place < list.count { places[last.child] = place }
    }
    return removed
  }
}

/// How much of a lot was packed and unpacked during a stay.
struct StayAmount {
  /// The sum; nil if an amount is missing or of another unit.
  var packed: DecimalSum?
  var unpacked: DecimalSum?
  /// Whether any packing gave an amount.
  var hasAmounts = false

  init(packed: DecimalSum? = nil) {
    self.packed = packed
    hasAmounts = packed != nil
  }
}

/// A sum of amounts in one unit of measure; nil where a summand is missing or of another unit.
struct DecimalSum {
  var value: Double
  var unit: UInt16

  static func sum(_ a: DecimalSum?, _ b: DecimalSum?) -> DecimalSum? {
    guard let a, let b, a.unit == b.unit else { return nil }
    return DecimalSum(value: a.value + b.value, unit: a.unit)
  }
}
