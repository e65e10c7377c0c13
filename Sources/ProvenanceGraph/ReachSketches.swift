#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many nodes every node reaches, estimated from 64 bytes a node (HyperLogLog; Flajolet, Fusy,
/// Gandouet and Meunier 2007). The standard error is 13 %.
public struct ReachSketches: @unchecked Sendable {
  /// Bytes of the file.
  public let byteCount: Int
  /// How many nodes there are.
  public let nodeCount: Int

  private let region: ByteRegion
  private let registers: UnsafePointer<UInt8>

  static let registerCount = 64

  /// Maps sketches and checks them.
  /// - Parameter segment: the segment they were sealed for.
  public init(path: String, for segment: GraphSegment) throws(GraphSegmentError) {
    guard let region = ByteRegion(mapping: path) else {
      throw GraphSegmentError(.system(lastSystemError()), path: path, detail: "cannot be mapped")
    }
    let header = try SegmentFile.Header(region.bytes, path: path)
    let checker = SegmentChecker(bytes: region.bytes, header: header, path: path)
    try checker.checkSums(threads: 1) {}
    let size = segment.nodeCount * Self.registerCount
    guard header.binding.starts(with: ReachLabels.binding(to: [segment])),
      let range = header[.sketches], range.count == size, let base = region.bytes.baseAddress
    else {
      throw GraphSegmentError(.damaged, path: path, detail: "it belongs to another segment")
    }
    self.region = region
    byteCount = region.bytes.count
    nodeCount = segment.nodeCount
    registers = (base + range.lowerBound).assumingMemoryBound(to: UInt8.self)
  }

  /// About how many nodes a node reaches, itself included; 0 if there is no such node.
  /// - Complexity: O(1).
  public func estimate(of node: UInt32) -> Double {
    guard Int(node) < nodeCount else { return 0 }
    var sum = 0.0
    var empty = 0.0
    for register in 0..<Self.registerCount {
      let rank = registers[Int(node) * Self.registerCount + register]
      sum += 1 / Double(UInt64(1) << UInt64(min(rank, 63)))
      empty += rank == 0 ? 1 : 0
    }
    let count = Double(Self.registerCount)
    let raw = 0.709 * count * count / sum
    return raw < 2.5 * count && empty > 0 ? count * log(count / empty) : raw
  }

  /// Sketches what every node of a segment reaches and seals the sketches in a file of their own.
  /// - Returns: false, and no file, if edges go against the order of numbers, by which one pass does.
  /// - Complexity: O(nodes + edges); 64 bytes a node of memory.
  public static func seal(
    for segment: GraphSegment, to path: String
  ) throws(GraphSegmentError) -> Bool {
    guard segment.isAscending else { return false }
    let memory = ScratchMemory<SIMD64<UInt8>>(count: segment.nodeCount, isDense: true)
    let rows = segment.backward
    for node in (0..<UInt32(segment.nodeCount)).reversed() {
      let hash = SectionChecksum.mixed((UInt64(node) &+ 1) &* 0x9e37_79b9_7f4a_7c15)
      let register = Int(hash & 63)
      // The six bits that name the register are no part of the run of zeros.
      let rank = UInt8((hash | 63).leadingZeroBitCount + 1)
      var sketch = memory.start[Int(node)]
      sketch[register] = max(sketch[register], rank)
      memory.start[Int(node)] = sketch
      for slot in rows.slots(of: node) {
        let origin = Int(rows.ends[slot] & SegmentRows.number)
        memory.start[origin] = pointwiseMax(memory.start[origin], sketch)
      }
    }
    var writer = try SegmentWriter(path: path)
    try writer.append(.sketches, memory.start, count: segment.nodeCount)
    try writer.finish(
      SegmentFile.Header(
        flags: [], nodeCount: segment.nodeCount, edgeCount: 0,
        binding: ReachLabels.binding(to: [segment])))
    return true
  }
}
