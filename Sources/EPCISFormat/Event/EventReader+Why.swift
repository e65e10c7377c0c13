import Traceability

extension EventReader {
  /// The event's kind, from `type` in any of its spellings.
  mutating func readKind() -> EventKind? {
    field = .type
    defer { field = nil }
    let index = slot(0, EventField.type.rawValue)
    guard index >= 0 else {
      refuse("the event's type is missing", "add \"type\": \"ObjectEvent\" or another event type")
      return nil
    }
    guard var text = string(index) else { return nil }
    if text.hasPrefix("epcis:") { text = text.from(6) }
    if text.hasPrefix("https://ref.gs1.org/epcis/") { text = text.from(26) }
    if text.equals("ObjectEvent") { return .object }
    if text.equals("AggregationEvent") { return .aggregation }
    if text.equals("TransformationEvent") { return .transformation }
    if text.equals("TransactionEvent") { return .transaction }
    if text.equals("AssociationEvent") { return .association }
    if text.equals("EPCISDocument") || text.equals("EPCISQueryDocument") {
      refuse(
        "a whole document stands where an event is expected",
        "capture it as a file of its own, or put its events here")
    } else {
      refuse(
        "'\(text.shown)' is no event type",
        "write ObjectEvent, AggregationEvent, TransformationEvent, TransactionEvent or "
          + "AssociationEvent")
    }
    return nil
  }

  /// ADD, OBSERVE or DELETE.
  mutating func readAction(_ index: Int) {
    guard let text = string(index) else { return }
    if text.equals("ADD") {
      links.action = .add
    } else if text.equals("OBSERVE") {
      links.action = .observe
    } else if text.equals("DELETE") {
      links.action = .delete
    } else {
      return refuse("'\(text.shown)' is no action", "write ADD, OBSERVE or DELETE")
    }
    content.bytes.append(links.action.rawValue)
  }

  /// The event's own ID: any URI, as spelled.
  mutating func readEventID(_ index: Int) {
    guard let text = uri(index) else { return }
    content.bytes.append(ContentWriter.Tag.text)
    content.bytes.appendCounted(text)
    links.eventID = run(text)
  }

  /// A URI as spelled; nil after a refusal.
  mutating func uri(_ index: Int) -> UnsafeBufferPointer<UInt8>? {
    guard let text = string(index) else { return nil }
    guard text.count <= 2048, Self.hasScheme(text), !text.contains(0x20) else {
      refuse("'\(text.shown)' is no URI", "write one with its scheme, such as urn:uuid:…")
      return nil
    }
    return text
  }

  // MARK: Vocabulary

  /// A term of a vocabulary, in its shortest form, for the links.
  mutating func readTerm(_ index: Int, _ vocabulary: Vocabulary) -> LinksBuffer.Run {
    guard let term = term(index, vocabulary) else { return LinksBuffer.Run() }
    return run(term)
  }

  /// A term in its shortest form, written to the content: the bare word of the standard's own, the
  /// full URI of others.
  @discardableResult
  mutating func term(_ index: Int, _ vocabulary: Vocabulary) -> UnsafeBufferPointer<UInt8>? {
    guard let text = string(index) else { return nil }
    guard !text.contains(0x20) else {
      refuse(
        "'\(text.shown)' is neither a term of the vocabulary nor a URI",
        "write a term such as shipping, or a URI of your own")
      return nil
    }
    let term = shortest(text, vocabulary)
    content.bytes.append(ContentWriter.Tag.vocabulary)
    content.bytes.appendCounted(term)
    return term
  }

  private mutating func shortest(
    _ text: UnsafeBufferPointer<UInt8>, _ vocabulary: Vocabulary
  ) -> UnsafeBufferPointer<UInt8> {
    guard text.contains(UInt8(ascii: ":")) else { return text }
    if let term = vocabulary.term(text) { return term }
    let full = expanded(text)
    return vocabulary.term(full) ?? full
  }

  /// `persistentDisposition`: two unordered lists of dispositions.
  mutating func readPersistentDisposition(_ object: Int) {
    guard isObject(object) else { return }
    content.bytes.append(ContentWriter.Tag.object)
    let first = members(of: object, NestedKeys.persistentDisposition, level: 1)
    for number in [UInt8(0), 1] where slot(1, number) >= 0 {
      leaf = number == 0 ? "set" : "unset"
      content.bytes.append(ContentWriter.Tag.member)
      content.bytes.append(number)
      content.bytes.append(ContentWriter.Tag.set)
      let index = slot(1, number)
      let set = content.beginSet()
      if tape.kind(index) == JSONTape.Kind.string {
        content.beginElement()
        term(index, .disposition)
      } else if isArray(index) {
        forEach(index) { reader, index in
          reader.content.beginElement()
          reader.term(index, .disposition)
        }
      }
      content.endSet(set)
      content.bytes.append(ContentWriter.Tag.endOfMembers)
    }
    leaf = nil
    endMembers(first)
  }

  /// One text or an unordered list of texts.
  mutating func readTexts(_ index: Int) {
    content.bytes.append(ContentWriter.Tag.set)
    let set = content.beginSet()
    if tape.kind(index) == JSONTape.Kind.array {
      forEach(index) { reader, index in reader.writeText(index) }
    } else {
      writeText(index)
    }
    content.endSet(set)
    content.bytes.append(ContentWriter.Tag.endOfMembers)
  }

  private mutating func writeText(_ index: Int) {
    content.beginElement()
    guard let text = string(index) else { return }
    content.bytes.append(ContentWriter.Tag.text)
    content.bytes.appendCounted(text)
  }

  // MARK: Business transactions, sources, destinations

  /// An unordered list of identifiers with types.
  mutating func readReferences(_ array: Int, _ table: KeyTable, _ vocabulary: Vocabulary) {
    guard isArray(array) else { return }
    content.bytes.append(ContentWriter.Tag.set)
    let set = content.beginSet()
    forEach(array) { reader, index in
      reader.content.beginElement()
      reader.readReference(index, table, vocabulary)
    }
    content.endSet(set)
    content.bytes.append(ContentWriter.Tag.endOfMembers)
  }

  private mutating func readReference(
    _ object: Int, _ table: KeyTable, _ vocabulary: Vocabulary
  ) {
    guard isObject(object) else { return }
    content.bytes.append(ContentWriter.Tag.object)
    let first = members(of: object, table, level: 1)
    let (type, value) = (slot(1, 0), slot(1, 1))
    var typeRun = LinksBuffer.Run()
    if type >= 0 {
      leaf = "type"
      content.bytes.append(ContentWriter.Tag.member)
      content.bytes.append(0)
      typeRun = readTerm(type, vocabulary)
      leaf = nil
    } else if field != .bizTransactionList {
      refuse(
        "the type is missing", "say whether it is a possessing_party, owning_party or location")
    }
    if value >= 0 {
      content.bytes.append(ContentWriter.Tag.member)
      content.bytes.append(1)
      switch field {
      case .sourceList:
        leaf = "source"
        links.sources.append(LinksBuffer.Reference(type: typeRun, name: name(value)))
      case .destinationList:
        leaf = "destination"
        links.destinations.append(LinksBuffer.Reference(type: typeRun, name: name(value)))
      default:
        leaf = "bizTransaction"
        links.bizTransactions.append(LinksBuffer.Reference(type: typeRun, name: name(value)))
      }
      leaf = nil
    } else {
      refuse("\(table.names[1]) is missing", "give its identifier")
    }
    endMembers(first)
  }
}
