import LedgerStorage

/// An open file of a simulated disk.
internal final class SimulatedFile: DiskFile {
  private let disk: SimulatedDisk
  private let number: Int
  private let path: String

  init(_ disk: SimulatedDisk, _ number: Int, _ path: String) {
    self.disk = disk
    self.number = number
    self.path = path
  }

  func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(DiskError) -> Int {
    try disk.call(
      path, changes: false,
      short: { machine throws(DiskError) in
        let half = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix((buffer.count + 1) / 2))
        return try self.read(half, offset, machine)
      },
      { machine throws(DiskError) in try self.read(buffer, offset, machine) })
  }

  private func read(
    _ buffer: UnsafeMutableRawBufferPointer, _ offset: UInt64, _ machine: SimulatedDisk.Machine
  ) throws(DiskError) -> Int {
    guard let content = machine.state.inodes[number]?.current, offset < UInt64(content.count)
    else { return 0 }
    let part = content[Int(offset)...].prefix(buffer.count)
    part.withUnsafeBytes { buffer.copyMemory(from: $0) }
    return part.count
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
    try disk.call(
      path, changes: true,
      short: { machine throws(DiskError) in
        let half = UnsafeRawBufferPointer(rebasing: bytes.prefix((bytes.count + 1) / 2))
        return try self.write(half, offset, &machine)
      },
      { machine throws(DiskError) in try self.write(bytes, offset, &machine) })
  }

  private func write(
    _ bytes: UnsafeRawBufferPointer, _ offset: UInt64, _ machine: inout SimulatedDisk.Machine
  ) throws(DiskError) -> Int {
    let size = machine.state.inodes[number]?.current.count ?? 0
    var count = bytes.count
    if machine.capacity < Int.max {
      let used = machine.state.inodes.values.reduce(0) { $0 + $1.current.count }
      let growth = max(0, Int(offset) + count - size)
      let room = max(0, machine.capacity - used)
      if growth > room { count -= growth - room }
      guard count > 0 else { throw SimulatedDisk.error(.noSpace, path) }
    }
    machine.state.inodes[number]?.write(Array(bytes.prefix(count)), at: Int(offset))
    return count
  }

  func syncData() throws(DiskError) {
    try disk.call(
      path, changes: true,
      lose: { machine in
        machine.state.inodes[self.number]?.loseSync(&machine.generator)
      },
      { machine throws(DiskError) in
        if machine.sabotage != .noDataSync { machine.state.inodes[self.number]?.sync() }
      })
  }

  func truncate(to size: UInt64) throws(DiskError) {
    try disk.call(path, changes: true) { machine throws(DiskError) in
      machine.state.inodes[self.number]?.truncate(to: Int(size))
    }
  }

  func size() throws(DiskError) -> UInt64 {
    try disk.call(path, changes: false) { machine throws(DiskError) in
      return UInt64(machine.state.inodes[self.number]?.current.count ?? 0)
    }
  }

  func dropCache(from offset: UInt64) {
    disk.machine.withLock { machine in
      machine.state.inodes[number]?.dropCache(from: Int(offset))
    }
  }
}
