import ArgumentParser
import Provender
import RecallReports

/// What `trace --list` prints: one name a line, and nothing else.
enum TraceList: String, ExpressibleByArgument, CaseIterable {
  /// The canonical URIs of the items.
  case items
}

/// Lists what a trace reaches without looking at any event, for scripts and for those in a hurry: it
/// takes milliseconds from the start of the process, whatever the size of the ledger.
struct TraceListing {
  var directory: String
  var direction: GraphDirection
  var item: String
  var takesAll: Bool
  var isJSON: Bool
  var indexOptions = IndexOptions()

  func run() throws {
    let ledger = try Ledger.open(at: directory, for: .lookingUp)
    let question = IndexQuestion.trace(direction, from: item, takesAll: takesAll)
    let bytes = try LedgerOptions.withIndex(
      of: ledger, for: question, options: indexOptions
    ) { index in
      let seeds = try ledger.items(matching: item, in: index, takesAll: takesAll)
      let reach = index.reach(direction, from: seeds)
      return isJSON ? json(reach, seeds) : lines(reach)
    }
    Output.write(bytes)
  }

  private func lines(_ reach: Reach) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(reach.count * 64)
    reach.forEachURI { _, uri in
      if uri.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
        bytes.append(contentsOf: uri)
      } else {
        bytes.append(contentsOf: TerminalText.line(String(decoding: uri, as: UTF8.self)).utf8)
      }
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }

  private func json(_ reach: Reach, _ seeds: [ItemNumber]) -> [UInt8] {
    let binding = reach.index.binding
    var writer = JSONWriter()
    writer.object { json in
      json.member("direction", direction == .forward ? "forward" : "backward")
      json.member("question", item)
      json.member("seeds", seeds.map(reach.index.uri))
      json.key("ledger")
      json.object {
        $0.member("origin", binding.origin)
        $0.member("size", binding.size)
        $0.member("root", Hash(binding.root)?.hex ?? "")
      }
      json.key("items")
      json.array { json in
        for place in reach.indices { json.value(reach.uri(at: place)) }
      }
    }
    return writer.bytes
  }
}
