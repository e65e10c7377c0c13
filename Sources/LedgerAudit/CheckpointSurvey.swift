import LedgerStorage
import TransparencyLog

/// The checkpoints that a ledger keeps, by the names of their files.
internal struct CheckpointSurvey {
  /// No ledger keeps more: one a minute for two months, or a day for three centuries.
  private static let keptMax = 100_000
  private static let digitCount = 20

  /// The bytes of the newest, as they were when the audit began.
  private(set) var newest: [UInt8]?
  /// The sizes of those kept, ascending.
  private(set) var kept: [TreeSize] = []
  /// The time stamps by the size of their checkpoint, by name.
  private(set) var stamps: [TreeSize: [String]] = [:]
  /// Files that are neither.
  private(set) var strays: [String] = []
  /// The sizes at which the log's root is wanted.
  private(set) var sizes: Set<UInt64> = []

  init() {}

  init(_ disk: any Disk, _ names: [String], _ findings: inout FindingList) {
    if names.contains(LedgerPaths.checkpoint) {
      newest = CheckpointSurvey.read(LedgerPaths.checkpoint, disk, &findings)
    }
    if let claim = newest.flatMap({ try? UnverifiedCheckpoint(parsing: $0) })?.claim {
      sizes.insert(claim.size.rawValue)
    }
    guard names.contains(LedgerPaths.checkpoints) else { return }
    var found: [String] = []
    do throws(DiskError) {
      found = try disk.list(LedgerPaths.checkpoints).sorted()
    } catch {
      findings.add(AuditFinding(error))
    }
    for name in found { take(name) }
    if kept.count > CheckpointSurvey.keptMax {
      findings.add(
        .checkpointMalformed, at: LogLocation(file: LedgerPaths.checkpoints),
        "there are \(kept.count) checkpoints, of which only the largest "
          + "\(CheckpointSurvey.keptMax) were judged")
      kept.removeFirst(kept.count - CheckpointSurvey.keptMax)
    }
    sizes.formUnion(kept.map(\.rawValue))
  }

  private mutating func take(_ name: String) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard let digits = parts.first, digits.utf8.count == CheckpointSurvey.digitCount,
      digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = UInt64(digits)
    else {
      strays.append("\(LedgerPaths.checkpoints)/\(name)")
      return
    }
    let size = TreeSize(number)
    if parts.count == 1 {
      kept.append(size)
    } else if parts.count == 3, parts[2] == "tsr", UInt32(parts[1]) != nil {
      stamps[size, default: []].append(name)
    } else {
      strays.append("\(LedgerPaths.checkpoints)/\(name)")
    }
  }

  /// The path of a kept checkpoint.
  static func path(_ size: TreeSize) -> String {
    let digits = String(size.rawValue)
    let zeros = String(repeating: "0", count: max(0, digitCount - digits.count))
    return "\(LedgerPaths.checkpoints)/\(zeros)\(digits)"
  }

  /// The bytes of a small file, or a finding.
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
