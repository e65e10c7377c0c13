import Dispatch

/// A value that one thread at a time uses.
internal final class Guarded<Value>: @unchecked Sendable {
  private var value: Value
  private let semaphore = DispatchSemaphore(value: 1)

  init(_ value: Value) { self.value = value }

  func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    semaphore.wait()
    defer { semaphore.signal() }
    return try body(&value)
  }
}
