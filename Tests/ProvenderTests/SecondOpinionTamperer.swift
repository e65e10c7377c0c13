import Foundation
import LedgerTestSupport
import TransparencyLog

/// Changes copies of ledgers, as faults of a disk and people who know the format would.
struct SecondOpinionTamperer {
  private let directory: String
  private var generator: SeededGenerator
  private var count = 0

  init(in directory: String, seed: UInt64) {
    self.directory = directory
    generator = SeededGenerator(seed: seed &+ 1_000)
  }

  /// What can be done to a ledger; the next change follows the one before.
  private enum Change: CaseIterable {
    case flip, flipSmall, flipLog, truncate, zeroSector, swapFrames, dropFrame, delete, append
    case time, forge, erase, publicByte, rollBack, forgetCommitted, tear, plant
  }

  mutating func copies(
    of original: SecondOpinionCase, count: Int
  ) throws -> [SecondOpinionCase] {
    let first = Int(generator.next() % 17)
    return try (0..<count).map { number in
      self.count += 1
      var copy = original
      copy.path = "\(directory)/tampered-\(self.count)"
      try FileManager.default.copyItem(atPath: original.path, toPath: copy.path)
      try? FileManager.default.removeItem(atPath: "\(copy.path)/index")
      let change = Change.allCases[(first + number) % Change.allCases.count]
      copy.story += ", " + (try apply(change, copy.path))
      if chance(4) { copy.since = [] }
      if chance(4) { copy.key = nil }
      return copy
    }
  }

  // MARK: Changes

  private mutating func apply(_ change: Change, _ path: String) throws -> String {
    switch change {
    case .flip: return try flip(files(path).randomElement(using: &generator), path)
    case .flipSmall:
      let small = files(path).filter { !$0.hasSuffix(".seg") }
      return try flip(small.randomElement(using: &generator), path)
    case .flipLog: return try flip(segments(path).randomElement(using: &generator), path)
    case .truncate:
      guard let file = files(path).randomElement(using: &generator) else { return "nothing" }
      return try edit(file, path) { bytes, generator in
        let length = Int.random(in: 0..<bytes.count, using: &generator)
        bytes.removeSubrange(length...)
        return "\(file) cut to \(length)"
      }
    case .delete:
      guard let file = files(path).randomElement(using: &generator) else { return "nothing" }
      try FileManager.default.removeItem(atPath: "\(path)/\(file)")
      return "\(file) deleted"
    case .append:
      guard let file = files(path).randomElement(using: &generator) else { return "nothing" }
      return try edit(file, path) { bytes, generator in
        let value = UInt8.random(in: 0...1, using: &generator) * 0x5a
        let length = [1, 100, 512, 1_000].randomElement(using: &generator) ?? 1
        bytes += [UInt8](repeating: value, count: length)
        return "\(length) bytes \(value) after \(file)"
      }
    case .plant: return try plant(path)
    case .rollBack, .forgetCommitted: return try rollBack(change == .rollBack, path)
    default:
      guard let segment = segments(path).randomElement(using: &generator) else { return "nothing" }
      return try edit(segment, path) { bytes, generator in
        Self.change(change, &bytes, &generator) + " in \(segment)"
      }
    }
  }

  private static func change(
    _ change: Change, _ bytes: inout [UInt8], _ generator: inout SeededGenerator
  ) -> String {
    var frames = FrameBytes.all(in: bytes)
    guard let number = frames.indices.randomElement(using: &generator) else { return "nothing" }
    let frame = frames[number]
    let record = Int.random(in: 0..<frame.count, using: &generator)
    switch change {
    case .zeroSector:
      let start = frame.range.lowerBound
      for place in start..<min(start + 512, bytes.count) { bytes[place] = 0 }
      return "frame \(number)'s first bytes zeroed"
    case .tear:
      guard let last = frames.last else { return "nothing" }
      let length = Int.random(in: 1..<last.range.count, using: &generator)
      bytes.removeSubrange((last.range.lowerBound + length)...)
      bytes += [UInt8](repeating: 0, count: Int.random(in: 0...3, using: &generator) * 512)
      return "the last frame torn after \(length)"
    case .dropFrame:
      bytes.removeSubrange(frame.range)
      return "frame \(number) dropped"
    case .swapFrames:
      let other = Int.random(in: frames.indices, using: &generator)
      let parts = frames.map { Array(bytes[$0.range]) }
      frames.swapAt(number, other)
      var order = Array(parts.indices)
      order.swapAt(number, other)
      let end = frames.map(\.range.upperBound).max() ?? bytes.count
      bytes = Array(bytes[..<512]) + order.flatMap { parts[$0] } + Array(bytes[end...])
      return "frames \(number) and \(other) swapped"
    case .time:
      let place = frame.entries + 96 * record + 20
      bytes[place] ^= UInt8.random(in: 1...255, using: &generator)
      frame.seal(&bytes)
      return "entry \(frame.first + UInt64(record)) given another time"
    case .forge:
      // Number and first entry of the frame, its leaf hash, the version, flags, index, previous hash
      // and commitment of an entry.
      let entry = frame.entries + 96 * record
      let header = frame.range.lowerBound
      let places =
        [header + 31, header + 39, header + 60].map { ($0, "header") }
        + [0, 1, 3, 15, 31, 40, 70].map { (entry + $0, "entry \(frame.first + UInt64(record))") }
      guard let (place, name) = places.randomElement(using: &generator) else { return "nothing" }
      bytes[place] ^= UInt8.random(in: 1...3, using: &generator)
      frame.seal(&bytes)
      return "\(name) of frame \(number) forged at \(place)"
    case .erase:
      let (payload, links) = (generator.next() % 3 != 0, generator.next() % 2 == 0)
      frame.erase(record, payload: payload, links: links, &bytes)
      return "entry \(frame.first + UInt64(record)) erased (\(payload), \(links))"
    default:
      let part = frame.parts(of: record, bytes).payload
      guard let place = part.randomElement(using: &generator) else { return "nothing" }
      bytes[place] ^= UInt8.random(in: 1...255, using: &generator)
      frame.sum(record, &bytes)
      frame.seal(&bytes)
      return "entry \(frame.first + UInt64(record)) given another payload"
    }
  }

  /// Makes `committed` what it was before the last frame, and cuts that frame off or leaves it.
  private mutating func rollBack(_ cuts: Bool, _ path: String) throws -> String {
    guard let segment = segments(path).last else { return "nothing" }
    let log = try read("\(path)/\(segment)")
    let frames = FrameBytes.all(in: log)
    guard frames.count > 1, let last = frames.last else { return "nothing" }
    let before = frames[frames.count - 2]
    let tree = try read("\(path)/tree/0")
    let leaves = stride(from: 0, to: tree.count - 31, by: 32).prefix(Int(last.first)).map {
      Array(tree[$0..<$0 + 32])
    }
    let root = try Self.root(leaves[...])
    _ = try edit("committed", path) { bytes, _ in
      for slot in [0, 512] where bytes.count >= 1_024 {
        let place = Array(bytes[slot + 48..<slot + 56])
        let fields =
          Self.words([last.first, before.number + 1]) + place
          + Self.words([UInt64(last.range.lowerBound)]) + place
          + Self.words([UInt64(before.range.lowerBound)]) + before.lastTime(log)
          + Self.words([last.first]) + before.leaf(log) + root
        bytes.replaceSubrange(slot + 32..<slot + 160, with: fields)
        FrameBytes.put(CRC32C.checksum(of: Array(bytes[slot..<slot + 508])), slot + 508, &bytes)
      }
      return ""
    }
    guard cuts else { return "committed behind the last frame" }
    _ = try edit(segment, path) { bytes, _ in
      bytes.removeSubrange(last.range.lowerBound...)
      return ""
    }
    try Data(leaves.flatMap { $0 }).write(to: URL(fileURLWithPath: "\(path)/tree/0"))
    return "rolled back to \(last.first) entries"
  }

  private static func words(_ values: [UInt64]) -> [UInt8] {
    values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) } }
  }

  private static func root(_ leaves: ArraySlice<[UInt8]>) throws -> [UInt8] {
    guard leaves.count > 1 else { return leaves.first ?? [] }
    var half = 1
    while half * 2 < leaves.count { half *= 2 }
    let middle = leaves.startIndex + half
    let node = try [1] + root(leaves[..<middle]) + root(leaves[middle...])
    return try SHA256Hasher().hash(node).bytes
  }

  private mutating func plant(_ path: String) throws -> String {
    let names = [
      "log/00000000000000000007.seg", "log/x", "tree/5", "redaction", "checkpoint.new",
      "checkpoints/00000000000000000003", "checkpoint", "set-aside/x", "committed",
    ]
    let name = names.randomElement(using: &generator) ?? "x"
    let folder = URL(fileURLWithPath: "\(path)/\(name)").deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let length = Int([0, 10, 64, 700].randomElement(using: &generator) ?? 0)
    let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    return "\(length) random bytes as \(name)"
  }

  // MARK: Files

  private mutating func flip(_ file: String?, _ path: String) throws -> String {
    guard let file else { return "nothing" }
    return try edit(file, path) { bytes, generator in
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
      return "\(file) flipped at \(place)"
    }
  }

  private mutating func edit(
    _ file: String, _ path: String,
    _ change: (inout [UInt8], inout SeededGenerator) throws -> String
  ) throws -> String {
    var bytes = try read("\(path)/\(file)")
    let story = try change(&bytes, &generator)
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(file)"))
    return story
  }

  private mutating func chance(_ count: UInt64) -> Bool { generator.next() % count == 0 }

  private func read(_ file: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
  }

  private func segments(_ path: String) -> [String] {
    files(path).filter { $0.hasSuffix(".seg") }
  }

  /// Files that are judged and hold something, in order.
  private func files(_ path: String) -> [String] {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    return names.sorted().filter { name in
      let size = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.size]
      let isFile = FileManager.default.contents(atPath: "\(path)/\(name)") != nil
      return isFile && !name.hasPrefix("set-aside") && (size as? Int ?? 0) > 0
    }
  }
}
