/// GS1 keys as Digital Links or EPC URNs. A company's prefix has nine digits: 952 and its position.
extension EventWriter {
  /// `readPoint` and `bizLocation`, where the goods are afterwards.
  mutating func places(_ company: Int, urn: Bool, staysThere: Bool) {
    buffer.append(",\"readPoint\":{\"id\":\"")
    site(company, urn: urn)
    if staysThere {
      buffer.append("\"},\"bizLocation\":{\"id\":\"")
      site(company, urn: urn)
    }
    buffer.append("\"}")
  }

  /// A despatch advice, where the goods come from (a receipt) or where they go (a shipment).
  mutating func route(_ delivery: Delivery, isReceipt: Bool, urn: Bool) {
    buffer.append(
      ",\"bizTransactionList\":[{\"type\":\"desadv\",\"bizTransaction\":\"urn:epcglobal:cbv:bt:")
    buffer.append(Self.gln(delivery.from, location: 1), width: 13)
    buffer.append(":DA")
    buffer.append(number: UInt64(delivery.despatch))
    if isReceipt {
      buffer.append("\"}],\"sourceList\":[{\"type\":\"location\",\"source\":\"")
      site(delivery.from, urn: urn)
    } else {
      buffer.append("\"}],\"destinationList\":[{\"type\":\"owning_party\",\"destination\":\"")
      party(delivery.to, urn: urn)
      buffer.append("\"},{\"type\":\"location\",\"destination\":\"")
      site(delivery.to, urn: urn)
    }
    buffer.append("\"}]")
  }

  mutating func site(_ company: Int, urn: Bool) {
    if urn {
      buffer.append("urn:epc:id:sgln:")
      buffer.append(Self.prefix(company), width: 9)
      buffer.append(".001.0")
    } else {
      buffer.append("https://id.gs1.org/414/")
      buffer.append(Self.gln(company, location: 1), width: 13)
    }
  }

  mutating func party(_ company: Int, urn: Bool) {
    if urn {
      buffer.append("urn:epc:id:pgln:")
      buffer.append(Self.prefix(company), width: 9)
      buffer.append(".000")
    } else {
      buffer.append("https://id.gs1.org/417/")
      buffer.append(Self.gln(company, location: 0), width: 13)
    }
  }

  /// The SSCC of a company's unit; 10⁸ of them are distinct.
  mutating func unit(_ company: Int, serial: UInt32, urn: Bool) {
    countItem()
    let digit = UInt64(serial) / 10_000_000 % 10
    let rest = UInt64(serial) % 10_000_000
    if urn {
      buffer.append("urn:epc:id:sscc:")
      buffer.append(Self.prefix(company), width: 9)
      buffer.append(".")
      buffer.append(digit * 10_000_000 + rest, width: 8)
    } else {
      buffer.append("https://id.gs1.org/00/")
      let body = digit * 10_000_000_000_000_000 + Self.prefix(company) * 10_000_000 + rest
      buffer.append(Self.withCheckDigit(body), width: 18)
    }
  }

  /// The GIAI of a company's bulk tank.
  mutating func tank(_ company: Int, urn: Bool) {
    countItem()
    buffer.append(urn ? "urn:epc:id:giai:" : "https://id.gs1.org/8004/")
    buffer.append(Self.prefix(company), width: 9)
    buffer.append(urn ? ".TANK1" : "TANK1")
  }

  /// A quantity list of lots; `quantities` says whether amounts are given.
  mutating func lots(
    _ key: StaticString, _ lots: ArraySlice<Stock>, _ companies: [Company], urn: Bool
  ) {
    buffer.append(",\"")
    buffer.append(key)
    buffer.append("\":[")
    var isFirst = true
    for stock in lots {
      let maker = companies[Int(stock.maker)]
      buffer.append(isFirst ? "{\"epcClass\":\"" : ",{\"epcClass\":\"")
      isFirst = false
      lot(stock, style: maker.lotStyle, urn: urn)
      buffer.append("\",\"quantity\":")
      buffer.append(number: UInt64(stock.quantity))
      switch maker.measure {
      case .kilograms: buffer.append(",\"uom\":\"KGM\"}")
      case .litres: buffer.append(",\"uom\":\"LTR\"}")
      case .pieces: buffer.append("}")
      }
    }
    buffer.append("]")
  }

  mutating func lot(_ stock: Stock, style: UInt8, urn: Bool) {
    countItem()
    let maker = Int(stock.maker)
    let product = UInt64(stock.product)
    if urn {
      buffer.append("urn:epc:class:lgtin:")
      buffer.append(Self.prefix(maker), width: 9)
      buffer.append(".0")
      buffer.append(product, width: 3)
      buffer.append(".")
    } else {
      buffer.append("https://id.gs1.org/01/")
      buffer.append(Self.withCheckDigit(Self.prefix(maker) * 1000 + product), width: 14)
      buffer.append("/10/")
    }
    code(stock, style: style, separator: "%2F")
  }

  /// The lot code as printed, at most 20 characters; `separator` is how a slash is written.
  mutating func code(_ stock: Stock, style: UInt8, separator: StaticString) {
    let day = UInt64(stock.day) + 1
    let serial = UInt64(stock.serial)
    switch style {
    case 0:
      buffer.append("L25")
      buffer.append(day, width: 3)
      buffer.append("-")
      buffer.append(number: serial)
    case 1:
      buffer.append(number: 100_000 + serial)
    case 2:
      buffer.append("25")
      buffer.append(separator)
      buffer.append(day, width: 3)
      buffer.append(separator)
      buffer.append(number: serial)
    default:
      buffer.append("C")
      buffer.append(number: serial)
      buffer.append(".")
      buffer.append(day, width: 3)
    }
  }

  private static func prefix(_ company: Int) -> UInt64 {
    952_000_000 + UInt64(truncatingIfNeeded: company)
  }

  private static func gln(_ company: Int, location: UInt64) -> UInt64 {
    withCheckDigit(prefix(company) * 1000 + location)
  }

  /// The digits with their GS1 check digit behind (General Specifications, section 7.9).
  private static func withCheckDigit(_ digits: UInt64) -> UInt64 {
    var rest = digits
    var odd: UInt64 = 0
    var even: UInt64 = 0
    while rest > 0 {
      odd &+= rest % 10
      rest /= 10
      even &+= rest % 10
      rest /= 10
    }
    return digits &* 10 &+ (1000 &- odd &* 3 &- even) % 10
  }
}
