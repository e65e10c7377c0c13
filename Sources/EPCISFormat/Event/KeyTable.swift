/// The member names that an object of the standard can have, for a search without hashing.
///
/// Names are grouped by length and compared as up to four words of eight bytes. A table is made
/// once and lives as long as the process.
struct KeyTable: @unchecked Sendable {
  private struct Entry {
    var words: (UInt64, UInt64, UInt64, UInt64)
    var number: UInt8
  }

  /// What stands for "not of the standard".
  static let unknown: UInt8 = 0xFF
  private static let longest = 32

  private let entries: UnsafeMutablePointer<Entry>
  /// For each length, where its entries begin; one more marks the end.
  private let starts: UnsafeMutablePointer<UInt8>
  /// Names as spelled in the standard, by number; of several spellings the first.
  let names: [String]
  private let spellings: [(String, UInt8)]

  /// A table of names; the position of a name is its number. `aliases` are further spellings.
  init(_ names: [String], aliases: [String: String] = [:]) {
    self.names = names
    var all = names.enumerated().map { ($1, UInt8($0)) }
    for (alias, name) in aliases {
      if let number = names.firstIndex(of: name) { all.append((alias, UInt8(number))) }
    }
    all.sort { $0.0.utf8.count < $1.0.utf8.count }
    spellings = all
    entries = .allocate(capacity: max(1, all.count))
    starts = .allocate(capacity: Self.longest + 2)
    starts.initialize(repeating: 0, count: Self.longest + 2)
    for (index, (name, number)) in all.enumerated() {
      let padded = Array(name.utf8) + [UInt8](repeating: 0, count: Self.longest)
      let words = padded.withUnsafeBufferPointer { bytes in
        Self.words(UnsafeBufferPointer(rebasing: bytes[..<name.utf8.count]))
      }
      (entries + index).initialize(to: Entry(words: words, number: number))
      for length in (name.utf8.count + 1)...(Self.longest + 1) { starts[length] = UInt8(index + 1) }
    }
  }

  /// The number of a name, or `unknown`. Behind the name at least 32 bytes must be readable, as
  /// they are in a tape's strings.
  @inline(__always)
  func number(of name: UnsafeBufferPointer<UInt8>) -> UInt8 {
    guard name.count <= Self.longest, name.count > 0 else { return Self.unknown }
    var index = Int(starts[name.count])
    let end = Int(starts[name.count &+ 1])
    guard index < end else { return Self.unknown }
    let words = Self.words(name)
    while index < end {
      if entries[index].words == words { return entries[index].number }
      index &+= 1
    }
    return Self.unknown
  }

  @inline(__always)
  private static func words(
    _ name: UnsafeBufferPointer<UInt8>
  ) -> (UInt64, UInt64, UInt64, UInt64) {
    let count = name.count
    guard let base = UnsafeRawPointer(name.baseAddress) else { return (0, 0, 0, 0) }
    return (
      word(base, 0, count), word(base, 8, count), word(base, 16, count), word(base, 24, count)
    )
  }

  @inline(__always)
  private static func word(_ base: UnsafeRawPointer, _ offset: Int, _ count: Int) -> UInt64 {
    guard count > offset else { return 0 }
    let all = UInt64(littleEndian: (base + offset).loadUnaligned(as: UInt64.self))
    let bytes = count &- offset
    return bytes >= 8 ? all : all & (1 &<< UInt64(truncatingIfNeeded: 8 &* bytes) &- 1)
  }

  /// The standard's spelling of a name that differs from it by case alone.
  func misspelled(_ name: UnsafeBufferPointer<UInt8>) -> String? {
    for (spelling, _) in spellings where spelling.utf8.count == name.count {
      if zip(spelling.utf8, name).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) { return spelling }
    }
    return nil
  }
}
