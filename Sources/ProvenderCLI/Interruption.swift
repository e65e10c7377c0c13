import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ctrl-C and `kill`: the first is noted, so that work stops in good order; a second one ends the
/// process at once.
enum Interruption {
  private static let noted = Atomic<Int32>(0)

  /// The signal that came; nil if none did.
  static var signal: Int32? {
    let number = noted.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Whether to stop.
  static var isRequested: Bool { signal != nil }

  /// The exit code of a process that a signal ended: 130 for Ctrl-C, 143 for `kill`.
  static var exitCode: Int32 { 128 + (signal ?? SIGINT) }

  /// From here on the first signal is noted.
  static func handle() {
    // Made now: making it inside the handler would not be safe.
    _ = noted.load(ordering: .relaxed)
    // A parent's thread may have left them blocked, which is inherited.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      sigaddset(&signals, number)
      var action = sigaction()
      #if canImport(Darwin)
        action.__sigaction_u.__sa_handler = { Interruption.note($0) }
      #else
        action.__sigaction_handler.sa_handler = { Interruption.note($0) }
      #endif
      action.sa_flags = CInt(bitPattern: UInt32(truncatingIfNeeded: SA_RESETHAND))
      sigaction(number, &action, nil)
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  private static func note(_ number: Int32) { noted.store(number, ordering: .relaxed) }

  /// Writing to a pipe that nobody reads, or beyond the limit on the size of files, is then an
  /// error and not the end of the process.
  static func ignoreWriteSignals() {
    for number in [SIGPIPE, SIGXFSZ] {
      var action = sigaction()
      #if canImport(Darwin)
        action.__sigaction_u.__sa_handler = SIG_IGN
      #else
        action.__sigaction_handler.sa_handler = SIG_IGN
      #endif
      sigaction(number, &action, nil)
    }
  }
}
