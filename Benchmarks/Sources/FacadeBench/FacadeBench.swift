import Provender

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Measures what the façade adds to the kernels, on a ledger that was captured before.
@main
struct FacadeBench {
  static func main() {
    do {
      let options = try FacadeOptions(Array(CommandLine.arguments.dropFirst()))
      let ledger = try Ledger.open(at: options.ledger)
      let search = try ledger.reachSearch { done, all in
        if done == all { tell("the index was built anew") }
      } notice: {
        tell($0)
      }
      if let directory = options.export {
        try GraphExport(search, into: directory).write()
        return
      }
      if options.isTrace {
        print(try TraceTimes(ledger, search).text())
        return
      }
      let report = try FacadeReport(ledger, search)
      print(options.isJSON ? report.json : report.text)
      if !report.isRight { exit(1) }
    } catch let error as FacadeUsageError {
      tell(error.description)
      exit(64)
    } catch {
      tell("facade-bench: \(error)")
      exit(74)
    }
  }

  private static func tell(_ text: String) {
    Array((text + "\n").utf8).withUnsafeBytes { _ = write(2, $0.baseAddress, $0.count) }
  }
}

/// What the command line asks for.
struct FacadeOptions {
  static let usage = """
    usage: facade-bench LEDGER [--json]
           facade-bench LEDGER --traces
           facade-bench LEDGER --export DIR

    Asks a ledger what its items reached or came from, by the kernel alone and through the façade, and
    says how long that took. The ledger is indexed first if it is not.

      --json         one JSON object instead of a table
      --traces       what whole traces take, with their events and refined by place and time
      --export DIR   write the items, the links between them and questions as tab-separated values,
                     for other programs to answer: items.tsv, edges.tsv, questions.tsv

    Exit: 0 if all answers agree, 1 if not, 64 for a wrong command line, 74 if reading failed.
    """

  var ledger = ""
  var isJSON = false
  var isTrace = false
  var export: String?

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    var ledgers: [String] = []
    while let argument = rest.popFirst() {
      switch argument {
      case "--json": isJSON = true
      case "--traces": isTrace = true
      case "--export":
        guard let directory = rest.popFirst() else { throw FacadeUsageError() }
        export = directory
      case _ where argument.hasPrefix("-"): throw FacadeUsageError()
      default: ledgers.append(argument)
      }
    }
    guard ledgers.count == 1 else { throw FacadeUsageError() }
    ledger = ledgers[0]
  }
}

struct FacadeUsageError: Error, CustomStringConvertible {
  let description = FacadeOptions.usage
}
