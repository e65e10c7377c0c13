import LedgerStorage
import TransparencyLog

/// Frames that stand one after the other in a segment, to be checked together.
internal struct LogChunk: Sendable {
  /// The number of chunks before this one.
  var number: Int
  var file: any DiskFile
  var frames: [FrameSighting] = []
  /// Whether the entries continue those before, by index: only these have a place in the tree.
  var isPlaced: Bool
  /// Whether nothing is known of the entry before the first.
  var followsGap: Bool
  /// What was met before the first frame.
  var findings: FindingList

  var start: LogPosition? { frames.first?.position }
  var firstEntry: UInt64 { frames.first?.header.firstEntry.rawValue ?? 0 }
  var entryCount: Int { frames.reduce(0) { $0 + $1.header.entryCount } }
  var byteCount: Int { frames.reduce(0) { $0 + $1.header.layout.paddedEnd } }
}

/// Cuts the log into chunks by walking over its frames' headers.
internal final class ChunkScanner {
  /// A chunk is closed when it has so many bytes: few enough to stay in a core's cache, many
  /// enough for one call to read them.
  private static let byteLimit = 512 << 10
  private static let entryLimit = 1 << 16

  /// The end of the frames met, and the entries they hold by index.
  private(set) var nextEntry: UInt64 = 0
  private(set) var end: LogPosition
  /// Files in `log/` that belong to no log.
  private(set) var strays: [LogProblem] = []
  /// What was met after the last chunk.
  var findings: FindingList

  private let disk: any Disk
  private let walker: LogWalker
  /// Where to stop; `nil` for the end of the files.
  private let limit: LogPosition?
  private let findingLimit: Int
  private var held: FrameSighting?
  /// The end of the last chunk.
  private var chunkEnd = LogPosition(segment: 0, offset: 0)
  private var number = 0
  private var file: (any DiskFile)?
  private var fileSegment: EntryIndex?
  private var isAtEnd = false

  init(
    _ disk: any Disk, logID: LogID, limit: LogPosition?, findingLimit: Int
  ) throws(LedgerError) {
    self.disk = disk
    self.limit = limit
    self.findingLimit = findingLimit
    walker = try LogWalker(disk, logID: logID)
    end = LogPosition(segment: 0, offset: 0)
    findings = FindingList(limit: findingLimit)
  }

  /// The next chunk; `nil` at the end, when ``findings`` holds what was met after the last.
  func next() throws(LedgerError) -> LogChunk? {
    var first = held
    held = nil
    if first == nil { first = try nextFrame() }
    guard let first else { return nil }
    let hasGap = first.header.firstEntry.rawValue > nextEntry
    if hasGap { reportGap(before: first.header.firstEntry.rawValue) }
    let isPlaced = place(first)
    var chunk = LogChunk(
      number: number, file: try open(first.position.segment), isPlaced: isPlaced,
      followsGap: first.followsGap || hasGap, findings: findings)
    number += 1
    findings = FindingList(limit: findingLimit)
    chunk.frames.append(first)
    var byteCount = first.header.layout.paddedEnd
    var entryCount = first.header.entryCount
    while byteCount < ChunkScanner.byteLimit, let frame = try nextFrame() {
      let last = chunk.frames[chunk.frames.count - 1]
      byteCount += frame.header.layout.paddedEnd
      entryCount += frame.header.entryCount
      let follows =
        isPlaced && findings.count == 0 && !frame.followsGap
        && frame.position == last.end
        && frame.header.firstEntry == last.header.endEntry
      guard follows, byteCount <= 2 * ChunkScanner.byteLimit,
        entryCount <= ChunkScanner.entryLimit
      else {
        held = frame
        break
      }
      nextEntry = frame.header.endEntry.rawValue
      chunk.frames.append(frame)
    }
    if let last = chunk.frames.last { chunkEnd = last.end }
    return chunk
  }

  private func reportGap(before entry: UInt64) {
    let count = entry - nextEntry
    findings.add(
      .entriesMissing, at: chunkEnd.location(entry: EntryIndex(nextEntry)),
      "\(count) entries, from \(nextEntry) to \(entry - 1), are missing or cannot be read",
      expected: "entry \(nextEntry)", found: "entry \(entry)")
  }

  /// Whether the frame's entries come after all before them.
  private func place(_ frame: FrameSighting) -> Bool {
    guard frame.header.firstEntry.rawValue >= nextEntry else { return false }
    nextEntry = frame.header.endEntry.rawValue
    return true
  }

  private func open(_ segment: EntryIndex) throws(LedgerError) -> any DiskFile {
    if let file, fileSegment == segment { return file }
    let opened = try disk.openFile(LedgerPaths.segment(segment), .read, while: "open a segment")
    file = opened
    fileSegment = segment
    return opened
  }

  private func nextFrame() throws(LedgerError) -> FrameSighting? {
    while !isAtEnd {
      guard let step = try walker.next() else {
        isAtEnd = true
        if let problem = walker.end.unreadable, isWithinLimit(problem.location) { report(problem) }
        return nil
      }
      switch step {
      case .problem(let problem):
        if problem.kind == .strayFile {
          strays.append(problem)
        } else if isWithinLimit(problem.location) {
          report(problem)
        } else {
          isAtEnd = true
        }
      case .segment(let header):
        let place = LogPosition(
          segment: header.firstEntry, offset: UInt64(SegmentHeader.byteCount))
        if let limit, place >= limit { isAtEnd = true } else { end = place }
      case .frame(let sighting):
        if let limit, sighting.position >= limit {
          isAtEnd = true
        } else {
          end = sighting.end
          return sighting
        }
      }
    }
    return nil
  }

  /// Names of segments have their numbers in 20 digits, so that they sort as the segments do.
  private func isWithinLimit(_ location: LogLocation) -> Bool {
    guard let limit else { return true }
    return (location.file, location.offset ?? 0) < (limit.file, limit.offset)
  }

  private func report(_ problem: LogProblem) {
    findings.add(AuditFinding(problem))
  }
}

extension AuditFinding {
  /// What a walk over the frames met.
  init(_ problem: LogProblem) {
    let kind: Kind =
      switch problem.kind {
      case .format: problem.location.offset == nil ? .formatMissing : .formatMismatch
      case .committedSlot: .committedUnreadable
      case .committedMismatch: .committedMismatch
      case .missingSegment: .segmentMissing
      case .segmentHeader: .segmentHeader
      case .frameHeader: .frameHeader
      case .frameOrder: .frameOrder
      case .frameCutShort: .frameCutShort
      case .frameTable: .frameTable
      case .padding: .padding
      case .entry: .entryMalformed
      case .chain: .chain
      case .commitment: .commitment
      case .payload: .payloadChecksum
      case .links: .linksChecksum
      case .erasedPayload: .payloadErased
      case .erasedLinks: .linksErased
      case .unfinishedCapture: .captureUnfinished
      case .genesis: .genesis
      case .tree: .treeHash
      case .strayFile: .treeStray
      }
    self.init(kind, at: problem.location, problem.message)
  }
}

extension FrameSighting {
  /// Where the frame ends, its padding included.
  fileprivate var end: LogPosition {
    var end = position
    end.offset += UInt64(header.layout.paddedEnd)
    return end
  }
}
