extension LinksBuffer {
  /// The version that `encode` writes.
  public static let version: UInt8 = 1

  /// Appends the binary form.
  ///
  /// Integers are unsigned LEB128 in their shortest form, signed ones zigzag first; strings are
  /// their length and UTF-8 bytes.
  /// - Complexity: O(bytes).
  public func encode(into output: inout [UInt8]) {
    var writer = LinksByteWriter(output: output)
    output = []
    writer.byte(Self.version)
    writer.byte(kind.rawValue)
    writer.byte(action.rawValue)
    string(eventID, &writer)
    writer.word(content.words.0)
    writer.word(content.words.1)
    writer.word(content.words.2)
    writer.word(content.words.3)
    writer.time(time)
    string(bizStep, &writer)
    string(disposition, &writer)
    name(readPoint, &writer)
    name(bizLocation, &writer)
    writer.unsigned(UInt64(mentions.count))
    for mention in mentions { encode(mention, &writer) }
    encode(sources, &writer)
    encode(destinations, &writer)
    encode(bizTransactions, &writer)
    string(transformationID, &writer)
    string(lotNumber, &writer)
    writer.unsigned(UInt64(references.count))
    for reference in references { name(reference, &writer) }
    encodeDeclaration(&writer)
    output = writer.output
  }

  private func encode(_ mention: Mention, _ writer: inout LinksByteWriter) {
    writer.byte(mention.role.rawValue)
    var flags: UInt8 = mention.isClassLevel ? 1 : 0
    if mention.amount != nil { flags |= 2 }
    if !mention.unit.isEmpty { flags |= 4 }
    if !mention.lot.isEmpty { flags |= 8 }
    writer.byte(flags)
    name(mention.item, &writer)
    if let amount = mention.amount {
      writer.signed(amount.mantissa)
      writer.signed(Int64(amount.exponent))
    }
    if !mention.unit.isEmpty { string(mention.unit, &writer) }
    if !mention.lot.isEmpty { string(mention.lot, &writer) }
  }

  private func encode(_ list: [Reference], _ writer: inout LinksByteWriter) {
    writer.unsigned(UInt64(list.count))
    for reference in list {
      string(reference.type, &writer)
      name(reference.name, &writer)
    }
  }

  private func encodeDeclaration(_ writer: inout LinksByteWriter) {
    guard let declarationTime else {
      writer.byte(0)
      return
    }
    writer.byte(1)
    writer.time(declarationTime)
    string(declarationReason, &writer)
    writer.unsigned(UInt64(correctiveEventIDs.count))
    for id in correctiveEventIDs { string(id, &writer) }
  }

  private func string(_ run: Run, _ writer: inout LinksByteWriter) {
    writer.unsigned(UInt64(run.count))
    // A slice of the array would be retained and released for every string.
    text.withUnsafeBufferPointer { text in
      let start = Int(run.offset)
      writer.output.append(
        contentsOf: UnsafeBufferPointer(rebasing: text[start..<start + Int(run.count)]))
    }
  }

  private func name(_ name: Name, _ writer: inout LinksByteWriter) {
    string(name.uri, &writer)
    if !name.isEmpty { writer.byte(name.kind.rawValue) }
  }
}

/// Writes the primitives of the links encoding.
struct LinksByteWriter {
  var output: [UInt8]

  mutating func byte(_ value: UInt8) { output.append(value) }

  mutating func word(_ value: UInt64) {
    withUnsafeBytes(of: value.bigEndian) { output.append(contentsOf: $0) }
  }

  mutating func unsigned(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      output.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    output.append(UInt8(value))
  }

  mutating func signed(_ value: Int64) {
    unsigned(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  /// Microseconds as eight bytes, precision, then the zone with one added for "known".
  mutating func time(_ time: EventTime) {
    word(UInt64(bitPattern: time.microseconds))
    byte(time.precision.rawValue | (time.offsetMinutes == nil ? 2 : 0))
    if let offset = time.offsetMinutes { signed(Int64(offset)) }
  }
}
