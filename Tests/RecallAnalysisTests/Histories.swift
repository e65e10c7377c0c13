import Traceability

/// All histories made by hand: those of the list that ends the trace rules, in its order, and some
/// that the rules call for beside.
let handHistories: [HandHistory] = [
  .sixShops(), .multiDayLot(), .tank(), .tankUsedByLot(), .noFillSinceCleaning(),
  .declaredVessel(), .fillsTogether(), .usedBeforePacking(), .rework(),
  .nestedUnits(), .observeAsReceipt(), .reusedUnit(), .classLevelContents(), .transformationID(),
  .missingEvents(), .equalAndMidnight(), .lateClerk(), .twoZones(), .twoGTINs(), .coPacked(),
  .sharedCrate(), .errorDeclaration(), .renumbering(), .anonymousClass(), .unlikeMeasures(),
  .unitNeverPacked(), .serialsOfLot(), .unitAsOutput(), .conflictsAndDuplicates(),
]

extension HandHistory {
  /// A lot split over six shops.
  static func sixShops() -> HandHistory {
    var h = HandHistory("a lot split over six shops")
    let born = h.builder.add("milk.1", at: "farm", t(0))
    let make = h.builder.transform(["milk.1 600KGM"], to: ["cheese.1 60"], at: "dairy", t(5))
    var packs: [EventKey] = []
    var later: [[EventKey]] = []
    for n in 1...6 {
      packs.append(h.builder.pack(["cheese.1 10"], into: "U\(n)", at: "dairy", t(6 + n)))
    }
    for n in 1...6 {
      later.append([
        h.builder.ship("U\(n)", from: "dairy", t(20 + n)),
        h.builder.receive("U\(n)", at: "shop\(n)", t(30 + n)),
        h.builder.unpack(["cheese.1 10"], from: "U\(n)", at: "shop\(n)", t(40 + n)),
      ])
    }
    h.forward(
      "milk.1", reaches: ["cheese.1", "U1", "U2", "U3", "U4", "U5", "U6"],
      path: [born, make] + packs + later.joined())
    // The lot was packed into units 1 and 2 before unit 3: those events can precede the packing
    // through which it was reached; what came after them cannot.
    h.backward(
      "U3", reaches: ["cheese.1", "milk.1"],
      path: [born, make, packs[0], packs[1], packs[2]] + later[2],
      mention: packs[3...] + later[0] + later[1] + later[3] + later[4] + later[5])
    return h
  }

  /// A lot that is made on three days: what left on the first has nothing of the second.
  static func multiDayLot() -> HandHistory {
    var h = HandHistory("a multi-day lot")
    var make: [EventKey] = []
    var pack: [EventKey] = []
    var ship: [EventKey] = []
    for n in 0..<3 {
      make.append(
        h.builder.transform(["flour.\(n)"], to: ["bread.1"], at: "bakery", t(24 * n + 10)))
      pack.append(h.builder.pack(["bread.1"], into: "U\(n)", at: "bakery", t(24 * n + 12)))
      ship.append(h.builder.ship("U\(n)", from: "bakery", t(24 * n + 14)))
    }
    h.forward(
      "flour.1", reaches: ["bread.1", "U1", "U2"],
      path: [make[1], make[2], pack[1], pack[2], ship[1], ship[2]],
      mention: [make[0], pack[0], ship[0]])
    h.backward(
      "U1", reaches: ["bread.1", "flour.0", "flour.1"],
      path: [make[0], make[1], pack[0], pack[1], ship[0], ship[1]],
      mention: [make[2], pack[2], ship[2]])
    h.backward(
      "U0", reaches: ["bread.1", "flour.0"], path: [make[0], pack[0], ship[0]],
      mention: [make[1], make[2], pack[1], pack[2], ship[1], ship[2]])
    return h
  }

  /// Rework: scraps of bread go back into the dough they came from.
  static func rework() -> HandHistory {
    var h = HandHistory("rework")
    let dough = h.builder.transform(["flour.1"], to: ["dough.1"], at: "bakery", t(1))
    let bread = h.builder.transform(["dough.1"], to: ["bread.1"], at: "bakery", t(3))
    let scraps = h.builder.transform(["bread.1"], to: ["dough.1"], at: "bakery", t(5))
    let again = h.builder.transform(["dough.1"], to: ["bread.2"], at: "bakery", t(7))
    h.forward(
      "flour.1", reaches: ["dough.1", "bread.1", "bread.2"], path: [dough, bread, scraps, again])
    // The scraps came after the first bread, which has a maker before it.
    h.forward(
      "bread.1", reaches: ["dough.1", "bread.2"], path: [bread, scraps, again], mention: [dough])
    h.backward(
      "bread.1", reaches: ["dough.1", "flour.1"], path: [dough, bread, scraps], mention: [again])
    h.backward(
      "bread.2", reaches: ["dough.1", "bread.1", "flour.1"], path: [dough, bread, scraps, again])
    return h
  }

  /// A missing shipment and a missing receipt cut nothing.
  static func missingEvents() -> HandHistory {
    var h = HandHistory("a missing shipment, a missing receipt")
    let make = h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    let ship = h.builder.ship("cheese.1", from: "dairy", t(2))
    let receive = h.builder.receive("cheese.1", at: "pizzeria", t(5))
    let pizza = h.builder.transform(["cheese.1"], to: ["pizza.1"], at: "pizzeria", t(7))
    let toast = h.builder.transform(["cheese.1"], to: ["toast.1"], at: "bar", t(9))
    h.forward(
      "milk.1", reaches: ["cheese.1", "pizza.1", "toast.1"],
      path: [make, ship, receive, pizza, toast])
    h.backward(
      "toast.1", reaches: ["cheese.1", "milk.1"], path: [make, ship, receive, pizza, toast])
    h.backward(
      "pizza.1", reaches: ["cheese.1", "milk.1"], path: [make, ship, receive, pizza],
      mention: [toast])
    return h
  }

  /// Several events with one transformation ID; the same ID that is no URI, at two sites.
  static func transformationID() -> HandHistory {
    var h = HandHistory("transformationID over several events")
    let early = h.builder.transform([], to: ["x.0"], at: "plant", t(0), id: "urn:batch:7")
    let in1 = h.builder.transform(["a.1"], to: [], at: "plant", t(1), id: "urn:batch:7")
    let out1 = h.builder.transform([], to: ["x.1"], at: "plant", t(3), id: "urn:batch:7")
    let in2 = h.builder.transform(["a.2"], to: [], at: "annexe", t(5), id: "urn:batch:7")
    let out2 = h.builder.transform([], to: ["x.2"], at: "plant", t(7), id: "urn:batch:7")
    let local = h.builder.transform(["b.1"], to: [], at: "plant", t(1), id: "batch 7")
    let same = h.builder.transform([], to: ["y.1"], at: "plant/3", t(2), id: "batch 7")
    _ = h.builder.transform([], to: ["z.1"], at: "annexe", t(2), id: "batch 7")
    _ = h.builder.transform([], to: ["q.1"], at: "plant", t(2), id: "batch 7")
    h.builder.submitted(by: "somebody else")
    // What came out before anything went in: a late clerk, so all of it, marked.
    h.forward(
      "a.1", reaches: ["x.0", "x.1", "x.2"], possible: ["x.0"], path: [early, in1, out1, out2])
    h.forward("a.2", reaches: ["x.0", "x.2"], possible: ["x.0"], path: [early, in2, out2])
    h.backward("x.1", reaches: ["a.1"], path: [in1, out1])
    h.backward("x.2", reaches: ["a.1", "a.2"], path: [in1, in2, out2])
    h.backward("x.0", reaches: ["a.1", "a.2"], possible: ["a.1", "a.2"], path: [early, in1, in2])
    h.forward("b.1", reaches: ["y.1"], path: [local, same])
    return h
  }

  /// One lot code under two GTINs is two lots.
  static func twoGTINs() -> HandHistory {
    var h = HandHistory("one code under two GTINs")
    let jam = h.builder.transform(["berry.1"], to: ["jam.L1"], at: "kitchen", t(1))
    let honey = h.builder.transform(["comb.1"], to: ["honey.L1"], at: "kitchen", t(2))
    let shipJam = h.builder.ship("jam.L1", from: "kitchen", t(5))
    let shipHoney = h.builder.ship("honey.L1", from: "kitchen", t(6))
    h.forward("berry.1", reaches: ["jam.L1"], path: [jam, shipJam])
    h.backward("honey.L1", reaches: ["comb.1"], path: [honey, shipHoney])
    return h
  }

  /// A declaration of error, with the event that stands in its place.
  static func errorDeclaration() -> HandHistory {
    var h = HandHistory("error declaration")
    let wrong = h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    let right = h.builder.transform(["milk.2"], to: ["cheese.1"], at: "dairy", t(2))
    let ship = h.builder.ship("cheese.1", from: "dairy", t(3))
    h.builder.declareError(of: wrong)
    h.forward("milk.1", reaches: ["cheese.1"], possible: ["cheese.1"], path: [wrong, right, ship])
    h.forward("milk.2", reaches: ["cheese.1"], path: [right, ship], mention: [wrong])
    h.backward(
      "cheese.1", reaches: ["milk.1", "milk.2"], possible: ["milk.1"], path: [wrong, right, ship])
    return h
  }

  /// A lot that is given another number: a link in one direction, with place and time.
  static func renumbering() -> HandHistory {
    var h = HandHistory("alias")
    let port = h.builder.see("seed.48088", at: "port", t(1))
    let renumber = h.builder.transform(["seed.48088"], to: ["seed.6832"], at: "importer", t(3))
    let sprout = h.builder.transform(["seed.6832"], to: ["sprout.1"], at: "grower", t(9))
    h.forward("seed.48088", reaches: ["seed.6832", "sprout.1"], path: [port, renumber, sprout])
    h.forward("seed.6832", reaches: ["sprout.1"], path: [renumber, sprout])
    h.backward("sprout.1", reaches: ["seed.6832", "seed.48088"], path: [port, renumber, sprout])
    return h
  }

  /// A class without a lot is an unknown lot of its event and joins nothing.
  static func anonymousClass() -> HandHistory {
    var h = HandHistory("anonymous class")
    let receive = h.builder.receive("salt.*", at: "dairy", t(1))
    let first = h.builder.transform(["milk.1", "salt.*"], to: ["cheese.1"], at: "dairy", t(2))
    let second = h.builder.transform(["milk.2", "salt.*"], to: ["cheese.2"], at: "dairy", t(3))
    h.builder.transform(["salt.*"], to: ["brine.1"], at: "dairy", t(4))
    let noID = h.builder.withoutID()
    func salt(_ key: EventKey) -> String { HistoryBuilder.unknownLot("salt.*", of: key) }
    h.forward(salt(receive), path: [receive])
    h.forward(salt(first), reaches: ["cheese.1"], path: [first])
    h.forward("milk.1", reaches: ["cheese.1"], path: [first])
    h.backward("cheese.2", reaches: ["milk.2", salt(second)], path: [second])
    h.backward("brine.1", reaches: [salt(noID)], path: [noID])
    return h
  }

  /// A serialised item written with its lot, or commissioned with the lot number.
  static func serialsOfLot() -> HandHistory {
    var h = HandHistory("serials of a lot")
    let make = h.builder.transform(["flour.1"], to: ["bread.B/1"], at: "bakery", t(9))
    let commission = h.builder.add("bread#7", at: "bakery", t(2), lotNumber: "B/1")
    let see = h.builder.see("bread.B/1#8", at: "shop", t(3))
    // The link has no time: that the lot was recorded later cuts nothing and marks nothing.
    h.forward(
      "flour.1", reaches: ["bread.B/1", "bread#7", "bread#8"], path: [make, commission, see])
    h.forward("bread#7", path: [commission])
    h.backward("bread#8", reaches: ["bread.B/1", "flour.1"], path: [make, see])
    return h
  }

  /// Duplicates are one event; one ID with two contents is two.
  static func conflictsAndDuplicates() -> HandHistory {
    var h = HandHistory("duplicates and conflicts")
    let make = h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    h.builder.again(make)
    h.builder.again(make)
    h.builder.transform(["milk.2"], to: ["cheese.2"], at: "dairy", t(1))
    let other = h.builder.withID(of: make)
    h.forward("milk.1", reaches: ["cheese.1"], path: [make])
    h.forward("milk.2", reaches: ["cheese.2"], path: [other])
    return h
  }
}
