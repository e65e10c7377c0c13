public import TransparencyLog

extension Disk {
  /// The newest signed checkpoint that the ledger keeps; `nil` when it was never signed.
  ///
  /// It is well-formed and no more: whoever relies on it verifies it.
  ///
  /// - Throws: ``LedgerError/Kind/corrupt`` when the file is none, ``LedgerError/Kind/inputOutput``.
  public func newestCheckpoint() throws(LedgerError) -> UnverifiedCheckpoint? {
    try checkpoint(in: LedgerPaths.checkpoint)
  }

  /// The kept checkpoint of a size, as unverified as ``newestCheckpoint()``; `nil` when there is
  /// none.
  public func keptCheckpoint(of size: TreeSize) throws(LedgerError) -> UnverifiedCheckpoint? {
    try checkpoint(in: LedgerPaths.checkpoint(size))
  }

  private func checkpoint(in path: String) throws(LedgerError) -> UnverifiedCheckpoint? {
    let bytes: [UInt8]
    do {
      let file = try open(path, .read)
      bytes = try file.bytes(at: 0, count: SignedNote.byteCountMax + 1)
    } catch {
      if error.code == .notFound { return nil }
      throw LedgerError(error, while: "read a checkpoint")
    }
    do {
      return try UnverifiedCheckpoint(parsing: bytes)
    } catch {
      throw LedgerError(
        .corrupt, "the checkpoint is malformed: \(error)", at: LogLocation(file: path),
        advice:
          "put back the right one from a copy; without one, remove the file and tell those who "
          + "rely on the log")
    }
  }

  /// What the ledger keeps in `checkpoints/`, by the names of the files.
  ///
  /// - Throws: ``LedgerError/Kind/inputOutput``.
  public func keptCheckpoints() throws(LedgerError) -> KeptCheckpoints {
    do {
      return KeptCheckpoints(names: try list(LedgerPaths.checkpoints))
    } catch {
      if error.code == .notFound { return KeptCheckpoints(names: []) }
      throw LedgerError(error, while: "list the kept checkpoints")
    }
  }

  /// A time stamp of a kept checkpoint, as it came from the authority (RFC 3161, DER); `nil` when
  /// there is none of that number, or it is too large for one.
  public func timeStamp(of size: TreeSize, number: Int) throws(LedgerError) -> [UInt8]? {
    try smallFile(
      LedgerPaths.timeStamp(size, number: number), limit: KeptCheckpoints.timeStampByteCountMax)
  }

  /// A request for a time stamp of a kept checkpoint, as it was sent to the authority; `nil` when
  /// there is none of that number, or it is too large for one.
  public func timeStampRequest(
    of size: TreeSize, number: Int
  ) throws(LedgerError) -> [UInt8]? {
    try smallFile(
      LedgerPaths.timeStampRequest(size, number: number), limit: TimeStampRequest.byteCountMax)
  }
}

/// The checkpoints that others cosigned or stamped, or that were published, and their time stamps.
public struct KeptCheckpoints: Hashable, Sendable {
  /// No honest time stamp is larger, in bytes.
  public static let timeStampByteCountMax = 1 << 20

  /// The sizes, ascending.
  public let sizes: [TreeSize]
  /// The numbers of the time stamps of a size, ascending.
  public let timeStamps: [TreeSize: [Int]]
  /// The numbers of the requests for time stamps of a size, ascending.
  public let timeStampRequests: [TreeSize: [Int]]
  /// Names that belong to nothing.
  public let strays: [String]

  internal init(names: [String]) {
    var sizes: [TreeSize] = []
    var timeStamps: [TreeSize: [Int]] = [:]
    var requests: [TreeSize: [Int]] = [:]
    var strays: [String] = []
    for name in names.sorted() {
      if let size = LedgerPaths.checkpointSize(named: name) {
        sizes.append(size)
      } else if let stamp = LedgerPaths.timeStamp(named: name) {
        timeStamps[stamp.size, default: []].append(stamp.number)
      } else if let request = LedgerPaths.timeStampRequest(named: name) {
        requests[request.size, default: []].append(request.number)
      } else {
        strays.append(name)
      }
    }
    self.sizes = sizes.sorted()
    self.timeStamps = timeStamps.mapValues { $0.sorted() }
    timeStampRequests = requests.mapValues { $0.sorted() }
    self.strays = strays
  }
}

extension LedgerReader {
  /// The newest signed checkpoint that the ledger keeps; see ``Disk/newestCheckpoint()``.
  public func newestCheckpoint() throws(LedgerError) -> UnverifiedCheckpoint? {
    try disk.newestCheckpoint()
  }
}
