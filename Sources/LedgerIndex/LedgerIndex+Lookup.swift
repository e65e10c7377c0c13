import ProvenanceGraph
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
    let identifier = try? Identifier(text)
    if let identifier, let item = item(identifier.uri) { return ([item], true) }
    if let item = item(text) { return ([item], true) }
    if let identifier {
      let spelled = itemsSpelled(identifier, limit: limit)
      if !spelled.isEmpty { return (spelled, false) }
    }
    let needle = Self.value(Array(text.utf8)).map(ByteHash.lowered)
    guard !needle.isEmpty else { return ([], false) }
    var hits = itemsWithLotNumber(needle)
    hits.formUnion(itemsWithTail(needle, limit: limit))
    if !hits.isEmpty { return (withoutSerialsOfLots(hits), false) }
    return (itemsContaining(needle, limit: limit), false)
  }

  /// Items whose URI is that of an identifier but for ASCII case; of a product class, its lots and
  /// serialised items.
  func itemsSpelled(_ identifier: Identifier, limit: Int) -> [ItemNumber] {
    let uri = Array(identifier.uri.utf8).map(ByteHash.lowered)
    let hits = itemsContaining(uri, limit: limit).filter {
      items.range(Int($0.raw)).count == uri.count
    }
    guard hits.isEmpty, identifier.kind == .productClass else { return hits }
    return itemsContaining(uri + [UInt8(ascii: "/")], limit: limit)
  }

  /// The value of an element string of one application identifier, such as `(10)AB-12`; else all.
  static func value(_ text: [UInt8]) -> [UInt8] {
    guard text.first == UInt8(ascii: "("), let close = text.firstIndex(of: UInt8(ascii: ")")),
      text[1..<close].allSatisfy({ $0 >= 48 && $0 <= 57 })
    else { return text }
    return Array(text[(close + 1)...])
  }

  /// A lot stands for its serialised items: a trace of the lot follows them.
  private func withoutSerialsOfLots(_ hits: Set<ItemNumber>) -> [ItemNumber] {
    hits.filter { hit in
      guard kind(of: hit) == .serialised else { return true }
      return !nodes(of: hit).contains { node in
        graph.slots(of: node, .backward).contains { slot in
          let origin = item(ofNode: graph.edge(in: slot, of: node, .backward).from)
          return origin.map { $0 != hit && hits.contains($0) && kind(of: $0) == .lot } ?? false
        }
      }
    }.sorted()
  }

  func itemsWithLotNumber(_ needle: [UInt8]) -> Set<ItemNumber> {
    let hash = Tail.hash(needle, seed: seed)
    var hits: Set<ItemNumber> = []
    func name(_ row: Int) -> UnsafeRawBufferPointer {
      lotNumbers.bytes(Int(lotNumberItems[row * 2]))
    }
    var row = Self.firstRow(lotNumberItems.count / 2, of: hash) { Tail.hash(name($0), seed: seed) }
    while row < lotNumberItems.count / 2, Tail.hash(name(row), seed: seed) == hash {
      if Self.isEqual(name(row), needle) { hits.insert(ItemNumber(lotNumberItems[row * 2 + 1])) }
      row += 1
    }
    return hits
  }

  /// Whether bytes are a text in small letters, ASCII case ignored.
  static func isEqual(_ bytes: some Collection<UInt8>, _ needle: some Collection<UInt8>) -> Bool {
    bytes.count == needle.count && zip(bytes, needle).allSatisfy { ByteHash.lowered($0) == $1 }
  }

  /// The first row that a condition holds for, where it holds for all that follow.
  static func firstRow(_ count: Int, where holds: (Int) -> Bool) -> Int {
    var lower = 0
    var upper = count
    while lower < upper {
      let middle = (lower + upper) / 2
      if holds(middle) { upper = middle } else { lower = middle + 1 }
    }
    return lower
  }

  /// The first row whose hash is at least a given one, where rows are in order of hashes that are spread
  /// evenly: the next row to look at is taken from how far the hash lies between those of two rows, since
  /// each look costs pages that are not in memory.
  ///
  /// - Complexity: O(log log rows); O(log rows) where the hashes are not spread evenly.
  static func firstRow(_ count: Int, of hash: UInt64, hashes: (Int) -> UInt64) -> Int {
    var lower = 0
    var upper = count
    var low: UInt64 = 0
    var high = UInt64.max
    for _ in 0..<12 where lower < upper && low < hash && hash <= high {
      let part = Double(hash - low) / Double(high - low) * Double(upper - lower)
      let row = min(lower + Int(part), upper - 1)
      let found = hashes(row)
      if found >= hash {
        upper = row
        high = found
      } else {
        lower = row + 1
        low = found
      }
    }
    return lower + firstRow(upper - lower) { hashes(lower + $0) >= hash }
  }

  /// Items whose last path or URN components are the text.
  func itemsWithTail(_ needle: [UInt8], limit: Int) -> [ItemNumber] {
    needle.withUnsafeBytes { needle in
      // What ends with the text has the tail of the text.
      let hash = Tail.hash(Tail.last(in: needle), seed: seed)
      func uri(_ row: Int) -> UnsafeRawBufferPointer { items.bytes(Int(itemsByTail[row])) }
      var row = Self.firstRow(itemsByTail.count, of: hash) {
        Tail.hash(Tail.of(uri($0)), seed: seed)
      }
      var hits: [ItemNumber] = []
      while row < itemsByTail.count, hits.count < limit,
        Tail.hash(Tail.of(uri(row)), seed: seed) == hash
      {
        if Tail.ends(uri(row), with: needle) { hits.append(ItemNumber(itemsByTail[row])) }
        row += 1
      }
      return hits
    }
  }

  func itemsContaining(_ needle: [UInt8], limit: Int) -> [ItemNumber] {
    var hits: [ItemNumber] = []
    for item in 0..<items.count where hits.count < limit {
      if Self.contains(items.bytes(item), needle) { hits.append(ItemNumber(UInt32(item))) }
    }
    return hits
  }

  /// Whether bytes hold a text in small letters, ASCII case ignored.
  static func contains(_ uri: UnsafeRawBufferPointer, _ needle: [UInt8]) -> Bool {
    guard let first = needle.first, uri.count >= needle.count else { return false }
    return needle.withUnsafeBytes { needle in
      for start in 0...uri.count - needle.count where ByteHash.lowered(uri[start]) == first {
        var count = 1
        while count < needle.count, ByteHash.lowered(uri[start &+ count]) == needle[count] {
          count &+= 1
        }
        if count == needle.count { return true }
      }
      return false
    }
  }
}

/// The last component of a URI, by which people know an item: its lot code or serial number.
enum Tail {
  static func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "/") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
      || byte == UInt8(ascii: "#")
  }

  /// What follows the last separator; nothing where there is none.
  static func of(_ uri: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard let separator = uri.lastIndex(where: isSeparator) else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(rebasing: uri[(separator + 1)...])
  }

  /// What follows the last separator; all where there is none.
  static func last(in text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard let separator = text.lastIndex(where: isSeparator) else { return text }
    return UnsafeRawBufferPointer(rebasing: text[(separator + 1)...])
  }

  /// Whether a URI ends with a text in small letters, behind a separator.
  static func ends(_ uri: UnsafeRawBufferPointer, with text: some Collection<UInt8>) -> Bool {
    let start = uri.count - text.count
    guard start > 0, isSeparator(uri[start - 1]) else { return false }
    return LedgerIndex.isEqual(uri[start...], text)
  }

  /// A hash that is blind to ASCII case.
  static func hash(_ bytes: some Collection<UInt8>, seed: UInt64) -> UInt64 {
    withUnsafeTemporaryAllocation(byteCount: max(1, bytes.count), alignment: 8) { buffer in
      var count = 0
      for byte in bytes {
        buffer[count] = ByteHash.lowered(byte)
        count += 1
      }
      return ByteHash.hash(
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]), seed: seed)
    }
  }
}
