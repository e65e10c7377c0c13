import Provender

/// Reads the plain form of `trace … --list items` itself: building and running the parser for all
/// subcommands takes 2 ms, as long as finding and printing the answer.
enum QuickListing {
  /// The listing that the arguments ask for; nil for anything but the plain form, and for what is
  /// wrong with it, which the parser is to say.
  static func asked(by arguments: [String]) -> TraceListing? {
    guard arguments.count >= 5, arguments[0] == "trace" else { return nil }
    let direction: GraphDirection
    switch arguments[1] {
    case "forward": direction = .forward
    case "backward": direction = .backward
    default: return nil
    }
    var ledger: String?
    var item: String?
    var isList = false
    var takesAll = false
    var isJSON = false
    var rest = arguments.dropFirst(2)
    while let argument = rest.popFirst() {
      switch argument {
      case "--ledger":
        guard ledger == nil, let value = rest.popFirst(), !value.hasPrefix("-") else { return nil }
        ledger = value
      case "--list":
        guard !isList, rest.popFirst() == TraceList.items.rawValue else { return nil }
        isList = true
      case "--all-matching": takesAll = true
      case "--json": isJSON = true
      default:
        guard item == nil, !argument.hasPrefix("-") else { return nil }
        item = argument
      }
    }
    guard isList, let item else { return nil }
    return TraceListing(
      directory: LedgerOptions.directory(ledger), direction: direction, item: item,
      takesAll: takesAll, isJSON: isJSON)
  }

  /// Answers and ends the process if the arguments ask for a plain listing.
  static func runIfAsked() {
    guard let listing = asked(by: System.arguments) else { return }
    do {
      try listing.run()
      System.exit(0)
    } catch {
      Failure.end(with: error)
    }
  }
}
