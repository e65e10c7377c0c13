extension Links {
  /// The links that a buffer holds, as a value.
  public init(_ buffer: LinksBuffer) {
    self.init(
      content: buffer.content, kind: buffer.kind, action: buffer.action, time: buffer.time)
    eventID = buffer.string(buffer.eventID)
    bizStep = buffer.string(buffer.bizStep)
    disposition = buffer.string(buffer.disposition)
    readPoint = buffer.identifier(buffer.readPoint)
    bizLocation = buffer.identifier(buffer.bizLocation)
    items = buffer.mentions.map { mention in
      ItemMention(
        item: buffer.identifier(mention.item) ?? Identifier(canonical: "", kind: .other),
        role: mention.role, isClassLevel: mention.isClassLevel,
        quantity: mention.amount.map {
          Quantity(
            value: $0, unit: mention.unit.isEmpty ? nil : buffer.string(mention.unit))
        },
        lot: buffer.identifier(LinksBuffer.Name(uri: mention.lot, kind: .lot)))
    }
    sources = buffer.typedReferences(buffer.sources)
    destinations = buffer.typedReferences(buffer.destinations)
    bizTransactions = buffer.typedReferences(buffer.bizTransactions)
    transformationID = buffer.string(buffer.transformationID)
    lotNumber = buffer.string(buffer.lotNumber)
    references = buffer.references.compactMap(buffer.identifier)
    errorDeclaration = buffer.declarationTime.map { time in
      ErrorDeclaration(
        time: time, reason: buffer.string(buffer.declarationReason),
        correctiveEventIDs: buffer.correctiveEventIDs.map(buffer.string))
    }
  }

  /// Reads the binary form.
  public init(decoding bytes: some Collection<UInt8>) throws(LinksError) {
    var buffer = LinksBuffer()
    try unsafe(Array(bytes), &buffer)
    self.init(buffer)
  }

  /// The binary form.
  public var encoded: [UInt8] {
    var output: [UInt8] = []
    LinksBuffer(self).encode(into: &output)
    return output
  }
}

/// `withUnsafeBytes` with a typed error.
private func unsafe(_ bytes: [UInt8], _ buffer: inout LinksBuffer) throws(LinksError) {
  var caught: LinksError?
  bytes.withUnsafeBytes { raw in
    do throws(LinksError) {
      try buffer.decode(raw)
    } catch {
      caught = error
    }
  }
  if let caught { throw caught }
}

extension LinksBuffer {
  /// A buffer that holds these links.
  public init(_ links: Links) {
    self.init()
    eventID = run(links.eventID.utf8)
    content = links.content
    kind = links.kind
    action = links.action
    time = links.time
    bizStep = run(links.bizStep.utf8)
    disposition = run(links.disposition.utf8)
    readPoint = name(links.readPoint)
    bizLocation = name(links.bizLocation)
    for item in links.items {
      var mention = Mention(
        item: name(item.item), role: item.role, isClassLevel: item.isClassLevel)
      mention.amount = item.quantity?.value
      if let unit = item.quantity?.unit { mention.unit = run(unit.utf8) }
      if let lot = item.lot { mention.lot = run(lot.uri.utf8) }
      mentions.append(mention)
    }
    sources = links.sources.map { reference($0) }
    destinations = links.destinations.map { reference($0) }
    bizTransactions = links.bizTransactions.map { reference($0) }
    transformationID = run(links.transformationID.utf8)
    lotNumber = run(links.lotNumber.utf8)
    references = links.references.map { name($0) }
    if let declaration = links.errorDeclaration {
      declarationTime = declaration.time
      declarationReason = run(declaration.reason.utf8)
      correctiveEventIDs = declaration.correctiveEventIDs.map { run($0.utf8) }
    }
  }

  private mutating func name(_ identifier: Identifier?) -> Name {
    guard let identifier else { return Name() }
    return Name(uri: run(identifier.uri.utf8), kind: identifier.kind)
  }

  private mutating func reference(_ reference: TypedReference) -> Reference {
    Reference(type: run(reference.type.utf8), name: name(reference.identifier))
  }

  func identifier(_ name: Name) -> Identifier? {
    name.isEmpty ? nil : Identifier(canonical: string(name.uri), kind: name.kind)
  }

  func typedReferences(_ list: [Reference]) -> [TypedReference] {
    list.compactMap { reference in
      identifier(reference.name).map {
        TypedReference(type: string(reference.type), identifier: $0)
      }
    }
  }
}
