internal import LedgerStorage
internal import TransparencyLog

/// Some records of a batch, on their way into one frame.
internal struct FramePart {
  let batch: RecordBatch
  let records: Range<Int>
  /// Whether the last of the records ends its capture.
  let endsCapture: Bool
}

/// Where the log stands: a value, so that going back to it is an assignment.
internal struct LogState {
  var segmentNumber: UInt64
  var end: LogPosition
  var lastFrame: LogPosition
  var nextFrame: UInt64
  var nextEntry: EntryIndex
  var lastLeaf: Hash
  var lastTime: RecordTime
  var openCapture: EntryIndex?
  var edge: TreeEdge
}

/// Puts a frame together in memory that is used again for the next.
internal final class FrameAssembler {
  private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 4096)

  deinit { memory.deallocate() }

  /// The size of the frame that the parts make, with padding.
  static func byteCount(_ parts: [FramePart]) -> Int { measure(parts).layout.paddedEnd }

  private static func measure(_ parts: [FramePart]) -> FrameHeader {
    var header = FrameHeader.empty
    for part in parts {
      header.entryCount += part.records.count
      header.payloadsByteCount += part.range(of: part.batch.payloadBounds).count
      header.linksByteCount += part.range(of: part.batch.linksBounds).count
    }
    return header
  }

  /// Makes the frame that follows on a state, and moves the state behind it.
  ///
  /// - Parameter leaf: receives each entry's leaf hash.
  /// - Returns: the frame's bytes, good until the next call.
  func assemble(
    _ parts: [FramePart], logID: LogID, after state: inout LogState, time: RecordTime,
    isClockHeld: Bool, with hasher: SHA256Hasher
  ) -> UnsafeRawBufferPointer {
    var header = FrameAssembler.measure(parts)
    let layout = header.layout
    header.logID = logID
    header.number = state.nextFrame
    header.firstEntry = state.nextEntry
    let buffer = reserve(layout.paddedEnd)
    var place = FramePlace(
      entry: layout.entries, directory: layout.directory, salts: layout.salts,
      links: layout.links, payloads: layout.payloads)
    for part in parts {
      append(part, to: buffer, at: &place, after: &state, time, isClockHeld, hasher)
    }
    UnsafeMutableRawBufferPointer(rebasing: buffer[layout.end...]).initializeMemory(
      as: UInt8.self, repeating: 0)
    header.continues = state.openCapture != nil
    header.lastLeaf = state.lastLeaf
    header.tableChecksum = CRC32C.checksum(
      of: UnsafeRawBufferPointer(rebasing: buffer[layout.entries..<layout.salts]))
    header.encode(to: buffer)
    state.nextFrame += 1
    return UnsafeRawBufferPointer(buffer)
  }

  private func reserve(_ count: Int) -> UnsafeMutableRawBufferPointer {
    if memory.count < count {
      memory.deallocate()
      memory = .allocate(byteCount: count, alignment: 4096)
    }
    return UnsafeMutableRawBufferPointer(rebasing: memory[0..<count])
  }

  private struct FramePlace {
    var entry: Int
    var directory: Int
    var salts: Int
    var links: Int
    var payloads: Int
  }

  private func append(
    _ part: FramePart, to buffer: UnsafeMutableRawBufferPointer, at place: inout FramePlace,
    after state: inout LogState, _ time: RecordTime, _ isClockHeld: Bool, _ hasher: SHA256Hasher
  ) {
    let batch = part.batch
    for record in part.records {
      let kind = batch.kinds[record]
      let isLast =
        !batch.isCapture || part.endsCapture && record == part.records.upperBound - 1
      let entry = Entry(
        kind: kind, isLastOfCapture: isLast, isClockHeld: isClockHeld, index: state.nextEntry,
        time: time, capture: state.openCapture ?? state.nextEntry, previous: state.lastLeaf,
        commitment: batch.commitments[record])
      let bytes = UnsafeMutableRawBufferPointer(
        rebasing: buffer[place.entry..<place.entry + Entry.byteCount])
      entry.encode(to: bytes)
      state.lastLeaf = hasher.leafHash(UnsafeRawBufferPointer(bytes))
      state.openCapture = isLast ? nil : entry.capture
      state.nextEntry = EntryIndex(state.nextEntry.rawValue + 1)
      place.entry += Entry.byteCount
      appendDirectory(batch, record, to: buffer, at: &place.directory)
    }
    state.lastTime = time
    copy(batch.salts, part.saltsRange, to: buffer, at: &place.salts)
    copy(batch.links, part.range(of: batch.linksBounds), to: buffer, at: &place.links)
    copy(batch.payloads, part.range(of: batch.payloadBounds), to: buffer, at: &place.payloads)
  }

  private func appendDirectory(
    _ batch: RecordBatch, _ record: Int, to buffer: UnsafeMutableRawBufferPointer,
    at place: inout Int
  ) {
    let checksums = batch.checksums[record]
    store(UInt32(truncatingIfNeeded: batch.payloadCount(record)), to: buffer, at: &place)
    store(UInt32(truncatingIfNeeded: batch.linksCount(record)), to: buffer, at: &place)
    store(checksums.payload, to: buffer, at: &place)
    store(checksums.links, to: buffer, at: &place)
  }

  private func store(
    _ word: UInt32, to buffer: UnsafeMutableRawBufferPointer, at place: inout Int
  ) {
    buffer.storeBytes(of: word.bigEndian, toByteOffset: place, as: UInt32.self)
    place += MemoryLayout<UInt32>.size
  }

  private func copy(
    _ bytes: [UInt8], _ range: Range<Int>, to buffer: UnsafeMutableRawBufferPointer,
    at place: inout Int
  ) {
    guard !range.isEmpty else { return }
    bytes.withUnsafeBytes { bytes in
      UnsafeMutableRawBufferPointer(rebasing: buffer[place..<place + range.count]).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
    place += range.count
  }
}

extension FramePart {
  fileprivate var saltsRange: Range<Int> {
    let width = FrameLayout.saltsByteCount
    return records.lowerBound * width..<records.upperBound * width
  }

  /// Where the parts of the records stand in the batch, by the bounds of all its records.
  fileprivate func range(of bounds: [Int]) -> Range<Int> {
    bounds[records.lowerBound]..<bounds[records.upperBound]
  }
}
