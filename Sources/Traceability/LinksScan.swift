extension LinksBuffer {
  /// Checks that bytes are the binary form of one event: exactly what ``decode(_:)`` takes, with the
  /// same errors, and a fifth of its time, since nothing is built.
  ///
  /// - Complexity: O(bytes), without allocation unless there is something to complain about.
  public static func validate(_ bytes: UnsafeRawBufferPointer) throws(LinksError) {
    if isWellFormed(bytes) { return }
    var buffer = LinksBuffer()
    try buffer.decode(bytes)
  }

  /// Whether bytes are the binary form of one event.
  package static func isWellFormed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    LinksScan(bytes, keepingItems: nil) != nil
  }
}

/// What an event is found by, read from the binary form of its links where they are.
///
/// It walks by the grammar of `LinksBuffer.decode`, which it must follow in everything: every private
/// function tells whether what stands at its place is in order, and then stands behind it. What it
/// finds is good as long as the bytes that were read.
package struct LinksScan {
  /// An item as the event mentions it, its strings by where they are in the bytes.
  package struct Item: Sendable {
    /// The canonical URI.
    package var uri: LinksBuffer.Run
    /// What it is.
    package var kind: IdentifierKind
    /// The lot of a serialised item; empty if not given.
    package var lot = LinksBuffer.Run()
  }

  /// The kind of event.
  package private(set) var kind = EventKind.object
  /// Its action.
  package private(set) var action = EventAction.none
  /// The event's own ID; empty if it has none.
  package private(set) var eventID = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Digest of the content.
  package private(set) var content = Digest32(words: (0, 0, 0, 0))
  /// The items; none where they are not kept.
  package private(set) var items: [Item] = []
  /// The transformation number; empty if it has none.
  package private(set) var transformationID = UnsafeRawBufferPointer(start: nil, count: 0)
  /// The lot number in the ILMD; empty if it has none.
  package private(set) var lotNumber = UnsafeRawBufferPointer(start: nil, count: 0)

  private let keepsItems: Bool
  private let start: UnsafeRawPointer
  private var place: UnsafeRawPointer
  private let end: UnsafeRawPointer

  /// Reads the links of an event; nil if they are not in order.
  ///
  /// - Parameter memory: where items are put, in the place of what it holds; nil if they are not
  ///   wanted.
  /// - Complexity: O(bytes).
  package init?(_ bytes: UnsafeRawBufferPointer, keepingItems memory: consuming [Item]?) {
    guard let start = bytes.baseAddress else { return nil }
    self.start = start
    place = start
    end = start + bytes.count
    keepsItems = memory != nil
    items = memory ?? []
    items.removeAll(keepingCapacity: true)
    guard event() else { return nil }
  }

  private mutating func event() -> Bool {
    guard byte() == LinksBuffer.version, let kind: EventKind = code(),
      let action: EventAction = code(), let eventID = string(), digest(), time(),
      string() != nil, string() != nil, name(), name(), let mentions = count(atLeast: 3)
    else { return false }
    self.kind = kind
    self.action = action
    self.eventID = eventID
    for _ in 0..<mentions { guard mention() else { return false } }
    guard references(), references(), references(), let transformation = string(),
      let lotNumber = string(), let names = count(atLeast: 1)
    else { return false }
    transformationID = transformation
    self.lotNumber = lotNumber
    for _ in 0..<names { guard name() else { return false } }
    return declaration() && place == end
  }

  private mutating func digest() -> Bool {
    guard end - place >= 32 else { return false }
    func word(_ number: Int) -> UInt64 {
      UInt64(bigEndian: place.loadUnaligned(fromByteOffset: 8 * number, as: UInt64.self))
    }
    content = Digest32(words: (word(0), word(1), word(2), word(3)))
    place += 32
    return true
  }

  private mutating func declaration() -> Bool {
    guard let isDeclaration = byte(), isDeclaration <= 1 else { return false }
    guard isDeclaration == 1 else { return true }
    guard time(), string() != nil, let identifiers = count(atLeast: 1) else { return false }
    for _ in 0..<identifiers { guard string() != nil else { return false } }
    return true
  }

  private mutating func mention() -> Bool {
    guard let _: ItemRole = code(), let flags = byte(), flags < 16, let uri = nonEmptyString(),
      let kind: IdentifierKind = code()
    else { return false }
    if flags & 2 != 0 { guard amount() else { return false } }
    if flags & 4 != 0 { guard nonEmptyString() != nil else { return false } }
    var item = Item(uri: run(uri), kind: kind)
    if flags & 8 != 0 {
      guard let lot = nonEmptyString() else { return false }
      item.lot = run(lot)
    }
    if keepsItems { items.append(item) }
    return true
  }

  @inline(__always)
  private func run(_ bytes: UnsafeRawBufferPointer) -> LinksBuffer.Run {
    let offset = bytes.baseAddress.map { $0 - start } ?? 0
    return LinksBuffer.Run(
      offset: UInt32(truncatingIfNeeded: offset), count: UInt32(truncatingIfNeeded: bytes.count))
  }

  private mutating func references() -> Bool {
    guard let count = count(atLeast: 2) else { return false }
    for _ in 0..<count { guard string() != nil, name() else { return false } }
    return true
  }

  private mutating func amount() -> Bool {
    guard let mantissa = signed(), let exponent = signed(), (-1024...1024).contains(exponent) else {
      return false
    }
    let amount = DecimalNumber(mantissa: mantissa, exponent: Int16(truncatingIfNeeded: exponent))
    return amount.mantissa == mantissa && Int64(amount.exponent) == exponent
  }

  private mutating func time() -> Bool {
    guard end - place >= 9 else { return false }
    let microseconds = Int64(bigEndian: place.loadUnaligned(as: Int64.self))
    let flags = place.load(fromByteOffset: 8, as: UInt8.self)
    place += 9
    guard EventTime.encodableMicroseconds.contains(microseconds), flags <= 3 else { return false }
    guard flags & 2 == 0 else { return true }
    guard let offset = signed() else { return false }
    return (-840...840).contains(offset)
  }

  // MARK: Primitives

  @inline(__always)
  private mutating func byte() -> UInt8? {
    guard place < end else { return nil }
    defer { place += 1 }
    return place.load(as: UInt8.self)
  }

  @inline(__always)
  private mutating func code<Code: RawRepresentable<UInt8>>() -> Code? {
    byte().flatMap { Code(rawValue: $0) }
  }

  @inline(__always)
  private mutating func unsigned() -> UInt64? {
    guard let first = byte() else { return nil }
    return first < 0x80 ? UInt64(first) : rest(after: first)
  }

  /// The value of an integer of several bytes.
  private mutating func rest(after first: UInt8) -> UInt64? {
    var value = UInt64(first & 0x7F)
    var shift: UInt64 = 7
    while let next = byte() {
      if shift == 63 && next > 1 { return nil }
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return next == 0 ? nil : value }
      shift += 7
      if shift > 63 { return nil }
    }
    return nil
  }

  private mutating func signed() -> Int64? {
    guard let raw = unsigned() else { return nil }
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  @inline(__always)
  private mutating func count(atLeast size: Int) -> Int? {
    guard let count = unsigned(), count <= UInt64((end - place) / size) else { return nil }
    return Int(count)
  }

  @inline(__always)
  private mutating func string() -> UnsafeRawBufferPointer? {
    guard let count = unsigned(), count <= UInt64(end - place) else { return nil }
    defer { place += Int(count) }
    return UnsafeRawBufferPointer(start: place, count: Int(count))
  }

  @inline(__always)
  private mutating func nonEmptyString() -> UnsafeRawBufferPointer? {
    string().flatMap { $0.isEmpty ? nil : $0 }
  }

  private mutating func name() -> Bool {
    guard let uri = string() else { return false }
    guard !uri.isEmpty else { return true }
    guard let _: IdentifierKind = code() else { return false }
    return true
  }
}
