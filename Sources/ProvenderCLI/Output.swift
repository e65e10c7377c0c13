import RecallReports

/// Standard output and standard error.
enum Output {
  /// Writes text to standard output.
  static func write(_ text: String) { write(Array(text.utf8)) }

  /// Writes bytes to standard output. Where nobody reads any more, the process ends quietly; where
  /// the disk is full, it says so.
  static func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      do {
        try System.write(bytes, to: 1)
      } catch let failure as Failure {
        if System.isBrokenPipe { System.exit(141) }
        error("provender: \(failure.message)")
        System.exit(74)
      } catch {
        System.exit(74)
      }
    }
  }

  /// Writes a line to standard error, for people.
  static func notice(_ text: String) {
    for line in TerminalText.lines(text) { error(line) }
  }

  /// Writes a line to standard error as it is.
  static func error(_ text: String) {
    Array((text + "\n").utf8).withUnsafeBytes { bytes in try? System.write(bytes, to: 2) }
  }
}
