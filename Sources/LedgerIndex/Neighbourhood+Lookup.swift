import Traceability

/// What a person can mean by a text, as `LedgerIndex.lookUp` has it, in an index and what came after
/// it together.
extension Neighbourhood {
  /// The items that a text can mean. There may be more than the limit: what is collected is asked
  /// again.
  ///
  /// - Complexity: O(hits) for an identity or a code, else O(bytes of all links and item URIs).
  mutating func items(meantBy text: String, limit: Int) throws -> [Int] {
    let identifier = try? Identifier(text)
    for uri in [identifier?.uri, text].compactMap(\.self) {
      if let item = try item(uri) { return [item] }
    }
    if let identifier {
      let spelled = try items(spelled: identifier, limit: limit)
      if !spelled.isEmpty { return spelled }
    }
    let needle = LedgerIndex.value(Array(text.utf8)).map(ByteHash.lowered)
    guard !needle.isEmpty else { return [] }
    let known = try items(withCode: needle, limit: limit)
    if !known.isEmpty { return known }
    return own(base.itemsContaining(needle, limit: limit))
      + (try scan(for: needle, limit: limit))
  }

  /// The item with a URI.
  private mutating func item(_ uri: String) throws -> Int? {
    let key = Array(uri.utf8)
    if let known = base.item(uri) { return number(key, base.kind(of: known)) }
    for entry in later.entries(.item, key) {
      try load(entry)
      if let known = numbers[key] { return known }
    }
    return nil
  }

  /// Items with the code as lot number or last component, the case of ASCII letters ignored.
  mutating func items(withCode code: [UInt8], limit: Int) throws -> [Int] {
    var hits = Set(own(base.itemsWithLotNumber(code)))
    hits.formUnion(own(base.itemsWithTail(code, limit: limit)))
    for entry in later.entries(.lotNumber, code) {
      try load(entry)
      guard let event = events[entry], LedgerIndex.isEqual(event.lotNumber, code) else { continue }
      for mention in event.mentions where mention.role == .output || mention.role == .object {
        hits.insert(mention.item)
      }
    }
    var later = try laterItems(endingWith: code)
    if limit < later.count { later.removeLast(later.count - limit) }
    return hits.union(later).sorted()
  }

  /// Later items whose URI ends with a text, behind a separator, in order of the log.
  private mutating func laterItems(endingWith text: [UInt8]) throws -> [Int] {
    var hits: [Int] = []
    for entry in later.entries(.tail, text.withUnsafeBytes { Array(Tail.last(in: $0)) }) {
      try load(entry)
      for item in items(in: entry) where !hits.contains(item) {
        let uri = items[item].uri
        if uri.withUnsafeBytes({ Tail.ends($0, with: text) }) { hits.append(item) }
      }
    }
    return hits
  }

  private func items(in entry: UInt64) -> [Int] {
    guard let event = events[entry] else { return [] }
    return event.mentions.map(\.item) + event.serials.map(\.lot)
  }

  /// Items whose URI is that of an identifier but for ASCII case; of a product class, its lots and
  /// serialised items.
  private mutating func items(spelled identifier: Identifier, limit: Int) throws -> [Int] {
    let uri = Array(identifier.uri.utf8).map(ByteHash.lowered)
    let tail = uri.withUnsafeBytes { Array(Tail.of($0)) }
    var hits: [Int] = []
    for item in own(base.itemsWithTail(tail, limit: Int.max)) + (try laterItems(endingWith: tail))
    where LedgerIndex.isEqual(items[item].uri, uri) { hits.append(item) }
    guard hits.isEmpty, identifier.kind == .productClass else { return hits }
    let prefix = uri + [UInt8(ascii: "/")]
    return own(base.itemsContaining(prefix, limit: limit))
      + (try scan(for: prefix, limit: limit))
  }

  /// Later items whose URI holds a text.
  private mutating func scan(for needle: [UInt8], limit: Int) throws -> [Int] {
    var hits: [(uri: [UInt8], kind: IdentifierKind)] = []
    var known: Set<[UInt8]> = []
    var links = LinksBuffer()
    func note(_ uri: [UInt8], _ kind: IdentifierKind) {
      guard uri.withUnsafeBytes({ LedgerIndex.contains($0, needle) }) else { return }
      if known.insert(uri).inserted { hits.append((uri, kind)) }
    }
    try source.scan(from: later.firstEntry) { _, bytes in
      try links.decode(bytes)
      // Most events hold it nowhere; what is made up of two parts is looked at in full.
      let isHere = links.text.withUnsafeBytes { LedgerIndex.contains($0, needle) }
      for mention in links.mentions {
        if let lot = IndexBuilder.lot(ofSerial: mention, links) { note(lot, .lot) }
        if isHere || mention.item.kind == .productClass {
          note(IndexBuilder.itemKey(mention.item, links), mention.item.kind)
        }
      }
      return hits.count < limit
    }
    return hits.map { number($0.uri, $0.kind) }
  }

  /// Items of the index as items here.
  private mutating func own(_ items: some Collection<ItemNumber>) -> [Int] {
    items.map { number(Array(base.uri(of: $0).utf8), base.kind(of: $0)) }
  }
}
