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

/// Runs work on several threads at once.
internal enum Threads {
  #if canImport(Darwin)
    private typealias Thread = pthread_t?
  #else
    private typealias Thread = pthread_t
  #endif

  /// The number of processors.
  static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Runs a body so many times at once, on this thread and new ones, and returns when all are
  /// done. Where the system gives fewer threads, the body runs fewer times.
  static func run(_ count: Int, _ body: @escaping @Sendable () -> Void) {
    var threads: [Thread] = []
    for _ in 1..<max(2, count) where count > 1 {
      let work = Unmanaged.passRetained(ThreadWork(body))
      #if canImport(Darwin)
        var thread: Thread = nil
      #else
        var thread = Thread()
      #endif
      guard pthread_create(&thread, nil, enterThread, work.toOpaque()) == 0 else {
        work.release()
        break
      }
      threads.append(thread)
    }
    body()
    for thread in threads {
      #if canImport(Darwin)
        if let thread { pthread_join(thread, nil) }
      #else
        pthread_join(thread, nil)
      #endif
    }
  }
}
