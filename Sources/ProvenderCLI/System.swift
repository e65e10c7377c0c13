import RecallReports

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The few calls to the system that the command makes itself.
enum System {
  /// Ends the process.
  static func exit(_ code: Int32) -> Never {
    #if canImport(Glibc)
      Glibc.exit(code)
    #elseif canImport(Musl)
      Musl.exit(code)
    #else
      Darwin.exit(code)
    #endif
  }

  /// The arguments after the command's name.
  static var arguments: [String] { Array(CommandLine.arguments.dropFirst()) }

  /// The value of an environment variable.
  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// What the system says of the last call that failed.
  static var lastError: String { String(cString: strerror(errno)) }

  /// Whether the last call failed because nobody reads any more.
  static var isBrokenPipe: Bool { errno == EPIPE }

  /// Whether a descriptor is a terminal that shows text.
  static func isTerminal(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1 && environment("TERM") != "dumb"
  }

  /// The style of a descriptor: colour and a width only on a terminal (no-color.org).
  static func style(of descriptor: Int32) -> ReportStyle {
    guard isTerminal(descriptor) else { return ReportStyle() }
    let isPlain = !(environment("NO_COLOR") ?? "").isEmpty
    return ReportStyle(usesColour: !isPlain, width: columns(of: descriptor))
  }

  /// The columns of a terminal.
  static func columns(of descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// A line that a person types; nil at the end of input.
  static func readAnswer() -> String? { readLine(strippingNewline: true) }

  /// Seconds since some moment.
  static var seconds: Double { seconds(of: CLOCK_MONOTONIC) }

  /// Seconds that processors have worked for this process.
  static var processorSeconds: Double { seconds(of: CLOCK_PROCESS_CPUTIME_ID) }

  private static func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The directory for temporary files.
  static var temporaryDirectory: String {
    guard let named = environment("TMPDIR"), !named.isEmpty else { return "/tmp" }
    return named.count > 1 && named.hasSuffix("/") ? String(named.dropLast()) : named
  }

  /// Writes all of the bytes to a descriptor.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(Failure) {
    var done = 0
    while done < bytes.count, let base = bytes.baseAddress {
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, base + done, bytes.count - done)
      #elseif canImport(Musl)
        let count = Musl.write(descriptor, base + done, bytes.count - done)
      #else
        let count = Darwin.write(descriptor, base + done, bytes.count - done)
      #endif
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        let names: [Int32: String] = [1: "standard output", 2: "standard error"]
        throw .system("write to \(names[descriptor] ?? "the file")")
      }
    }
  }

  /// An absolute path without symbolic links; nil where there is nothing.
  static func resolved(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  /// The path of this program, as far as the system tells.
  static var executable: String? {
    #if os(Linux)
      "/proc/self/exe"
    #else
      CommandLine.arguments.first
    #endif
  }

  /// Whether something can be read at a path.
  static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }

  /// Whether there is a directory at a path.
  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
