public import LedgerStorage
import TransparencyLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a ledger holds, in numbers.
public struct LedgerStatistics: Sendable {
  /// Entries of each kind that occurs, in order of the kind's number.
  public var entriesByKind: [(kind: EntryKind, count: UInt64)] = []
  /// The number of entries whose payload was destroyed by a redaction.
  public var redactedCount: UInt64 = 0
  /// The number of those whose links were destroyed too.
  public var cutCount: UInt64 = 0
  /// When the first entry was recorded.
  public var firstTime: RecordTime?
  /// When the last entry was recorded.
  public var lastTime: RecordTime?
  /// Bytes on disk by part of the ledger (`log`, `tree`, `index` and so on), in order of name.
  public var bytesByPart: [(part: String, bytes: UInt64)] = []

  /// The number of entries of a kind.
  public func count(of kind: EntryKind) -> UInt64 {
    entriesByKind.first { $0.kind == kind }?.count ?? 0
  }

  /// All bytes on disk.
  public var byteCount: UInt64 { bytesByPart.reduce(0) { $0 + $1.bytes } }
}

/// How the stored index stands to the log.
public enum IndexState: Sendable {
  /// There is none; the next trace builds it.
  case missing
  /// It was made for this log at an earlier size; the next trace brings it up to date.
  case behind(entries: UInt64, index: LedgerIndex)
  /// It is up to date.
  case current(LedgerIndex)
  /// It is damaged or belongs to another log; the next trace builds it anew.
  case unusable(reason: String)
}

extension IndexState {
  /// What becomes of entries that the index does not hold, in words.
  public static func remedy(behind entries: UInt64) -> String {
    "traces take what concerns them from the log"
  }
}

extension Ledger {
  /// Counts what the ledger holds.
  ///
  /// - Parameter progress: called with entries done and all entries.
  /// - Throws: `LedgerError` if the log cannot be read.
  /// - Complexity: O(bytes of the log without payloads).
  public func statistics(progress: ((UInt64, UInt64) -> Void)? = nil) throws -> LedgerStatistics {
    let snapshot = try snapshot()
    var statistics = LedgerStatistics()
    var counts = [UInt64](repeating: 0, count: 256)
    var redactions: [LedgerRecord] = []
    let frames = try reader.frames(in: snapshot)
    while try frames.next() {
      let frame = frames.frame
      for record in 0..<frame.count {
        guard let entry = frame.entry(record), entry.index.rawValue < snapshot.size.rawValue else {
          continue
        }
        counts[Int(entry.kind.rawValue)] += 1
        if entry.kind == .redaction {
          redactions.append(try reader.record(entry.index, in: snapshot))
        }
        if statistics.firstTime == nil { statistics.firstTime = entry.time }
        statistics.lastTime = entry.time
      }
      progress?(frame.header.endEntry.rawValue, snapshot.size.rawValue)
    }
    statistics.entriesByKind = counts.indices.filter { counts[$0] > 0 }.map {
      (EntryKind(rawValue: UInt8($0)), counts[$0])
    }
    (statistics.redactedCount, statistics.cutCount) = RedactionLog(redactions).counts
    statistics.bytesByPart = DiskUsage.parts(of: directory)
    return statistics
  }

  /// How the stored index stands to the log; nothing is built.
  ///
  /// - Parameter checksAll: whether every byte of it is read and checked.
  public func indexState(checksAll: Bool = false) throws -> IndexState {
    let snapshot = try snapshot()
    let stored = indexStore.stored(snapshot)
    guard let index = stored.index else {
      return stored.notice.map { .unusable(reason: $0) } ?? .missing
    }
    if checksAll {
      do throws(IndexError) {
        try index.checkAll()
      } catch {
        return .unusable(reason: "the index is damaged: \(error)")
      }
      let facts = indexStore.facts(from: index.binding.size, seed: index.seed, snapshot)
      if let notice = facts.notice { return .unusable(reason: notice) }
      for table in facts.tables {
        do throws(IndexError) {
          try table.checkAll()
        } catch {
          return .unusable(reason: "the facts beside the index are damaged: \(error)")
        }
      }
    }
    guard index.binding.size < snapshot.size.rawValue else { return .current(index) }
    return .behind(entries: snapshot.size.rawValue - index.binding.size, index: index)
  }
}

/// How many bytes files take.
private enum DiskUsage {
  /// A ledger's folders are two deep; anything deeper is not its own.
  private static let depthLimit = 4

  static func parts(of directory: String) -> [(part: String, bytes: UInt64)] {
    names(in: directory).sorted().map { ($0, bytes(at: "\(directory)/\($0)", depth: 0)) }
  }

  private static func bytes(at path: String, depth: Int) -> UInt64 {
    var status = stat()
    guard lstat(path, &status) == 0 else { return 0 }
    guard status.st_mode & S_IFMT == S_IFDIR else { return UInt64(max(0, status.st_size)) }
    guard depth < depthLimit else { return 0 }
    return names(in: path).reduce(0) { $0 + bytes(at: "\(path)/\($1)", depth: depth + 1) }
  }

  private static func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}
