import Traceability

extension HandHistory {
  /// A tank whose heel carries over until it is cleaned.
  static func tank() -> HandHistory {
    var h = HandHistory("a tank with heel and cleaning")
    let receive1 = h.builder.receive("milk.1", at: "dairy", t(0))
    let fill1 = h.builder.pack(["milk.1"], into: "V1", at: "dairy", t(1))
    let draw0 = h.builder.transform(["V1"], to: ["yoghurt.0"], at: "dairy", t(3))
    let receive2 = h.builder.receive("milk.2", at: "dairy", t(4))
    let fill2 = h.builder.pack(["milk.2"], into: "V1", at: "dairy", t(5))
    let draw1 = h.builder.transform(["V1"], to: ["yoghurt.1"], at: "dairy", t(8))
    let clean = h.builder.clean("V1", at: "dairy", t(20))
    let receive3 = h.builder.receive("milk.3", at: "dairy", t(23))
    let fill3 = h.builder.pack(["milk.3"], into: "V1", at: "dairy", t(24))
    let draw2 = h.builder.transform(["V1"], to: ["yoghurt.2"], at: "dairy", t(26))
    h.forward(
      "milk.1", reaches: ["V1", "yoghurt.0", "yoghurt.1"], possible: ["yoghurt.1"],
      path: [receive1, fill1, draw0, fill2, draw1, clean, fill3, draw2])
    h.forward(
      "milk.2", reaches: ["V1", "yoghurt.1"],
      path: [receive2, fill2, draw1, clean, fill3, draw2], mention: [fill1, draw0])
    h.forward(
      "milk.3", reaches: ["V1", "yoghurt.2"], path: [receive3, fill3, draw2],
      mention: [fill1, draw0, fill2, draw1, clean])
    h.backward(
      "yoghurt.1", reaches: ["V1", "milk.1", "milk.2"], possible: ["milk.1"],
      path: [receive1, fill1, draw0, receive2, fill2, draw1], mention: [clean, fill3, draw2])
    h.backward(
      "yoghurt.2", reaches: ["V1", "milk.3"],
      path: [fill1, draw0, fill2, draw1, clean, receive3, fill3, draw2])
    return h
  }

  /// A lot that lies in a tank and is used under its own number: that use draws from the tank, what
  /// was there before included. Its use elsewhere does not.
  static func tankUsedByLot() -> HandHistory {
    var h = HandHistory("a tank drawn by the lot that lies in it")
    let cow = h.builder.transform(["cow.6"], to: ["milk.6"], at: "farm", t(0))
    let fill5 = h.builder.pack(["milk.5"], into: "V1", at: "dairy", t(1))
    let fill6 = h.builder.pack(["milk.6"], into: "V1", at: "dairy", t(3))
    let away = h.builder.transform(["milk.6"], to: ["kefir.6"], at: "annexe", t(4))
    let cook = h.builder.transform(["milk.6"], to: ["yoghurt.6"], at: "dairy", t(5))
    let look = h.builder.see("milk.6", at: "dairy", t(7))
    h.forward(
      "milk.5", reaches: ["V1", "yoghurt.6"], possible: ["yoghurt.6"], path: [fill5, fill6, cook])
    // Beside what leads to the tank and the yoghurt, the dairy has only a later look at the milk: a
    // late clerk, perhaps.
    h.backward(
      "yoghurt.6", reaches: ["V1", "milk.6", "cow.6", "milk.5"],
      possible: ["V1", "milk.5"],
      path: [cow, fill5, fill6, away, cook, look])
    h.backward(
      "kefir.6", reaches: ["milk.6", "cow.6"], path: [cow, away, fill6], mention: [cook, look])
    return h
  }

  /// Two fills with no draw between were inside together; a fill whose day reaches beyond a cleaning
  /// was not certainly cleaned away.
  static func fillsTogether() -> HandHistory {
    var h = HandHistory("fills with no draw between, and cleanings that may lie elsewhere")
    let fill1 = h.builder.pack(["milk.1"], into: "V1", at: "dairy", t(1))
    let fill2 = h.builder.pack(["milk.2"], into: "V1", at: "dairy", t(2))
    let draw = h.builder.transform(["V1"], to: ["yoghurt.1"], at: "dairy", t(3))
    h.forward("milk.1", reaches: ["V1", "yoghurt.1"], path: [fill1, fill2, draw])
    h.backward("yoghurt.1", reaches: ["V1", "milk.1", "milk.2"], path: [fill1, fill2, draw])
    // The day of this fill may begin after the cleaning that lies certainly after fill 4.
    let fill3 = h.builder.pack(["milk.3"], into: "V2", at: "dairy", day(1))
    let fill4 = h.builder.pack(["milk.4"], into: "V2", at: "dairy", t(25))
    let clean = h.builder.clean("V2", at: "dairy", t(30))
    let draw2 = h.builder.transform(["V2"], to: ["yoghurt.2"], at: "dairy", t(40))
    h.backward("yoghurt.2", reaches: ["V2", "milk.3"], path: [fill3, fill4, clean, draw2])
    h.forward("milk.4", reaches: ["V2"], path: [fill3, fill4, clean, draw2])
    return h
  }

  /// A draw after cleaning, with no fill between: something was not recorded, so it is followed.
  static func noFillSinceCleaning() -> HandHistory {
    var h = HandHistory("no fill since cleaning")
    let fill = h.builder.pack(["milk.4"], into: "V2", at: "dairy", t(1))
    let clean = h.builder.clean("V2", at: "dairy", t(3), step: "tank_washing")
    let draw = h.builder.transform(["V2"], to: ["yoghurt.4"], at: "dairy", t(5))
    h.forward(
      "milk.4", reaches: ["V2", "yoghurt.4"], possible: ["yoghurt.4"], path: [fill, clean, draw])
    h.backward(
      "yoghurt.4", reaches: ["V2", "milk.4"], possible: ["milk.4"],
      path: [fill, clean, draw])
    return h
  }

  /// A vessel by master data, and a cleaning step that the caller names.
  static func declaredVessel() -> HandHistory {
    var h = HandHistory("a declared vessel and a step of one's own")
    h.builder.history.vessels = [HistoryBuilder.item("R5")]
    h.builder.history.cleaningSteps = ["urn:example:steam"]
    let fill1 = h.builder.pack(["wine.1"], into: "R5", at: "cellar", t(1))
    let steam = h.builder.clean("R5", at: "cellar", t(3), step: "urn:example:steam")
    let fill2 = h.builder.pack(["wine.2"], into: "R5", at: "cellar", t(5))
    let draw = h.builder.transform(["R5"], to: ["bottle.1"], at: "cellar", t(7))
    h.forward("wine.1", reaches: ["R5"], path: [fill1, steam, fill2, draw])
    h.forward(
      "wine.2", reaches: ["R5", "bottle.1"], path: [fill2, draw], mention: [fill1, steam])
    h.backward("bottle.1", reaches: ["R5", "wine.2"], path: [fill1, steam, fill2, draw])
    return h
  }
}
