import LedgerIndex
import ProvenanceGraph
import Traceability

extension LotReader {
  // MARK: Arrivals without a receipt

  /// What is at a place although nothing on record brought it there has arrived by then.
  mutating func addAppearances() {
    var first: [PlaceNumber: Int64] = [:]
    var firstNowhere = Int64.max
    for origin in life.origins {
      if let place = origin.place {
        first[place] = min(first[place] ?? .max, origin.span.earliest)
      } else {
        firstNowhere = min(firstNowhere, origin.span.earliest)
      }
    }
    let portions = life.portionsByPlace
    for event in appearances {
      guard let place = index.site(ofEvent: event) else { continue }
      let span = index.span(of: event)
      if min(first[place] ?? .max, firstNowhere) <= span.latest { continue }
      let isInUnit = portions[place]?.contains { life.portions[$0].canBeThere(place, span) }
      if isInUnit ?? false { continue }
      addOrigin(.appeared, event, appearedAmount(event))
      first[place] = span.earliest
    }
    var firstAnywhere = life.origins.map(\.span.earliest).min() ?? .max
    for event in appearances where index.site(ofEvent: event) == nil {
      let span = index.span(of: event)
      if firstAnywhere <= span.latest { continue }
      addOrigin(.appeared, event, appearedAmount(event))
      firstAnywhere = span.earliest
    }
  }

  private func appearedAmount(_ event: EventNumber) -> Quantity? {
    let roles = Set(index.mentions(of: event).filter { $0.item == life.item }.map(\.role))
    guard roles.count == 1, let role = roles.first else { return nil }
    return amount(event, role)
  }

  // MARK: Leaving a place

  /// What comes to a place and leaves it there, as far as amounts tell.
  private struct Balance {
    var coming: Quantity?
    var going: Quantity?
    var isComparable = true

    mutating func come(_ amount: Quantity?) { coming = add(coming, amount) }
    mutating func go(_ amount: Quantity?) { going = add(going, amount) }

    private mutating func add(_ sum: Quantity?, _ amount: Quantity?) -> Quantity? {
      guard let amount else {
        isComparable = false
        return sum
      }
      guard let sum else { return amount }
      guard sum.unit == amount.unit else {
        isComparable = false
        return sum
      }
      return Quantity(value: sum.value.adding(amount.value), unit: sum.unit)
    }

    var isUsedUp: Bool {
      guard isComparable, let coming, let going, coming.unit == going.unit else { return false }
      return going.value.approximate >= coming.value.approximate * (1 - 1e-9)
    }
  }

  mutating func findLeavings() {
    struct Step {
      var event: EventNumber
      var order: Int
      var amount: Quantity?
    }
    var steps: [PlaceNumber: [Step]] = [:]
    for origin in life.origins {
      guard let place = origin.place else { continue }
      steps[place, default: []].append(
        Step(event: origin.event, order: 0, amount: origin.amount))
    }
    // What an event packs counts once, though each time it names the lot is a stay of its own.
    var packings: Set<EventNumber> = []
    for use in life.uses {
      guard let place = use.place else { continue }
      if case .packed = use.kind, !packings.insert(use.event).inserted { continue }
      steps[place, default: []].append(Step(event: use.event, order: 1, amount: use.amount))
    }
    for end in ends where !departures.contains(end.event) {
      guard let place = index.site(ofEvent: end.event) else { continue }
      steps[place, default: []].append(
        Step(event: end.event, order: end.amount == nil ? 2 : 1, amount: end.amount))
    }
    for (place, steps) in steps where steps.contains(where: { $0.order > 0 }) {
      var balance = Balance()
      let ordered = steps.sorted {
        $0.event == $1.event ? $0.order < $1.order : $0.event < $1.event
      }
      for step in ordered {
        if step.order == 0 { balance.come(step.amount) } else { balance.go(step.amount) }
        if step.order == 2 || (step.order == 1 && balance.isUsedUp) {
          life.leavings[place, default: []].append(index.span(of: step.event))
          balance = Balance()
        }
      }
    }
  }
}

extension LotLife.Portion {
  /// Whether it can be at a place because its unit is: seen there before, and not certainly elsewhere
  /// since.
  func canBeThere(_ place: PlaceNumber, _ span: TimeSpan) -> Bool {
    guard stay.span.latest >= span.earliest else { return false }
    return sightings.contains { seen in
      seen.place == place && seen.span.canPrecede(span) && hasCome(seen)
        && !sightings.contains {
          $0.place != place && seen.span.certainlyPrecedes($0.span)
            && $0.span.certainlyPrecedes(span)
        }
    }
  }
}

extension LotLife.Portion {
  /// Whether the unit came to where it was seen, rather than being packed there.
  private func hasCome(_ seen: Sighting) -> Bool {
    guard isPacked, seen.place == packingPlace else { return true }
    return sightings.contains { $0.place != seen.place && $0.span.canPrecede(seen.span) }
  }
}

extension LotLife.Origin {
  /// Whether the lot came into being there, rather than came there.
  var isSource: Bool { kind == .made || kind == .drawn }
}

extension LotLife {
  /// Whether what an origin brought had certainly left its place again before a time.
  func hasLeft(_ origin: Origin, before span: TimeSpan) -> Bool {
    guard let place = origin.place, let leavings = leavings[place] else { return false }
    return leavings.contains {
      origin.span.certainlyPrecedes($0) && $0.certainlyPrecedes(span)
    }
  }
}
