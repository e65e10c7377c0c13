import TransparencyLog

/// Who a ledger is, as its files tell it: genesis, and `FORMAT`, which repeats genesis in words.
public struct LedgerIdentity: Sendable {
  private static let formatLimit = 4_096

  /// The number in all of the ledger's files; from genesis, or else from the first segment's
  /// header. `nil` when neither can be read.
  public private(set) var logID: LogID?
  /// What entry 0 says; `nil` when it cannot be read.
  public private(set) var genesis: Genesis?
  /// What is wrong with genesis and with `FORMAT`.
  public private(set) var problems: [LogProblem] = []
  private let hashesGenesis: Bool

  /// Reads who a ledger is, through any damage.
  ///
  /// - Parameter hashesGenesis: whether genesis is held against its hash too, and not against its
  ///   checksums alone.
  /// - Throws: ``LedgerError/Kind/notALedger`` when neither `FORMAT` nor a first segment is there,
  ///   ``LedgerError/Kind/unsupportedVersion`` for a later format, and
  ///   ``LedgerError/Kind/inputOutput``.
  public init(_ disk: any Disk, hashesGenesis: Bool = true) throws(LedgerError) {
    self.hashesGenesis = hashesGenesis
    let text = try disk.smallFile(LedgerPaths.format, limit: LedgerIdentity.formatLimit)
    let hasSegment = try readGenesis(disk)
    guard text != nil || hasSegment else {
      throw LedgerError(
        .notALedger, "there is no ledger in \(disk.location)",
        advice: "check the path; `provender init` starts a ledger")
    }
    try checkFormat(text)
  }

  /// Genesis, or the first problem with it.
  public func validGenesis() throws(LedgerError) -> Genesis {
    if let problem = problems.first { throw LedgerError(problem) }
    guard let genesis else {
      throw .corrupt("genesis is unreadable", at: LogLocation(file: LedgerPaths.segment(0)))
    }
    return genesis
  }

  private mutating func readGenesis(_ disk: any Disk) throws(LedgerError) -> Bool {
    let path = LedgerPaths.segment(0)
    let file: any DiskFile
    do {
      file = try disk.open(path, .read)
    } catch {
      if error.code == .notFound {
        report(.genesis, path, nil, "the first segment is missing")
        return false
      }
      throw LedgerError(error, while: "read genesis")
    }
    do {
      let bytes = try file.bytes(at: 0, count: SegmentHeader.byteCount + FrameHeader.byteCount)
      try readGenesis(bytes, file)
    } catch let error as DiskError {
      throw LedgerError(error, while: "read genesis")
    } catch let error as LedgerError {
      throw error
    } catch {
      report(.genesis, path, nil, "genesis is unreadable")
    }
    return true
  }

  private mutating func readGenesis(_ bytes: [UInt8], _ file: any DiskFile) throws {
    let start = UInt64(SegmentHeader.byteCount)
    let path = LedgerPaths.segment(0)
    guard bytes.count == SegmentHeader.byteCount + FrameHeader.byteCount else {
      return report(.genesis, path, UInt64(bytes.count), "the file ends before genesis")
    }
    let (segment, header) = bytes.withUnsafeBytes { bytes in
      (
        SegmentHeader(bytes.part(0, SegmentHeader.byteCount)),
        FrameHeader(bytes.part(SegmentHeader.byteCount, FrameHeader.byteCount))
      )
    }
    logID = segment?.logID
    guard let header, header.number == 0, header.entryCount == 1, header.firstEntry == 0,
      UInt64(header.layout.paddedEnd) <= (try file.size()) - start
    else { return report(.genesis, path, start, "genesis is unreadable") }
    let frame = Frame()
    let position = LogPosition(segment: 0, offset: start)
    try frame.load(header, at: position, of: file, withPayloads: true)
    let problems =
      hashesGenesis
      ? frame.problems(after: .zero, with: try SHA256Hasher()) : frame.checksumProblems()
    guard problems.isEmpty, frame.count == 1, let entry = frame.entry(0),
      entry.kind == .genesis,
      let genesis = Genesis(payload: frame.payload(of: 0) { [UInt8]($0) }),
      genesis.logID == header.logID
    else {
      let place = problems.first?.location.offset ?? start
      let message = problems.first?.message ?? "genesis is malformed"
      return report(.genesis, path, place, message)
    }
    logID = genesis.logID
    self.genesis = genesis
  }

  private mutating func report(
    _ kind: LogProblem.Kind, _ file: String, _ offset: UInt64?, _ message: String
  ) {
    let entry: EntryIndex? = kind == .genesis ? 0 : nil
    let place = LogLocation(file: file, offset: offset, entry: entry)
    problems.append(LogProblem(kind, at: place, message))
  }

  private mutating func checkFormat(_ text: [UInt8]?) throws(LedgerError) {
    guard let text else {
      let message =
        "FORMAT is missing or too large: either `provender init` was interrupted, or it was removed"
      return report(.format, LedgerPaths.format, nil, message)
    }
    guard let genesis else {
      if let version = LedgerIdentity.laterVersion(text) {
        throw LedgerError(
          .unsupportedVersion, "the ledger has format \(version), this program knows 1",
          at: LogLocation(file: LedgerPaths.format), advice: "use a newer provender")
      }
      return
    }
    let expected = Array(genesis.formatText.utf8)
    guard text != expected else { return }
    let common = zip(text, expected).prefix { $0 == $1 }.count
    report(.format, LedgerPaths.format, UInt64(common), "FORMAT is not what genesis implies")
  }

  /// The version that `FORMAT` names, if it is well formed and not ours.
  private static func laterVersion(_ text: [UInt8]) -> UInt32? {
    let line = String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }.prefix(64), as: UTF8.self)
    let words = line.split(separator: " ")
    guard words.count == 2, words[0] == "provender", let version = UInt32(words[1]), version > 1
    else { return nil }
    return version
  }
}
