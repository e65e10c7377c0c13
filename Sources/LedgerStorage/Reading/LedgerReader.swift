import Synchronization
public import TransparencyLog

/// What a reader may see: the entries that were durable at one moment. A value that stays true
/// whatever is appended later.
public struct LedgerSnapshot: Hashable, Sendable {
  /// The log's name, number and predecessor.
  public let genesis: Genesis
  /// How far the log reached.
  public let committed: Committed

  package init(genesis: Genesis, committed: Committed) {
    self.genesis = genesis
    self.committed = committed
  }

  /// The number of entries.
  public var size: TreeSize { committed.size }
  /// The root of the tree of all entries.
  public var root: Hash { committed.root }
  /// The log's name.
  public var origin: LogOrigin { genesis.origin }
}

/// An entry with what it commits to.
public struct LedgerRecord: Hashable, Sendable {
  /// The entry.
  public let entry: Entry
  /// The bytes of the payload; `nil` when they were erased.
  public let payload: [UInt8]?
  /// The bytes of the links; `nil` when they were erased.
  public let links: [UInt8]?
  /// The salt of the payload, zeros when it was erased.
  public let payloadSalt: Salt
  /// The salt of the links, zeros when they were erased.
  public let linksSalt: Salt
}

/// Reads a ledger without a lock, in any process, while a writer may be at work.
///
/// A reader may be used from several threads. It reads by `pread` only, so that no bytes and no
/// change of a file make the process trap.
public final class LedgerReader: Sendable {
  /// The log's name, number and predecessor.
  public let genesis: Genesis

  private static let openSegmentLimit = 64

  let disk: any Disk
  private let state: Mutex<State>

  private struct State {
    var newest: Committed
    var files: LogFiles
    var maps: [EntryIndex: SegmentMap] = [:]
  }

  /// Opens a ledger.
  ///
  /// - Parameter hashesGenesis: whether genesis is held against its hash too, and not against its
  ///   checksums alone.
  /// - Throws: ``LedgerError``: there is no ledger, or genesis, `FORMAT` or `committed` is damaged.
  public init(_ disk: any Disk, hashesGenesis: Bool = true) throws(LedgerError) {
    let genesis = try LedgerIdentity(disk, hashesGenesis: hashesGenesis).validGenesis()
    let newest = try LedgerReader.readCommitted(disk, genesis.logID)
    self.disk = disk
    self.genesis = genesis
    state = Mutex(State(newest: newest, files: try LogFiles(disk)))
  }

  /// Opens the ledger in a directory of this machine.
  public convenience init(directory: String) throws(LedgerError) {
    try self.init(PosixDisk(directory))
  }

  private static func readCommitted(
    _ disk: any Disk, _ logID: LogID
  ) throws(LedgerError) -> Committed {
    let file = try CommittedFile(disk, logID: logID)
    if let newest = file.newest { return newest }
    let place = LogLocation(file: LedgerPaths.committed)
    throw file.problems.first.map { LedgerError($0) }
      ?? .corrupt("neither slot is readable", at: place)
  }

  /// What can be read now. Later calls see what was committed since.
  public func snapshot() throws(LedgerError) -> LedgerSnapshot {
    let newest = try LedgerReader.readCommitted(disk, genesis.logID)
    let files = newest.size > knownSize ? try LogFiles(disk) : nil
    let committed = state.withLock { state in
      // A slot that was just being written hides its news for a moment; no reader goes back.
      if newest.size > state.newest.size { state.newest = newest }
      if let files { state.files = files }
      return state.newest
    }
    return LedgerSnapshot(genesis: genesis, committed: committed)
  }

  private var knownSize: TreeSize { state.withLock { $0.newest.size } }

  /// An entry without what it commits to.
  ///
  /// - Throws: ``LedgerError/Kind/invalid`` beyond the snapshot's size, else what
  ///   ``record(_:in:)`` throws.
  public func entry(_ index: EntryIndex, in snapshot: LedgerSnapshot) throws(LedgerError) -> Entry {
    let found = try locate(index, in: snapshot)
    return try RecordReader(found, index).entry()
  }

  /// An entry with its payload and links, checked against their checksums and the commitment.
  ///
  /// - Throws: ``LedgerError/Kind/invalid`` beyond the snapshot's size,
  ///   ``LedgerError/Kind/corrupt`` when the record is damaged, ``LedgerError/Kind/inputOutput``.
  /// - Complexity: a few reads; the first in a segment reads its frame headers up to the record.
  public func record(
    _ index: EntryIndex, in snapshot: LedgerSnapshot
  ) throws(LedgerError) -> LedgerRecord {
    let found = try locate(index, in: snapshot)
    do {
      return try RecordReader(found, index).record()
    } catch {
      guard error.kind == .corrupt, index.rawValue > 0 else { throw error }
      // Half erased, or erased whole meanwhile; if neither, this fails again.
      let parts = try partsBeingErased(of: index)
      return try RecordReader(found, index).record(whileErasing: parts)
    }
  }

  /// The links of an entry, checked against their checksum: all that a trace reads. Whether the entry
  /// commits to them is not looked at, for which its payload would have to be read too.
  ///
  /// - Returns: nil if they were erased.
  /// - Throws: ``LedgerError/Kind/invalid`` beyond the snapshot's size,
  ///   ``LedgerError/Kind/corrupt`` when they are damaged, ``LedgerError/Kind/inputOutput``.
  /// - Complexity: a few reads; the first in a segment reads its frame headers up to the record.
  public func links(
    _ index: EntryIndex, in snapshot: LedgerSnapshot
  ) throws(LedgerError) -> [UInt8]? {
    let found = try locate(index, in: snapshot)
    do {
      return try RecordReader(found, index).links()
    } catch {
      guard error.kind == .corrupt, index.rawValue > 0 else { throw error }
      let parts = try partsBeingErased(of: index)
      return try RecordReader(found, index).links(whileErasing: parts)
    }
  }

  /// Loads frames one after the other, from the one that holds an entry up to the snapshot's end.
  ///
  /// - Parameter withPayloads: whether to read payloads too; an index is rebuilt without.
  public func frames(
    from index: EntryIndex = 0, in snapshot: LedgerSnapshot, withPayloads: Bool = false
  ) throws(LedgerError) -> FrameCursor {
    try frames(from: index, in: snapshot, extent: withPayloads ? .payloads : .links)
  }

  /// Loads frames one after the other, as far as is needed of each.
  public func frames(
    from index: EntryIndex = 0, in snapshot: LedgerSnapshot, extent: FrameExtent
  ) throws(LedgerError) -> FrameCursor {
    guard index.rawValue < snapshot.size.rawValue else {
      return FrameCursor(disk, snapshot.committed)
    }
    let found = try locate(index, in: snapshot)
    let record = Int(index.rawValue - found.header.firstEntry.rawValue)
    return FrameCursor(
      disk, snapshot.committed, start: found.position, first: found.header.firstEntry,
      record: record, extent: extent)
  }

  /// Loads the frame that a walk met, for a thorough look at it.
  public func load(
    _ sighting: FrameSighting, into frame: Frame, withPayloads: Bool = true
  ) throws(LedgerError) {
    try disk.load(sighting, into: frame, withPayloads: withPayloads)
  }

  /// Loads the frame that holds an entry, with entries and directory checked, for whoever
  /// overwrites parts of it. What the parts hold is not looked at.
  package func load(
    frameOf index: EntryIndex, in snapshot: LedgerSnapshot, into frame: Frame
  ) throws(LedgerError) {
    let found = try locate(index, in: snapshot)
    try frame.load(found.header, at: found.position, of: found.file, withPayloads: false)
    guard frame.isReadable, frame.isTableIntact else {
      throw .corrupt(
        "entries and directory disagree with their checksum",
        at: found.position.location(entry: index))
    }
  }

  func locate(
    _ index: EntryIndex, in snapshot: LedgerSnapshot
  ) throws(LedgerError) -> FoundFrame {
    guard index.rawValue < snapshot.size.rawValue else {
      throw .invalid("there is no entry \(index): the ledger has \(snapshot.size)")
    }
    let result = state.withLock { state in
      Result<FoundFrame, LedgerError> { () throws(LedgerError) in
        guard let segment = state.files.segment(holding: index) else {
          throw .corrupt("the first segment is missing", at: LogLocation(file: LedgerPaths.log))
        }
        // Each map holds an open file.
        if state.maps.count > LedgerReader.openSegmentLimit { state.maps.removeAll() }
        let known = state.maps.removeValue(forKey: segment)
        var map: SegmentMap
        if let known {
          map = known
        } else {
          map = try SegmentMap(disk, segment, logID: genesis.logID)
        }
        defer { state.maps[segment] = map }
        return try map.find(index, before: snapshot.committed.end)
      }
    }
    return try result.get()
  }
}

extension Disk {
  /// Loads the frame that a walk met, for a thorough look at it.
  public func load(
    _ sighting: FrameSighting, into frame: Frame, withPayloads: Bool = true
  ) throws(LedgerError) {
    let file = try openFile(sighting.position.file, .read, while: "read a frame")
    try frame.load(sighting.header, at: sighting.position, of: file, withPayloads: withPayloads)
  }
}
