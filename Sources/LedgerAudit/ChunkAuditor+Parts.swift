import LedgerStorage
import Traceability
import TransparencyLog

/// Where the payload and the links of a record stand, in bytes from the frame's start.
internal struct RecordParts {
  var linksOffset: Int
  var payloadOffset: Int
  var line = DirectoryLine(
    payloadByteCount: 0, linksByteCount: 0, payloadChecksum: 0, linksChecksum: 0)

  init(linksOffset: Int, payloadOffset: Int) {
    self.linksOffset = linksOffset
    self.payloadOffset = payloadOffset
  }
}

extension ChunkAuditor {
  /// One part of a record: the payload or the links, with its salt.
  private struct Part {
    let bytes: UnsafeRawBufferPointer
    let salt: UnsafeRawBufferPointer
    /// Whether part and salt agree with their checksum.
    let isUndamaged: Bool
    /// Where the part begins, in bytes from the frame's start.
    let offset: Int

    var state: PartState {
      if isUndamaged { return .intact }
      // Zeros are what redaction leaves.
      return salt.isAllZero && bytes.isAllZero ? .erased : .damaged
    }
  }

  /// A commitment that is not that of a record's parts.
  private struct Mismatch {
    let frame: FrameView
    let record: Int
    let entry: Entry
    let found: Hash

    var expected: Hash { entry.commitment }

    func location(_ part: Part) -> LogLocation { frame.location(part.offset, record) }
  }

  /// Checks that an entry commits to its payload and links.
  internal func checkParts(
    _ frame: FrameView, _ record: Int, _ entry: Entry, _ parts: RecordParts,
    _ result: inout ChunkResult
  ) {
    let saltsOffset = frame.saltsOffset(record)
    let payload = frame.part(parts.payloadOffset, parts.line.payloadByteCount)
    let links = frame.part(parts.linksOffset, parts.line.linksByteCount)
    let salts = frame.part(saltsOffset, FrameLayout.saltsByteCount)
    let payloadDigest = records.payloadDigest(of: frame, record, parts)
    let linksDigest = records.linksDigest(of: frame, record, parts)
    let commitment = records.commitment(payloadDigest, linksDigest)
    let payloadPart = Part(
      bytes: payload, salt: frame.part(saltsOffset, Salt.byteCount),
      isUndamaged: payloadDigest.checksum == parts.line.payloadChecksum,
      offset: parts.payloadOffset)
    let linksPart = Part(
      bytes: links, salt: frame.part(saltsOffset + Salt.byteCount, Salt.byteCount),
      isUndamaged: linksDigest.checksum == parts.line.linksChecksum, offset: parts.linksOffset)
    guard commitment == entry.commitment else {
      let mismatch = Mismatch(frame: frame, record: record, entry: entry, found: commitment)
      report(mismatch, payloadPart, linksPart, &result)
      return
    }
    if !payloadPart.isUndamaged {
      result.findings.add(
        .payloadChecksum, at: frame.location(payloadPart.offset, record),
        "the payload is what the entry commits to, and yet disagrees with its checksum")
    }
    if !linksPart.isUndamaged {
      result.findings.add(
        .linksChecksum, at: frame.location(linksPart.offset, record),
        "the links are what the entry commits to, and yet disagree with their checksum")
    }
    if entry.kind.isPublic && !salts.isAllZero {
      result.findings.add(
        .publicSalt, at: frame.location(saltsOffset, record),
        "a payload of kind \(entry.kind) is public and has no salt, and yet there is one")
    }
    if entry.kind.isPublic {
      var place = frame.position
      place.offset += UInt64(payloadPart.offset)
      if let statement = PublicStatement(entry, at: frame.index(of: record), payload, place) {
        result.statements.append(statement)
      }
    }
    checkMeaning(frame, record, entry, payloadPart, linksPart, &result.findings)
  }

  private func report(
    _ mismatch: Mismatch, _ payload: Part, _ links: Part, _ result: inout ChunkResult
  ) {
    let (payloadState, linksState) = (payload.state, links.state)
    // What is damaged may be on its way to being erased.
    let isPart = defersDamage && (payloadState == .damaged || linksState == .damaged)
    if payloadState == .erased || linksState == .erased || isPart {
      // Whether it may be is known when the whole log is.
      let record = erased(mismatch, payload, links, payloadState, linksState)
      result.erased.append(record)
    }
    if payloadState == .damaged && !defersDamage {
      report("payload or its salt is", payload, mismatch, &result.findings)
    }
    if linksState == .damaged && !defersDamage {
      report("links or their salt are", links, mismatch, &result.findings)
    }
    if payloadState == .erased && linksState == .intact {
      checkMeaning(
        mismatch.frame, mismatch.record, mismatch.entry, payload, links, &result.findings)
    }
    if payloadState == .intact && linksState == .intact {
      let place = mismatch.frame.entryLocation(
        mismatch.record, field: EntryRules.commitmentField)
      result.findings.add(
        .commitment, at: place,
        "payload and links agree with their checksums, and the entry commits to others",
        expected: mismatch.expected.hex, found: mismatch.found.hex)
    }
  }

  private func erased(
    _ mismatch: Mismatch, _ payload: Part, _ links: Part, _ payloadState: PartState,
    _ linksState: PartState
  ) -> ErasedRecord {
    let position = mismatch.frame.position
    let digest =
      linksState != .intact
      ? nil
      : Commitment.linksDigest(links.bytes, salt: Salt(copying: links.salt, at: 0), with: hasher)
    return ErasedRecord(
      index: mismatch.frame.index(of: mismatch.record), kind: mismatch.entry.kind,
      payload: payloadState, links: linksState, commitment: mismatch.expected,
      linksDigest: digest, segment: position.segment,
      payloadOffset: position.offset + UInt64(payload.offset),
      linksOffset: position.offset + UInt64(links.offset))
  }

  private func report(
    _ words: String, _ part: Part, _ mismatch: Mismatch, _ findings: inout FindingList
  ) {
    findings.add(
      .commitment, at: mismatch.location(part), "the \(words) not what the entry commits to",
      expected: mismatch.expected.hex, found: mismatch.found.hex)
  }

  private func checkMeaning(
    _ frame: FrameView, _ record: Int, _ entry: Entry, _ payload: Part, _ links: Part,
    _ findings: inout FindingList
  ) {
    if entry.kind == .genesis && entry.index == 0 {
      let genesis = Genesis(payload: [UInt8](payload.bytes))
      if genesis?.logID != frame.header.logID {
        findings.add(
          .genesis, at: frame.location(payload.offset, record),
          "entry 0 does not say who this log is",
          expected: "\(frame.header.logID)", found: genesis.map { "\($0.logID)" })
      }
    }
    guard decodesLinks, !links.bytes.isEmpty else { return }
    do throws(LinksError) {
      switch entry.kind {
      case .event: try LinksBuffer.validate(links.bytes)
      case .capture: _ = try CaptureLinks(decoding: links.bytes)
      default: break
      }
    } catch {
      findings.add(
        .linksMalformed, at: frame.location(links.offset + error.offset, record),
        "the \(entry.kind)'s links have no meaning: \(error.reason)")
    }
  }
}
