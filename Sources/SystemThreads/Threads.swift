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
package enum Threads {
  #if canImport(Darwin)
    private typealias Thread = pthread_t?
  #else
    private typealias Thread = pthread_t
  #endif

  /// The number of processors.
  package static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Runs a body so many times at once, on this thread and new ones, and returns when all are
  /// done. Where the system gives fewer threads, the body runs fewer times.
  package static func run(_ count: Int, _ body: @escaping @Sendable () -> Void) {
    run(beside: body, times: count - 1) { _ in body() }
  }

  /// Runs a body some times on new threads while another runs on this one, and returns when all are
  /// done.
  ///
  /// - Parameter main: learns how many threads were started: the system may give fewer, or none.
  package static func run<Value>(
    beside body: @escaping @Sendable () -> Void, times count: Int, _ main: (Int) -> Value
  ) -> Value {
    var threads: [Thread] = []
    while threads.count < count, let thread = start(body) { threads.append(thread) }
    let value = main(threads.count)
    for thread in threads {
      #if canImport(Darwin)
        if let thread { pthread_join(thread, nil) }
      #else
        pthread_join(thread, nil)
      #endif
    }
    return value
  }

  /// Runs one body on another thread while this one runs the other, and returns when both are done.
  ///
  /// - Parameter isWanted: whether to use another thread at all; without, as where the system gives
  ///   none, one body runs after the other.
  package static func run(
    if isWanted: Bool, _ other: @escaping @Sendable () -> Void, beside body: () -> Void
  ) {
    run(beside: other, times: isWanted ? 1 : 0) { started in
      if started == 0 { other() }
      body()
    }
  }

  /// Runs a body on a thread of its own that nobody waits for. Threads of the concurrency pool are no
  /// place for it: callers may block all of them while they wait for what it does.
  ///
  /// - Returns: false if the system gives no thread; the body does not run then.
  package static func detach(_ body: @escaping @Sendable () -> Void) -> Bool {
    guard let thread = start(body) else { return false }
    #if canImport(Darwin)
      if let thread { pthread_detach(thread) }
    #else
      pthread_detach(thread)
    #endif
    return true
  }

  private static func start(_ body: @escaping @Sendable () -> Void) -> Thread? {
    let work = Unmanaged.passRetained(ThreadWork(body))
    #if canImport(Darwin)
      var thread: Thread = nil
    #else
      var thread = Thread()
    #endif
    guard pthread_create(&thread, nil, enterThread, work.toOpaque()) == 0 else {
      work.release()
      return nil
    }
    return thread
  }
}
