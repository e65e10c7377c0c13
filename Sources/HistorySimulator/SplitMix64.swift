/// Steele, Lea and Flood's SplitMix64: small, fast and the same on every machine.
struct SplitMix64 {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// A number below `bound`, which must be positive; the bias is below 2⁻³².
  mutating func below(_ bound: Int) -> Int {
    Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(truncatingIfNeeded: bound)).high)
  }

  /// A number of the closed range.
  mutating func pick(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound &+ below(range.upperBound &- range.lowerBound &+ 1)
  }

  mutating func chance(_ probability: Probability) -> Bool {
    next() >> 32 < probability.threshold
  }

  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A fraction of 0 to 1 as a threshold for 32 random bits, so that no draw needs floating point.
struct Probability {
  let threshold: UInt64

  init(_ fraction: Double) { threshold = UInt64(fraction * 4_294_967_296) }
}
