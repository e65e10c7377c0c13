/// Lists of numbers that grow by appending, one a row, while labels are built.
///
/// A list is a chain of blocks of eight words, seven numbers and the index of the next block; the
/// first blocks lie in the order of the rows.
final class LabelLists {
  private let words: ScratchMemory<UInt32>
  private let counts: ScratchMemory<UInt32>
  private var blockCount: Int
  private let blockLimit: Int
  private static let blockSize = 8
  private static let perBlock = 7

  /// - Parameter limit: how many numbers an average row may hold before no more are taken.
  init(rows: Int, averageLimit limit: Int) {
    blockCount = rows
    blockLimit = rows * (limit / Self.perBlock + 1) + 1024
    words = ScratchMemory(count: blockLimit * Self.blockSize)
    counts = ScratchMemory(count: rows)
  }

  /// Appends a number to a row.
  /// - Returns: false if there is no more room.
  @inline(__always)
  func append(_ number: UInt32, to row: Int) -> Bool {
    let count = Int(counts.start[row])
    var block = row
    var place = count
    while place >= Self.perBlock {
      place &-= Self.perBlock
      let link = block &* Self.blockSize &+ Self.perBlock
      if words.start[link] == 0 {
        guard blockCount < blockLimit else { return false }
        words.start[link] = UInt32(truncatingIfNeeded: blockCount)
        blockCount &+= 1
      }
      block = Int(words.start[link])
    }
    words.start[block &* Self.blockSize &+ place] = number
    counts.start[row] = UInt32(truncatingIfNeeded: count &+ 1)
    return true
  }

  func count(of row: Int) -> Int { Int(counts.start[row]) }

  /// Calls with each number of a row, in the order of appending, until told to stop.
  /// - Returns: whether it was told to stop.
  @inline(__always)
  func search(_ row: Int, _ isEnd: (UInt32) -> Bool) -> Bool {
    var left = Int(counts.start[row])
    var block = row
    while left > 0 {
      let base = words.start + block &* Self.blockSize
      for place in 0..<min(left, Self.perBlock) where isEnd(base[place]) { return true }
      left &-= Self.perBlock
      block = Int(base[Self.perBlock])
    }
    return false
  }
}
