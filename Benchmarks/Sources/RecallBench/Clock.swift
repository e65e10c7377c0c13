#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Nanoseconds on a clock that never goes back.
@inline(__always)
func nanoseconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// Says something on the standard error.
func complain(_ text: String) {
  _ = (text + "\n").withCString { write(2, $0, strlen($0)) }
}

/// Figures of one pass.
struct Figures {
  var median = 0.0
  var p99 = 0.0
  var mean = 0.0
  var count = 0

  init(_ times: [Double]) {
    let sorted = times.sorted()
    count = sorted.count
    guard count > 0 else { return }
    median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    p99 = sorted[count * 99 / 100]
    mean = sorted.reduce(0, +) / Double(count)
  }
}

/// One pass to warm up, then five; the best by its median.
func bestOfFive(_ pass: (_ isFirst: Bool) -> [Double]) -> Figures {
  _ = pass(true)
  var best: Figures?
  for _ in 0..<5 {
    let figures = Figures(pass(false))
    if figures.median < best?.median ?? .infinity { best = figures }
  }
  return best ?? Figures([])
}
