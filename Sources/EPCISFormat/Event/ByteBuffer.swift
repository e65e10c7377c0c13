/// Growing bytes in memory of its own: appends of a few bytes without checks for sharing.
///
/// Its owner frees it with `deallocate`.
struct ByteBuffer {
  private(set) var base: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int = 4096) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  func deallocate() { base.deallocate() }

  var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// Empties it, keeping its memory.
  @inline(__always)
  mutating func removeAll() { count = 0 }

  /// Cuts it down to its first `newCount` bytes.
  @inline(__always)
  mutating func truncate(to newCount: Int) { count = min(count, newCount) }

  @inline(__always)
  private mutating func reserve(_ more: Int) {
    if capacity &- count < more { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    let wanted = max(2 * capacity, count + more)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
    capacity = wanted
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    reserve(1)
    base[count] = byte
    count &+= 1
  }

  @inline(__always)
  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let from = bytes.baseAddress else { return }
    reserve(bytes.count)
    (base + count).update(from: from, count: bytes.count)
    count &+= bytes.count
  }

  mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { append($0) }
  }

  mutating func append(_ text: StaticString) {
    append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends an integer's eight bytes, the highest first.
  mutating func append(word: UInt64) {
    reserve(8)
    UnsafeMutableRawPointer(base + count).storeBytes(of: word.bigEndian, as: UInt64.self)
    count &+= 8
  }

  /// Appends a length in LEB128.
  @inline(__always)
  mutating func append(length: Int) {
    reserve(10)
    var rest = UInt64(UInt(bitPattern: length))
    while rest >= 0x80 {
      base[count] = UInt8(truncatingIfNeeded: rest) | 0x80
      count &+= 1
      rest >>= 7
    }
    base[count] = UInt8(truncatingIfNeeded: rest)
    count &+= 1
  }

  /// Appends a length and as many bytes.
  @inline(__always)
  mutating func appendCounted(_ bytes: UnsafeBufferPointer<UInt8>) {
    append(length: bytes.count)
    append(bytes)
  }

  /// Replaces the bytes from `start` on by others of the same count.
  mutating func replace(from start: Int, with bytes: UnsafePointer<UInt8>) {
    (base + start).update(from: bytes, count: count - start)
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether these are the bytes of an ASCII literal.
  func equals(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && hasPrefix(text)
  }

  /// Whether they start with an ASCII literal.
  func hasPrefix(_ text: StaticString) -> Bool {
    guard count >= text.utf8CodeUnitCount else { return false }
    for i in 0..<text.utf8CodeUnitCount where self[i] != text.utf8Start[i] { return false }
    return true
  }

  /// All bytes from an index on.
  func from(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    guard index < count, let baseAddress else { return UnsafeBufferPointer(start: nil, count: 0) }
    return UnsafeBufferPointer(start: baseAddress + index, count: count - index)
  }

  /// The first bytes up to an index.
  func upTo(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: baseAddress, count: Swift.min(index, count))
  }

  /// Whether the bytes are the same.
  func equals(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for i in 0..<count where self[i] != other[i] { return false }
    return true
  }

  /// The bytes as text for messages: cut after 60 bytes, control characters replaced.
  var shown: String {
    var text = String(decoding: prefix(60), as: UTF8.self)
    text = String(
      text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : Character($0) })
    return count > 60 ? "\(text)…" : text
  }
}
