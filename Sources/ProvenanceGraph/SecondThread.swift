#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Work that a thread was started for.
private final class ThreadWork: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

#if canImport(Darwin)
  private func enterThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().body()
    return nil
  }
#else
  private func enterThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().body()
    return nil
  }
#endif

/// A second thread beside this one.
enum SecondThread {
  #if canImport(Darwin)
    private typealias Thread = pthread_t?
  #else
    private typealias Thread = pthread_t
  #endif

  /// Runs one body on another thread while this one runs the other, and returns when both are done.
  /// - Parameter isWanted: whether to use another thread at all; without, as where the system gives none,
  ///   one body runs after the other.
  static func run(
    if isWanted: Bool, _ other: @escaping @Sendable () -> Void, beside body: () -> Void
  ) {
    #if canImport(Darwin)
      var thread: Thread = nil
    #else
      var thread = Thread()
    #endif
    let work = Unmanaged.passRetained(ThreadWork(other))
    let isStarted = isWanted && pthread_create(&thread, nil, enterThread, work.toOpaque()) == 0
    if !isStarted {
      work.release()
      other()
    }
    body()
    guard isStarted else { return }
    #if canImport(Darwin)
      if let thread { pthread_join(thread, nil) }
    #else
      pthread_join(thread, nil)
    #endif
  }
}
