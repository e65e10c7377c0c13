/// A seeded generator of realistic EPCIS 2.0 histories.
///
/// It simulates one year of a food supply chain: farms harvest, packers and processors transform
/// (with bulk tanks, global ingredients and rework), distributors split, retailers receive. Each
/// event leaves as JSON the moment it happens, so memory is proportional to the goods in stock and
/// on the road, not to the length of the history.
///
/// The bytes depend on the options alone: no hashing order, no locale, no clock and no library of
/// mathematics is involved. Late, missing and duplicate events are drawn from a generator of their
/// own, so the same seed tells the same history with or without them.
public struct HistorySimulator: Sendable {
  /// What to simulate.
  public let options: Options

  /// Creates a simulator. Options outside their range are brought into it.
  public init(_ options: Options) {
    self.options = options.normalised
  }

  /// Writes the whole history as UTF-8 to `sink`, in chunks that may end anywhere in a line.
  ///
  /// - Parameter sink: Receives each chunk once, in order. The bytes are valid during the call.
  /// - Returns: What was made.
  /// - Throws: Whatever `sink` throws; nothing is written after that.
  /// - Complexity: O(events) time, O(sites + live stock + delayed events) memory.
  @discardableResult
  public func run<Failure: Error>(
    into sink: (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> Statistics {
    var simulation = Simulation(options)
    try simulation.run(into: sink)
    return simulation.statistics
  }

  /// The history as one array of bytes, for tests: an EPCISDocument with default options.
  ///
  /// - Complexity: O(lots) memory, about 2 kB a lot.
  public static func document(lots: Int, seed: UInt64) -> [UInt8] {
    bytes(Options(lots: lots, seed: seed, format: .document))
  }

  /// The history as one array of bytes, for tests.
  public static func bytes(_ options: Options) -> [UInt8] {
    var all: [UInt8] = []
    HistorySimulator(options).run { chunk in
      chunk.withUnsafeBufferPointer { all.append(contentsOf: $0) }
    }
    return all
  }
}
