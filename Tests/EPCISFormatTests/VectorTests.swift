import EPCISFormat
import Foundation
import Testing
import Traceability

/// Documents that other people published, beside the repository.
enum Vectors {
  /// `shared/vectors` beside the repository, or beside a folder that holds its clone.
  static let root: URL = {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    for _ in 0..<3 {
      folder.deleteLastPathComponent()
      let vectors = folder.appendingPathComponent("shared/vectors")
      if FileManager.default.fileExists(atPath: vectors.path) { return vectors }
    }
    return folder
  }()

  static let documents: [String] = ["event-hash", "gdst", "fsma204"].flatMap { folder in
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: root.appendingPathComponent(folder).path)
    return (names ?? []).filter { $0.hasSuffix(".jsonld") }.sorted().map { "\(folder)/\($0)" }
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: root.appendingPathComponent(name)))
  }
}

@Suite("Published documents", .enabled(if: !Vectors.documents.isEmpty, "no shared/vectors here"))
struct VectorTests {
  @Test("Every document is taken", arguments: Vectors.documents)
  func taken(name: String) throws {
    let bytes = try Vectors.bytes(name)
    let reader = try EPCISReader(MemoryByteSource(bytes))
    try reader.validate()
  }
}
