import Traceability

extension LedgerIndex {
  /// The items that a person can mean by a text: the item with that identity, else all whose URI
  /// holds the text or whose lot number in the ILMD is it, ASCII case ignored.
  ///
  /// - Parameters:
  ///   - text: an element string, a Digital Link, a URN, any URI, or a part of one.
  ///   - limit: how many hits to give at most.
  /// - Returns: the items, and whether the text names them exactly.
  /// - Complexity: O(1) for an exact identity, else O(bytes of all item URIs).
  public func lookUp(_ text: String, limit: Int) -> (items: [ItemNumber], isExact: Bool) {
    if let exact = try? Identifier(text), let item = item(exact.uri) { return ([item], true) }
    if let item = item(text) { return ([item], true) }
    let needle = Array(text.utf8).map(Self.lowered)
    guard !needle.isEmpty else { return ([], false) }
    var hits = itemsWithLotNumber(needle)
    let tails = itemsWithTail(needle, limit: limit)
    if !tails.isEmpty || !hits.isEmpty {
      hits.formUnion(tails)
      return (hits.sorted(), false)
    }
    return (itemsContaining(needle, limit: limit), false)
  }

  private static func lowered(_ byte: UInt8) -> UInt8 {
    byte >= 65 && byte <= 90 ? byte | 0x20 : byte
  }

  private func itemsWithLotNumber(_ needle: [UInt8]) -> Set<ItemNumber> {
    var hits: Set<ItemNumber> = []
    for row in stride(from: 0, to: lotNumberItems.count, by: 2) {
      let name = lotNumbers.range(Int(lotNumberItems[row]))
      if name.count == needle.count,
        zip(name, needle).allSatisfy({ Self.lowered(lotNumbers.heap[$0]) == $1 })
      {
        hits.insert(ItemNumber(lotNumberItems[row + 1]))
      }
    }
    return hits
  }

  /// Items whose last path or URN component is the text.
  private func itemsWithTail(_ needle: [UInt8], limit: Int) -> [ItemNumber] {
    let separators = Array("/:.#".utf8)
    var hits: [ItemNumber] = []
    for item in 0..<items.count where hits.count < limit {
      let range = items.range(item)
      guard range.count > needle.count else { continue }
      let start = range.upperBound - needle.count
      guard separators.contains(items.heap[start - 1]) else { continue }
      let isTail = needle.indices.allSatisfy { Self.lowered(items.heap[start + $0]) == needle[$0] }
      if isTail { hits.append(ItemNumber(UInt32(item))) }
    }
    return hits
  }

  private func itemsContaining(_ needle: [UInt8], limit: Int) -> [ItemNumber] {
    var hits: [ItemNumber] = []
    for item in 0..<items.count where hits.count < limit {
      let range = items.range(item)
      guard range.count >= needle.count else { continue }
      let isHit = (range.lowerBound...range.upperBound - needle.count).contains { start in
        Self.lowered(items.heap[start]) == needle[0]
          && needle.indices.allSatisfy { Self.lowered(items.heap[start + $0]) == needle[$0] }
      }
      if isHit { hits.append(ItemNumber(UInt32(item))) }
    }
    return hits
  }
}
