/// Goods on the road.
struct Delivery {
  let from: Int
  let to: Int
  let despatch: UInt32
  /// The first unit's serial number of `from`; unit n carries the n-th three lots.
  let firstUnit: UInt32
  /// Number of units that carry lots; 0 if the goods travel as lots.
  let unitCount: Int
  /// Whether one further unit, numbered behind the others, carries the units.
  let hasOuterUnit: Bool
  let lots: [Stock]

  static let lotsPerUnit = 3

  /// Serial numbers of the units that are handled: the outer one, or all.
  var handledUnits: Range<UInt32> {
    let end = firstUnit &+ UInt32(truncatingIfNeeded: unitCount)
    return hasOuterUnit ? end..<(end &+ 1) : firstUnit..<end
  }

  /// The lots that the unit at `position` carries.
  func contents(_ position: Int) -> ArraySlice<Stock> {
    let start = position * Self.lotsPerUnit
    return lots[start..<min(start + Self.lotsPerUnit, lots.count)]
  }
}
