import LedgerIndex
import LedgerStorage
import ProvenanceGraph
import Synchronization
import Traceability
import TransparencyLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Somebody wants an index no more that is being built.
struct IndexCancelled: Error {}

/// The index file of a ledger: opened if it belongs to what is in the log, built anew if not.
struct IndexStore {
  let directory: String
  let reader: LedgerReader
  private let roots = Roots()

  /// Roots of the log at earlier sizes, each worked out once: they never change.
  private final class Roots: Sendable {
    private let known = Mutex<[Root]>([])

    struct Root {
      var size: UInt64
      var root: Hash
    }

    subscript(size: UInt64) -> Hash? {
      known.withLock { $0.first { $0.size == size }?.root }
    }

    func add(_ root: Hash, at size: UInt64) {
      known.withLock { $0.append(Root(size: size, root: root)) }
    }
  }

  /// Whether the index is compiled anew unasked, at the end of a capture: for a small ledger always,
  /// since that takes no time, else once as much came after it as it holds.
  static func isCompilationDue(size: UInt64, indexed: UInt64) -> Bool {
    indexed < size && (size <= smallSize || size - indexed >= indexed)
  }

  /// A ledger of so many entries is indexed in some ten milliseconds.
  static let smallSize: UInt64 = 4_096
  /// So many entries that no table of facts covers are read for an answer; if there are more, as in a
  /// ledger without an index, it is compiled first.
  static let restLimit: UInt64 = 200_000
  /// So many events may be collected for one answer.
  static let neighbourhoodLimit = 50_000

  var folder: String { directory + "/index" }
  private static let currentName = "current"
  private var path: String { "\(folder)/\(Self.currentName)" }

  /// An index and how it was come by.
  struct Opened {
    var index: LedgerIndex
    /// What was wrong with the stored one, if it was rebuilt for that.
    var notice: String?
  }

  /// The stored index, if it is intact and belongs to this log: at the snapshot's size, an earlier
  /// one or, where it was stored meanwhile, a later one.
  func stored(_ snapshot: LedgerSnapshot) -> (index: LedgerIndex?, notice: String?) {
    do throws(IndexError) {
      guard let index = try LedgerIndex(path: path) else { return (nil, nil) }
      // Another process may have stored it after the snapshot was taken.
      let isNewer = index.binding.size > snapshot.size.rawValue
      let known = isNewer ? (try? reader.snapshot()) ?? snapshot : snapshot
      guard index.binding.origin == snapshot.origin.name,
        root(at: index.binding.size, known)?.bytes == index.binding.root
      else { return (nil, "the index belongs to another log or state") }
      return (index, nil)
    } catch {
      return (nil, "the index is damaged: \(error)")
    }
  }

  /// An index of all that the snapshot holds, or of more: the stored one, or one built and stored
  /// now.
  func current(
    _ snapshot: LedgerSnapshot, progress: ((UInt64, UInt64) -> Void)?,
    isCancelled: () -> Bool = { false }
  ) throws -> Opened {
    let (index, notice) = stored(snapshot)
    if let index, index.binding.size >= snapshot.size.rawValue {
      return Opened(index: index, notice: nil)
    }
    let built = try build(
      snapshot, options: IndexOptions(), isKept: true, progress: progress,
      isCancelled: isCancelled)
    return Opened(
      index: built.index,
      notice: notice.map { "\($0); it was built anew from the log" } ?? built.notice)
  }

  /// Builds an index from the links in the log.
  ///
  /// - Parameters:
  ///   - isKept: whether it is stored with the ledger. Where that fails, as on read-only media, it
  ///     serves from memory.
  ///   - isCancelled: asked now and then.
  /// - Throws: `IndexCancelled` if it was told to stop: the stored index is what it was.
  func build(
    _ snapshot: LedgerSnapshot, options: IndexOptions, isKept: Bool,
    progress: ((UInt64, UInt64) -> Void)?, isCancelled: () -> Bool = { false }
  ) throws -> Opened {
    var builder = IndexBuilder(
      options: options, seed: try Self.seed(), scratch: isKept ? folder : nil)
    var submitter = ""
    var links = LinksBuffer()
    var erased: [Entry] = []
    var redactions: [EntryIndex] = []
    let other = { (entry: Entry) in
      if entry.kind == .redaction { redactions.append(entry.index) }
      if entry.kind == .event || entry.kind == .capture { erased.append(entry) }
      // Its links said who submitted; nobody is known to have.
      if entry.kind == .capture { submitter = "" }
    }
    if isKept { _ = mkdir(folder, 0o777) }
    try forEachEntryAhead(from: 0, snapshot, progress: progress, other: other) { entry, bytes in
      if isCancelled() { throw IndexCancelled() }
      if entry.kind == .capture {
        let capture = try CaptureLinks(decoding: bytes)
        submitter = capture.submitter
        builder.add(capture)
      } else {
        try links.decode(bytes)
        try builder.add(links, entry: entry.index.rawValue, submitter: submitter)
      }
    }
    builder.finish()
    for cut in try cutEntries(erased, redactions, snapshot) { builder.add(cut) }
    let binding = IndexBinding(
      origin: snapshot.origin.name, size: snapshot.size.rawValue, root: snapshot.root.bytes)
    guard isKept else { return Opened(index: try builder.sealed(binding: binding), notice: nil) }
    do {
      try write(Self.currentName, isSynced: true) { sink in
        try builder.seal(
          binding: binding, step: { if isCancelled() { throw IndexCancelled() } }, to: sink)
      }
      removeCoveredFacts(below: binding.size)
      guard try !isOvertaken(from: snapshot.size.rawValue) else {
        try remove(Self.currentName)
        return Opened(index: try builder.sealed(binding: binding), notice: nil)
      }
      if let index = try LedgerIndex(path: path) { return Opened(index: index, notice: nil) }
    } catch let error as SaveError {
      return Opened(
        index: try builder.sealed(binding: binding),
        notice: "the index could not be stored (\(error.reason)); it serves from memory")
    }
    return Opened(index: try builder.sealed(binding: binding), notice: nil)
  }

  /// Which entries lost their links, by which redactions.
  func cutEntries(
    _ erased: [Entry], _ redactions: [EntryIndex], _ snapshot: LedgerSnapshot
  ) throws -> [CutEntry] {
    guard !erased.isEmpty else { return [] }
    let log = RedactionLog(try redactions.map { try reader.record($0, in: snapshot) })
    return erased.map { entry in
      let notice = log.notices(of: entry.index).first { $0.parts == .payloadAndLinks }
      let cause = notice.map {
        CutEntry.Cause(
          entry: $0.entry.rawValue, time: EventTime($0.time), reason: $0.reason)
      }
      return CutEntry(
        entry: entry.index.rawValue, kind: entry.kind == .event ? .event : .capture,
        time: EventTime(entry.time), capture: entry.capture.rawValue, cause: cause)
    }
  }

  /// Reads the links of all events and captures from one entry on, those that were erased left out.
  ///
  /// - Parameter other: is given events and captures whose links are erased, and redactions.
  func forEachEntry(
    from first: UInt64, _ snapshot: LedgerSnapshot, progress: ((UInt64, UInt64) -> Void)?,
    other: (Entry) -> Void = { _ in },
    _ body: (Entry, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let frames = try reader.frames(from: EntryIndex(first), in: snapshot)
    while try frames.next() {
      let frame = frames.frame
      for record in frames.firstRecord..<frame.count {
        guard let entry = frame.entry(record) else { continue }
        guard entry.kind == .event || entry.kind == .capture,
          frame.linksState(record) == .intact
        else {
          other(entry)
          continue
        }
        try frame.links(of: record) { bytes in try body(entry, bytes) }
      }
      progress?(frame.header.endEntry.rawValue, snapshot.size.rawValue)
    }
  }

  /// Whether something was redacted from an entry on: an index of the entries before may hold what
  /// is erased, and the redaction may have removed the index before this one came.
  func isOvertaken(from entry: UInt64) throws -> Bool {
    let newest = try reader.snapshot()
    var isOvertaken = false
    let frames = try reader.frames(from: EntryIndex(entry), in: newest)
    while try frames.next() {
      for record in frames.firstRecord..<frames.frame.count
      where frames.frame.entry(record)?.kind == .redaction { isOvertaken = true }
    }
    return isOvertaken
  }

  func root(at size: UInt64, _ snapshot: LedgerSnapshot) -> Hash? {
    if size == snapshot.size.rawValue { return snapshot.root }
    guard size < snapshot.size.rawValue else { return nil }
    if let known = roots[size] { return known }
    guard let hasher = try? SHA256Hasher(),
      let edge = try? TreeEdge(PosixDisk(directory), size: TreeSize(size), with: hasher)
    else { return nil }
    let root = edge.root(with: hasher)
    roots.add(root, at: size)
    return root
  }

  static func seed() throws -> UInt64 {
    var seed: UInt64 = 0
    try withUnsafeMutableBytes(of: &seed) { try SecureRandom.fill($0) }
    return seed
  }
}
