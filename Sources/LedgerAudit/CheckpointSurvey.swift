import LedgerStorage
import TransparencyLog

/// The checkpoints that a ledger keeps, by the names of their files.
internal struct CheckpointSurvey {
  /// No ledger keeps more: one a minute for two months, or a day for three centuries.
  private static let keptMax = 100_000

  /// The bytes of the newest, as they were when the audit began.
  private(set) var newest: [UInt8]?
  /// The sizes of those kept, ascending.
  private(set) var sizes: ArraySlice<TreeSize> = []
  /// The numbers of the time stamps of each.
  private(set) var timeStamps: [TreeSize: [Int]] = [:]
  /// Files in `checkpoints/` that are neither.
  private(set) var strays: [String] = []
  /// What the newest claims; `nil` where there is none.
  private(set) var newestClaim: Checkpoint?

  init() {}

  init(_ disk: any Disk, _ names: [String], _ findings: inout FindingList) {
    if names.contains(LedgerPaths.checkpoint) {
      newest = CheckpointSurvey.read(LedgerPaths.checkpoint, disk, &findings)
    }
    newestClaim = newest.flatMap { try? UnverifiedCheckpoint(parsing: $0) }?.claim
    do throws(LedgerError) {
      let kept = try disk.keptCheckpoints()
      sizes = kept.sizes.suffix(CheckpointSurvey.keptMax)
      timeStamps = kept.timeStamps
      strays = kept.strays.map { "\(LedgerPaths.checkpoints)/\($0)" }
      if kept.sizes.count > sizes.count {
        findings.add(
          .checkpointMalformed, at: LogLocation(file: LedgerPaths.checkpoints),
          "there are \(kept.sizes.count) checkpoints, of which only the largest \(sizes.count) "
            + "were judged")
      }
    } catch {
      findings.add(AuditFinding(error))
    }
  }

  /// The sizes at which the log's root is wanted.
  var headSizes: [UInt64] { (sizes + [newestClaim?.size].compactMap { $0 }).map(\.rawValue) }

  /// The bytes of a checkpoint's file, or a finding.
  static func read(
    _ path: String, _ disk: any Disk, _ findings: inout FindingList
  ) -> [UInt8]? {
    do throws(DiskError) {
      let file = try disk.open(path, .read)
      // One byte more than may be there shows that there are too many.
      let limit = UInt64(SignedNote.byteCountMax + 1)
      return try file.bytes(at: 0, count: Int(min(limit, try file.size())))
    } catch {
      findings.add(AuditFinding(error))
      return nil
    }
  }
}
