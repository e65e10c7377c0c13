/// A file as a crash sees it: what is durable, and what was done since the last sync.
public struct SimulatedInode: Sendable {
  /// Something done to a file that is not durable yet.
  public enum Change: Sendable {
    /// Bytes were written at an offset.
    case write(offset: Int, bytes: [UInt8])
    /// The size was set.
    case truncate(size: Int)
  }

  /// What readers see.
  public internal(set) var current: [UInt8] = []
  /// What a power cut leaves behind.
  public internal(set) var durable: [UInt8] = []
  /// What was done since the last sync, in order.
  public internal(set) var pending: [Change] = []

  internal mutating func write(_ bytes: [UInt8], at offset: Int) {
    SimulatedInode.apply(bytes[...], at: offset, to: &current)
    pending.append(.write(offset: offset, bytes: bytes))
  }

  internal mutating func truncate(to size: Int) {
    SimulatedInode.resize(&current, to: size)
    pending.append(.truncate(size: size))
  }

  internal mutating func sync() {
    for change in pending { SimulatedInode.apply(change, to: &durable) }
    pending = []
  }

  /// A sync that fails as on real systems: the size gets through, of the data some chunks, and
  /// what did not is remembered as clean, so that no later sync brings it.
  internal mutating func loseSync(_ generator: inout SeededGenerator) {
    durable = crashed(
      granularity: 512, metadata: pending.count, &generator,
      keep: { _, generator in generator.coin })
    pending = []
  }

  /// Forgets what memory holds beyond what the disk does.
  internal mutating func dropCache(from offset: Int) {
    guard pending.isEmpty, offset < current.count else { return }
    let size = current.count
    SimulatedInode.resize(&current, to: offset)
    SimulatedInode.resize(&current, to: size)
    let known = durable.dropFirst(offset).prefix(size - offset)
    SimulatedInode.apply(known, at: offset, to: &current)
  }

  /// The chunks of all pending writes: how many choices a crash has.
  public func chunkCount(granularity: Int) -> Int {
    pending.reduce(0) { count, change in
      guard case .write(let offset, let bytes) = change else { return count }
      return count + SimulatedInode.chunks(offset, bytes.count, granularity).count
    }
  }

  /// What a crash leaves behind.
  ///
  /// - Parameters:
  ///   - granularity: writes are split at multiples of this many bytes.
  ///   - metadata: so many of the pending changes count for the file's size.
  ///   - keep: whether the nth chunk reached the disk.
  internal func crashed(
    granularity: Int, metadata: Int, _ generator: inout SeededGenerator,
    keep: (Int, inout SeededGenerator) -> Bool
  ) -> [UInt8] {
    var content = durable
    var size = durable.count
    var chunk = 0
    for (place, change) in pending.enumerated() {
      switch change {
      case .truncate(let newSize):
        guard place < metadata else { continue }
        SimulatedInode.resize(&content, to: newSize)
        size = newSize
      case .write(let offset, let bytes):
        if place < metadata { size = max(size, offset + bytes.count) }
        for range in SimulatedInode.chunks(offset, bytes.count, granularity) {
          defer { chunk += 1 }
          guard keep(chunk, &generator) else { continue }
          let part = bytes[range.lowerBound - offset..<range.upperBound - offset]
          SimulatedInode.apply(part, at: range.lowerBound, to: &content)
        }
      }
    }
    SimulatedInode.resize(&content, to: size)
    return content
  }

  private static func chunks(_ offset: Int, _ count: Int, _ granularity: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var place = offset
    let end = offset + count
    while place < end {
      let next = min(end, (place / granularity + 1) * granularity)
      ranges.append(place..<next)
      place = next
    }
    return ranges
  }

  private static func apply(_ change: Change, to content: inout [UInt8]) {
    switch change {
    case .write(let offset, let bytes): apply(bytes[...], at: offset, to: &content)
    case .truncate(let size): resize(&content, to: size)
    }
  }

  private static func apply(_ bytes: ArraySlice<UInt8>, at offset: Int, to content: inout [UInt8]) {
    if content.count < offset + bytes.count { resize(&content, to: offset + bytes.count) }
    // By memory copy: in a debug build, element by element takes most of a test's time.
    content.withUnsafeMutableBytes { content in
      bytes.withUnsafeBytes { bytes in
        UnsafeMutableRawBufferPointer(rebasing: content[offset...]).copyMemory(from: bytes)
      }
    }
  }

  private static func resize(_ content: inout [UInt8], to size: Int) {
    if size < content.count {
      content.removeLast(content.count - size)
    } else if size > content.count {
      content += [UInt8](repeating: 0, count: size - content.count)
    }
  }
}

extension SeededGenerator {
  /// True half of the time.
  internal var coin: Bool {
    mutating get { next() & 1 == 1 }
  }
}
