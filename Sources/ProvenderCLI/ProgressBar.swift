import RecallReports
import Synchronization

/// A line on standard error that shows how far long work is, how fast it goes and how long it still
/// takes; nothing unless standard error is a terminal and the work takes over half a second.
final class ProgressBar: Sendable {
  /// What is counted.
  enum Unit: Sendable {
    case bytes
    case entries

    func text(_ amount: Double) -> String {
      switch self {
      case .bytes: ByteCount.text(UInt64(max(0, amount)))
      case .entries: "\(Int(amount)) entries"
      }
    }
  }

  private struct State {
    var isShown = false
    var lastDrawn = 0.0
  }

  private let label: String
  private let unit: Unit
  private let start = System.seconds
  private let isEnabled = System.isTerminal(2)
  private let state = Mutex(State())

  private static let delay = 0.5
  private static let interval = 0.1

  init(_ label: String, _ unit: Unit) {
    self.label = TerminalText.line(label)
    self.unit = unit
  }

  /// Says how much is done; of work whose end is not known, `total` is 0.
  func update(_ done: UInt64, of total: UInt64) {
    guard isEnabled else { return }
    let now = System.seconds
    guard now - start >= Self.delay else { return }
    state.withLock { state in
      guard now - state.lastDrawn >= Self.interval else { return }
      state.lastDrawn = now
      state.isShown = true
      let line = TerminalText.cut(text(done, total, now), to: System.columns(of: 2) - 1)
      draw("\r\(line)\u{1B}[K")
    }
  }

  private func text(_ done: UInt64, _ total: UInt64, _ now: Double) -> String {
    let elapsed = now - start
    let rate = elapsed > 0 ? Double(done) / elapsed : 0
    guard total > 0 else {
      return "\(label)  \(unit.text(Double(done)))  \(unit.text(rate))/s"
    }
    let share = min(1, Double(done) / Double(total))
    let filled = Int(share * 24)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
    let left = rate > 0 ? Duration.text(Double(total - min(done, total)) / rate) : "?"
    return "\(label)  \(bar) \(Int(share * 100)) %  \(unit.text(rate))/s  \(left) left"
  }

  /// Takes the line away.
  func end() {
    state.withLock { state in
      if state.isShown { draw("\r\u{1B}[K") }
      state.isShown = false
    }
  }

  private func draw(_ text: String) {
    Array(text.utf8).withUnsafeBytes { bytes in try? System.write(bytes, to: 2) }
  }
}

/// Bytes for people.
enum ByteCount {
  /// The amount with three digits and a unit: `1.25 MB`, powers of a thousand.
  static func text(_ bytes: UInt64) -> String {
    var value = Double(bytes)
    for unit in ["B", "kB", "MB", "GB", "TB"] {
      if value < 1000 || unit == "TB" {
        return unit == "B" ? "\(bytes) B" : "\(rounded(value)) \(unit)"
      }
      value /= 1000
    }
    return "\(bytes) B"
  }

  /// Three significant digits.
  static func rounded(_ value: Double) -> String {
    if value >= 100 { return String(Int(value.rounded())) }
    let scale = value >= 10 ? 10.0 : 100.0
    let scaled = Int((value * scale).rounded())
    let digits = scale == 10 ? 1 : 2
    let fraction = String(String(scaled % Int(scale) + Int(scale)).dropFirst())
    return "\(scaled / Int(scale)).\(fraction.prefix(digits))"
  }
}

/// Spans of time for people.
enum Duration {
  /// The span: `870 µs`, `3.20 ms`, `1.52 s`, `2 min 05 s`, `1 h 10 min`.
  static func text(_ seconds: Double) -> String {
    if seconds < 0.001 { return "\(Int(seconds * 1e6)) µs" }
    if seconds < 1 { return "\(ByteCount.rounded(seconds * 1000)) ms" }
    if seconds < 60 { return "\(ByteCount.rounded(seconds)) s" }
    let whole = Int(min(seconds, 1e9))
    let rest = String(String(100 + (whole < 3600 ? whole % 60 : whole / 60 % 60)).dropFirst())
    return whole < 3600 ? "\(whole / 60) min \(rest) s" : "\(whole / 3600) h \(rest) min"
  }
}
