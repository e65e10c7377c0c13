package import TransparencyLog

extension UnsafeRawBufferPointer {
  /// Reads an integer stored with its highest byte first. The caller knows that it fits.
  @inline(__always)
  internal func bigEndian<T: FixedWidthInteger>(at offset: Int, as type: T.Type = T.self) -> T {
    T(bigEndian: loadUnaligned(fromByteOffset: offset, as: type))
  }

  /// Copies the digest that stands at a place. The caller knows that it fits.
  internal func hash(at offset: Int) -> Hash {
    precondition(offset >= 0 && offset + Hash.byteCount <= count, "no hash fits there")
    return baseAddress.map { Hash(loading: $0 + offset) } ?? .zero
  }

  /// A part of the buffer. The caller knows that it fits.
  @inline(__always)
  internal func part(_ offset: Int, _ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[offset..<offset + count])
  }

  /// Whether every byte is zero; eight bytes a step.
  internal var isZero: Bool { firstNonZero == nil }

  /// The offset of the first byte that is not zero; eight bytes a step.
  internal var firstNonZero: Int? {
    var place = 0
    while place &+ 8 <= count {
      if loadUnaligned(fromByteOffset: place, as: UInt64.self) != 0 { break }
      place &+= 8
    }
    while place < count {
      if self[place] != 0 { return place }
      place &+= 1
    }
    return nil
  }

  /// The offset just after the last byte that is not zero, 0 when there is none.
  package var contentEnd: Int {
    var end = count
    while end >= 8, loadUnaligned(fromByteOffset: end &- 8, as: UInt64.self) == 0 { end &-= 8 }
    while end > 0, self[end &- 1] == 0 { end &-= 1 }
    return end
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Writes an integer with its highest byte first. The caller knows that it fits.
  @inline(__always)
  internal func storeBigEndian<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
  }
}

/// Writes a payload of the ledger's own: fixed integers, and parts with their length before them.
package struct PayloadWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func append<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func append(_ hash: Hash) {
    bytes.append(contentsOf: hash.bytes)
  }

  package mutating func appendRaw(_ part: [UInt8]) {
    bytes.append(contentsOf: part)
  }

  /// Appends text of at most 65,535 bytes, its length before it in two bytes.
  package mutating func append(_ text: String, naming field: String) throws(LedgerError) {
    guard let count = UInt16(exactly: text.utf8.count) else {
      throw .invalid("the \(field) has more than 65,535 bytes")
    }
    append(count)
    bytes.append(contentsOf: text.utf8)
  }

  /// Appends bytes, their length before them in four bytes.
  package mutating func append(_ part: [UInt8], naming field: String) throws(LedgerError) {
    guard let count = UInt32(exactly: part.count) else {
      throw .invalid("the \(field) has more than 4,294,967,295 bytes")
    }
    append(count)
    bytes.append(contentsOf: part)
  }
}

/// Reads what ``PayloadWriter`` wrote; every read is `nil` when the bytes do not suffice.
package struct PayloadReader {
  private let bytes: [UInt8]
  private var place = 0

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package var isAtEnd: Bool { place == bytes.count }

  package mutating func integer<T: FixedWidthInteger>(_ type: T.Type) -> T? {
    guard let part = raw(MemoryLayout<T>.size) else { return nil }
    return part.withUnsafeBytes { $0.bigEndian(at: 0, as: type) }
  }

  package mutating func raw(_ count: Int) -> [UInt8]? {
    guard count >= 0, count <= bytes.count - place else { return nil }
    defer { place += count }
    return Array(bytes[place..<place + count])
  }

  package mutating func hash() -> Hash? {
    raw(Hash.byteCount).flatMap { Hash($0) }
  }

  /// Text that is valid UTF-8, its length before it in two bytes.
  package mutating func text() -> String? {
    guard let count = integer(UInt16.self), let part = raw(Int(count)) else { return nil }
    return String(validating: part, as: UTF8.self)
  }

  package mutating func part() -> [UInt8]? {
    guard let count = integer(UInt32.self) else { return nil }
    return raw(Int(count))
  }
}
