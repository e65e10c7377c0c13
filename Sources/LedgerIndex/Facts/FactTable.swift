public import ProvenanceGraph
import TransparencyLog

/// A sealed table of what the events of a stretch of the log are found by: from the hash of a key to
/// the entries that hold it.
///
/// It is derived from the ledger and disposable. Opening it reads next to nothing: each page is
/// checked when it is first read, and every number before it is used. What is damaged reads as
/// nothing: ask ``damage`` before an answer is given out. A hit may be one by chance, so whoever
/// looks something up reads the entry.
public final class FactTable: Sendable {
  /// The first entry that it covers.
  public let firstEntry: UInt64
  /// The log, and its size and root after the last entry that it covers.
  public let binding: IndexBinding
  /// How many entries the log had when the table was made: what a later one redacts may be in it.
  public let knownSize: UInt64
  /// What its hashes are seeded with.
  public let seed: UInt64

  let hasher: FactHasher
  let rows: CheckedColumn<UInt64>
  let starts: CheckedColumn<UInt32>
  private let cutColumn: CheckedColumn<UInt32>
  private let redactionColumn: CheckedColumn<UInt32>
  private let checked: CheckedRegion

  /// The entries that it covers.
  public var entries: Range<UInt64> { firstEntry..<binding.size }
  /// How many rows it has.
  public var rowCount: Int { rows.count }
  /// How many bytes it has.
  public var byteCount: Int { checked.region.bytes.count }

  /// Opens a table's file, whose pages are read as they are asked for.
  /// - Returns: nil if there is no such file.
  /// - Throws: `IndexError` if it is no table of facts, or its trailer is damaged.
  public convenience init?(path: String) throws(IndexError) {
    // There are dozens of tables, which together must not take much memory.
    guard let region = ByteRegion(paging: path, limit: 8 << 20) else { return nil }
    try self.init(region)
  }

  /// Opens a table over bytes.
  /// - Throws: `IndexError` if they are no table of facts, or the trailer is damaged.
  public init(_ region: ByteRegion) throws(IndexError) {
    typealias Trailer = FactFile.Trailer
    let end = region.bytes.count - FactFile.trailerByteCount
    guard end >= 0 else { throw IndexError("it has no trailer") }
    guard region.load(end..<region.bytes.count) else {
      throw IndexError("its trailer cannot be read")
    }
    let trailer = UnsafeRawBufferPointer(rebasing: region.bytes[end...])
    func word(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: trailer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    func half(_ offset: Int) -> UInt32 {
      UInt32(littleEndian: trailer.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    guard trailer[..<8].elementsEqual(FactFile.magic) else { throw IndexError("it has no trailer") }
    let covered = UnsafeRawBufferPointer(rebasing: trailer[..<Trailer.checksum])
    guard CRC32C.checksum(of: covered) == half(Trailer.checksum) else {
      throw IndexError("its trailer does not match its checksum")
    }
    guard half(Trailer.version) == FactFile.version else {
      throw IndexError("it has version \(half(Trailer.version))")
    }
    let counts = [Trailer.rowCount, Trailer.cutCount, Trailer.redactionCount].map {
      Int(clamping: word($0))
    }
    let originCount = Int(half(Trailer.originCount))
    let (first, size) = (word(Trailer.first), word(Trailer.size))
    guard counts.allSatisfy({ $0 <= region.bytes.count }), first <= size,
      size - first <= 1 << 32, originCount <= FactFile.originByteCountMax
    else { throw IndexError("its trailer contradicts itself") }
    let places = Self.places(counts)
    let page = CheckedRegion.pageByteCount
    let dataEnd = (places[4] + page - 1) / page * page
    let topCount = Int(clamping: word(Trailer.topCount))
    guard dataEnd <= end, topCount <= (end - dataEnd) / (page + 4),
      dataEnd + topCount * (page + 4) == end
    else { throw IndexError("its length is not what its trailer says") }
    guard region.load((end - topCount * 4)..<end) else {
      throw IndexError("its checksums cannot be read")
    }
    let top = UnsafeRawBufferPointer(rebasing: region.bytes[(end - topCount * 4)..<end])
    guard CRC32C.checksum(of: top) == half(Trailer.topChecksum),
      let checked = CheckedRegion(
        region, dataEnd: dataEnd,
        sumsOfSums: (0..<topCount).map {
          UInt32(littleEndian: top.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))
        }, checksum: FactFile.checksum),
      let rows = CheckedColumn<UInt64>(checked, places[0]..<places[1]),
      let starts = CheckedColumn<UInt32>(checked, places[1]..<places[2]),
      let cuts = CheckedColumn<UInt32>(checked, places[2]..<places[3]),
      let redactions = CheckedColumn<UInt32>(checked, places[3]..<places[4])
    else { throw IndexError("its checksums do not match their checksum") }
    self.checked = checked
    self.rows = rows
    self.starts = starts
    cutColumn = cuts
    redactionColumn = redactions
    firstEntry = first
    knownSize = word(Trailer.knownSize)
    seed = word(Trailer.seed)
    hasher = FactHasher(seed: word(Trailer.seed))
    binding = IndexBinding(
      origin: String(
        decoding: trailer[Trailer.origin..<Trailer.origin + originCount], as: UTF8.self),
      size: size, root: Array(trailer[Trailer.root..<Trailer.root + 32]))
  }

  /// Where rows, buckets, cuts and redactions begin, and where the last end.
  private static func places(_ counts: [Int]) -> [Int] {
    let rows = counts[0] * 8
    let starts = rows + (FactHash.bucketCount + 1) * 4
    let cuts = starts + counts[1] * 4
    return [0, rows, starts, cuts, cuts + counts[2] * 4]
  }

  /// What is wrong with the bytes that were read so far; nil while all of them are sound.
  public var damage: IndexError? {
    checked.damage.map { IndexError("the page at byte \($0) does not match its checksum") }
  }

  /// Reads and checks every byte.
  /// - Throws: `IndexError` if any is damaged.
  /// - Complexity: O(bytes).
  public func checkAll() throws(IndexError) {
    checked.checkAll()
    if let damage { throw damage }
  }

  /// The entries under a hash, ascending.
  /// - Complexity: O(log log rows) expected, and the entries.
  func entries(_ hash: UInt64) -> [UInt64] {
    let bucket = bucket(FactHash.bucket(hash))
    let fragment = FactHash.fragment(hash)
    var row = firstRow(in: bucket, from: fragment)
    var found: [UInt64] = []
    while row < bucket.upperBound, rows[row] >> 32 == UInt64(fragment) {
      guard let entry = entry(UInt32(truncatingIfNeeded: rows[row])) else {
        rows.refuse(row)
        return []
      }
      found.append(entry)
      row += 1
    }
    return found
  }

  /// The rows of a bucket.
  func bucket(_ number: Int) -> Range<Int> {
    let lower = Int(starts[number])
    let upper = Int(starts[number + 1])
    guard lower <= upper, upper <= rows.count else {
      starts.refuse(number)
      return 0..<0
    }
    return lower..<upper
  }

  /// The first row of a bucket whose fragment is not below one: guessed, since hashes spread evenly,
  /// then closed in on.
  private func firstRow(in bucket: Range<Int>, from fragment: UInt32) -> Int {
    let count = UInt64(bucket.count)
    var lower = bucket.lowerBound
    var upper = bucket.upperBound
    var probe = lower + Int(truncatingIfNeeded: (count &* UInt64(fragment)) >> 32)
    var step = 4
    while lower < upper {
      if rows[probe] >> 32 < UInt64(fragment) {
        lower = probe + 1
        probe = min(lower + step, upper) - 1
      } else {
        upper = probe
        probe = max(upper - step, lower)
      }
      step *= 2
      if step > upper - lower { probe = (lower + upper) / 2 }
    }
    return lower
  }

  private func entry(_ offset: UInt32) -> UInt64? {
    UInt64(offset) < binding.size - firstEntry ? firstEntry + UInt64(offset) : nil
  }

  /// Entries of events and captures whose links were destroyed before the table was made, ascending.
  public func cuts() -> [UInt64] { list(cutColumn) }

  /// Entries of redactions, ascending.
  public func redactions() -> [UInt64] { list(redactionColumn) }

  private func list(_ column: CheckedColumn<UInt32>) -> [UInt64] {
    var found: [UInt64] = []
    for row in 0..<column.count {
      guard let entry = entry(column[row]), found.last.map({ $0 < entry }) ?? true else {
        column.refuse(row)
        return []
      }
      found.append(entry)
    }
    return found
  }
}
