import Traceability

/// The keys that tell items and transformations apart, out of an event's links.
extension IndexBuilder {
  /// The URI of the lot that an event says a serialised item belongs to: it is written with it, or
  /// commissioned with a lot number (trace rules, section 2).
  static func lot(ofSerial mention: LinksBuffer.Mention, _ links: LinksBuffer) -> [UInt8]? {
    guard mention.item.kind == .serialised else { return nil }
    if !mention.lot.isEmpty { return Array(links.bytes(mention.lot)) }
    guard links.kind == .object, links.action == .add, !links.lotNumber.isEmpty else { return nil }
    return lotURI(serial: mention.item, lot: links.lotNumber, links)
  }

  /// `…/01/{GTIN}/21/{serial}` with a lot number → `…/01/{GTIN}/10/{lot}`.
  private static func lotURI(
    serial: LinksBuffer.Name, lot: LinksBuffer.Run, _ links: LinksBuffer
  ) -> [UInt8]? {
    let prefix = Array("https://id.gs1.org/01/".utf8)
    let uri = links.bytes(serial.uri)
    guard uri.starts(with: prefix), uri.count > prefix.count + 14 else { return nil }
    var result = Array(uri.prefix(prefix.count + 14)) + Array("/10/".utf8)
    for byte in links.bytes(lot) { result.append(percentEncoding: byte) }
    return result
  }

  /// The URI of an item; of a class without a lot, which is an unknown lot of this one event, the
  /// class, `#` and the event.
  static func itemKey(_ name: LinksBuffer.Name, _ links: LinksBuffer) -> [UInt8] {
    var key = Array(links.bytes(name.uri))
    guard name.kind == .productClass else { return key }
    key.append(UInt8(ascii: "#"))
    if links.eventID.isEmpty {
      for byte in links.content.bytes { key.append(contentsOf: hexadecimal(byte)) }
    } else {
      key.append(contentsOf: links.bytes(links.eventID))
    }
    return key
  }

  /// Where an event happened: its read point if that is a site, else its business location
  /// (trace rules, section 6).
  static func placeName(_ links: LinksBuffer) -> LinksBuffer.Name {
    let isSite =
      !links.readPoint.isEmpty && !links.bytes(links.readPoint.uri).starts(with: "geo:".utf8)
    return isSite ? links.readPoint : links.bizLocation
  }

  /// The URI of the site that a place belongs to: of a sub-location, its GLN.
  static func siteURI(_ place: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let count = "https://id.gs1.org/414/9506000123455".utf8.count
    guard place.starts(with: "https://id.gs1.org/414/".utf8), place.count > count,
      place[(place.startIndex + count)...].starts(with: "/254/".utf8)
    else { return place }
    return place.prefix(count)
  }

  /// What tells transformations of several events apart; nil for an event that is one by itself.
  static func transformationKey(_ links: LinksBuffer, _ submitter: String) -> [UInt8]? {
    guard links.kind == .transformation, !links.transformationID.isEmpty else { return nil }
    var key = Array(links.bytes(links.transformationID))
    // An ID that is no URI counts per submitter and site (trace rules, section 5).
    if !key.contains(UInt8(ascii: ":")) {
      key.append(0)
      key.append(contentsOf: submitter.utf8)
      key.append(0)
      key.append(contentsOf: siteURI(links.bytes(placeName(links).uri)))
    }
    return key
  }
}

private func hexadecimal(_ byte: UInt8) -> [UInt8] {
  [byte >> 4, byte & 15].map { $0 < 10 ? 48 + $0 : 87 + $0 }
}
