/// Where lots come into being.
extension Simulation {
  /// Lots of the same maker that enter one run at most.
  private static var inputLimit: Int { 8 }
  private static var largestQuantity: Int { 200_000 }

  /// A farm makes one to three lots and sends what has come together.
  mutating func harvest() {
    let farms = network.members(.farm)
    let farm = farms.lowerBound + random.below(farms.count)
    let lots = makeLots(1 + random.below(3), maker: farm, quantity: random.pick(120...4800))
    commission(lots, at: farm)
    network.companies[farm].stock += lots
    let company = network.companies[farm]
    guard company.stock.count >= company.need else { return }
    network.companies[farm].stock.removeAll(keepingCapacity: true)
    network.companies[farm].need = random.pick(1...5)
    let role: Role = random.below(10) < 6 ? .packer : .processor
    let customer = network.partner(of: farm, role, random: &random)
    var goods = company.stock
    if random.below(7) == 0 {
      for index in goods.indices { goods[index].quantity = max(goods[index].quantity / 2, 1) }
      let second = network.partner(of: farm, .processor, random: &random)
      if second != customer { ship(goods, from: farm, to: second) }
    }
    ship(goods, from: farm, to: customer)
  }

  /// Each ingredient maker starts a new lot once a week, which many processors order.
  mutating func renewIngredients() {
    let makers = network.members(.ingredientMaker)
    for (position, maker) in makers.enumerated() {
      let isDue =
        position >= ingredients.count || Int(day) - Int(ingredients[position].day) >= 7
      guard isDue, let lot = makeLots(1, maker: maker, quantity: 20_000).first else { continue }
      commission([lot], at: maker)
      if position < ingredients.count {
        ingredients[position] = lot
      } else {
        ingredients.append(lot)
      }
    }
  }

  /// A site that has enough on hand works.
  mutating func process(at site: Int) {
    switch network.companies[site].role {
    case .packer: pack(at: site)
    case .processor: network.companies[site].hasTank ? draw(at: site) : cook(at: site)
    case .distributor: distribute(at: site)
    case .retailer: portion(at: site)
    case .farm, .ingredientMaker: break
    }
    markReady(site)
  }

  private mutating func pack(at site: Int) {
    let inputs = take(Self.inputLimit, at: site)
    network.companies[site].need = random.pick(1...6)
    let outputs = transform(inputs, at: site, count: few())
    let role: Role = random.below(10) < 7 ? .processor : .distributor
    let customer = network.partner(of: site, role, random: &random)
    ship(outputs, from: site, to: customer)
  }

  private mutating func cook(at site: Int) {
    var inputs = take(Self.inputLimit, at: site)
    network.companies[site].need = random.pick(1...5)
    inputs += ingredient(at: site)
    var outputs = transform(inputs, at: site, count: 1 + few())
    if outputs.count > 1, random.chance(chances.rework), let kept = outputs.popLast() {
      network.companies[site].stock.append(kept)
    }
    supply(outputs, from: site)
  }

  /// Draws from a bulk tank: every lot that went in since the last cleaning may be in it.
  private mutating func draw(at site: Int) {
    let company = network.companies[site]
    let filled = company.stock.reduce(0) { $0 + Int($1.quantity) }
    network.companies[site].stock.removeAll(keepingCapacity: true)
    network.companies[site].need = tankNeed()
    let added = ingredient(at: site)
    let quantity = min(filled, Self.largestQuantity) / 4
    let outputs = makeLots(3 + random.below(6), maker: site, quantity: quantity)
    if outputs.isEmpty { return }
    if open("TransformationEvent", at: site) {
      writer.buffer.append(",\"inputEPCList\":[\"")
      writer.tank(site, urn: company.writesURN)
      writer.buffer.append("\"]")
      finishTransformation(added, outputs, at: site)
    }
    network.companies[site].drawsSinceCleaning += 1
    if network.companies[site].drawsSinceCleaning > random.below(4) { clean(at: site) }
    supply(outputs, from: site)
  }

  private mutating func distribute(at site: Int) {
    var goods: [Stock] = []
    for lot in take(Self.inputLimit, at: site) {
      if random.below(10) < 6, lotsLeft > 0 {
        goods += transform([lot], at: site, count: few())
      } else {
        goods.append(lot)
      }
    }
    network.companies[site].need = random.pick(3...8)
    if goods.isEmpty { return }
    let shops = random.pick(3...6)
    for shop in 0..<shops {
      var part: [Stock] = []
      for (position, lot) in goods.enumerated()
      where position % shops == shop || random.below(3) == 0 {
        var share = lot
        share.quantity = max(lot.quantity / UInt32(shops), 1)
        part.append(share)
      }
      ship(part, from: site, to: network.partner(of: site, .retailer, random: &random))
    }
  }

  /// A shop portions what it has for its own counter.
  private mutating func portion(at site: Int) {
    let inputs = take(2, at: site)
    network.companies[site].need = random.pick(1...2)
    _ = transform(inputs, at: site, count: 1)
  }

  /// Sends lots to one to three distributors, each an equal part.
  private mutating func supply(_ lots: [Stock], from site: Int) {
    let customers = 1 + few()
    var goods = lots
    for index in goods.indices {
      goods[index].quantity = max(goods[index].quantity / UInt32(customers), 1)
    }
    for _ in 0..<customers {
      ship(goods, from: site, to: network.partner(of: site, .distributor, random: &random))
    }
  }

  // MARK: Parts

  /// Lots that start a draw from a tank: 20 to 100, fewer in a small history.
  mutating func tankNeed() -> Int {
    let usual = random.pick(20...100)
    return min(usual, max(3, options.lots / 400))
  }

  /// One, mostly; sometimes up to four.
  private mutating func few() -> Int {
    let draw = random.below(16)
    return draw < 8 ? 1 : draw < 12 ? 2 : draw < 15 ? 3 : 4
  }

  private mutating func take(_ limit: Int, at site: Int) -> [Stock] {
    let count = min(limit, network.companies[site].stock.count)
    let taken = Array(network.companies[site].stock.prefix(count))
    network.companies[site].stock.removeFirst(count)
    return taken
  }

  /// The ingredient for a run, if it needs one and has it; a newer lot than that on the shelf is
  /// ordered.
  private mutating func ingredient(at site: Int) -> [Stock] {
    guard !ingredients.isEmpty, random.below(3) < 2 else { return [] }
    let position = random.below(ingredients.count)
    var newest = ingredients[position]
    while network.companies[site].shelf.count <= position {
      network.companies[site].shelf.append(Shelf())
    }
    let shelf = network.companies[site].shelf[position]
    if shelf.ordered != newest.serial {
      network.companies[site].shelf[position].ordered = newest.serial
      newest.quantity = 500
      ship([newest], from: Int(newest.maker), to: site)
    }
    guard var lot = shelf.lot else { return [] }
    lot.quantity = UInt32(random.pick(1...20))
    return [lot]
  }

  /// Puts an ingredient that arrived on the shelf, unless a newer lot is there.
  mutating func shelve(_ lot: Stock, at site: Int) {
    let position = Int(lot.maker) - network.members(.ingredientMaker).lowerBound
    let shelves = network.companies[site].shelf
    guard shelves.indices.contains(position) else { return }
    if let old = shelves[position].lot, old.serial > lot.serial { return }
    network.companies[site].shelf[position].lot = lot
  }

  /// One run: `inputs` become new lots of the site. Nothing happens without inputs or lots left.
  private mutating func transform(_ inputs: [Stock], at site: Int, count: Int) -> [Stock] {
    let total = inputs.reduce(0) { $0 + Int($1.quantity) }
    let yield = min(total, Self.largestQuantity) * random.pick(90...99) / 100
    if inputs.isEmpty { return [] }
    let outputs = makeLots(count, maker: site, quantity: yield / count)
    if outputs.isEmpty { return [] }
    if open("TransformationEvent", at: site) { finishTransformation(inputs, outputs, at: site) }
    return outputs
  }
}
