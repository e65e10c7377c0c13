import SystemThreads
import Testing

@testable import ProvenanceGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Regions whose pages are checked, and read, when they are asked for")
struct CheckedRegionTests {
  private static let size = CheckedRegion.pageByteCount
  private static let checksum: PageChecksum = { bytes in
    bytes.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }

  /// Some pages of random bytes, as a file with their checksums, and the checksums of these.
  private static func sealed(pages: Int) -> (data: [UInt8], file: TemporaryFile, sums: [UInt32]) {
    var random = SystemRandomNumberGenerator()
    let data = (0..<pages * size / 8).flatMap { _ in
      withUnsafeBytes(of: random.next()) { Array($0) }
    }
    var sums = PageSums(checksum: checksum)
    data.withUnsafeBytes { sums.update($0) }
    let (pages, sumsOfSums) = sums.sealed()
    let file = TemporaryFile()
    file.bytes = data + pages
    return (data, file, sumsOfSums)
  }

  private static func open(
    _ path: String, limit: Int?, pages: Int, sums: [UInt32]
  ) throws -> CheckedRegion {
    let opened =
      if let limit { ByteRegion(paging: path, limit: limit) } else { ByteRegion(mapping: path) }
    let region = try #require(opened)
    return try #require(
      CheckedRegion(region, dataEnd: pages * size, sumsOfSums: sums, checksum: checksum))
  }

  @Test(
    "Any bytes read as they were written, before and after the file is mapped in place",
    arguments: [nil, 0, 5 * 4096, 1 << 30])
  func readsWhatWasWritten(limit: Int?) throws {
    let pages = 70
    let (data, file, sums) = Self.sealed(pages: pages)
    let region = try Self.open(file.path, limit: limit, pages: pages, sums: sums)
    for _ in 0..<300 {
      let start = Int.random(in: 0..<data.count)
      let count = min(
        Bool.random() ? Int.random(in: 0...40) : Int.random(in: 0...20_000), data.count - start)
      #expect(region.bytes(start, count).elementsEqual(data[start..<start + count]))
    }
    region.checkAll()
    #expect(region.region.bytes.prefix(data.count).elementsEqual(data))
    #expect(region.damage == nil)
    #expect(region.bytes(data.count, 1).isEmpty)
  }

  @Test("Threads that ask for the same pages find the same bytes", arguments: [6 * 4096, 1 << 30])
  func threads(limit: Int) throws {
    let pages = 40
    let (data, file, sums) = Self.sealed(pages: pages)
    for _ in 0..<20 {
      let region = try Self.open(file.path, limit: limit, pages: pages, sums: sums)
      Threads.run(3) {
        for page in (0..<pages).shuffled() {
          let range = page * Self.size..<(page + 1) * Self.size
          if !region.bytes(range.lowerBound, range.count).elementsEqual(data[range]) {
            Issue.record("page \(page) reads wrong")
          }
        }
      }
      #expect(region.damage == nil)
    }
  }

  @Test("A damaged page reads as nothing and condemns the region; the others are sound")
  func damage() throws {
    let pages = 9
    let (data, file, sums) = Self.sealed(pages: pages)
    for byte in [0, 4 * Self.size + 17, data.count - 1] {
      for limit in [nil, 0, 1 << 30] {
        var bytes = file.bytes
        bytes[byte] ^= 1
        let damaged = TemporaryFile()
        damaged.bytes = bytes
        let region = try Self.open(damaged.path, limit: limit, pages: pages, sums: sums)
        for page in 0..<pages {
          let isSound = region.isSound(page * Self.size, Self.size)
          #expect(isSound == (page != byte / Self.size))
        }
        #expect(region.damage == byte / Self.size * Self.size)
      }
    }
  }

  @Test("A file that was cut after it was opened is damaged, where reading it mapped is a signal")
  func cutWhileOpen() throws {
    let pages = 12
    let (data, file, sums) = Self.sealed(pages: pages)
    let region = try Self.open(file.path, limit: 1 << 30, pages: pages, sums: sums)
    #expect(region.bytes(0, 10).elementsEqual(data[..<10]))
    truncate(file.path, off_t(Self.size * 3 / 2))
    #expect(region.bytes(10, 10).elementsEqual(data[10..<20]))
    #expect(region.bytes(Self.size * 5, 10).isEmpty)
    #expect(region.damage != nil)
  }

  @Test("What is no plain file is not opened; an empty file is an empty region")
  func openings() throws {
    let file = TemporaryFile()
    #expect(ByteRegion(paging: file.path) == nil)
    #expect(ByteRegion(paging: "/tmp") == nil)
    file.bytes = []
    #expect(try #require(ByteRegion(paging: file.path)).bytes.isEmpty)
    unlink(file.path)
    mkfifo(file.path, 0o600)
    #expect(ByteRegion(paging: file.path) == nil)
  }
}
