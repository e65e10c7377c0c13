import LedgerStorage
import TransparencyLog

/// Checks the entries of a published log that is a Provender ledger's: fields, order, chain, and the
/// payloads that are public. The entries of any other log are opaque.
internal final class PublishedEntries {
  /// Redactions that name more entries than this together are counted, not listed.
  private static let targetCountMax = 1 << 20

  private let files: PublishedFiles
  private let census: TilesCensus
  private let hasher: SHA256Hasher
  private let redactionLimit: Int
  private var targetCount = 0
  private(set) var findings: TilesFindings
  /// Whether the log is one of ours; `nil` before entry 0.
  private(set) var isProvender: Bool?
  private(set) var genesis: Genesis?
  private(set) var keys: KeyHistory?
  private(set) var redactions: [TilesReport.Redaction] = []
  private(set) var redactionCount: UInt64 = 0
  private(set) var entryCount: UInt64 = 0
  private(set) var entriesByKind: [EntryKind: UInt64] = [:]
  private(set) var firstTime: RecordTime?
  private(set) var lastTime: RecordTime?
  private var state: SequenceState? = .beginning
  private var previous: Hash? = .zero
  private var next: UInt64 = 0
  /// Entries whose payloads are public, and those of which nothing is known.
  private var mayHavePayload = IndexRanges()

  init(_ files: PublishedFiles, _ census: TilesCensus, _ hasher: SHA256Hasher, limit: Int) {
    self.files = files
    self.census = census
    self.hasher = hasher
    redactionLimit = limit
    findings = TilesFindings(limit: limit)
  }

  /// Takes in the next bundle.
  ///
  /// - Parameters:
  ///   - bundle: the bundle; `nil` when it is missing or malformed.
  ///   - hashes: the hashes of its entries as the tree has them.
  func take(_ bundle: PublishedBundle?, from first: UInt64, hashes: [Hash?]) {
    skip(to: first)
    guard let bundle else { return skip(to: first + UInt64(hashes.count)) }
    bundle.bytes.withUnsafeBytes { bytes in
      for (place, range) in bundle.ranges.enumerated() {
        entryCount += 1
        let isOurs = isProvender ?? decide(UnsafeRawBufferPointer(rebasing: bytes[range]))
        guard isOurs else { continue }
        // An entry that is not the tree's was reported; its fields are nobody's.
        guard bundle.leaves[place] == hashes[place] else {
          forget(hashes[place])
          continue
        }
        let location = LogLocation(
          file: bundle.path, offset: UInt64(range.lowerBound), entry: EntryIndex(next))
        check(UnsafeRawBufferPointer(rebasing: bytes[range]), hashes[place], location)
      }
    }
    if isProvender == false { next = first + UInt64(hashes.count) }
  }

  /// Passes over entries that are not there.
  func skip(to index: UInt64) {
    guard index > next else { return }
    if isProvender == nil { isProvender = census.hasPayloads }
    mayHavePayload.insert(next..<index)
    next = index
    state = nil
    previous = nil
  }

  /// Entry 0 tells; and so does a directory of payloads, which only our logs have.
  private func decide(_ entry: UnsafeRawBufferPointer) -> Bool {
    let isGenesis = Entry(entry).map { $0.kind == .genesis && $0.index == 0 } ?? false
    let isOurs = isGenesis || census.hasPayloads
    isProvender = isOurs
    return isOurs
  }

  private func forget(_ hash: Hash?) {
    mayHavePayload.insert(next)
    state = nil
    previous = hash
    next += 1
  }

  private func check(_ bytes: UnsafeRawBufferPointer, _ hash: Hash?, _ location: LogLocation) {
    guard let entry = Entry(bytes) else {
      add(.entryMalformed, location, "the entry is none of version 1")
      return forget(hash)
    }
    let index = EntryIndex(next)
    let report = { (fault: EntryFault) in
      guard let kind = TilesFinding.Kind(rawValue: fault.kind.rawValue) else { return }
      var place = location
      place.offset = location.offset.map { $0 + UInt64(fault.field) }
      self.findings.add(
        TilesFinding(
          kind, at: place, fault.message, expected: fault.expected, found: fault.found))
    }
    EntryRules.check(entry, at: index, report)
    if let state { EntryRules.check(entry, at: index, after: state, report) }
    if let previous, entry.previous != previous {
      add(
        .chain, location, "the entry does not name the hash of the entry before it",
        expected: previous.hex, found: entry.previous.hex)
    }
    count(entry)
    if entry.kind.isPublic { checkPayload(entry, index) }
    state = SequenceState(after: entry, state)
    previous = hash
    next += 1
  }

  private func count(_ entry: Entry) {
    entriesByKind[entry.kind, default: 0] += 1
    if firstTime == nil { firstTime = entry.time }
    lastTime = entry.time
  }

  // MARK: Payloads

  private func checkPayload(_ entry: Entry, _ index: EntryIndex) {
    mayHavePayload.insert(index.rawValue)
    let path = PublishedPaths.payload(index)
    let place = LogLocation(file: path, entry: index)
    let payload: [UInt8]
    switch files.read(path, limit: PublishedFiles.payloadByteCountMax) {
    case .bytes(let bytes): payload = bytes
    case .missing:
      return add(.payloadMissing, place, "the payload of a \(entry.kind) entry is missing")
    case .tooLong(let size):
      return add(
        .commitment, place, "no payload of a \(entry.kind) entry is so long",
        found: "\(size) bytes")
    case .unreadable(let reason):
      return add(.unreadable, place, "the system cannot read this: \(reason)")
    }
    let commitment = commitment(to: payload)
    guard commitment == entry.commitment else {
      return add(
        .commitment, place, "the payload is not the one that the entry commits to",
        expected: entry.commitment.hex, found: commitment.hex)
    }
    read(payload, entry, place)
  }

  /// The commitment of a public payload: salts are zeros, links are empty.
  private func commitment(to payload: [UInt8]) -> Hash {
    let first = payload.withUnsafeBytes {
      Commitment.payloadDigest($0, salt: .zero, with: hasher)
    }
    let second = Commitment.linksDigest(
      UnsafeRawBufferPointer(start: nil, count: 0), salt: .zero, with: hasher)
    return Commitment.join(first, second, with: hasher)
  }

  private func read(_ payload: [UInt8], _ entry: Entry, _ place: LogLocation) {
    switch entry.kind {
    case .genesis: readGenesis(payload, place)
    case .key: readKey(payload, entry, place)
    default: readRedaction(payload, entry, place)
    }
  }

  private func readGenesis(_ payload: [UInt8], _ place: LogLocation) {
    guard place.entry == 0 else { return }
    guard let found = Genesis(payload: payload) else {
      return add(.genesis, place, "genesis is malformed")
    }
    genesis = found
    keys = KeyHistory(origin: found.origin, logID: found.logID)
  }

  private func readKey(_ payload: [UInt8], _ entry: Entry, _ place: LogLocation) {
    do throws(CryptoError) {
      // Without genesis nobody knows what the keys signed.
      guard let fault = try keys?.take(payload, entry: entry.index, time: entry.time) else {
        return
      }
      add(.keyEntry, place, "\(fault)")
    } catch {
      add(.unreadable, place, "\(error)")
    }
  }

  private func readRedaction(_ payload: [UInt8], _ entry: Entry, _ place: LogLocation) {
    guard let found = RedactionPayload(payload: payload) else {
      return add(.redaction, place, "the redaction is malformed")
    }
    if let target = found.targets.last, target.entry >= entry.index {
      add(.redaction, place, "the redaction names entry \(target.entry), which is not before it")
    }
    redactionCount += 1
    targetCount += found.targets.count
    guard redactions.count < redactionLimit, targetCount <= Self.targetCountMax else { return }
    redactions.append(
      TilesReport.Redaction(entry: entry.index, time: entry.time, payload: found))
  }

  // MARK: The end

  /// Reports what shows only at the end of the log.
  func finish() {
    guard isProvender == true else { return }
    mayHavePayload.seal()
    if let open = state?.openCapture {
      add(
        .captureUnfinished, LogLocation(file: PublishedPaths.entries, entry: open),
        "the capture has no end within the checkpoint's size")
    }
    for range in census.payloads.full.subtracting(mayHavePayload) {
      let first = EntryIndex(range.lowerBound)
      let count = range.upperBound - range.lowerBound
      add(
        .payloadStray, LogLocation(file: PublishedPaths.payload(first), entry: first),
        count == 1
          ? "a payload is published that belongs to no public entry"
          : "\(count) payloads from here on are published that belong to no public entries")
    }
  }

  private func add(
    _ kind: TilesFinding.Kind, _ location: LogLocation, _ message: String, expected: String? = nil,
    found: String? = nil
  ) {
    findings.add(
      TilesFinding(kind, at: location, message, expected: expected, found: found))
  }
}
