import Provender
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Documents that other people published, next to the checkout; absent, these tests are skipped.
enum Vectors {
  static let directory: String = {
    let parts = #filePath.split(separator: "/").dropLast(4)
    return "/" + parts.joined(separator: "/") + "/shared/vectors"
  }()

  static let isPresent = access(directory, R_OK) == 0
}

/// A directory that is removed with its owner.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("\(P_tmpdir)/provender-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TemporaryDirectoryError() }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { system("rm -rf '\(path)'") }
}

struct TemporaryDirectoryError: Error {}

@Suite("Published documents", .enabled(if: Vectors.isPresent, "shared/vectors is absent"))
struct VectorTests {
  @Test(
    "Every published document is taken",
    arguments: [
      ("event-hash/ReferenceEventHashAlgorithm.jsonld", 1),
      ("event-hash/ReferenceEventHashAlgorithm2.jsonld", 1),
      ("event-hash/epcisDocWithAllGS1Keys.jsonld", 1),
      ("event-hash/epcisDocWithShippingAndTransportingEvent.jsonld", 2),
      ("event-hash/epcisDocWithSingleEvent.jsonld", 1),
      ("event-hash/epcisDocWithVariousEventTypes.jsonld", 13),
      ("event-hash/epcisEventWithCURIEs.jsonld", 1),
      ("event-hash/epcisQueryDocument.jsonld", 2),
      ("event-hash/persistentDisposition.jsonld", 2),
      ("gdst/all_wholechain_events.jsonld", 31), ("gdst/gdst_data_withmasterdata.jsonld", 17),
      ("fsma204/harvest-cte.jsonld", 2), ("fsma204/initial-packing-cte.jsonld", 5),
      ("fsma204/shipping-cte.jsonld", 3),
    ])
  func isTaken(name: String, events: Int) throws {
    let directory = try TemporaryDirectory()
    let ledger = try Ledger.create(at: directory.path + "/l", origin: "test.example/log")
    let outcome = try ledger.capture(file: "\(Vectors.directory)/\(name)")
    #expect(outcome.refused.isEmpty, "\(outcome.refused)")
    #expect(outcome.captured == events)
    let again = try ledger.capture(file: "\(Vectors.directory)/\(name)")
    #expect(again.captured == 0)
    #expect(again.known == outcome.captured + outcome.known)
    try ledger.close()
  }

  @Test("The trace-back document: refused for its conflicts, or 21 events and 16 event IDs")
  func traceBack() throws {
    let directory = try TemporaryDirectory()
    let ledger = try Ledger.create(at: directory.path + "/l", origin: "test.example/log")
    let file = "\(Vectors.directory)/gdst/traceback_tests.jsonld"
    let refused = try ledger.capture(file: file)
    #expect(refused.captured == 0)
    #expect(refused.refused.count == 5)
    var options = CaptureOptions()
    options.keepsConflicts = true
    let outcome = try ledger.capture(file: file, options: options)
    #expect(outcome.captured == 21)
    #expect(outcome.conflicts.count == 5)
    let answer = try ledger.trace(
      .backward, from: "urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022")
    #expect(Set(answer.events.map(\.eventID)).count == 16)
    #expect(answer.items.count == 6)
    try ledger.close()
  }
}
