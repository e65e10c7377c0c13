import LedgerAudit
import LedgerStorage
import Testing
import TransparencyLog

/// Changes a closed ledger the way somebody would who can write to its files and knows the format.
struct AuditForge {
  struct ForgedFrame {
    var segment: String
    var header: FrameHeader
    var bytes: [UInt8]
  }

  var files: [String: [UInt8]]
  var frames: [ForgedFrame] = []
  let logID: LogID
  private let hasher: SHA256Hasher

  init(_ disk: AuditMemoryDisk) throws {
    files = disk.files
    logID = try #require(LedgerIdentity(disk).logID)
    hasher = try SHA256Hasher()
    let walker = try LogWalker(disk, logID: logID)
    while let step = try walker.next() {
      guard case .frame(let sighting) = step else { continue }
      let path = sighting.position.file
      let start = Int(sighting.position.offset)
      let bytes = Array(
        try #require(files[path])[start..<start + sighting.header.layout.paddedEnd])
      frames.append(ForgedFrame(segment: path, header: sighting.header, bytes: bytes))
    }
  }

  var entryCount: Int { frames.reduce(0) { $0 + $1.header.entryCount } }

  /// The frame and the record in it of an entry.
  func place(of entry: Int) -> (frame: Int, record: Int) {
    let frame = frames.firstIndex { $0.header.endEntry.rawValue > UInt64(entry) } ?? 0
    return (frame, entry - Int(frames[frame].header.firstEntry.rawValue))
  }

  /// Where the bytes of an entry stand in its frame.
  func entryRange(_ frame: Int, _ record: Int) -> Range<Int> {
    let start = frames[frame].header.layout.entries + record * Entry.byteCount
    return start..<start + Entry.byteCount
  }

  /// Where the salts, the links and the payload of an entry stand in its frame.
  func partRanges(
    _ frame: Int, _ record: Int
  ) -> (salts: Range<Int>, links: Range<Int>, payload: Range<Int>) {
    let layout = frames[frame].header.layout
    var links = layout.links
    var payload = layout.payloads
    for line in 0..<record {
      payload += word(frame, layout.directory + 16 * line)
      links += word(frame, layout.directory + 16 * line + 4)
    }
    let line = layout.directory + 16 * record
    let salts = layout.salts + 32 * record
    return (
      salts..<salts + 32, links..<links + word(frame, line + 4),
      payload..<payload + word(frame, line)
    )
  }

  func word(_ frame: Int, _ offset: Int) -> Int {
    frames[frame].bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  /// What is made right again after a change.
  struct Repairs: OptionSet {
    let rawValue: Int
    static let checksums = Repairs(rawValue: 1)
    static let commitments = Repairs(rawValue: 2)
    static let chain = Repairs(rawValue: 4)
    static let tree = Repairs(rawValue: 8)
    static let committed = Repairs(rawValue: 16)
    static let all: Repairs = [.checksums, .commitments, .chain, .tree, .committed]
  }

  /// Computes anew whatever is to be right, but for the hash that one entry names.
  mutating func repair(_ repairs: Repairs, butLinkOf exempt: Int? = nil) throws {
    var leaf = Hash.zero
    var leaves: [Hash] = []
    for frame in frames.indices {
      for record in 0..<frames[frame].header.entryCount {
        let isErased = isErased(frame, record)
        if repairs.contains(.checksums) && !isErased { repairChecksums(frame, record) }
        let range = entryRange(frame, record)
        if repairs.contains(.commitments) && !isErased {
          frames[frame].bytes.replaceSubrange(
            range.lowerBound + 64..<range.upperBound, with: commitment(frame, record).bytes)
        }
        if repairs.contains(.chain) && leaves.count != exempt {
          frames[frame].bytes.replaceSubrange(
            range.lowerBound + 32..<range.lowerBound + 64, with: leaf.bytes)
        }
        leaf = frames[frame].bytes[range].withUnsafeBytes { hasher.leafHash($0) }
        leaves.append(leaf)
      }
      if repairs.contains(.chain) { frames[frame].header.lastLeaf = leaf }
      if repairs.contains(.checksums) { sealHeader(frame) }
    }
    layOut(rechains: repairs.contains(.chain), leaves)
    if repairs.contains(.tree) { layOutTree(leaves) }
    if repairs.contains(.committed) { try repairCommitted(leaves) }
  }

  private mutating func sealHeader(_ frame: Int) {
    let layout = frames[frame].header.layout
    frames[frame].header.tableChecksum = CRC32C.checksum(
      of: Array(frames[frame].bytes[layout.entries..<layout.salts]))
    let header = frames[frame].header
    frames[frame].bytes.withUnsafeMutableBytes { header.encode(to: $0) }
  }

  /// Whether a redaction destroyed a part of the record, so that its commitment cannot be computed.
  func isErased(_ frame: Int, _ record: Int) -> Bool {
    let parts = partRanges(frame, record)
    let bytes = frames[frame].bytes
    let middle = parts.salts.lowerBound + 16
    let line = frames[frame].header.layout.directory + 16 * record
    let payload = Array(bytes[parts.salts.lowerBound..<middle] + bytes[parts.payload])
    let links = Array(bytes[middle..<parts.salts.upperBound] + bytes[parts.links])
    return [(payload, 8), (links, 12)].contains { part, field in
      part.allSatisfy { $0 == 0 } && Int(CRC32C.checksum(of: part)) != word(frame, line + field)
    }
  }

  /// Zeroes the payload, the links or both of an entry, with their salts.
  mutating func erase(_ entry: Int, payload: Bool, links: Bool) {
    let (frame, record) = place(of: entry)
    let parts = partRanges(frame, record)
    let middle = parts.salts.lowerBound + 16
    var places: [Int] = []
    if payload { places += Array(parts.salts.lowerBound..<middle) + parts.payload }
    if links { places += Array(middle..<parts.salts.upperBound) + parts.links }
    for place in places { frames[frame].bytes[place] = 0 }
    layOut()
  }

  /// Gives an entry another kind, without salts where payloads of that kind are published.
  mutating func change(_ entry: Int, to kind: EntryKind) {
    let (frame, record) = place(of: entry)
    frames[frame].bytes[entryRange(frame, record).lowerBound + 1] = kind.rawValue
    guard kind.isPublic else { return }
    for place in partRanges(frame, record).salts { frames[frame].bytes[place] = 0 }
    repairChecksums(frame, record)
  }

  private mutating func repairChecksums(_ frame: Int, _ record: Int) {
    let parts = partRanges(frame, record)
    let bytes = frames[frame].bytes
    let middle = parts.salts.lowerBound + 16
    let line = frames[frame].header.layout.directory + 16 * record
    let payload = CRC32C.checksum(
      of: Array(bytes[parts.salts.lowerBound..<middle] + bytes[parts.payload]))
    let links = CRC32C.checksum(
      of: Array(bytes[middle..<parts.salts.upperBound] + bytes[parts.links]))
    for (offset, value) in [(8, payload), (12, links)] {
      for place in 0..<4 {
        frames[frame].bytes[line + offset + place] = UInt8(
          truncatingIfNeeded: value >> UInt32(24 - 8 * place))
      }
    }
  }

  private func commitment(_ frame: Int, _ record: Int) -> Hash {
    let parts = partRanges(frame, record)
    let bytes = frames[frame].bytes
    let middle = parts.salts.lowerBound + 16
    let first = hasher.hash(
      [2] + bytes[parts.salts.lowerBound..<middle] + bytes[parts.payload])
    let second = hasher.hash([3] + bytes[middle..<parts.salts.upperBound] + bytes[parts.links])
    return hasher.hash(Array("provender/payload/v1\n".utf8) + first.bytes + second.bytes)
  }

  /// Writes the frames into their segments, one after the other.
  mutating func layOut(rechains: Bool = false, _ leaves: [Hash] = []) {
    for path in Set(frames.map(\.segment)) {
      var header = files[path].flatMap { bytes in
        bytes.prefix(512).withUnsafeBytes { SegmentHeader($0) }
      }
      if rechains, let first = header?.firstEntry.rawValue, first > 0 {
        header?.previousLeaf = leaves[Int(first) - 1]
      }
      guard let header else { continue }
      files[path] = header.bytes + frames.filter { $0.segment == path }.flatMap(\.bytes)
    }
  }

  private mutating func layOutTree(_ leaves: [Hash]) {
    for path in files.keys where path.hasPrefix("tree/") { files[path] = nil }
    var edge = TreeEdge()
    for leaf in leaves {
      edge.append(leaf, with: hasher) { level, hash in
        files["tree/\(level)", default: []].append(contentsOf: hash.bytes)
      }
    }
  }

  private mutating func repairCommitted(_ leaves: [Hash]) throws {
    let file = try CommittedFile(AuditMemoryDisk(files), logID: logID)
    let last = try #require(frames.last)
    let start = UInt64(try #require(files[last.segment]).count - last.bytes.count)
    let lastEntry = last.bytes[entryRange(frames.count - 1, last.header.entryCount - 1)]
    var bytes: [UInt8] = []
    for slot in file.slots {
      var slot = try #require(slot)
      slot.size = TreeSize(UInt64(leaves.count))
      slot.treeSize = slot.size
      slot.root = AuditFixture.naiveRoot(leaves[...], hasher)
      slot.lastLeaf = leaves.last ?? .zero
      slot.nextFrame = last.header.number + 1
      slot.lastFrame.segment = try #require(
        try LogFiles(AuditMemoryDisk(files)).segments.first {
          LedgerPaths.segment($0) == last.segment
        })
      slot.lastFrame.offset = start
      slot.end = slot.lastFrame
      slot.end.offset += UInt64(last.bytes.count)
      let time = lastEntry.dropFirst(16).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      slot.lastTime = RecordTime(rawValue: Int64(bitPattern: time))
      bytes += slot.bytes
    }
    files[LedgerPaths.committed] = bytes
  }

  /// Changes a frame's header, with its own checksum right.
  mutating func changeHeader(_ frame: Int, _ change: (inout FrameHeader) -> Void) {
    change(&frames[frame].header)
    let header = frames[frame].header
    frames[frame].bytes.withUnsafeMutableBytes { header.encode(to: $0) }
    layOut()
  }

  func audit(pinned: [PinnedHead] = []) throws -> AuditReport {
    try AuditFixture.audit(AuditMemoryDisk(files), pinned: pinned)
  }
}
