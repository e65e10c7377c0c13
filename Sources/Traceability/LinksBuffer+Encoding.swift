extension LinksBuffer {
  /// The version that `encode` writes.
  public static let version: UInt8 = 1

  /// Appends the binary form.
  ///
  /// Integers are unsigned LEB128 in their shortest form, signed ones zigzag first; strings are
  /// their length and UTF-8 bytes.
  /// - Complexity: O(bytes).
  public func encode(into output: inout [UInt8]) {
    // A closure that lends memory would have all lists of this value retained.
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: encodedByteCountMax, alignment: 8)
    defer { buffer.deallocate() }
    var writer = LinksByteWriter(buffer)
    encode(&writer)
    output.append(contentsOf: writer.written)
  }

  /// No fewer bytes than the binary form has: 256 hold what an event has once, 64 and 32 what an
  /// item and another element has, beside their strings.
  private var encodedByteCountMax: Int {
    var count = 256 + Int(eventID.count) + Int(bizStep.count) + Int(disposition.count)
    count += Int(readPoint.uri.count) + Int(bizLocation.uri.count) + Int(transformationID.count)
    count += Int(lotNumber.count) + Int(declarationReason.count)
    for mention in mentions {
      count += 64 + Int(mention.item.uri.count) + Int(mention.unit.count) + Int(mention.lot.count)
    }
    count += Self.byteCountMax(sources) + Self.byteCountMax(destinations)
    count += Self.byteCountMax(bizTransactions)
    for reference in references { count += 32 + Int(reference.uri.count) }
    for id in correctiveEventIDs { count += 32 + Int(id.count) }
    return count
  }

  private static func byteCountMax(_ list: [Reference]) -> Int {
    var count = 0
    for reference in list {
      count += 32 + Int(reference.type.count) + Int(reference.name.uri.count)
    }
    return count
  }

  private func encode(_ writer: inout LinksByteWriter) {
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
    // A slice of the array would be retained and released for every string.
    text.withUnsafeBytes { text in
      let start = Int(run.offset)
      writer.counted(UnsafeRawBufferPointer(rebasing: text[start..<start + Int(run.count)]))
    }
  }

  private func name(_ name: Name, _ writer: inout LinksByteWriter) {
    string(name.uri, &writer)
    if !name.isEmpty { writer.byte(name.kind.rawValue) }
  }
}

/// Writes the primitives of the links encoding into memory that holds them.
struct LinksByteWriter {
  private let start: UnsafeMutableRawPointer
  private let end: UnsafeMutableRawPointer
  private var place: UnsafeMutableRawPointer

  /// - Parameter buffer: holds at least a byte.
  init(_ buffer: UnsafeMutableRawBufferPointer) {
    guard let start = buffer.baseAddress else { preconditionFailure("there is no memory") }
    self.start = start
    place = start
    end = start + buffer.count
  }

  /// What was written so far.
  var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: place - start) }

  @inline(__always)
  private mutating func take(_ count: Int) -> UnsafeMutableRawPointer {
    precondition(count <= end - place, "more bytes are written than were counted")
    defer { place += count }
    return place
  }

  @inline(__always)
  mutating func byte(_ value: UInt8) { take(1).storeBytes(of: value, as: UInt8.self) }

  mutating func word(_ value: UInt64) { take(8).storeBytes(of: value.bigEndian, as: UInt64.self) }

  @inline(__always)
  mutating func unsigned(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      byte(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    byte(UInt8(truncatingIfNeeded: value))
  }

  mutating func signed(_ value: Int64) {
    unsigned(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  /// A length and as many bytes.
  mutating func counted(_ bytes: UnsafeRawBufferPointer) {
    unsigned(UInt64(bytes.count))
    guard let from = bytes.baseAddress else { return }
    take(bytes.count).copyMemory(from: from, byteCount: bytes.count)
  }

  /// Microseconds as eight bytes, precision, then the zone with one added for "known".
  mutating func time(_ time: EventTime) {
    word(UInt64(bitPattern: time.microseconds))
    byte(time.precision.rawValue | (time.offsetMinutes == nil ? 2 : 0))
    if let offset = time.offsetMinutes { signed(Int64(offset)) }
  }
}
