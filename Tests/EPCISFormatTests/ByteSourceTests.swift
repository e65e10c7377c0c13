import EPCISFormat
import Foundation
import Testing

@Suite("Sources of bytes")
struct ByteSourceTests {
  private func temporary(_ bytes: [UInt8]) throws -> String {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("provender-test-\(UUID().uuidString).json")
    try Data(bytes).write(to: url)
    return url.path
  }

  private func ids(_ source: any ByteSource) throws -> [String] {
    var ids: [String] = []
    try EPCISReader(source).forEachBatch { batch in ids += batch.events.map(batch.eventID) }
    return ids
  }

  private let text = (1...8000).map { Sample.object(#""eventID":"urn:x:\#($0)""#) }

  @Test("A file and a stream give what memory gives, over several batches")
  func same() throws {
    for form in ["lines", "document"] {
      let document =
        form == "lines"
        ? text.joined(separator: "\n") : Sample.document(list: text.joined(separator: ",\n"))
      let path = try temporary(Array(document.utf8))
      defer { try? FileManager.default.removeItem(atPath: path) }
      let expected = (1...8000).map { "urn:x:\($0)" }
      #expect(try ids(MemoryByteSource(document)) == expected)
      #expect(try ids(FileByteSource(path: path)) == expected)
      let handle = try #require(FileHandle(forReadingAtPath: path))
      #expect(try ids(FileByteSource(spooling: handle.fileDescriptor)) == expected)
      #expect(try EPCISReader(FileByteSource(path: path)).outline.batches.count > 1)
    }
  }

  @Test("A file that cannot be read says so")
  func errors() throws {
    let missing = #expect(throws: ByteSourceError.self) {
      try FileByteSource(path: "/no/such/file")
    }
    #expect(missing?.description.hasPrefix("cannot open /no/such/file: ") == true)
    #expect(throws: ByteSourceError.self) { try FileByteSource(path: "/") }
    #expect(throws: ByteSourceError.self) { try FileByteSource(spooling: -1) }
    #expect(throws: ByteSourceError.self) { try FileByteSource(spooling: 0, in: "/no/such") }
  }

  @Test("A file that becomes shorter between the passes says so")
  func shortened() throws {
    let path = try temporary(Array(Sample.object().utf8))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let reader = try EPCISReader(FileByteSource(path: path))
    try Data([0x7B]).write(to: URL(fileURLWithPath: path))
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: 1)
    #expect(throws: ByteSourceError.self) { try reader.validate() }
  }
}
