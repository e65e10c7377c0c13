#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes the canonical form of JSON values, for a digest by which two spellings of one content are
/// the same: key order, white space and escapes do not matter, numbers count by their exact value.
///
/// The form is injective: every value has a type byte, every run of bytes its length.
struct ContentWriter {
  /// The first byte of a value.
  enum Tag {
    static let null: UInt8 = 0x00
    static let no: UInt8 = 0x01
    static let yes: UInt8 = 0x02
    static let number: UInt8 = 0x03
    static let text: UInt8 = 0x04
    static let array: UInt8 = 0x05
    static let object: UInt8 = 0x06
    static let set: UInt8 = 0x07
    static let time: UInt8 = 0x08
    static let identifier: UInt8 = 0x09
    static let vocabulary: UInt8 = 0x0A
    /// A member of the standard; its number follows.
    static let member: UInt8 = 0x10
    /// A member whose prefix is bound: namespace and local name follow as one URI.
    static let expandedKey: UInt8 = 0x11
    /// Another member, as spelled.
    static let plainKey: UInt8 = 0x12
    /// The end of an object's standard members.
    static let endOfMembers: UInt8 = 0x1F
  }

  var bytes = ByteBuffer()
  var namespaces = NamespaceTable.standard
  /// A member that occurs twice in the object just written, as spelled.
  var duplicate: String?
  /// Where elements of unordered lists begin, of all lists that are open.
  private var marks: [Int] = []
  private var spare = ByteBuffer()
  /// The elements of the list that is being sorted.
  private var ranges: [Range<Int>] = []
  private static let shortCount = 16

  func deallocate() {
    bytes.deallocate()
    spare.deallocate()
  }

  mutating func removeAll() {
    bytes.removeAll()
    marks.removeAll(keepingCapacity: true)
    duplicate = nil
  }

  // MARK: Unordered lists

  /// Begins an unordered list; what is returned ends it.
  @inline(__always)
  func beginSet() -> Int { marks.count }

  /// Marks the beginning of an element.
  @inline(__always)
  mutating func beginElement() { marks.append(bytes.count) }

  /// Ends a list: its elements are put in the order of their bytes.
  mutating func endSet(_ first: Int) {
    sort(first)
    marks.removeLast(marks.count - first)
  }

  /// Ends the members of an object, written as elements that start with their keys, and looks for a
  /// key that occurs twice.
  mutating func endMembers(_ first: Int) {
    sort(first)
    var mark = first + 1
    while mark < marks.count {
      let key = keyCount(at: marks[mark])
      if key == keyCount(at: marks[mark - 1]), sameBytes(marks[mark], marks[mark - 1], key) {
        duplicate = spelledKey(at: marks[mark])
      }
      mark += 1
    }
    marks.removeLast(marks.count - first)
  }

  private mutating func sort(_ first: Int) {
    guard marks.count - first > 1 else { return }
    if isSorted(first) { return }
    let end = bytes.count
    let base = bytes.base
    ranges.removeAll(keepingCapacity: true)
    for mark in first..<marks.count {
      ranges.append(marks[mark]..<(mark + 1 < marks.count ? marks[mark + 1] : end))
    }
    if ranges.count > Self.shortCount {
      ranges.sort { Self.precedes(base, $0, $1) }
    } else {
      insertionSort(base)
    }
    spare.removeAll()
    for range in ranges {
      spare.append(UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
    }
    bytes.replace(from: marks[first], with: spare.base)
    // Marks are kept right for a search for equal keys.
    var position = marks[first]
    for (index, range) in ranges.enumerated() {
      marks[first + index] = position
      position += range.count
    }
  }

  /// Sorts a few ranges where they are: the library's sort allocates.
  private mutating func insertionSort(_ base: UnsafeMutablePointer<UInt8>) {
    for next in 1..<ranges.count {
      let range = ranges[next]
      var place = next
      while place > 0, Self.precedes(base, range, ranges[place - 1]) {
        ranges[place] = ranges[place - 1]
        place -= 1
      }
      ranges[place] = range
    }
  }

  private func isSorted(_ first: Int) -> Bool {
    for mark in (first + 1)..<marks.count {
      let end = mark + 1 < marks.count ? marks[mark + 1] : bytes.count
      if Self.precedes(bytes.base, marks[mark]..<end, marks[mark - 1]..<marks[mark]) {
        return false
      }
    }
    return true
  }

  private static func precedes(
    _ base: UnsafeMutablePointer<UInt8>, _ a: Range<Int>, _ b: Range<Int>
  ) -> Bool {
    let order = memcmp(base + a.lowerBound, base + b.lowerBound, min(a.count, b.count))
    return order == 0 ? a.count < b.count : order < 0
  }

  // MARK: Keys at the beginning of elements

  /// Bytes of a key: its tag, its length and its text.
  private func keyCount(at start: Int) -> Int {
    var index = start + 1
    var length = 0
    var shift = 0
    while index < bytes.count {
      let byte = bytes.base[index]
      length |= Int(byte & 0x7F) << shift
      index += 1
      shift += 7
      if byte < 0x80 { break }
    }
    return index - start + length
  }

  private func sameBytes(_ a: Int, _ b: Int, _ count: Int) -> Bool {
    for i in 0..<count where bytes.base[a + i] != bytes.base[b + i] { return false }
    return true
  }

  private func spelledKey(at start: Int) -> String {
    let key = UnsafeBufferPointer(start: bytes.base + start, count: keyCount(at: start))
    let lengthBytes = key.dropFirst().prefix { $0 >= 0x80 }.count + 1
    return key.from(1 + lengthBytes).shown
  }
}
