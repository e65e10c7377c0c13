/// A whole simulated disk as a value: taking a copy costs nothing until either changes.
public struct SimulatedState: Sendable {
  /// What a name stands for.
  internal enum Node: Hashable, Sendable {
    case file(Int)
    case directory
  }

  /// A directory's names.
  internal struct Directory: Sendable {
    var current: [String: Node] = [:]
    var durable: [String: Node] = [:]
    var pending: [(name: String, node: Node?)] = []

    mutating func set(_ name: String, _ node: Node?) {
      current[name] = node
      pending.append((name, node))
    }

    mutating func sync() {
      for change in pending { durable[change.name] = change.node }
      pending = []
    }
  }

  internal var inodes: [Int: SimulatedInode] = [:]
  internal var directories: [String: Directory] = [:]
  internal var nextInode = 0

  /// An empty disk; not even the ledger's directory is there.
  public init() {}

  /// The files that readers see, by path.
  public var files: [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for (path, directory) in directories {
      for case (let name, .file(let number)) in directory.current {
        files[path.isEmpty ? name : "\(path)/\(name)"] = inodes[number]?.current
      }
    }
    return files
  }

  /// A disk that holds files for good.
  public init(files: [String: [UInt8]]) {
    directories[""] = Directory()
    for (path, bytes) in files {
      let (directory, name) = SimulatedState.split(path)
      makeDirectory(directory)
      inodes[nextInode] = SimulatedInode()
      inodes[nextInode]?.current = bytes
      inodes[nextInode]?.durable = bytes
      directories[directory]?.set(name, .file(nextInode))
      nextInode += 1
    }
    for path in directories.keys { directories[path]?.sync() }
  }

  private mutating func makeDirectory(_ path: String) {
    guard directories[path] == nil else { return }
    directories[path] = Directory()
    let (parent, name) = SimulatedState.split(path)
    makeDirectory(parent)
    directories[parent]?.set(name, .directory)
  }

  /// The directory and the name of a path.
  internal static func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  internal func node(_ path: String) -> Node? {
    let (directory, name) = SimulatedState.split(path)
    return directories[directory]?.current[name]
  }

  // MARK: Crashing

  /// Which of the legal states a crash leaves behind.
  public enum Choice: Hashable, Sendable {
    /// Nothing since the last syncs.
    case nothing
    /// Everything.
    case everything
    /// Everything but one chunk of one file's pending writes.
    case allBut(chunk: Int)
    /// Sizes and names, and of the data one chunk only.
    case only(chunk: Int)
    /// Data without sizes and names that were not synced.
    case dataWithoutMetadata
    /// Sizes and names without data.
    case metadataWithoutData
    /// Any subset of chunks, any of the sizes, any of the names.
    case random(seed: UInt64)
  }

  /// The number of chunks that a crash may keep or drop.
  public func chunkCount(granularity: Int) -> Int {
    inodes.values.reduce(0) { $0 + $1.chunkCount(granularity: granularity) }
  }

  /// Whether a crash has a choice at all.
  public var hasPending: Bool {
    inodes.values.contains { !$0.pending.isEmpty }
      || directories.values.contains { !$0.pending.isEmpty }
  }

  /// The state that a crash leaves behind.
  ///
  /// - Parameter granularity: writes are split at multiples of this many bytes.
  public func crashed(_ choice: Choice, granularity: Int) -> SimulatedState {
    var seed: UInt64 = 0
    if case .random(let given) = choice { seed = given }
    var generator = SeededGenerator(seed: seed)
    var result = SimulatedState()
    result.nextInode = nextInode
    for path in directories.keys.sorted() {
      guard let directory = directories[path] else { continue }
      let names = SimulatedState.crashed(directory, choice, &generator)
      result.directories[path] = Directory(current: names, durable: names)
    }
    var firstChunk = 0
    for number in inodes.keys.sorted() {
      guard let inode = inodes[number] else { continue }
      let content = SimulatedState.crashed(inode, choice, granularity, firstChunk, &generator)
      firstChunk += inode.chunkCount(granularity: granularity)
      var settled = SimulatedInode()
      settled.current = content
      settled.durable = content
      result.inodes[number] = settled
    }
    result.dropUnreachable()
    return result
  }

  private static func crashed(
    _ directory: Directory, _ choice: Choice, _ generator: inout SeededGenerator
  ) -> [String: Node] {
    switch choice {
    case .nothing, .dataWithoutMetadata: return directory.durable
    case .everything, .allBut, .only, .metadataWithoutData: return directory.current
    case .random:
      var names = directory.durable
      // Each name by itself stops at any of its changes.
      for name in Set(directory.pending.map(\.name)).sorted() {
        let changes = directory.pending.filter { $0.name == name }
        let count = Int.random(in: 0...changes.count, using: &generator)
        if count > 0 { names[name] = changes[count - 1].node }
      }
      return names
    }
  }

  private static func crashed(
    _ inode: SimulatedInode, _ choice: Choice, _ granularity: Int, _ firstChunk: Int,
    _ generator: inout SeededGenerator
  ) -> [UInt8] {
    let all = inode.pending.count
    var metadata = all
    let keep: (Int, inout SeededGenerator) -> Bool
    switch choice {
    case .nothing: return inode.durable
    case .everything: keep = { _, _ in true }
    case .allBut(let chunk): keep = { place, _ in place + firstChunk != chunk }
    case .only(let chunk): keep = { place, _ in place + firstChunk == chunk }
    case .dataWithoutMetadata:
      metadata = 0
      keep = { _, _ in true }
    case .metadataWithoutData: keep = { _, _ in false }
    case .random:
      metadata = Int.random(in: 0...all, using: &generator)
      // Mostly all, mostly none, or half: extremes find more than coins alone.
      let bias = Int.random(in: 0...2, using: &generator)
      keep = { _, generator in
        let number = generator.next() % 8
        return bias == 0 ? number < 4 : bias == 1 ? number < 7 : number < 1
      }
    }
    return inode.crashed(
      granularity: granularity, metadata: metadata, &generator, keep: keep)
  }

  /// Removes what no name leads to.
  private mutating func dropUnreachable() {
    for path in directories.keys where !path.isEmpty {
      if node(path) != .directory { directories[path] = nil }
    }
    var reached: Set<Int> = []
    for directory in directories.values {
      for case .file(let number) in directory.current.values { reached.insert(number) }
    }
    inodes = inodes.filter { reached.contains($0.key) }
  }

  /// A number that is the same for the same files.
  public var fingerprint: Int {
    var hasher = Hasher()
    for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
      hasher.combine(path)
      hasher.combine(bytes.count)
      bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
    return hasher.finalize()
  }
}
