import Traceability

extension EventReader {
  /// References taken from one ILMD; more would be no hints.
  private static let referenceLimit = 64
  /// A lot code has at most 20 characters (AI 10); systems of one's own may have longer ones.
  private static let lotNumberLimit = 256

  /// `ilmd`: instance and lot master data, with the lot number and items that its values name.
  mutating func readMasterData(_ object: Int) {
    guard isObject(object) else { return }
    writeValue(object)
    var member = object + 1
    let end = tape.end(object)
    while member < end {
      if Self.isLotNumber(tape.string(member)) { readLotNumber(member + 1) }
      member = tape.after(member + 1)
    }
    // The tape holds all values of the object, at any depth, one after the other; keys are no
    // identifiers of GS1, and a key that is one harms nobody as a hint.
    var index = object + 1
    while index < end, links.references.count < Self.referenceLimit {
      let kind = tape.kind(index)
      if kind == JSONTape.Kind.string { readReference(tape.string(index)) }
      index += tape.isNumber(index) ? 2 : 1
    }
  }

  /// Whether a name, in any spelling, is the CBV's `lotNumber` or the web vocabulary's like.
  private static func isLotNumber(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    var start = name.count
    while start > 0 {
      let byte = name[start - 1]
      if byte == UInt8(ascii: ":") || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "/") {
        break
      }
      start -= 1
    }
    let local = name.from(start)
    return local.equals("lotNumber") || local.equals("hasBatchLotNumber")
      || local.equals("batchLotNumber")
  }

  private mutating func readLotNumber(_ index: Int) {
    let text: UnsafeBufferPointer<UInt8>
    switch tape.kind(index) {
    case JSONTape.Kind.string: text = tape.string(index)
    case JSONTape.Kind.integer, JSONTape.Kind.unsigned: text = tape.number(index)
    default: return
    }
    guard lotNumber == nil, !text.isEmpty, text.count <= Self.lotNumberLimit else { return }
    lotNumber = text
    links.lotNumber = run(text)
  }

  /// Keeps a value that names an item: a GS1 key of goods, or a URN of one's own.
  private mutating func readReference(_ text: UnsafeBufferPointer<UInt8>) {
    guard text.count > 7, text.count <= 2048, text.hasPrefix("urn:") || text.hasPrefix("http")
    else { return }
    guard !text.hasPrefix("urn:epcglobal:"), let result = try? identifiers.read(text) else {
      return
    }
    switch result.kind {
    case .site, .party, .otherKey: return
    case .other: guard text.hasPrefix("urn:") else { return }
    default: break
    }
    links.references.append(LinksBuffer.Name(uri: run(result.uri), kind: result.kind))
  }

  /// Where the event creates serialised items and its ILMD has a lot number, the items are of that
  /// lot (trace rules, section 2).
  mutating func linkSerialsToLot() {
    guard let lotNumber, links.kind == .transformation || links.action == .add else { return }
    let role: ItemRole = links.kind == .transformation ? .output : .object
    guard links.kind == .transformation || links.kind == .object else { return }
    for position in links.mentions.indices {
      let mention = links.mentions[position]
      guard mention.role == role, mention.item.kind == .serialised, mention.lot.isEmpty,
        let lot = lot(of: mention.item.uri, lotNumber)
      else { continue }
      links.mentions[position].lot = lot
    }
  }

  /// `…/01/{GTIN}/10/{lot}` from `…/01/{GTIN}/21/{serial}`; nil for another key.
  private mutating func lot(
    of uri: LinksBuffer.Run, _ lotNumber: UnsafeBufferPointer<UInt8>
  ) -> LinksBuffer.Run? {
    let start = Int(uri.offset)
    let keyCount = 36
    guard uri.count > keyCount else { return nil }
    let key = Array(links.text[start..<start + keyCount])
    guard key.starts(with: Array("https://id.gs1.org/01/".utf8)) else { return nil }
    let offset = links.text.count
    links.text.append(contentsOf: key)
    links.text.append(contentsOf: Array("/10/".utf8))
    for byte in lotNumber {
      let isUnreserved =
        byte &- 48 <= 9 || (byte | 0x20) &- 97 <= 25 || byte == UInt8(ascii: "-")
        || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
      if isUnreserved {
        links.text.append(byte)
      } else {
        links.text.append(UInt8(ascii: "%"))
        links.text.append(Self.hexadecimal(byte >> 4))
        links.text.append(Self.hexadecimal(byte & 15))
      }
    }
    return LinksBuffer.Run(offset: UInt32(offset), count: UInt32(links.text.count - offset))
  }

  private static func hexadecimal(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? 48 + nibble : 55 + nibble
  }
}
