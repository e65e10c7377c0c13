public import LedgerStorage

/// A disk in memory that tells data, sizes and names apart, remembers what no sync made durable,
/// and fails where it is told to.
public final class SimulatedDisk: Disk {
  /// How one call fails.
  public enum Fault: Hashable, Sendable, CaseIterable {
    /// An I/O error; nothing is done. A sync loses what it should have made durable.
    case inputOutput
    /// No room; nothing is done.
    case noSpace
    /// A signal came first; nothing is done.
    case interrupted
    /// Half is written or read; calls that move no bytes succeed.
    case short
    /// An I/O error, but everything is done.
    case persistAndFail
    /// The program ends here: this call and all later ones fail and do nothing.
    case kill
  }

  /// Something left out on purpose, to see a test notice.
  public enum Sabotage: Hashable, Sendable, CaseIterable {
    /// `syncData` returns at once.
    case noDataSync
    /// `syncDirectory` returns at once.
    case noDirectorySync
  }

  /// The whole disk, and what is to go wrong.
  internal struct Machine: Sendable {
    var state: SimulatedState
    var callCount = 0
    var generation = 0
    var isLocked = false
    var fault: (call: Int, Fault)?
    var isDead = false
    var capacity = Int.max
    var generator = SeededGenerator(seed: 1)
    var sabotage: Sabotage?
  }

  internal let machine: Guarded<Machine>
  /// Counts the processes that used the disk; those before the newest are dead.
  private let generation: Int
  /// Called after each call that changed something, with the number of calls so far.
  internal let didChange: Guarded<(@Sendable (SimulatedState, Int) -> Void)?>

  /// The directory's name in messages.
  public let location = "simulated"

  /// A disk that begins in a state.
  public init(_ state: SimulatedState = SimulatedState(), sabotage: Sabotage? = nil) {
    machine = Guarded(Machine(state: state, sabotage: sabotage))
    didChange = Guarded(nil)
    generation = 0
  }

  private init(_ dead: SimulatedDisk) {
    machine = dead.machine
    didChange = dead.didChange
    generation = dead.generation + 1
  }

  /// The whole disk now.
  public var state: SimulatedState { machine.withLock { $0.state } }

  /// The number of calls so far.
  public var callCount: Int { machine.withLock { $0.callCount } }

  /// Has every call that changes something reported with the state after it and its number.
  public func observe(_ report: (@Sendable (SimulatedState, Int) -> Void)?) {
    didChange.withLock { $0 = report }
  }

  /// Lets the call with a number fail, counted from 1.
  public func fail(call: Int, _ fault: Fault) {
    machine.withLock { $0.fault = (call, fault) }
  }

  /// Ends the process that uses the disk, with its files and locks; no data is lost.
  ///
  /// - Returns: the same disk for the next process. Calls through this one fail from now on.
  public func killProcess() -> SimulatedDisk {
    defer { didKill() }
    return SimulatedDisk(self)
  }

  private func didKill() {
    machine.withLock { machine in
      machine.generation = generation + 1
      machine.isLocked = false
      machine.isDead = false
      machine.fault = nil
    }
  }

  /// Limits the bytes of all files together.
  public func limit(capacity: Int) {
    machine.withLock { $0.capacity = capacity }
  }

  // MARK: Calls

  internal static func error(_ code: DiskError.Code, _ path: String) -> DiskError {
    DiskError(code, path: path, location: "simulated", reason: "simulated: \(code)")
  }

  /// Makes one call: counts it, and lets it fail if it is to.
  ///
  /// - Parameter short: what is done of it when it is cut short; `nil` if it cannot be.
  internal func call<Value>(
    _ path: String, changes: Bool, short: ((inout Machine) throws(DiskError) -> Value)? = nil,
    lose: ((inout Machine) -> Void)? = nil,
    _ body: (inout Machine) throws(DiskError) -> Value
  ) throws(DiskError) -> Value {
    var event: (SimulatedState, Int)?
    // Let go of only when the machine is free: a lock that nobody gets is released then.
    var unseen: Value?
    defer { _ = unseen }
    let result = machine.withLock { machine in
      machine.callCount += 1
      let outcome = Result<Value, DiskError> { () throws(DiskError) in
        guard !machine.isDead, machine.generation == generation else {
          throw SimulatedDisk.error(.other(5), path)
        }
        guard let fault = machine.fault, fault.call == machine.callCount else {
          return try body(&machine)
        }
        switch fault.1 {
        case .inputOutput:
          lose?(&machine)
          throw SimulatedDisk.error(.other(5), path)
        case .noSpace:
          lose?(&machine)
          throw SimulatedDisk.error(.noSpace, path)
        case .interrupted: throw SimulatedDisk.error(.interrupted, path)
        case .short:
          if let short { return try short(&machine) }
          return try body(&machine)
        case .persistAndFail:
          unseen = try body(&machine)
          throw SimulatedDisk.error(.other(5), path)
        case .kill:
          machine.isDead = true
          throw SimulatedDisk.error(.other(5), path)
        }
      }
      if changes && !machine.isDead && machine.generation == generation {
        event = (machine.state, machine.callCount)
      }
      return outcome
    }
    if let event, let report = didChange.withLock({ $0 }) { report(event.0, event.1) }
    return try result.get()
  }

  /// Opens a file.
  public func open(_ path: String, _ access: FileAccess) throws(DiskError) -> any DiskFile {
    let creates = access == .create
    return try call(path, changes: creates) { machine throws(DiskError) in
      let (directory, name) = SimulatedState.split(path)
      guard machine.state.directories[directory] != nil else {
        throw SimulatedDisk.error(.notFound, path)
      }
      if case .file(let number) = machine.state.node(path) {
        guard !creates else { throw SimulatedDisk.error(.exists, path) }
        return SimulatedFile(self, number, path)
      }
      guard creates else { throw SimulatedDisk.error(.notFound, path) }
      let number = machine.state.nextInode
      machine.state.nextInode += 1
      machine.state.inodes[number] = SimulatedInode()
      machine.state.directories[directory]?.set(name, .file(number))
      return SimulatedFile(self, number, path)
    }
  }

  /// The names in a directory.
  public func list(_ directory: String) throws(DiskError) -> [String] {
    try call(directory, changes: false) { machine throws(DiskError) in
      guard let found = machine.state.directories[directory] else {
        throw SimulatedDisk.error(.notFound, directory)
      }
      return Array(found.current.keys)
    }
  }

  /// Creates a directory.
  public func createDirectory(_ path: String) throws(DiskError) {
    try call(path, changes: true) { machine throws(DiskError) in
      guard machine.state.directories[path] == nil else { return }
      machine.state.directories[path] = SimulatedState.Directory()
      if path.isEmpty { return }
      let (directory, name) = SimulatedState.split(path)
      machine.state.directories[directory]?.set(name, .directory)
    }
  }

  /// Gives a file another name.
  public func rename(_ old: String, to new: String) throws(DiskError) {
    try call(old, changes: true) { machine throws(DiskError) in
      guard let node = machine.state.node(old) else { throw SimulatedDisk.error(.notFound, old) }
      let (oldDirectory, oldName) = SimulatedState.split(old)
      let (newDirectory, newName) = SimulatedState.split(new)
      machine.state.directories[newDirectory]?.set(newName, node)
      machine.state.directories[oldDirectory]?.set(oldName, nil)
    }
  }

  /// Removes a file's name.
  public func remove(_ path: String) throws(DiskError) {
    try call(path, changes: true) { machine throws(DiskError) in
      guard machine.state.node(path) != nil else { throw SimulatedDisk.error(.notFound, path) }
      let (directory, name) = SimulatedState.split(path)
      machine.state.directories[directory]?.set(name, nil)
    }
  }

  /// Makes a directory's names durable.
  public func syncDirectory(_ path: String) throws(DiskError) {
    try call(path, changes: true) { machine throws(DiskError) in
      guard machine.state.directories[path] != nil else {
        throw SimulatedDisk.error(.notFound, path)
      }
      if machine.sabotage != .noDirectorySync { machine.state.directories[path]?.sync() }
    }
  }

  /// Whether the one lock there is, is held.
  public func isLocked(_ path: String) -> Bool { machine.withLock { $0.isLocked } }

  /// Takes the one lock there is.
  public func lock(_ path: String) throws(DiskError) -> any DiskLock {
    try call(path, changes: false) { machine throws(DiskError) in
      guard !machine.isLocked else { throw SimulatedDisk.error(.busy, path) }
      machine.isLocked = true
      return SimulatedLock(self, generation)
    }
  }
}

/// The lock of a simulated disk.
internal final class SimulatedLock: DiskLock {
  private let disk: SimulatedDisk
  private let generation: Int

  init(_ disk: SimulatedDisk, _ generation: Int) {
    self.disk = disk
    self.generation = generation
  }

  deinit { release() }

  func release() {
    disk.machine.withLock { machine in
      if machine.generation == generation { machine.isLocked = false }
    }
  }
}
