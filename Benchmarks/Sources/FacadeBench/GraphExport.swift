import Provender

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes the links between items for other programs, as tab-separated values:
///
/// - `items.tsv`: number, URI
/// - `edges.tsv`: number of the item before, number of the item after
/// - `questions.tsv`: direction, size of the answer, URI of the lot
///
/// An index keeps several nodes for an item that stands for different things at different times, such
/// as a silo; here they are one, so that a few answers are larger than a trace.
struct GraphExport {
  private let search: ReachSearch
  private let directory: String

  init(_ search: ReachSearch, into directory: String) {
    self.search = search
    self.directory = directory
  }

  func write() throws {
    guard mkdir(directory, 0o777) == 0 || errno == EEXIST else {
      throw ExportError(
        description: "\(directory) cannot be made: \(String(cString: strerror(errno)))")
    }
    let index = search.index
    try file("items.tsv") { line in
      for item in 0..<UInt32(index.itemCount) {
        line("\(item)\t\(index.uri(of: ItemNumber(item)))")
      }
    }
    try file("edges.tsv") { line in
      for node in 0..<UInt32(index.graph.nodeCount) {
        guard let item = index.item(ofNode: node) else { continue }
        for next in following(node) where next != item { line("\(item.raw)\t\(next.raw)") }
      }
    }
    let questions = FacadeQuestions(search)
    try file("questions.tsv") { line in
      for question in questions.forward {
        line("forward\t\(question.size)\t\(index.uri(of: question.item))")
      }
      for question in questions.backward {
        line("backward\t\(question.size)\t\(index.uri(of: question.item))")
      }
    }
  }

  /// The items after a node, directly or through transformations, each once.
  private func following(_ node: UInt32) -> [ItemNumber] {
    let index = search.index
    var items: [ItemNumber] = []
    var pending = [node]
    var seen: Set<UInt32> = [node]
    while let next = pending.popLast() {
      for slot in index.graph.slots(of: next, .forward) {
        let end = index.graph.edge(in: slot, of: next, .forward).to
        guard seen.insert(end).inserted else { continue }
        if let item = index.item(ofNode: end) {
          if !items.contains(item) { items.append(item) }
        } else {
          pending.append(end)
        }
      }
    }
    return items
  }

  private func file(_ name: String, _ body: ((String) -> Void) throws -> Void) throws {
    let path = directory + "/" + name
    guard let stream = fopen(path, "w") else {
      throw ExportError(
        description: "\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    try body { fputs($0 + "\n", stream) }
    let failed = ferror(stream) != 0
    guard fclose(stream) == 0, !failed else {
      throw ExportError(description: "writing \(path) failed")
    }
  }
}

struct ExportError: Error, CustomStringConvertible {
  let description: String
}
