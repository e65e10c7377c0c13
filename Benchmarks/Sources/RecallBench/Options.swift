/// What the command line asks for.
struct Options {
  static let usage = """
    usage: recall-bench DATA_DIR [--json] [--threads 2] [--batch] [--tail] [--index DIR]
                        [--load] [--cold] [--sketches] [--only NAME,...]

    Answers the questions of a data set of the bench kit, checks every answer and says how long they
    took. DATA_DIR holds src.i32, dst.i32, qty.i32, meta.json and queries/; it is only read.

      --json        one JSON object instead of a table
      --threads 2   open the index and answer batches on two threads; other questions take one
      --batch       ask the point questions in batches
      --tail        seal the edges in three segments, 90, 9 and 1 % by time
      --index DIR   keep the sealed index there, and use one that is there already; default: a
                    temporary directory, removed at the end
      --load        read the index into memory of large pages instead of mapping it
      --cold        also ask typical and backward traces with nothing in the processor's caches
      --sketches    also seal sketches of how much each lot reaches
      --only NAMES  run these of typical, worst, backward, common, point, many,
                    balance, recent

    Exit: 0 if every answer is as expected, 1 if not, 64 for a wrong command line.
    """

  var directory = ""
  var isJSON = false
  var isBatched = false
  var hasTail = false
  var isLoaded = false
  var hasSketches = false
  var isCold = false
  var threads = 1
  var index: String?
  var only: [String] = []

  /// Whether a workload is asked for.
  func has(_ name: String) -> Bool { only.isEmpty || only.contains(name) }

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    var directories: [String] = []
    func value(of option: String) throws -> String {
      guard let value = rest.popFirst() else { throw UsageError("\(option) needs a value") }
      return value
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--json": isJSON = true
      case "--batch": isBatched = true
      case "--tail": hasTail = true
      case "--index": index = try value(of: argument)
      case "--sketches": hasSketches = true
      case "--load": isLoaded = true
      case "--cold": isCold = true
      case "--only": only = try value(of: argument).split(separator: ",").map(String.init)
      case "--threads":
        switch try value(of: argument) {
        case "1": threads = 1
        case "2": threads = 2
        default: throw UsageError("--threads takes 1 or 2")
        }
      case _ where argument.hasPrefix("-"): throw UsageError("unknown option \(argument)")
      default: directories.append(argument)
      }
    }
    guard directories.count == 1 else { throw UsageError("one DATA_DIR is needed") }
    directory = directories[0]
  }
}

struct UsageError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
