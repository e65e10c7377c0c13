import Foundation
import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import TransparencyLog

/// A ledger in which entries of several frames and segments are redacted, and what must hold of it
/// whatever happens meanwhile.
struct RedactionHistory {
  /// What is redacted, one after the other; each erases something.
  static let asks: [(entries: [EntryIndex], parts: RedactedParts)] = [
    ([2, 10, 19], .payload), ([2, 11, 18], .payloadAndLinks), ([23], .payload),
  ]
  static let copies = ["index/current", "index/new-77", "set-aside/cut"]

  /// The ledger before the first redaction, with copies of what will be erased.
  let start: SimulatedState
  let originals: [LedgerRecord]
  private let copy: [UInt8]

  /// What the caller was told.
  struct Progress: Sendable {
    /// The numbers of redactions.
    var asked: [Int] = []
    var acknowledged: [Int] = []
    var size: UInt64 = 0
    var hasStopped = false
    var wentOnAfterStop = false
  }

  init(sabotage: SimulatedDisk.Sabotage? = nil) throws {
    let disk = SimulatedDisk(SimulatedState(), sabotage: sabotage)
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options())
    for (capture, events) in [3, 12, 2, 4, 2].enumerated() {
      _ = try writer.append(History.draft(capture, events: events))
    }
    let reader = try LedgerReader(disk)
    let snapshot = try reader.snapshot()
    originals = try (0..<snapshot.size.rawValue).map {
      try reader.record(EntryIndex($0), in: snapshot)
    }
    copy = originals.flatMap { $0.payload ?? [] }
    for path in Self.copies {
      try disk.createDirectory(String(path.prefix { $0 != "/" }))
      let file = try disk.open(path, .create)
      _ = try copy.withUnsafeBytes { bytes throws(DiskError) in try file.write(bytes, at: 0) }
      try file.syncData()
      try disk.syncDirectory(String(path.prefix { $0 != "/" }))
    }
    try disk.syncDirectory("")
    start = disk.killProcess().state
  }

  /// Redacts and captures; failures are noted, and everything is tried all the same.
  func run(_ disk: SimulatedDisk, note: (Progress) -> Void) -> Progress {
    var progress = Progress()
    progress.size = UInt64(originals.count)
    guard let writer = try? LedgerWriter.open(disk, options: History.options()) else {
      return progress
    }
    for (number, ask) in Self.asks.enumerated() {
      progress.asked.append(number)
      note(progress)
      attempt(&progress) { progress in
        _ = try writer.redact(ask.entries, parts: ask.parts, reason: "r\(number)")
        progress.acknowledged.append(number)
        progress.size += 1
      }
      note(progress)
      attempt(&progress) { progress in
        let appended = try writer.append(History.draft(10 + number, events: 1 + number))
        progress.size = appended.firstEntry.rawValue + appended.entryCount
      }
      note(progress)
    }
    try? writer.close()
    return progress
  }

  private func attempt(_ progress: inout Progress, _ body: (inout Progress) throws -> Void) {
    do {
      try body(&progress)
      if progress.hasStopped { progress.wentOnAfterStop = true }
    } catch let error as LedgerError {
      if error.kind == .stopped { progress.hasStopped = true }
    } catch {}
  }

  /// What is wrong with what a reader, and then a writer, make of a disk; `nil` when nothing is.
  func fault(_ disk: SimulatedDisk, _ progress: Progress, isThorough: Bool) -> String? {
    do {
      if let fault = try faultForReaders(disk) { return "reader: \(fault)" }
      if isThorough {
        let bound = try LedgerWriter.predecessor(of: disk, reason: "test")
        if bound.size < (try LedgerReader(disk).snapshot().size) { return "bound to less" }
      }
      let writer = try LedgerWriter.open(disk, options: History.options())
      if let fault = try fault(after: writer, disk, progress) { return fault }
      guard isThorough else { return nil }
      _ = try writer.append(History.draft(99, events: 1))
      try writer.close()
      let inspection = try LedgerInspection(disk)
      let problems = inspection.problems.filter {
        $0.kind != .erasedPayload && $0.kind != .erasedLinks
      }
      return problems.isEmpty ? nil : "\(problems)"
    } catch {
      return "\(error)"
    }
  }

  /// Who only reads meets parts that are whole or erased, and none that are damaged.
  private func faultForReaders(_ disk: SimulatedDisk) throws -> String? {
    let reader = try LedgerReader(disk)
    let snapshot = try reader.snapshot()
    let cursor = try reader.frames(in: snapshot, withPayloads: true)
    while try cursor.next() {
      for record in 0..<cursor.frame.count where isHalfErased(cursor.frame, record) {
        let index = cursor.frame.index(of: record)
        let links = try reader.record(index, in: snapshot).links
        guard try reader.links(index, in: snapshot) == links else { return "links of \(index)" }
      }
    }
    return nil
  }

  private func isHalfErased(_ frame: Frame, _ record: Int) -> Bool {
    frame.payloadState(record) == .damaged || frame.linksState(record) == .damaged
  }

  private func fault(
    after writer: LedgerWriter, _ disk: SimulatedDisk, _ progress: Progress
  ) throws -> String? {
    let reader = try LedgerReader(disk)
    let snapshot = try reader.snapshot()
    guard snapshot.size.rawValue >= progress.size else { return "acknowledged entries are lost" }
    var named: [EntryIndex: RedactedParts] = [:]
    var found: [EntryIndex: RedactedParts] = [:]
    var reasons: [String] = []
    let cursor = try reader.frames(in: snapshot, withPayloads: true)
    while try cursor.next() {
      let frame = cursor.frame
      for record in 0..<frame.count {
        let index = frame.index(of: record)
        switch (frame.payloadState(record), frame.linksState(record)) {
        case (.intact, .intact): break
        case (.erased, .intact): found[index] = .payload
        case (.erased, .erased): found[index] = .payloadAndLinks
        default: return "entry \(index) is half erased"
        }
        guard frame.entry(record)?.kind == .redaction else { continue }
        let bytes = frame.payload(of: record) { [UInt8]($0) }
        guard let payload = RedactionPayload(payload: bytes) else { return "\(index) is malformed" }
        for target in payload.targets { named[target.entry] = target.scope.parts }
        reasons.append(payload.reason)
      }
    }
    // In the order in which they were asked for, and all that was acknowledged.
    guard progress.asked.map({ "r\($0)" }).filter(reasons.contains) == reasons,
      Set(progress.acknowledged.map { "r\($0)" }).isSubset(of: reasons)
    else { return "\(reasons) of \(progress.asked), acknowledged \(progress.acknowledged)" }
    guard found == named else { return "announced \(named), erased \(found)" }
    return fault(of: disk.state.files, named)
  }

  private func fault(
    of files: [String: [UInt8]], _ named: [EntryIndex: RedactedParts]
  ) -> String? {
    guard files[LedgerPaths.redaction] == nil else { return "the marker is left" }
    if named.isEmpty {
      return Self.copies.allSatisfy { files[$0] == copy } ? nil : "a file is gone for nothing"
    }
    for entry in named.keys {
      guard let payload = originals[Int(entry.rawValue)].payload else { continue }
      let text = Array(payload.prefix { $0 >= UInt8(ascii: " ") })
      for (path, bytes) in files where bytes.holds(text) {
        return "entry \(entry) is still in \(path)"
      }
    }
    return nil
  }
}

extension [UInt8] {
  /// Whether bytes stand somewhere in these; fast in debug builds too.
  func holds(_ bytes: [UInt8]) -> Bool {
    withUnsafeBytes { all in
      bytes.withUnsafeBytes { part in
        guard let start = all.baseAddress, let other = part.baseAddress else { return part.isEmpty }
        var place = 0
        while place + part.count <= all.count,
          let next = memchr(start + place, Int32(part[0]), all.count - part.count - place + 1)
        {
          if memcmp(next, other, part.count) == 0 { return true }
          place = UnsafeRawPointer(next) - start + 1
        }
        return false
      }
    }
  }
}
