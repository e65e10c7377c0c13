import LedgerStorage
import TransparencyLog

/// Checks chunks on one thread, in memory that is used again for the next.
internal final class ChunkAuditor {
  private let logID: LogID
  private let options: AuditOptions
  /// Sizes at which the log's head is wanted, ascending.
  private let headSizes: [UInt64]
  private let tree: TreeComparison?
  internal let hasher: SHA256Hasher
  internal let records: RecordHasher

  private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
  private var builder = SubtreeBuilder()
  private var leaves: [Hash] = []
  private var scratch: [UInt8] = []
  internal var decodesLinks: Bool { options.decodesLinks }
  /// Whether damage to a payload or to links is judged when the whole log is known, since a
  /// redaction may be on its way.
  internal let defersDamage: Bool
  private var state: SequenceState?
  private var previousLeaf: Hash?
  /// The place in `headSizes` of the next size that is reached.
  private var nextHead = 0

  init(
    logID: LogID, options: AuditOptions, headSizes: [UInt64], tree: TreeComparison?,
    defersDamage: Bool
  ) throws(CryptoError) {
    self.logID = logID
    self.defersDamage = defersDamage
    self.options = options
    self.headSizes = headSizes
    self.tree = tree
    hasher = try SHA256Hasher()
    records = RecordHasher(hasher)
  }

  deinit { memory.deallocate() }

  /// Reads and checks a chunk.
  func check(_ chunk: LogChunk) -> ChunkResult {
    var result = ChunkResult(
      number: chunk.number, isPlaced: chunk.isPlaced, followsGap: chunk.followsGap,
      firstIndex: EntryIndex(chunk.firstEntry), leading: chunk.findings,
      findings: FindingList(limit: options.findingLimit))
    leaves.removeAll(keepingCapacity: true)
    state = nil
    previousLeaf = nil
    nextHead = headSizes.partitioningIndex { $0 > chunk.firstEntry }
    let firstHead = nextHead
    guard let start = chunk.start, let bytes = read(chunk, start, &result) else {
      result.isPlaced = false
      return result
    }
    var offset = 0
    for sighting in chunk.frames {
      let count = sighting.header.layout.paddedEnd
      guard offset + count <= bytes.count,
        let frame = FrameView(
          sighting, UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + count]))
      else { break }
      check(frame, &result)
      offset += count
    }
    result.counts.entries = UInt64(leaves.count)
    result.counts.bytes = UInt64(offset)
    result.endState = state
    result.lastLeaf = leaves.last
    if chunk.isPlaced { growTree(from: chunk.firstEntry, headSizes[firstHead...], &result) }
    return result
  }

  private func read(
    _ chunk: LogChunk, _ start: LogPosition, _ result: inout ChunkResult
  ) -> UnsafeMutableRawBufferPointer? {
    let count = chunk.byteCount
    if memory.count < count + FrameView.roomByteCount {
      memory.deallocate()
      memory = .allocate(byteCount: count + FrameView.roomByteCount, alignment: 64)
    }
    let place = LogLocation(
      file: start.file, offset: start.offset, entry: EntryIndex(chunk.firstEntry))
    do throws(DiskError) {
      let target = UnsafeMutableRawBufferPointer(rebasing: memory[0..<count])
      let done = try chunk.file.readFully(into: target, at: start.offset)
      if done < count {
        result.findings.add(.frameCutShort, at: place, "the file ends within a frame")
      }
      return UnsafeMutableRawBufferPointer(rebasing: target[0..<done])
    } catch {
      result.findings.add(
        .unreadable, at: place, "the system cannot read \(count) bytes: \(error.reason)")
      return nil
    }
  }

  // MARK: Frames

  private func check(_ frame: FrameView, _ result: inout ChunkResult) {
    if frame.tableChecksum != frame.header.tableChecksum {
      result.findings.add(
        .frameTable, at: frame.location(FrameHeader.byteCount),
        "entries and directory disagree with their checksum",
        expected: "\(frame.header.tableChecksum)", found: "\(frame.tableChecksum)")
    }
    let isSound = frame.isDirectorySound
    if !isSound {
      result.findings.add(
        .frameDirectory, at: frame.location(frame.layout.directory),
        "the directory's lengths disagree with the frame's header, "
          + "so that payloads and links cannot be told apart")
    }
    var parts = RecordParts(
      linksOffset: frame.layout.links, payloadOffset: frame.layout.payloads)
    for record in 0..<frame.entryCount {
      let entry = checkEntry(frame, record, &result)
      guard isSound else { continue }
      let line = frame.line(record)
      parts.line = line
      if let entry { checkParts(frame, record, entry, parts, &result) }
      parts.payloadOffset += line.payloadByteCount
      parts.linksOffset += line.linksByteCount
    }
    checkEnd(of: frame, &result)
  }

  private func checkEntry(
    _ frame: FrameView, _ record: Int, _ result: inout ChunkResult
  ) -> Entry? {
    let bytes = frame.entryBytes(record)
    let before = previousLeaf
    let leaf = records.leafHash(of: frame, record)
    leaves.append(leaf)
    previousLeaf = leaf
    guard let entry = Entry(bytes) else {
      result.findings.add(
        .entryMalformed, at: frame.entryLocation(record),
        "the entry is not of version 1, has unknown flags, or has a reserved byte that is not zero")
      state = nil
      return nil
    }
    let index = EntryIndex(frame.header.firstEntry.rawValue + UInt64(record))
    if before == nil {
      result.first = ChunkResult.FirstEntry(entry: entry, location: frame.entryLocation(record))
      result.firstTime = entry.time
    }
    if !isPlain(entry, at: index, after: before) {
      checkRules(frame, record, entry, after: before, &result.findings)
    }
    state = SequenceState(after: entry, state)
    result.lastTime = entry.time
    result.counts.count(entry.kind)
    if nextHead < headSizes.count, headSizes[nextHead] == index.rawValue &+ 1 {
      nextHead += 1
      result.heads.append(
        LogHead(
          size: index.rawValue + 1, lastLeaf: leaf, lastTime: entry.time,
          isWithinCapture: !entry.isLastOfCapture))
    }
    return entry
  }

  /// Whether an entry follows from the one before and no rule has anything against it, as far as a
  /// few comparisons tell; the first entry of a chunk has none before it here.
  private func isPlain(_ entry: Entry, at index: EntryIndex, after leaf: Hash?) -> Bool {
    guard let leaf, let state else { return false }
    return entry.previous == leaf && EntryRules.isPlainEvent(entry, at: index, after: state)
  }

  private func checkRules(
    _ frame: FrameView, _ record: Int, _ entry: Entry, after leaf: Hash?,
    _ findings: inout FindingList
  ) {
    let index = EntryIndex(frame.header.firstEntry.rawValue + UInt64(record))
    EntryRules.check(entry, at: index) { report($0, frame, record, &findings) }
    guard let leaf else { return }
    if entry.previous != leaf {
      reportChain(frame, record, expected: leaf, entry.previous, &findings)
    }
    if let state {
      EntryRules.check(entry, at: index, after: state) { report($0, frame, record, &findings) }
    }
  }

  private func report(
    _ fault: EntryFault, _ frame: FrameView, _ record: Int, _ findings: inout FindingList
  ) {
    findings.add(
      fault.kind, at: frame.entryLocation(record, field: fault.field), fault.message,
      expected: fault.expected, found: fault.found)
  }

  private func reportChain(
    _ frame: FrameView, _ record: Int, expected: Hash, _ found: Hash,
    _ findings: inout FindingList
  ) {
    findings.add(
      .chain, at: frame.entryLocation(record, field: Entry.previousOffset),
      "the entry names another hash of the entry before it than that entry has",
      expected: expected.hex, found: found.hex)
  }

  private func checkEnd(of frame: FrameView, _ result: inout ChunkResult) {
    if let last = leaves.last, last != frame.header.lastLeaf {
      result.findings.add(
        .chain, at: frame.location(0, frame.entryCount - 1),
        "the frame's header names another hash of the frame's last entry than that entry has",
        expected: last.hex, found: frame.header.lastLeaf.hex)
    }
    if let state, (state.openCapture != nil) != frame.header.continues {
      result.findings.add(
        .frameFlag, at: frame.location(0), "the frame's flag for a capture that goes on is wrong",
        expected: "\(state.openCapture != nil)", found: "\(frame.header.continues)")
    }
    if let offset = frame.dirtyPadding {
      result.findings.add(
        .padding, at: frame.location(offset), "the frame's padding is not zero", expected: "0",
        found: "\(frame.bytes[offset])")
    }
  }

  // MARK: The tree

  private func growTree(
    from first: UInt64, _ heads: ArraySlice<UInt64>, _ result: inout ChunkResult
  ) {
    var start = 0
    let cuts = heads.prefix { $0 < first + UInt64(leaves.count) }
    for end in cuts.map({ Int($0 - first) }) + [leaves.count] where end > start {
      builder.append(
        leaves[start..<end], from: first + UInt64(start), with: hasher, to: &result.subtrees)
      start = end
    }
    if let tree {
      result.hasStaleTree = tree.compare(
        level: 0, from: first, leaves[...], &scratch, &result.findings)
    }
  }
}

extension Array {
  /// The first place from which on a condition holds, which it does from some place on to the end.
  fileprivate func partitioningIndex(where holds: (Element) -> Bool) -> Int {
    var lower = startIndex
    var upper = endIndex
    while lower < upper {
      let middle = lower + (upper - lower) / 2
      if holds(self[middle]) { upper = middle } else { lower = middle + 1 }
    }
    return lower
  }
}
