extension HistorySimulator {
  /// How the events are written.
  public enum Format: Sendable {
    /// One bare EPCIS 2.0 event a line, each with its `@context`.
    case jsonLines
    /// One EPCISDocument that holds all events.
    case document
  }

  /// What a history is made from. Equal options give equal bytes on every machine.
  public struct Options: Sendable {
    /// Lots to make, exactly; 0 gives an empty history.
    public var lots: Int
    /// Seed of every random choice and of the event IDs.
    public var seed: UInt64
    /// Sites in the chain, one party each: 12 to 1,000,000; by default one for 50 lots, at most 20,000.
    public var sites: Int?
    /// Share of deliveries that travel as logistic units (SSCC), 0 to 1.
    public var unitFraction: Double
    /// Share of processors that collect raw material in a bulk tank, 0 to 1.
    public var tankFraction: Double
    /// Share of processing runs that keep a part back for the next run, 0 to 1.
    public var reworkFraction: Double
    /// Share of parties that write EPC URNs instead of Digital Links, 0 to 1.
    public var urnFraction: Double
    /// Share of events that are sent 1 to 14 days late, with their true event time, 0 to 1.
    public var lateFraction: Double
    /// Share of shipments, receipts and unpackings that nobody records, 0 to 1.
    public var missingFraction: Double
    /// Share of events that are sent a second time, unchanged, some hours later, 0 to 1.
    public var duplicateFraction: Double
    /// How the events are written.
    public var format: Format

    /// Creates options; by default nothing is late, missing or sent twice.
    public init(
      lots: Int, seed: UInt64 = 1, sites: Int? = nil, unitFraction: Double = 0.5,
      tankFraction: Double = 0.25, reworkFraction: Double = 0.05, urnFraction: Double = 0.25,
      lateFraction: Double = 0, missingFraction: Double = 0, duplicateFraction: Double = 0,
      format: Format = .jsonLines
    ) {
      self.lots = lots
      self.seed = seed
      self.sites = sites
      self.unitFraction = unitFraction
      self.tankFraction = tankFraction
      self.reworkFraction = reworkFraction
      self.urnFraction = urnFraction
      self.lateFraction = lateFraction
      self.missingFraction = missingFraction
      self.duplicateFraction = duplicateFraction
      self.format = format
    }

    /// The same options with every value inside its range; not-a-number counts as 0.
    var normalised: Options {
      var copy = self
      copy.lots = min(max(lots, 0), 1_000_000_000)
      copy.sites = min(max(sites ?? min(copy.lots / 50, 20_000), 12), 1_000_000)
      let fractions: [WritableKeyPath<Options, Double>] = [
        \.unitFraction, \.tankFraction, \.reworkFraction, \.urnFraction, \.lateFraction,
        \.missingFraction, \.duplicateFraction,
      ]
      for path in fractions {
        let value = copy[keyPath: path]
        copy[keyPath: path] = value > 0 ? min(value, 1) : 0
      }
      return copy
    }
  }

  /// What a run made.
  public struct Statistics: Sendable, Equatable {
    /// Distinct lots.
    public var lots = 0
    /// Events written, those sent twice counted twice.
    public var events = 0
    /// Logistic units packed.
    public var units = 0
    /// Parties in the chain, whether or not they appear in an event.
    public var parties = 0
    /// Events written after their time.
    public var lateEvents = 0
    /// Events that happened but were left out.
    public var missingEvents = 0
    /// Events written a second time.
    public var duplicateEvents = 0
    /// Mentions of items in the events written, parents included, repetitions not.
    public var items = 0
    /// Bytes written.
    public var bytes = 0
  }
}
