import Provender

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Appends payloads durably to a new ledger, as fast as it goes, and says how many a second.
///
/// `append-bench DIRECTORY BATCH SECONDS [CALLERS]` prints one number: payloads of 300 bytes that were
/// acknowledged as durable, each second. The directory must not exist; it is left for `verify`.
@main
enum AppendBench {
  static let payloadByteCount = 300

  static func main() {
    let words = CommandLine.arguments
    guard words.count == 4 || words.count == 5, let batch = Int(words[2]), batch > 0,
      let seconds = Double(words[3]), seconds > 0,
      let callers = Int(words.count == 5 ? words[4] : "1"),
      callers > 0
    else {
      fail("usage: append-bench DIRECTORY BATCH SECONDS [CALLERS]", code: 64)
    }
    do {
      let ledger = try Ledger.create(at: words[1], origin: "bench.example/append")
      let rate = try measure(ledger, batch, seconds, callers)
      try ledger.close()
      print(Int(rate))
    } catch {
      fail("\(error)", code: 74)
    }
  }

  private static func fail(_ message: String, code: Int32) -> Never {
    let bytes = Array("\(message)\n".utf8)
    _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    exit(code)
  }

  /// Some payloads to take turns with, so that none is the one before.
  private static func payloads() -> [[UInt8]] {
    var state: UInt64 = 7
    return (0..<1_000).map { _ in
      (0..<payloadByteCount).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
      }
    }
  }

  private static func measure(
    _ ledger: Ledger, _ batch: Int, _ seconds: Double, _ callers: Int
  ) throws -> Double {
    let payloads = payloads()
    // What is done only once, such as the first extension of the log, is not timed.
    _ = try ledger.append(notes: Array(payloads[..<min(100, payloads.count)]))
    let clock = ContinuousClock()
    let start = clock.now
    let end = start + .seconds(seconds)
    let count = Tally()
    run(callers) { caller in
      var place = caller
      while clock.now < end {
        let notes = (0..<batch).map { payloads[(place &+ $0) % payloads.count] }
        guard (try? ledger.append(notes: notes)) != nil else { return }
        place &+= batch
        count.add(batch)
      }
    }
    let elapsed = clock.now - start
    let (whole, fraction) = elapsed.components
    return Double(count.value) / (Double(whole) + Double(fraction) / 1e18)
  }
}
