import Traceability

extension HandHistory {
  /// A case that leaves its pallet, a cheese that leaves its case and goes into another.
  static func nestedUnits() -> HandHistory {
    var h = HandHistory("nested units, partly unpacked, repacked")
    let make = h.builder.transform(
      ["milk.1"], to: ["cheese#1", "cheese#2", "cheese#3"], at: "dairy", t(1))
    let case1 = h.builder.pack(["cheese#1", "cheese#2"], into: "U1", at: "dairy", t(2))
    let case2 = h.builder.pack(["cheese#3"], into: "U2", at: "dairy", t(3))
    let pallet = h.builder.pack(["U1", "U2"], into: "U3", at: "dairy", t(4))
    let ship = h.builder.ship("U3", from: "dairy", t(5))
    let receive = h.builder.receive("U3", at: "depot", t(8))
    let offPallet = h.builder.unpack(["U1"], from: "U3", at: "depot", t(9))
    let outOfCase = h.builder.unpack(["cheese#1"], from: "U1", at: "depot", t(10))
    let repack = h.builder.pack(["cheese#1"], into: "U4", at: "depot", t(11))
    let ship1 = h.builder.ship("U1", from: "depot", t(12))
    let ship4 = h.builder.ship("U4", from: "depot", t(13))
    let ship3 = h.builder.ship("U3", from: "depot", t(14))
    let receive1 = h.builder.receive("U1", at: "shop1", t(20))
    let receive4 = h.builder.receive("U4", at: "shop4", t(21))
    let receive3 = h.builder.receive("U3", at: "shop3", t(22))
    // The events of units in which a cheese once was count while it is inside.
    h.forward(
      "cheese#1", reaches: ["U1", "U3", "U4"],
      path: [
        make, case1, pallet, ship, receive, offPallet, outOfCase, repack, ship4, receive4,
      ])
    h.forward(
      "cheese#2", reaches: ["U1", "U3"],
      path: [
        make, case1, pallet, ship, receive, offPallet, outOfCase, ship1, receive1,
      ])
    h.forward(
      "U3", reaches: ["U1", "U2", "cheese#1", "cheese#2", "cheese#3", "U4"],
      path: [
        case1, case2, pallet, ship, receive, offPallet, outOfCase, repack, ship1, ship4, ship3,
        receive1, receive4, receive3,
      ],
      mention: [make])
    h.backward(
      "U4", reaches: ["cheese#1", "milk.1"],
      path: [
        make, case1, pallet, ship, receive, offPallet, outOfCase, repack, ship4, receive4,
      ])
    return h
  }

  /// Packed without a record, observed in the unit on receipt: inside from an unknown time.
  static func observeAsReceipt() -> HandHistory {
    var h = HandHistory("OBSERVE as receipt")
    let make = h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    let ship = h.builder.ship("U1", from: "dairy", t(4))
    let observe = h.builder.observe(["cheese.1"], in: "U1", at: "shop", t(9))
    h.forward("milk.1", reaches: ["cheese.1", "U1"], path: [make, ship, observe])
    h.backward("U1", reaches: ["cheese.1", "milk.1"], path: [make, ship, observe])
    return h
  }

  /// A crate that is filled at another farm without having been unpacked on record.
  static func reusedUnit() -> HandHistory {
    var h = HandHistory("a reused unit never unpacked")
    let pack1 = h.builder.pack(["milk#1"], into: "R1", at: "farm1", t(1))
    let ship1 = h.builder.ship("R1", from: "farm1", t(2))
    let receive1 = h.builder.receive("R1", at: "shop1", t(5))
    let back = h.builder.see("R1", at: "farm2", t(20))
    let pack2 = h.builder.pack(["milk#2"], into: "R1", at: "farm2", t(22))
    let ship2 = h.builder.ship("R1", from: "farm2", t(23))
    let receive2 = h.builder.receive("R1", at: "kitchen", t(26))
    let soup = h.builder.transform(["R1"], to: ["soup.1"], at: "kitchen", t(28))
    let all = [pack1, ship1, receive1, back, pack2, ship2, receive2, soup]
    // The first contents are taken as gone when the crate is filled again: no soup of milk 1.
    h.forward(
      "milk#1", reaches: ["R1"], path: [pack1, ship1, receive1, back, pack2])
    h.forward("milk#2", reaches: ["R1", "soup.1"], path: [pack2, ship2, receive2, soup])
    // The crate's year with the first contents is no part of the answer.
    h.backward("soup.1", reaches: ["R1", "milk#2"], path: [pack2, ship2, receive2, soup])
    h.backward("R1", reaches: ["milk#1", "milk#2"], path: all)
    return h
  }

  /// Lots in a unit, unpacked by quantity.
  static func classLevelContents() -> HandHistory {
    var h = HandHistory("class-level contents")
    let pack = h.builder.pack(["rice.1 10", "bean.1 5KGM"], into: "U1", at: "store", t(1))
    let receive = h.builder.receive("U1", at: "kitchen", t(2))
    let some = h.builder.unpack(["rice.1 4"], from: "U1", at: "kitchen", t(3))
    let first = h.builder.transform(["U1"], to: ["meal.1"], at: "kitchen", t(5))
    let rest = h.builder.unpack(["rice.1 6"], from: "U1", at: "kitchen", t(6))
    let second = h.builder.transform(["U1"], to: ["meal.2"], at: "kitchen", t(8))
    let all = [pack, receive, some, first, rest, second]
    h.forward(
      "rice.1", reaches: ["U1", "meal.1"], path: [pack, receive, some, first, rest])
    h.forward("bean.1", reaches: ["U1", "meal.1", "meal.2"], path: all)
    h.backward("meal.2", reaches: ["U1", "bean.1"], path: all)
    h.backward(
      "meal.1", reaches: ["U1", "rice.1", "bean.1"], path: [pack, receive, some, first],
      mention: [rest, second])
    return h
  }

  /// Goods packed together do not infect each other.
  static func coPacked() -> HandHistory {
    var h = HandHistory("a co-packed innocent lot")
    let cheese = h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    let ham = h.builder.transform(["pork.1"], to: ["ham.1"], at: "dairy", t(2))
    let pack = h.builder.pack(["cheese.1", "ham.1"], into: "U1", at: "dairy", t(3))
    let ship = h.builder.ship("U1", from: "dairy", t(4))
    let unpack = h.builder.unpack(from: "U1", at: "shop", t(8))
    let sandwich = h.builder.transform(["ham.1"], to: ["sandwich.1"], at: "shop", t(9))
    let toast = h.builder.transform(["cheese.1"], to: ["toast.1"], at: "shop", t(10))
    h.forward(
      "milk.1", reaches: ["cheese.1", "U1", "toast.1"], path: [cheese, pack, ship, unpack, toast])
    h.backward(
      "sandwich.1", reaches: ["ham.1", "pork.1"], path: [ham, pack, ship, unpack, sandwich])
    return h
  }

  /// A crate and a logger that are shared link nothing.
  static func sharedCrate() -> HandHistory {
    var h = HandHistory("a shared crate and logger")
    let make = h.builder.transform(["milk.1"], to: ["cheese.1"], at: "dairy", t(1))
    let pack1 = h.builder.pack(["cheese.1 5"], into: "R1", at: "dairy", t(3))
    let log1 = h.builder.associate(["V9"], with: "R1", at: "dairy", t(4))
    let unpack1 = h.builder.unpack(from: "R1", at: "shop1", t(6))
    let pack2 = h.builder.pack(["ham.1"], into: "R1", at: "butcher", t(10))
    let log2 = h.builder.associate(["V9"], with: "R1", at: "butcher", t(11))
    let unpack2 = h.builder.unpack(from: "R1", at: "shop2", t(15))
    h.forward("milk.1", reaches: ["cheese.1", "R1"], path: [make, pack1, log1, unpack1])
    h.forward("ham.1", reaches: ["R1"], path: [pack2, log2, unpack2])
    h.forward("V9", path: [log1, log2])
    h.backward("V9", path: [log1, log2])
    return h
  }

  /// What was unpacked in another measure than it was packed in may still be inside.
  static func unlikeMeasures() -> HandHistory {
    var h = HandHistory("unknown unit of measure")
    var keys: [String: [EventKey]] = [:]
    for (name, packed, unpacked) in [
      ("1", "oil.1 10KGM", "oil.1 10LTR"), ("2", "oil.2 10KGM", "oil.2"),
      ("3", "oil.3", "oil.3"), ("4", "oil.4 10", "oil.4 10"), ("5", "oil.5", "oil.5 10KGM"),
    ] {
      keys[name] = [
        h.builder.pack([packed], into: "U\(name)", at: "press", t(1)),
        h.builder.unpack([unpacked], from: "U\(name)", at: "press", t(3)),
        h.builder.transform(["U\(name)"], to: ["mayo.\(name)"], at: "press", t(5)),
      ]
    }
    for name in ["1", "2", "5"] {
      h.forward("oil.\(name)", reaches: ["U\(name)", "mayo.\(name)"], path: keys[name] ?? [])
    }
    for name in ["3", "4"] {
      h.forward(
        "oil.\(name)", reaches: ["U\(name)"], path: (keys[name] ?? []).dropLast())
      h.backward("mayo.\(name)", reaches: ["U\(name)"], path: keys[name] ?? [])
    }
    return h
  }

  /// A unit whose contents nobody recorded.
  static func unitNeverPacked() -> HandHistory {
    var h = HandHistory("unknown unit")
    let receive = h.builder.receive("U1", at: "kitchen", t(1))
    let cook = h.builder.transform(["U1"], to: ["soup.1"], at: "kitchen", t(5))
    h.forward("U1", reaches: ["soup.1"], path: [receive, cook])
    h.backward("soup.1", reaches: ["U1"], path: [receive, cook])
    return h
  }

  /// A unit that is used before anything is on record as inside: its first contents count.
  static func usedBeforePacking() -> HandHistory {
    var h = HandHistory("a unit used before it was packed")
    let soup = h.builder.transform(["U1"], to: ["soup.1"], at: "kitchen", t(1))
    let pack = h.builder.pack(["carrot.1"], into: "U1", at: "kitchen", t(5))
    let empty = h.builder.unpack(from: "U1", at: "kitchen", t(6))
    let again = h.builder.pack(["leek.1"], into: "U1", at: "kitchen", t(7))
    h.forward(
      "carrot.1", reaches: ["U1", "soup.1"], possible: ["soup.1"], path: [soup, pack, empty])
    h.forward("leek.1", reaches: ["U1"], path: [again])
    // Nothing of the unit in the kitchen comes before the soup: a late clerk.
    h.backward(
      "soup.1", reaches: ["U1", "carrot.1"], possible: ["carrot.1"],
      path: [soup, pack, empty])
    return h
  }

  /// A transformation that names a pallet as its output: its next contents leave with it, through
  /// any depth, and those before do not.
  static func unitAsOutput() -> HandHistory {
    var h = HandHistory("a unit as output")
    _ = h.builder.pack(["cheese#1"], into: "U1", at: "dairy", t(1))
    _ = h.builder.unpack(from: "U1", at: "dairy", t(2))
    let box = h.builder.pack(["cheese#3"], into: "U2", at: "dairy", t(3))
    let make = h.builder.transform(["milk.1"], to: ["U1"], at: "dairy", t(5))
    let pack = h.builder.pack(["cheese#2", "U2"], into: "U1", at: "dairy", t(6))
    let ship = h.builder.ship("U1", from: "dairy", t(8))
    // Cheese 3 leaves with the pallet, after it was put into its box: that link is contradicted and
    // therefore followed, so its event is path.
    h.forward(
      "milk.1", reaches: ["U1", "U2", "cheese#2", "cheese#3"], path: [make, box, pack, ship])
    h.backward("cheese#2", reaches: ["U1", "milk.1"], path: [make, pack, ship])
    return h
  }
}
