/// A growing buffer of output bytes that is reused from chunk to chunk.
///
/// It owns raw storage because a bounds-checked append for each of some forty parts of an event
/// would cost more than the simulation itself; every write reserves its room first.
struct ByteBuffer: ~Copyable {
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = max(capacity, 64)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  func withBytes<Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    try body(UnsafeBufferPointer(start: base, count: count).span)
  }

  /// A copy of the bytes from `start` on.
  func suffix(from start: Int) -> [UInt8] {
    Array(UnsafeBufferPointer(start: base + start, count: count - start))
  }

  mutating func truncate(to length: Int) { count = min(max(length, 0), count) }

  mutating func append(_ text: StaticString) {
    let length = text.utf8CodeUnitCount
    reserve(length)
    (base + count).update(from: text.utf8Start, count: length)
    count &+= length
  }

  mutating func append(_ bytes: [UInt8]) {
    reserve(bytes.count)
    bytes.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      (base + count).update(from: start, count: source.count)
    }
    count &+= bytes.count
  }

  mutating func append(byte: UInt8) {
    reserve(1)
    base[count] = byte
    count &+= 1
  }

  /// Decimal digits with leading zeros, exactly `width` of them; higher digits are dropped.
  mutating func append(_ value: UInt64, width: Int) {
    reserve(width)
    var rest = value
    var position = count &+ width
    while position > count {
      position &-= 1
      let quotient = rest / 10
      base[position] = 0x30 &+ UInt8(truncatingIfNeeded: rest &- quotient &* 10)
      rest = quotient
    }
    count &+= width
  }

  /// A decimal number without leading zeros.
  mutating func append(number value: UInt64) {
    var width = 1
    var limit: UInt64 = 10
    while width < 19, value >= limit {
      width &+= 1
      limit &*= 10
    }
    append(value, width: width)
  }

  /// Lower-case hexadecimal digits of the top `width` nibbles.
  mutating func append(hexadecimal value: UInt64, width: Int) {
    reserve(width)
    var rest = value
    for _ in 0..<width {
      let nibble = UInt8(truncatingIfNeeded: rest >> 60)
      base[count] = nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble
      count &+= 1
      rest <<= 4
    }
  }

  private mutating func reserve(_ length: Int) {
    if length > capacity &- count { grow(by: length) }
  }

  private mutating func grow(by length: Int) {
    let larger = max(capacity * 2, count + length)
    let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    fresh.moveInitialize(from: base, count: count)
    base.deallocate()
    (base, capacity) = (fresh, larger)
  }
}
