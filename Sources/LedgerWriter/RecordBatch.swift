internal import LedgerStorage
internal import TransparencyLog

/// Records on their way into frames: their parts end to end, so that a frame takes each group of
/// parts with one copy.
internal struct RecordBatch: Sendable {
  private(set) var kinds: [EntryKind] = []
  /// Where the payload of each record begins in `payloads`, and where the last one ends.
  private(set) var payloadBounds = [0]
  /// Where the links of each record begin in `links`, and where the last ones end.
  private(set) var linksBounds = [0]
  private(set) var payloads: [UInt8] = []
  private(set) var links: [UInt8] = []

  /// Made by ``prepare(with:_:)``: two salts for each record.
  private(set) var salts: [UInt8] = []
  /// Made by ``prepare(with:_:)``: the CRC-32C of salt and payload, and of salt and links.
  private(set) var checksums: [(payload: UInt32, links: UInt32)] = []
  /// Made by ``prepare(with:_:)``.
  private(set) var commitments: [Hash] = []

  var count: Int { kinds.count }

  /// Whether the records are a capture or a part of one; else each stands alone.
  var isCapture: Bool { kinds.first.map { $0 == .capture || $0.belongsToCapture } ?? false }

  func payloadCount(_ record: Int) -> Int { payloadBounds[record + 1] - payloadBounds[record] }

  func linksCount(_ record: Int) -> Int { linksBounds[record + 1] - linksBounds[record] }

  /// The bytes the records take in a frame's body.
  var byteCount: Int { count * FrameLayout.fixedByteCount + payloads.count + links.count }

  mutating func add(
    _ kind: EntryKind, payload: UnsafeRawBufferPointer, links part: UnsafeRawBufferPointer
  ) throws(LedgerError) {
    try RecordBatch.check(payload.count, part.count)
    payloads.append(contentsOf: payload)
    close(kind, part)
  }

  mutating func addEvent(
    _ event: UnsafeRawBufferPointer, after prefix: EventPayload.Prefix,
    links part: UnsafeRawBufferPointer
  ) throws(LedgerError) {
    try RecordBatch.check(prefix.payloadByteCount(event: event.count), part.count)
    prefix.append(event, to: &payloads)
    close(.event, part)
  }

  /// Ends a record whose payload was appended.
  private mutating func close(_ kind: EntryKind, _ part: UnsafeRawBufferPointer) {
    kinds.append(kind)
    links.append(contentsOf: part)
    payloadBounds.append(payloads.count)
    linksBounds.append(links.count)
  }

  mutating func reserve(_ more: Int, byteCount: Int) {
    kinds.reserveCapacity(count + more)
    payloadBounds.reserveCapacity(count + more + 1)
    linksBounds.reserveCapacity(count + more + 1)
    payloads.reserveCapacity(payloads.count + byteCount)
  }

  private static func check(_ payloadCount: Int, _ linksCount: Int) throws(LedgerError) {
    guard payloadCount <= FrameHeader.maximumPayloadByteCount else {
      throw tooLarge("payload", payloadCount, FrameHeader.maximumPayloadByteCount)
    }
    guard linksCount <= FrameHeader.maximumLinksByteCount else {
      throw tooLarge("set of links", linksCount, FrameHeader.maximumLinksByteCount)
    }
  }

  private static func tooLarge(_ part: String, _ count: Int, _ limit: Int) -> LedgerError {
    LedgerError(
      .invalid, "a \(part) has \(count) bytes, the most is \(limit)",
      advice: "split the event into smaller ones")
  }

  mutating func removeAll() {
    kinds.removeAll(keepingCapacity: true)
    payloadBounds.removeAll(keepingCapacity: true)
    linksBounds.removeAll(keepingCapacity: true)
    payloadBounds.append(0)
    linksBounds.append(0)
    payloads.removeAll(keepingCapacity: true)
    links.removeAll(keepingCapacity: true)
  }

  /// Draws the salts and computes what does not depend on the place in the log, so that callers
  /// do it beside each other.
  mutating func prepare(
    with hasher: SHA256Hasher, _ random: LedgerRandom
  ) throws(LedgerError) {
    try drawSalts(random)
    checksums.removeAll(keepingCapacity: true)
    commitments.removeAll(keepingCapacity: true)
    checksums.reserveCapacity(count)
    commitments.reserveCapacity(count)
    salts.withUnsafeBytes { salts in
      payloads.withUnsafeBytes { payloads in
        links.withUnsafeBytes { links in
          commit(salts, payloads, links, hasher)
        }
      }
    }
  }

  private mutating func drawSalts(_ random: LedgerRandom) throws(LedgerError) {
    let byteCount = count * FrameLayout.saltsByteCount
    if salts.count != byteCount { salts = [UInt8](repeating: 0, count: byteCount) }
    let result = salts.withUnsafeMutableBytes { buffer in
      Result<Void, CryptoError> { () throws(CryptoError) in try random.fill(buffer) }
    }
    do {
      try result.get()
    } catch {
      throw LedgerError(error)
    }
    for record in 0..<count where kinds[record].isPublic {
      let start = record * FrameLayout.saltsByteCount
      for place in start..<start + FrameLayout.saltsByteCount { salts[place] = 0 }
    }
  }

  private mutating func commit(
    _ salts: UnsafeRawBufferPointer, _ payloads: UnsafeRawBufferPointer,
    _ links: UnsafeRawBufferPointer, _ hasher: SHA256Hasher
  ) {
    for record in 0..<count {
      let payload = UnsafeRawBufferPointer(
        rebasing: payloads[payloadBounds[record]..<payloadBounds[record + 1]])
      let part = UnsafeRawBufferPointer(
        rebasing: links[linksBounds[record]..<linksBounds[record + 1]])
      let saltStart = record * FrameLayout.saltsByteCount
      let salt = Salt(copying: salts, at: saltStart)
      let linksSalt = Salt(copying: salts, at: saltStart + Salt.byteCount)
      commitments.append(
        Commitment.join(
          Commitment.payloadDigest(payload, salt: salt, with: hasher),
          Commitment.linksDigest(part, salt: linksSalt, with: hasher), with: hasher))
      checksums.append((checksum(salt, payload), checksum(linksSalt, part)))
    }
  }

  private func checksum(_ salt: Salt, _ part: UnsafeRawBufferPointer) -> UInt32 {
    var crc = CRC32C()
    salt.withUnsafeBytes { crc.update($0) }
    crc.update(part)
    return crc.value
  }

  /// Cuts the records into ranges that each fit into a frame of about the given size.
  func ranges(limit: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    var bytes = 0
    for record in 0..<count {
      let more =
        FrameLayout.fixedByteCount + payloadCount(record) + linksCount(record)
      let isFull = bytes + more > limit || record - start >= FrameHeader.maximumEntryCount
      if isFull && record > start {
        ranges.append(start..<record)
        start = record
        bytes = 0
      }
      bytes += more
    }
    ranges.append(start..<count)
    return ranges
  }
}
