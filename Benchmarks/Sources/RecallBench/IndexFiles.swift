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
  private var segmentPaths: [String] = []
  private(set) var buildSeconds = 0.0
  private(set) var openMilliseconds = 0.0
  private(set) var graphBytes = 0
  private(set) var quantityBytes = 0
  private(set) var labelBytes = 0
  private var labelPath: String?

  init(_ directory: String?) {
    isTemporary = directory == nil
    let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    self.directory = directory ?? "\(temporary)/recall-bench-\(getpid())"
    mkdir(self.directory, 0o755)
  }

  /// Opens the index of the kit's edges: the one that an earlier run left in a directory that was named,
  /// if it was made of the same data and nothing is wrong with it, else a new one.
  mutating func open(_ kit: Kit, _ options: Options) throws -> GraphSearch {
    do {
      try build(kit, options, isAnew: false)
      return try open(options)
    } catch let error as GraphSegmentError {
      complain("recall-bench: \(error)")
      try build(kit, options, isAnew: true)
      return try open(options)
    }
  }

  /// Seals the kit's edges in one segment, or in three by time, and labels of the first or the first two.
  private mutating func build(_ kit: Kit, _ options: Options, isAnew: Bool) throws {
    let count = kit.targets.buffer.count
    let cuts = options.hasTail ? [0, count / 10 * 9, count / 100 * 99, count] : [0, count]
    let name = options.hasTail ? "tail" : "whole"
    segmentPaths = cuts.indices.dropLast().map { "\(directory)/\(name).\($0).segment" }
    labelPath = options.has("point") ? "\(directory)/\(name).labels" : nil
    let state = "\(kit.directory) \(kit.nodeCount) \(count)"
    buildSeconds = try timed("\(directory)/\(name).built", state, isAnew: isAnew) {
      for (part, path) in segmentPaths.enumerated() {
        let range = cuts[part]..<cuts[part + 1]
        // Edges are in the order of their targets, and no source lies behind its target.
        let isLast = part == segmentPaths.count - 1
        let highest = kit.targets.buffer[..<range.upperBound].last.map { Int($0) + 1 } ?? 0
        try SegmentBuilder(nodeCount: isLast ? kit.nodeCount : highest, isSparse: part > 0).seal(
          sources: UnsafeBufferPointer(rebasing: kit.sources.buffer[range]),
          targets: UnsafeBufferPointer(rebasing: kit.targets.buffer[range]),
          quantities: UnsafeBufferPointer(rebasing: kit.quantities.buffer[range]), to: path)
      }
    }
    guard let path = labelPath else { return }
    var isLabelled = true
    buildSeconds += try timed("\(directory)/\(name).labelled", state, isAnew: isAnew) {
      let known = GraphStack(try segmentPaths.prefix(2).map { try GraphSegment(path: $0) })
      isLabelled = try ReachLabels.seal(for: known, to: path)
    }
    if !isLabelled { labelPath = nil }
  }

  /// Does some work, unless a note says that an earlier run did it.
  /// - Returns: how many seconds it takes.
  private func timed(
    _ note: String, _ state: String, isAnew: Bool, _ work: () throws -> Void
  ) throws -> Double {
    if !isAnew, let seconds = Self.seconds(in: note, for: state) { return seconds }
    unlink(note)
    let start = nanoseconds()
    try work()
    let seconds = (nanoseconds() - start) / 1e9
    write("\(state)\n\(seconds)", to: note)
    return seconds
  }

  /// How long an earlier run took to build an index, if it left one for this state.
  private static func seconds(in note: String, for state: String) -> Double? {
    guard let region = ByteRegion(mapping: note) else { return nil }
    let lines = String(decoding: region.bytes, as: UTF8.self).split(separator: "\n")
    return lines.count == 2 && lines[0] == state ? Double(lines[1]) : nil
  }

  private func write(_ text: String, to path: String) {
    guard !isTemporary, let file = fopen(path, "w") else { return }
    fputs(text, file)
    fclose(file)
  }

  /// Maps the index, twice, so that the second time finds the files in memory.
  private mutating func open(_ options: Options) throws -> GraphSearch {
    let residence: ByteRegion.Residence = options.isLoaded ? .loaded : .mapped
    var search = GraphSearch(GraphStack([]))
    for _ in 0..<2 {
      search = GraphSearch(GraphStack([]))
      let start = nanoseconds()
      let graph = GraphStack(
        try segmentPaths.map {
          try GraphSegment(path: $0, residence: residence, threads: options.threads)
        })
      let labels = try labelPath.map {
        try ReachLabels(
          path: $0, residence: residence, for: GraphStack(Array(graph.segments.prefix(2))),
          threads: options.threads)
      }
      search = GraphSearch(graph, labels: labels)
      openMilliseconds = (nanoseconds() - start) / 1e6
    }
    (graphBytes, quantityBytes) = (0, 0)
    for segment in search.graph.segments {
      graphBytes += segment.byteCounts.graph
      quantityBytes += segment.byteCounts.quantities
    }
    labelBytes = search.labels?.byteCount ?? 0
    return search
  }

  /// Seals sketches of the first segment.
  func sealSketches() throws -> (sketches: ReachSketches, seconds: Double) {
    let segment = try GraphSegment(path: segmentPaths[0])
    let path = directory + "/whole.sketches"
    defer { if isTemporary { unlink(path) } }
    let start = nanoseconds()
    guard try ReachSketches.seal(for: segment, to: path) else {
      throw BenchError("the edges go against the order of numbers")
    }
    let seconds = (nanoseconds() - start) / 1e9
    return (try ReachSketches(path: path, for: segment), seconds)
  }

  func remove() {
    guard isTemporary else { return }
    for path in segmentPaths + (labelPath.map { [$0] } ?? []) { unlink(path) }
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
