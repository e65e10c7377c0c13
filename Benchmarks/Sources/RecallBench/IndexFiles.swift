import ProvenanceGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The sealed index of a data set, in a directory of its own.
struct IndexFiles {
  let directory: String
  let isTemporary: Bool
  private(set) var paths: [String] = []
  private(set) var buildSeconds = 0.0
  private(set) var openMilliseconds = 0.0
  private(set) var graphBytes = 0
  private(set) var quantityBytes = 0
  private(set) var labelBytes = 0
  private var labelPath: String?

  init(_ directory: String?) {
    isTemporary = directory == nil
    self.directory = directory ?? "/tmp/recall-bench-\(getpid())"
    mkdir(self.directory, 0o755)
  }

  /// Seals the kit's edges in one segment, or in three by time.
  mutating func build(_ kit: Kit, hasTail: Bool) throws {
    let count = kit.targets.buffer.count
    let cuts = hasTail ? [0, count / 10 * 9, count / 100 * 99, count] : [0, count]
    let start = nanoseconds()
    for part in cuts.indices.dropLast() {
      let range = cuts[part]..<cuts[part + 1]
      let path = "\(directory)/\(part).segment"
      paths.append(path)
      // Edges are in the order of their targets, and no source lies behind its target.
      let isLast = part == cuts.count - 2
      let nodes =
        isLast ? kit.nodeCount : kit.targets.buffer[..<cuts[part + 1]].last.map { Int($0) + 1 }
      try SegmentBuilder(nodeCount: nodes ?? 0, isSparse: part > 0).seal(
        sources: UnsafeBufferPointer(rebasing: kit.sources.buffer[range]),
        targets: UnsafeBufferPointer(rebasing: kit.targets.buffer[range]),
        quantities: UnsafeBufferPointer(rebasing: kit.quantities.buffer[range]), to: path)
    }
    if !hasTail {
      let path = directory + "/labels"
      paths.append(path)
      if try ReachLabels.seal(for: GraphSegment(path: paths[0]), to: path) { labelPath = path }
    }
    buildSeconds = (nanoseconds() - start) / 1e9
  }

  /// Maps the index, twice, so that the second time finds the files in memory.
  mutating func open() throws -> GraphSearch {
    var search = GraphSearch(GraphStack([]))
    for _ in 0..<2 {
      let start = nanoseconds()
      let graph = GraphStack(
        try paths.filter { $0.hasSuffix(".segment") }.map { try GraphSegment(path: $0) })
      let labels = try labelPath.map { try ReachLabels(path: $0, for: graph.segments[0]) }
      search = GraphSearch(graph, labels: labels)
      openMilliseconds = (nanoseconds() - start) / 1e6
    }
    for segment in search.graph.segments {
      graphBytes += segment.byteCounts.graph
      quantityBytes += segment.byteCounts.quantities
    }
    labelBytes = search.labels?.byteCount ?? 0
    return search
  }

  func remove() {
    guard isTemporary else { return }
    for path in paths { unlink(path) }
    rmdir(directory)
  }
}

/// The most memory this process ever had, in MB.
func peakMemory() -> Int {
  var usage = rusage()
  #if canImport(Glibc)
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss / 1024
  #else
    getrusage(RUSAGE_SELF, &usage)
    return usage.ru_maxrss >> 20
  #endif
}
