import Traceability

/// Histories whose refined answers were found by hand.
let scopeHistories: [ScopeHistory] = [
  .sixShops(), .missingShipment(), .missingReceipt(), .presumedBesideAnother(), .lostShipment(),
  .voided(), .usedUp(), .destroyed(), .portionOfSeed(), .portionStillInside(), .lateClerk(),
  .unpackedUnseen(), .observeAsReceipt(), .declaredInError(), .tiers(), .twoZones(), .repacked(),
  .unknownPlaces(), .serials(), .outputUnit(),
]

extension ScopeHistory {
  /// A lot of two days, split over six shops: three shipments left before the second day's milk.
  static func sixShops() -> ScopeHistory {
    var h = ScopeHistory("a lot of two days, split over six shops")
    h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(5))
    h.builder.transform(["milk.2"], to: ["cheese.1"], at: "dairy", t(15))
    for n in 1...6 {
      h.builder.ship("cheese.1", from: "dairy", n <= 3 ? t(10 + n) : t(16 + n))
      h.builder.paper("desadv", "\(n)")
      h.builder.receive("cheese.1", at: "shop\(n)", t(30 + n))
      h.builder.paper("desadv", "\(n)")
      h.builder.transform(["cheese.1"], to: ["toast.\(n)"], at: "shop\(n)", t(50 + n))
    }
    h.ask(
      .forward, "milk.2", certain: ["cheese.1", "toast.4", "toast.5", "toast.6"],
      separated: [
        "toast.1": ["elsewhere only"], "toast.2": ["elsewhere only"],
        "toast.3": ["elsewhere only"],
      ],
      held: [
        "milk.2": ["dairy": t(15)],
        "cheese.1": ["dairy": t(15), "shop4": t(34), "shop5": t(35), "shop6": t(36)],
        "toast.4": ["shop4": t(54)],
      ])
    h.ask(
      .backward, "toast.1", certain: ["cheese.1", "milk.1"], separated: ["milk.2": ["time"]],
      held: ["cheese.1": ["dairy": t(11), "shop1": t(51)], "milk.1": ["dairy": t(5)]])
    h.ask(.backward, "toast.6", certain: ["cheese.1", "milk.1", "milk.2"])
    return h
  }

  /// Received without a shipment: assumed from where it was.
  static func missingShipment() -> ScopeHistory {
    var h = ScopeHistory("a missing shipment")
    h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    h.builder.receive("cheese.1", at: "pizzeria", t(5))
    h.builder.transform(["cheese.1"], to: ["pizza.1"], at: "pizzeria", t(7))
    h.builder.transform(["cheese.1"], to: ["toast.1"], at: "dairy", t(8))
    h.ask(
      .forward, "milk.1", certain: ["cheese.1", "toast.1"], assumed: ["pizza.1"],
      held: ["cheese.1": ["dairy": t(1), "pizzeria": t(5)]])
    h.ask(.backward, "pizza.1", certain: ["cheese.1"], assumed: ["milk.1"])
    return h
  }

  /// Shipped to the bar and used there without a receipt.
  static func missingReceipt() -> ScopeHistory {
    var h = ScopeHistory("a missing receipt")
    h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    h.builder.ship("cheese.1", from: "dairy", t(2))
    h.builder.destination("bar", isParty: true)
    h.builder.transform(["cheese.1"], to: ["toast.1"], at: "bar/2", t(9))
    h.ask(
      .forward, "milk.1", certain: ["cheese.1", "toast.1"],
      held: ["cheese.1": ["dairy": t(1), "bar": t(9)]])
    return h
  }

  /// A shipment without a receipt, to a bar that has another delivery of the lot on record.
  static func presumedBesideAnother() -> ScopeHistory {
    var h = ScopeHistory("presumed at destination beside another delivery")
    h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    h.builder.ship("cheese.1", from: "dairy", t(2))
    h.builder.paper("bol", "1")
    h.builder.receive("cheese.1", at: "bar", t(4))
    h.builder.paper("bol", "1")
    h.builder.transform(["milk.2"], to: ["cheese.1"], at: "dairy", t(5))
    h.builder.ship("cheese.1", from: "dairy", t(6))
    h.builder.destination("bar/dock")
    h.builder.transform(["cheese.1"], to: ["toast.1"], at: "bar", t(5))
    h.builder.transform(["cheese.1"], to: ["toast.2"], at: "bar", t(9))
    // Toast 1 was made before the second shipment left. The receipt fits the second one, too, by its
    // place, but not in time.
    h.ask(
      .forward, "milk.2", certain: ["cheese.1"], assumed: ["toast.2"],
      separated: ["toast.1": ["elsewhere only"]], held: ["cheese.1": ["dairy": t(5)]],
      open: ["cheese.1": "bar/dock"])
    return h
  }

  /// Sent nobody knows where.
  static func lostShipment() -> ScopeHistory {
    var h = ScopeHistory("whereabouts unknown")
    h.builder.transform(["milk.1"], to: ["cheese.1", "brie#1"], at: "dairy", t(1))
    h.builder.ship("cheese.1", from: "dairy", t(2))
    h.builder.ship("brie#1", from: "dairy", t(3))
    h.builder.destination("shop")
    h.ask(
      .forward, "milk.1", certain: ["cheese.1", "brie#1"],
      open: ["cheese.1": "?", "brie#1": "shop"])
    return h
  }

  /// A shipment that was voided, and one that was not.
  static func voided() -> ScopeHistory {
    var h = ScopeHistory("void_shipping cancels")
    h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    h.builder.ship("cheese.1", from: "dairy", t(2))
    h.builder.paper("desadv", "1")
    h.builder.destination("shop1")
    h.builder.ship("cheese.1", from: "dairy", t(3))
    h.builder.paper("desadv", "2")
    h.builder.destination("shop2")
    h.builder.observe(["cheese.1"], at: "dairy", t(4), step: "void_shipping")
    h.builder.paper("desadv", "1")
    h.builder.ship("cheese.1", from: "dairy", t(5))
    h.builder.destination("shop3")
    h.builder.observe(["cheese.1"], at: "dairy", t(6), step: "void_shipping")
    h.ask(.forward, "milk.1", certain: ["cheese.1"], open: ["cheese.1": "shop2"])
    return h
  }

  /// Used up on record before the next was made.
  static func usedUp() -> ScopeHistory {
    var h = ScopeHistory("a lot leaves a place when as much went as came")
    h.builder.transform(["milk.1"], to: ["cheese.1 10KGM"], at: "dairy", t(1))
    h.builder.transform(["cheese.1 4KGM"], to: ["toast.1"], at: "dairy", t(2))
    h.builder.transform(["cheese.1 6KGM"], to: ["toast.2"], at: "dairy", t(3))
    h.builder.transform(["milk.2"], to: ["cheese.1 10KGM"], at: "dairy", t(5))
    h.builder.transform(["cheese.1 10KGM"], to: ["toast.3"], at: "dairy", t(7))
    h.builder.transform(["cheese.1 1KGM"], to: ["toast.4"], at: "dairy", t(9))
    // At hour 9 all was gone on record: both are followed, in doubt.
    h.ask(
      .forward, "milk.1", certain: ["cheese.1", "toast.1", "toast.2"], possible: ["toast.4"],
      separated: ["toast.3": ["left before"]])
    h.ask(
      .backward, "toast.3", certain: ["cheese.1", "milk.2"], separated: ["milk.1": ["left before"]])
    h.ask(.backward, "toast.4", certain: ["cheese.1"], possible: ["milk.1", "milk.2"])
    return h
  }

  /// Destroyed on record; a part of it counts as what went.
  static func destroyed() -> ScopeHistory {
    var h = ScopeHistory("a lot leaves a place by ObjectEvent DELETE")
    h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    h.builder.destroy("cheese.1 3KGM", at: "dairy", t(2))
    h.builder.transform(["milk.2"], to: ["cheese.1"], at: "dairy", t(3))
    h.builder.transform(["cheese.1"], to: ["toast.1"], at: "dairy", t(4))
    h.builder.destroy("cheese.1", at: "dairy", t(5))
    h.builder.transform(["milk.3"], to: ["cheese.1"], at: "dairy", t(6))
    h.builder.transform(["cheese.1"], to: ["toast.2"], at: "dairy", t(7))
    h.ask(
      .forward, "milk.1", certain: ["cheese.1", "toast.1"],
      separated: ["toast.2": ["left before"]])
    h.ask(
      .forward, "milk.3", certain: ["cheese.1", "toast.2"])
    return h
  }

  /// Of a lot in a unit that is asked for, only what was in it.
  static func portionOfSeed() -> ScopeHistory {
    var h = ScopeHistory("a lot-level child of a unit: that portion")
    h.builder.transform(["milk.1"], to: ["cheese.1 60"], at: "dairy", t(1))
    h.builder.pack(["cheese.1 10"], into: "U1", at: "dairy", t(2))
    h.builder.transform(["cheese.1 5"], to: ["pizza.1"], at: "dairy", t(3))
    h.builder.ship("U1", from: "dairy", t(4))
    h.builder.receive("U1", at: "shop", t(6))
    h.builder.unpack(["cheese.1 10"], from: "U1", at: "shop", t(7))
    h.builder.transform(["cheese.1 1"], to: ["toast.1"], at: "shop", t(8))
    h.ask(
      .forward, "U1", certain: ["cheese.1", "toast.1"],
      separated: ["pizza.1": ["elsewhere only"]],
      held: [
        "cheese.1": ["in U1": t(2), "shop": t(7)],
        "U1": ["dairy": t(2), "shop": t(6)],
      ])
    h.ask(.backward, "toast.1", certain: ["cheese.1", "milk.1"])
    return h
  }

  /// Never unpacked: nothing outside the unit.
  static func portionStillInside() -> ScopeHistory {
    var h = ScopeHistory("a portion that is still inside")
    h.builder.transform(["milk.1"], to: ["cheese.1 60"], at: "dairy", t(1))
    h.builder.pack(["cheese.1 10"], into: "U1", at: "annexe", t(2))
    h.builder.transform(["cheese.1 5"], to: ["pizza.1"], at: "dairy", t(3))
    h.ask(
      .forward, "U1", certain: ["cheese.1"], separated: ["pizza.1": ["only a portion"]],
      held: ["cheese.1": ["in U1": t(2)]])
    return h
  }

  /// Feed that is recorded as received after it was eaten.
  static func lateClerk() -> ScopeHistory {
    var h = ScopeHistory("a late clerk")
    h.builder.transform(["grain.1"], to: ["feed.1"], at: "mill", t(30))
    h.builder.ship("feed.1", from: "mill", t(32))
    h.builder.paper("desadv", "1")
    h.builder.transform(["feed.1"], to: ["cow.1"], at: "farm", t(40))
    h.builder.receive("feed.1", at: "farm", t(50))
    h.builder.paper("desadv", "1")
    h.ask(
      .forward, "grain.1", certain: ["feed.1"], possible: ["cow.1"],
      held: ["feed.1": ["mill": t(30), "farm": t(40)]])
    // Papers join what the clocks contradict.
    h.builder.transform(["oats.1"], to: ["straw.1"], at: "mill", t(30))
    h.builder.ship("straw.1", from: "mill", t(32))
    h.builder.paper("bol", "2")
    h.builder.receive("straw.1", at: "farm", t(31))
    h.builder.paper("bol", "2")
    h.builder.transform(["straw.1"], to: ["bed.1"], at: "farm", t(33))
    h.ask(.forward, "oats.1", certain: ["straw.1"], possible: ["bed.1"])
    return h
  }

  /// A unit came to the shop, and its lot is used there: nobody recorded the unpacking.
  static func unpackedUnseen() -> ScopeHistory {
    var h = ScopeHistory("unpacked without a record")
    h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    h.builder.pack(["cheese.1 10"], into: "U1", at: "dairy", t(2))
    h.builder.pack(["U1"], into: "U2", at: "dairy", t(3))
    h.builder.receive("U2", at: "shop", t(6))
    h.builder.transform(["cheese.1"], to: ["toast.1"], at: "shop", t(8))
    h.builder.receive("U2", at: "shop2", t(10))
    h.builder.transform(["cheese.1"], to: ["toast.2"], at: "shop", t(12))
    // By hour 12 the unit is elsewhere: an arrival that nothing explains.
    h.ask(
      .forward, "milk.1", certain: ["cheese.1", "U1", "U2"], possible: ["toast.1"],
      assumed: ["toast.2"])
    return h
  }

  /// Observed in a unit on receipt: packed nobody knows when.
  static func observeAsReceipt() -> ScopeHistory {
    var h = ScopeHistory("OBSERVE as receipt")
    h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    h.builder.ship("U1", from: "dairy", t(4))
    h.builder.observe(["cheese.1"], in: "U1", at: "shop", t(9))
    h.builder.unpack(["cheese.1"], from: "U1", at: "shop", t(10))
    h.builder.transform(["cheese.1"], to: ["toast.1"], at: "shop", t(11))
    h.ask(
      .forward, "milk.1", certain: ["cheese.1"], assumed: ["U1", "toast.1"],
      held: ["cheese.1": ["dairy": t(1), "in U1": t(9), "shop": t(10)]])
    return h
  }

  /// Declared in error: out; the corrective event carries on.
  static func declaredInError() -> ScopeHistory {
    var h = ScopeHistory("error declaration")
    let wrong = h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    h.builder.transform(["milk.2"], to: ["cheese.1"], at: "dairy", t(2))
    h.builder.transform(["cheese.1"], to: ["toast.1"], at: "dairy", t(3))
    h.builder.declareError(of: wrong)
    h.ask(
      .forward, "milk.1",
      separated: ["cheese.1": ["declared in error"], "toast.1": ["declared in error"]])
    h.ask(.forward, "milk.2", certain: ["cheese.1", "toast.1"])
    h.ask(
      .backward, "toast.1", certain: ["cheese.1", "milk.2"],
      separated: ["milk.1": ["declared in error"]])
    return h
  }

  /// Papers before the receiver, the receiver before the shipper, each before mere possibility.
  static func tiers() -> ScopeHistory {
    var h = ScopeHistory("the first tier that hits")
    for n in 1...4 {
      h.builder.transform(["milk.\(n)"], to: ["cheese.1"], at: "dairy\(n)", t(1))
      h.builder.ship("cheese.1", from: "dairy\(n)", t(2))
      if n == 1 { h.builder.paper("desadv", "7") }
      if n <= 2 { h.builder.destination("shop2") }
    }
    for n in 1...4 {
      h.builder.receive("cheese.1", at: "shop\(n)", t(5))
      if n == 1 { h.builder.paper("desadv", "7") }
      if n == 3 { h.builder.source("dairy3") }
      h.builder.transform(["cheese.1"], to: ["toast.\(n)"], at: "shop\(n)", t(6))
    }
    let others = ["toast.1", "toast.2", "toast.3", "toast.4"]
    // Shop 2 is what the papers of dairy 1 say, too: of the receipt it is the first tier that hits.
    let answers: [Int: (certain: [String], assumed: [String])] = [
      1: (["toast.1", "toast.2"], []), 2: (["toast.2"], []), 3: (["toast.3"], []),
      4: ([], ["toast.4"]),
    ]
    for (n, answer) in answers.sorted(by: { $0.key < $1.key }) {
      var separated: [String: Set<String>] = [:]
      for name in others where !(answer.certain + answer.assumed).contains(name) {
        separated[name] = ["elsewhere only"]
      }
      h.ask(
        .forward, "milk.\(n)", certain: ["cheese.1"] + answer.certain, assumed: answer.assumed,
        separated: separated)
    }
    return h
  }

  /// Days of one site in two zones, equal stamps, midnight.
  static func twoZones() -> ScopeHistory {
    var h = ScopeHistory("equal stamps, midnight, two zones at one site")
    // Hours 34 to 58, UTC.
    h.builder.transform(["w.1"], to: ["x.1"], at: "border", day(1, zone: -10))
    h.builder.transform(["w.0"], to: ["x.1"], at: "border", t(20))
    // Hours 14 to 38.
    h.builder.transform(["x.1"], to: ["y.1"], at: "border", day(1, zone: 10))
    h.builder.transform(["x.1"], to: ["z.1"], at: "border", t(30))
    h.builder.transform(["x.1"], to: ["e.1"], at: "border", t(20))
    h.ask(
      .forward, "w.1", certain: ["x.1", "y.1"])
    h.ask(
      .forward, "w.0", certain: ["x.1", "y.1", "z.1", "e.1"],
      held: ["x.1": ["border": t(20)]])
    return h
  }

  /// Out of one unit into another, partly.
  static func repacked() -> ScopeHistory {
    var h = ScopeHistory("repacked")
    h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    h.builder.transform(["milk.2"], to: ["cheese.1"], at: "dairy2", t(1))
    h.builder.pack(["cheese.1 10"], into: "U1", at: "dairy", t(2))
    h.builder.pack(["cheese.1 10"], into: "U2", at: "dairy2", t(2))
    h.builder.receive("U1", "U2", at: "depot", t(5))
    h.builder.unpack(["cheese.1 4"], from: "U1", at: "depot", t(6))
    h.builder.pack(["cheese.1 4"], into: "U3", at: "depot", t(7))
    h.builder.receive("U3", at: "shop", t(9))
    h.builder.unpack(["cheese.1 4"], from: "U3", at: "shop", t(10))
    h.builder.transform(["cheese.1"], to: ["toast.1"], at: "shop", t(11))
    h.builder.receive("U1", at: "shop1", t(12))
    // The second unit stood beside when the third was packed: perhaps from there.
    h.ask(
      .forward, "milk.2", certain: ["cheese.1", "U2"], possible: ["U3", "toast.1"],
      separated: ["U1": ["elsewhere only"]],
      held: [
        "cheese.1": ["dairy2": t(1), "in U2": t(2), "in U3": t(7), "shop": t(10)],
        "U3": ["depot": t(7), "shop": t(9)],
      ])
    h.ask(
      .forward, "milk.1", certain: ["cheese.1", "U1", "U3", "toast.1"],
      separated: ["U2": ["elsewhere only"]])
    return h
  }

  /// Events without a place.
  static func unknownPlaces() -> ScopeHistory {
    var h = ScopeHistory("events without a place")
    h.builder.transform(["milk.1"], to: ["cheese.1"], at: nil, t(1))
    h.builder.transform(["cheese.1"], to: ["toast.1"], at: "shop", t(3))
    h.builder.transform(["cheese.1"], to: ["toast.2"], at: "geo:48.1,11.5", t(4))
    h.ask(.forward, "milk.1", certain: ["cheese.1", "toast.2"], assumed: ["toast.1"])
    return h
  }

  /// A lot leads to its serials, wherever they are.
  static func serials() -> ScopeHistory {
    var h = ScopeHistory("serials of a lot")
    h.builder.transform(["flour.1"], to: ["bread.B"], at: "bakery", t(9))
    h.builder.see("bread.B#8", at: "shop", t(3))
    h.builder.see("bread#8", at: "depot", t(2))
    h.ask(
      .forward, "flour.1", certain: ["bread.B", "bread#8"],
      held: ["bread#8": ["shop": t(3), "depot": t(2)]])
    h.ask(.backward, "bread#8", certain: ["bread.B", "flour.1"])
    return h
  }

  /// A pallet as an output: of its lot, what is on the pallet.
  static func outputUnit() -> ScopeHistory {
    var h = ScopeHistory("a unit as output")
    h.builder.transform(["milk.1"], to: ["U1"], at: "dairy", t(5))
    h.builder.pack(["cheese.2"], into: "U1", at: "dairy", t(6))
    h.builder.transform(["cheese.2"], to: ["pizza.1"], at: "annexe", t(8))
    h.builder.unpack(from: "U1", at: "shop", t(9))
    h.builder.transform(["cheese.2"], to: ["toast.1"], at: "shop", t(10))
    h.ask(
      .forward, "milk.1", certain: ["U1", "cheese.2", "toast.1"],
      assumed: ["pizza.1"],
      held: ["cheese.2": ["in U1": t(6), "shop": t(9), "annexe": t(8)]])
    return h
  }
}
