import Foundation
// README: library example
import Provender
import Testing

/// Captures documents into a new ledger, and tells where a lot went and who may have it.
func recall(_ lot: String, from documents: [String], into directory: String) throws -> TraceAnswer {
  let ledger = try Ledger.create(at: directory, origin: "dairy.example/trace")
  defer { try? ledger.close() }
  for document in documents {
    let outcome = try ledger.capture(file: document)
    for refusal in outcome.refused { print(document, refusal.position, refusal.message) }
  }
  let answer = try ledger.trace(.forward, from: lot)
  for site in answer.sites {
    for holding in site.holdings {
      print(site.name ?? site.id, holding.item, holding.isCertain ? "certain" : "possible")
    }
  }
  print(try ledger.verify().isIntact ? "intact" : "NOT INTACT")
  return answer
}
// README: end

@Suite struct ReadmeTests {
  private static var readme: String {
    get throws {
      let file = CommandRunner.repository.appendingPathComponent("README.md")
      return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
  }

  /// The code between the marks of this file, as a reader of the README sees it.
  private static var example: String {
    get throws {
      let source = String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: #filePath)), as: UTF8.self)
      let start = try #require(source.range(of: "// README: library example\n"))
      let end = try #require(source.range(of: "// README: end"))
      return source[start.upperBound..<end.lowerBound].replacingOccurrences(
        of: "import Testing\n", with: "")
    }
  }

  @Test func theLibraryExampleIsTheCodeThatRunsHere() throws {
    let example = try Self.example
    #expect(try Self.readme.contains("```swift\n" + example + "```"))
    #expect(example.split(separator: "\n", omittingEmptySubsequences: false).count <= 22)
    let folder = try CommandRunner.Folder()
    let seed = "(01)09521011000106(10)T1-260420"
    let answer = try recall(seed, from: CommandRunner.yoghurt(), into: folder.path + "/ledger")
    #expect(Set(answer.items.map(\.id)) == (try YoghurtFixture().expected("forward").items))
  }

  @Test func theFirstCommandIsTheOneThatIsTried() throws {
    let readme = try Self.readme
    let block = try #require(readme.range(of: "```sh\n"))
    let command = readme[block.upperBound...].prefix { $0 != "\n" }
    #expect(command.contains("apt-get install") && command.contains("provender demo"))
    let script = try Data(
      contentsOf: CommandRunner.repository.appendingPathComponent(".ci/run"))
    #expect(String(decoding: script, as: UTF8.self).contains("\n\(command)\n"))
  }
}
