import LedgerIndex
import LedgerStorage
import ProvenanceGraph
import Traceability
import TransparencyLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The index file of a ledger: opened if it belongs to what is in the log, built anew if not.
struct IndexStore {
  let directory: String
  let reader: LedgerReader

  /// Whether an index is worth building unasked after a capture. Building takes time and memory for
  /// all entries, so a large ledger is not indexed anew for a small document, and a very large one
  /// only when somebody asks.
  static func isBuiltUnasked(size: UInt64, indexed: UInt64) -> Bool {
    size <= 50_000 || size <= 400_000 && (size - indexed) >= size / 10
  }

  /// So many entries may follow those of the stored index and still be taken into an answer without a
  /// new index.
  static let laterEntryLimit: UInt64 = 20_000
  /// So many events may be collected for one answer.
  static let neighbourhoodLimit = 50_000

  private var folder: String { directory + "/index" }
  private var path: String { folder + "/current" }

  /// An index and how it was come by.
  struct Opened {
    var index: LedgerIndex
    /// What was wrong with the stored one, if it was rebuilt for that.
    var notice: String?
  }

  /// The stored index, if it is intact and belongs to this log at its size or an earlier one.
  func stored(_ snapshot: LedgerSnapshot) -> (index: LedgerIndex?, notice: String?) {
    do throws(IndexError) {
      guard let index = try LedgerIndex(path: path) else { return (nil, nil) }
      guard index.binding.origin == snapshot.origin.name,
        root(at: index.binding.size, snapshot)?.bytes == index.binding.root
      else { return (nil, "the index belongs to another log or state") }
      return (index, nil)
    } catch {
      return (nil, "the index is damaged: \(error)")
    }
  }

  /// An index of all that the snapshot holds: the stored one, or one built and stored now.
  func current(_ snapshot: LedgerSnapshot, progress: ((UInt64, UInt64) -> Void)?) throws -> Opened {
    let (index, notice) = stored(snapshot)
    if let index, index.binding.size == snapshot.size.rawValue {
      return Opened(index: index, notice: nil)
    }
    let built = try build(snapshot, options: IndexOptions(), isKept: true, progress: progress)
    return Opened(
      index: built.index,
      notice: notice.map { "\($0); it was built anew from the log" } ?? built.notice)
  }

  /// Builds an index from the links in the log.
  ///
  /// - Parameter isKept: whether it is stored with the ledger. Where that fails, as on read-only
  ///   media, it serves from memory.
  func build(
    _ snapshot: LedgerSnapshot, options: IndexOptions, isKept: Bool,
    progress: ((UInt64, UInt64) -> Void)?
  ) throws -> Opened {
    var builder = IndexBuilder(options: options, seed: try Self.seed())
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
    try forEachEntry(from: 0, snapshot, progress: progress, other: other) { kind, entry, bytes in
      if kind == .capture {
        let capture = try CaptureLinks(decoding: bytes)
        submitter = capture.submitter
        builder.add(capture)
      } else if kind == .event {
        try links.decode(bytes)
        try builder.add(links, entry: entry, submitter: submitter)
      }
    }
    builder.finish()
    try add(erased, redactions, snapshot, to: &builder)
    let binding = IndexBinding(
      origin: snapshot.origin.name, size: snapshot.size.rawValue, root: snapshot.root.bytes)
    guard isKept else { return Opened(index: try builder.sealed(binding: binding), notice: nil) }
    do {
      try save(builder, binding)
      guard try !isOvertaken(snapshot) else {
        try remove()
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

  /// Tells the builder which entries lost their links, by which redactions.
  private func add(
    _ erased: [Entry], _ redactions: [EntryIndex], _ snapshot: LedgerSnapshot,
    to builder: inout IndexBuilder
  ) throws {
    guard !erased.isEmpty else { return }
    let log = RedactionLog(try redactions.map { try reader.record($0, in: snapshot) })
    for entry in erased {
      let notice = log.notices(of: entry.index).first { $0.parts == .payloadAndLinks }
      let cause = notice.map {
        CutEntry.Cause(
          entry: $0.entry.rawValue, time: EventTime($0.time), reason: $0.reason)
      }
      builder.add(
        CutEntry(
          entry: entry.index.rawValue, kind: entry.kind == .event ? .event : .capture,
          time: EventTime(entry.time),
          capture: entry.capture.rawValue, cause: cause))
    }
  }

  /// Reads the links of all entries from one on, those that were erased left out.
  ///
  /// - Parameter other: is given events and captures whose links are erased, and redactions.
  func forEachEntry(
    from first: UInt64, _ snapshot: LedgerSnapshot, progress: ((UInt64, UInt64) -> Void)?,
    other: (Entry) -> Void = { _ in },
    _ body: (EntryKind, UInt64, UnsafeRawBufferPointer) throws -> Void
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
        try frame.links(of: record) { bytes in try body(entry.kind, entry.index.rawValue, bytes) }
      }
      progress?(frame.header.endEntry.rawValue, snapshot.size.rawValue)
    }
  }

  /// What came after the entries of an index; nil where that is too much, or something was redacted.
  func later(than index: LedgerIndex, _ snapshot: LedgerSnapshot) throws -> LaterEvents? {
    guard snapshot.size.rawValue - index.binding.size <= Self.laterEntryLimit else { return nil }
    var later = LaterEvents(after: index)
    var submitter = ""
    var isRedacted = false
    let other = { (entry: Entry) in
      if entry.kind == .redaction || entry.kind == .event || entry.kind == .capture {
        isRedacted = true
      }
    }
    try forEachEntry(from: index.binding.size, snapshot, progress: nil, other: other) {
      kind, entry, bytes in
      if kind == .capture {
        let capture = try CaptureLinks(decoding: bytes)
        submitter = capture.submitter
        later.add(capture)
      } else if kind == .event {
        try later.add(links: bytes, entry: entry, submitter: submitter)
      }
    }
    return isRedacted ? nil : later
  }

  /// Whether something was redacted since a snapshot: an index of that snapshot may hold what is
  /// erased, and the redaction may have removed the index before this one came.
  private func isOvertaken(_ snapshot: LedgerSnapshot) throws -> Bool {
    let newest = try reader.snapshot()
    var isOvertaken = false
    let frames = try reader.frames(from: EntryIndex(snapshot.size.rawValue), in: newest)
    while try frames.next() {
      for record in frames.firstRecord..<frames.frame.count
      where frames.frame.entry(record)?.kind == .redaction { isOvertaken = true }
    }
    return isOvertaken
  }

  private func remove() throws {
    guard unlink(path) == 0 || errno == ENOENT else { throw SaveError("remove \(path)") }
    try? PosixDisk(directory).syncDirectory("index")
  }

  private func root(at size: UInt64, _ snapshot: LedgerSnapshot) -> Hash? {
    if size == snapshot.size.rawValue { return snapshot.root }
    guard size < snapshot.size.rawValue, let hasher = try? SHA256Hasher(),
      let edge = try? TreeEdge(PosixDisk(directory), size: TreeSize(size), with: hasher)
    else { return nil }
    return edge.root(with: hasher)
  }

  private static func seed() throws -> UInt64 {
    var seed: UInt64 = 0
    try withUnsafeMutableBytes(of: &seed) { try SecureRandom.fill($0) }
    return seed
  }

  private struct SaveError: Error {
    let reason: String

    init(_ step: String) { reason = "\(step): \(String(cString: strerror(errno)))" }
  }

  /// Temporary file → sync → rename → sync of the folder, so that a reader finds either index whole.
  private func save(_ builder: IndexBuilder, _ binding: IndexBinding) throws {
    if mkdir(folder, 0o777) != 0, errno != EEXIST { throw SaveError("make \(folder)") }
    let temporary = "\(folder)/new-\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw SaveError("create \(temporary)") }
    do {
      defer { close(descriptor) }
      try builder.seal(binding: binding) { bytes in
        var written = 0
        while written < bytes.count, let base = bytes.baseAddress {
          let count = write(descriptor, base + written, bytes.count - written)
          if count >= 0 {
            written += count
          } else if errno != EINTR {
            throw SaveError("write \(temporary)")
          }
        }
      }
      guard fsync(descriptor) == 0 else { throw SaveError("sync \(temporary)") }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let error = SaveError("rename \(temporary)")
      unlink(temporary)
      throw error
    }
    do throws(DiskError) {
      try PosixDisk(directory).syncDirectory("index")
    } catch {
      throw SaveError("sync \(folder)")
    }
  }
}
