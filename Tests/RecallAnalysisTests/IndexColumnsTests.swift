import ProvenanceGraph
import Testing

@testable import LedgerIndex

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("The columns that an index is made of")
struct IndexColumnsTests {
  @Test("A long column lies in a scratch file that leaves no name, and is copied when it is shared")
  func scratchFiles() throws {
    var path = Array("/tmp/provender-columns-XXXXXX".utf8CString)
    let folder = try #require(mkdtemp(&path).map { String(cString: $0) })
    defer { rmdir(folder) }
    let chunk = (0..<1 << 17).map { UInt64($0) }
    for scratch in [folder, folder + "/missing", nil] {
      var column = Column<UInt64>(scratch: scratch)
      // Beyond the length at which it moves to a file, and its next one.
      for _ in 0..<(ColumnMemory.leastFile >> 20) * 2 {
        chunk.withUnsafeBytes { column.append(contentsOf: $0) }
      }
      column.append(7)
      let copy = column
      column[1] = 99
      column.append(8)
      #expect(copy[1] == 1 && column[1] == 99)
      #expect(copy.count + 1 == column.count && copy[copy.count - 1] == 7)
      let isWhole = stride(from: 2, to: column.count - 2, by: 4_099).allSatisfy {
        column[$0] == UInt64($0 & ((1 << 17) - 1)) && copy[$0] == column[$0]
      }
      #expect(isWhole)
      // Both have room for more in memory that they shared.
      var other = column
      column.append(21)
      other.append(22)
      #expect(column[column.count - 1] == 21 && other[other.count - 1] == 22)
    }
    var names = 0
    if let stream = opendir(folder) {
      while readdir(stream) != nil { names += 1 }
      closedir(stream)
    }
    #expect(names == 2, "only . and .. are left")
  }

  @Test("Keys are numbered once each, whatever their bytes", arguments: [UInt64(1), 77])
  func keys(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var table = KeyTable(seed: seed)
    var plain: [[UInt8]: UInt32] = [:]
    for _ in 0..<4_000 {
      let key = (0..<Int.random(in: 0...9, using: &random)).map { _ in
        UInt8.random(in: 0...3, using: &random)
      }
      let expected = plain[key] ?? UInt32(plain.count)
      plain[key] = expected
      #expect(table.number(key) == expected)
      #expect(table.bytes(expected) == key)
    }
    #expect(table.count == plain.count)
  }

  @Test("The first row of a hash is found in few looks, and wherever the hashes lie")
  func firstRows() {
    var random = SeededGenerator(seed: 4)
    for shape in 0..<4 {
      let rows = (0..<5_000).map { row -> UInt64 in
        switch shape {
        case 0: .random(in: 0 ... .max, using: &random)
        case 1: .random(in: 0...700, using: &random)
        case 2: UInt64.max - UInt64(row % 90)
        default: row == 0 ? .max : 1 << UInt64(row % 64)
        }
      }.sorted()
      var looks = 0
      let asked = rows.shuffled(using: &random).prefix(40) + [0, 1, 350, .max, .max - 1]
      for hash in asked {
        for hash in [hash, hash &+ 1] {
          let row = LedgerIndex.firstRow(rows.count, of: hash) { row in
            looks += 1
            return rows[row]
          }
          #expect(row == rows.firstIndex { $0 >= hash } ?? rows.count)
        }
      }
      let limit = shape == 0 ? 8 : 26
      #expect(looks <= limit * asked.count * 2, "\(looks) looks in \(shape)")
    }
    #expect(LedgerIndex.firstRow(0, of: 7) { _ in 7 } == 0)
  }

  @Test("Sorting and grouping keep the order of what is equal")
  func sorting() {
    var random = SeededGenerator(seed: 5)
    for limit in [UInt64(3), 5_000, .max] {
      var keys = Column<UInt64>()
      var groups = Column<UInt32>()
      for _ in 0..<3_000 {
        keys.append(.random(in: 0...limit, using: &random))
        groups.append(.random(in: 0...40, using: &random))
      }
      let expected = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
      let order = RadixSort.order(of: keys)
      #expect(order.indices.map { Int(order[$0]) } == expected)
      let grouping = Grouping(groups, below: 37)
      for key in UInt32(0)..<37 {
        #expect(grouping[key].map { Int($0) } == groups.indices.filter { groups[$0] == key })
      }
    }
  }

  @Test("What lies on two pages is believed only if both are sound", arguments: [nil, 0, 1, 2])
  func twoPages(damaged: Int?) throws {
    let page = CheckedRegion.pageByteCount
    let data = (0..<3 * page).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    func region() throws -> CheckedRegion {
      var sums = PageSums(checksum: Self.sum)
      data.withUnsafeBytes { sums.update($0) }
      let sealed = sums.sealed()
      var bytes = data + sealed.pages
      if let damaged { bytes[damaged * page + 9] ^= 1 }
      return try #require(
        CheckedRegion(
          ByteRegion(copying: bytes), dataEnd: data.count, sumsOfSums: sealed.sumsOfSums,
          checksum: Self.sum))
    }
    let isTouched = damaged == 0 || damaged == 1
    let packedRegion = try region()
    // A number of 3 bytes lies across the end of the first page; the one before makes that page known.
    let packed = try #require(PackedColumn(packedRegion, 0..<data.count, width: 3))
    let last = page / 3
    let number = (0..<3).reduce(0) { $0 | Int(data[last * 3 + $1]) << ($1 * 8) }
    #expect((packed[last - 1] == 0) == (damaged == 0))
    #expect(packed[last] == (isTouched ? 0 : number))
    #expect((packedRegion.damage != nil) == isTouched)
    let heapRegion = try region()
    let heap = try #require(CheckedColumn<UInt8>(heapRegion, 0..<data.count))
    #expect((heap[1] == 0) == (damaged == 0))
    #expect(heap.bytes(page - 4..<page + 4).count == (isTouched ? 0 : 8))
    #expect(heap.bytes(20..<40).count == (damaged == 0 ? 0 : 20))
    #expect((heapRegion.damage != nil) == isTouched)
  }

  /// A checksum that every byte counts in.
  private static func sum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    bytes.reduce(7) { ($0 &* 31) &+ UInt32($1) }
  }

  @Test("Packed numbers of every width read as they were written; others read as nothing")
  func packedNumbers() throws {
    var random = SeededGenerator(seed: 6)
    for width in 1...8 {
      let largest = Int(truncatingIfNeeded: UInt64.max >> UInt64(65 - min(64, width * 8)))
      let numbers = (0..<1_100).map { _ in Int.random(in: 0...largest, using: &random) }
      var bytes: [UInt8] = []
      for number in numbers {
        for byte in 0..<width { bytes.append(UInt8(truncatingIfNeeded: number >> (byte * 8))) }
      }
      let region = CheckedRegion(trusting: ByteRegion(copying: bytes))
      let column = try #require(PackedColumn(region, 0..<bytes.count, width: width))
      #expect(numbers.indices.allSatisfy { column[$0] == numbers[$0] })
      #expect(region.damage == nil)
      #expect(column[-1] == 0 && column[numbers.count] == 0)
      #expect(region.damage == 0)
      #expect(PackedColumn(region, 0..<bytes.count + 1, width: width) == nil)
    }
    #expect(PackedColumn.width(upTo: 0) == 1)
    for bits in 1...64 {
      let largest = UInt64.max >> UInt64(64 - bits)
      #expect(PackedColumn.width(upTo: largest) == (bits + 7) / 8)
    }
  }
}
