import Traceability

extension HandHistory {
  /// Equal stamps, midnight that means the whole day, and a time that contradicts the order.
  static func equalAndMidnight() -> HandHistory {
    var h = HandHistory("equal, midnight and contradictory stamps")
    let curd = h.builder.transform(["milk.1"], to: ["curd.1"], at: "dairy", t(1))
    let cheese1 = h.builder.transform(["curd.1"], to: ["cheese.1"], at: "dairy", t(1))
    let cheese2 = h.builder.transform(["curd.1"], to: ["cheese.2"], at: "dairy", t(58))
    let slice = h.builder.transform(["cheese.2"], to: ["slice.1"], at: "dairy", day(2))
    let toast = h.builder.transform(["slice.1"], to: ["toast.1"], at: "dairy", t(5))
    h.forward(
      "milk.1", reaches: ["curd.1", "cheese.1", "cheese.2", "slice.1", "toast.1"],
      possible: ["toast.1"], path: [curd, cheese1, cheese2, slice, toast])
    h.backward(
      "cheese.1", reaches: ["curd.1", "milk.1"], path: [curd, cheese1], mention: [cheese2])
    h.backward(
      "toast.1", reaches: ["slice.1", "cheese.2", "curd.1", "milk.1"],
      possible: ["cheese.2", "curd.1", "milk.1"],
      path: [curd, cheese1, cheese2, slice, toast])
    return h
  }

  /// Feed that is recorded as received after it was eaten; hay seen before it was made.
  static func lateClerk() -> HandHistory {
    var h = HandHistory("a late clerk")
    let mill = h.builder.transform(["grain.1"], to: ["feed.1"], at: "mill", t(30))
    let ship = h.builder.ship("feed.1", from: "mill", t(32))
    let eaten = h.builder.transform(["feed.1"], to: ["cow.1"], at: "farm", t(40))
    let received = h.builder.receive("feed.1", at: "farm", t(50))
    let elsewhere = h.builder.see("feed.1", at: "farm2", t(60))
    // Nothing at the farm comes before the meal: what is recorded up to the receipt counts.
    h.backward(
      "cow.1", reaches: ["feed.1", "grain.1"], path: [mill, ship, eaten, received],
      mention: [elsewhere])
    h.forward(
      "grain.1", reaches: ["feed.1", "cow.1"], path: [mill, ship, eaten, received, elsewhere])
    let hay = h.builder.transform(["grass.1"], to: ["hay.1"], at: "farm", t(90))
    let seen = h.builder.see("hay.1", at: "farm", t(80))
    h.forward("grass.1", reaches: ["hay.1"], path: [hay, seen])
    // A commissioning before the production contradicts nothing.
    let straw = h.builder.transform(["oats.1"], to: ["straw.1"], at: "farm", t(90))
    let commission = h.builder.add("straw.1", at: "farm", t(80))
    h.forward("oats.1", reaches: ["straw.1"], path: [straw], mention: [commission])
    return h
  }

  /// Days of one site written in two zones, and a time without one.
  static func twoZones() -> HandHistory {
    var h = HandHistory("two zones at one site")
    let early = h.builder.transform(["w.0"], to: ["x.1"], at: "border", t(20))
    // Hours 34 to 58, UTC.
    let west = h.builder.transform(["w.1"], to: ["x.1"], at: "border", day(1, zone: -10))
    // Hours 14 to 38.
    let east = h.builder.transform(["x.1"], to: ["y.1"], at: "border", day(1, zone: 10))
    let clock = h.builder.transform(["x.1"], to: ["z.1"], at: "border", t(30))
    // Hours 10 to 36.
    let unknown = h.builder.transform(["x.1"], to: ["v.1"], at: "border", zoneless(24))
    h.forward(
      "w.1", reaches: ["x.1", "y.1", "v.1"], path: [west, east, unknown], mention: [early, clock])
    h.forward(
      "w.0", reaches: ["x.1", "y.1", "z.1", "v.1"], path: [early, west, east, clock, unknown])
    h.backward(
      "y.1", reaches: ["x.1", "w.0", "w.1"], path: [early, west, east, clock, unknown])
    h.backward(
      "z.1", reaches: ["x.1", "w.0"], path: [early, east, clock, unknown], mention: [west])
    return h
  }
}
