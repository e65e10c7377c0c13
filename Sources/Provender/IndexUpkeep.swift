import LedgerIndex
import LedgerStorage
import LedgerWriter
import SystemThreads
import TransparencyLog

/// Keeps the facts of a ledger that is being written up with its log: beside the captures, which
/// never wait for it, and when the ledger is closed.
///
/// What goes wrong with it, such as a full disk, only means that it is done later.
final class IndexUpkeep: @unchecked Sendable {
  /// When what is done, in entries.
  struct Sizes {
    /// So many are sealed at once beside a capture.
    var sealed: UInt64 = 65_536
    /// So many are sealed when a ledger is opened or closed; fewer are read from the log.
    var small: UInt64 = 8_192
    /// Tables are merged to one of more only beside a capture, where nobody waits.
    var quickMerge: UInt64 = 1 << 20
    /// Facts of more entries or bytes than these are not kept until they are sealed, but read from
    /// the log then.
    var kept: (entries: UInt64, bytes: Int) = (1 << 19, 64 << 20)
  }

  /// Facts that captures have handed over and that are not sealed yet, without gaps.
  struct Kept {
    var facts: FactCollector
    /// The entry after the last one.
    var end: UInt64
  }

  private let sizes: Sizes
  private let store: IndexStore
  /// Says what is acknowledged.
  let snapshot: () -> LedgerSnapshot
  private let monitor = Monitor()
  // The monitor guards what follows.
  /// The entry after the last one in a table, as far as is known.
  private var end: UInt64 = 0
  private var isBusy = false
  private var isOver = false
  private var kept: Kept?
  /// Facts of entries before this one come too late: something was redacted since.
  private var forgottenEnd: UInt64 = 0

  /// - Parameter snapshot: says what is acknowledged.
  init(
    _ store: IndexStore, sizes: Sizes = Sizes(), snapshot: @escaping () -> LedgerSnapshot
  ) {
    self.store = store
    self.sizes = sizes
    self.snapshot = snapshot
  }

  /// Takes up what is there: removes what killed processes left and what cannot be used, and seals
  /// what the last writers left, if that is much.
  func begin() {
    store.removeLeftovers()
    monitor.withLock { isBusy = true }
    work(atLeast: sizes.small, mergeLimit: sizes.quickMerge)
    store.removeStrayFacts(snapshot())
  }

  /// Something was acknowledged. Seals on another thread if it is enough; nobody waits for it.
  ///
  /// - Parameter facts: what the entries of a capture are found by, the first of them called 0.
  func didAppend(_ facts: FactCollector? = nil, _ appended: Appended? = nil) {
    if let facts, let appended { keep(facts, appended) }
    let size = snapshot().size.rawValue
    let isDue = monitor.withLock {
      guard !isBusy, !isOver, size >= end + self.sizes.sealed else { return false }
      isBusy = true
      return true
    }
    guard isDue else { return }
    if Threads.detach({ self.work(atLeast: self.sizes.sealed, mergeLimit: .max) }) { return }
    // Done when the next capture finds a thread, or the ledger is closed.
    monitor.lock()
    release()
  }

  /// Keeps facts if they follow on those that are kept; else they take their place.
  private func keep(_ facts: FactCollector, _ appended: Appended) {
    let first = appended.firstEntry.rawValue
    let next = first + appended.entryCount
    monitor.withLock {
      guard first >= forgottenEnd else { return }
      if kept?.end != first || (kept?.facts.byteCount ?? 0) > sizes.kept.bytes
        || next - (kept?.facts.firstEntry ?? first) > sizes.kept.entries
      {
        kept = Kept(facts: FactCollector(from: first, seed: facts.seed), end: first)
      }
      do {
        try kept?.facts.append(facts, at: first)
        kept?.end = next
      } catch {
        kept = nil
      }
    }
  }

  /// Where the facts that are kept begin, and what they are seeded with.
  var keptFacts: (firstEntry: UInt64, seed: UInt64)? {
    monitor.withLock { kept.map { ($0.facts.firstEntry, $0.facts.seed) } }
  }

  /// The facts that are kept, if they begin with an entry, for the one who seals them; those that lie
  /// before are forgotten.
  func takeFacts(from first: UInt64, seed: UInt64) -> Kept? {
    monitor.withLock {
      guard let found = kept, found.facts.firstEntry <= first else { return nil }
      kept = nil
      return found.facts.firstEntry == first && found.facts.seed == seed ? found : nil
    }
  }

  /// Does something while no file of the index is written, and forgets what was written before.
  func whileStill<Value>(_ body: () throws -> Value) rethrows -> Value {
    waitAndTake()
    defer {
      let size = snapshot().size.rawValue
      monitor.lock()
      end = 0
      kept = nil
      forgottenEnd = size
      release()
    }
    return try body()
  }

  /// Waits for what is being sealed, and seals the rest if it is much.
  func finish() {
    waitAndTake()
    monitor.withLock { isOver = true }
    work(atLeast: sizes.small, mergeLimit: sizes.quickMerge)
  }

  private func waitAndTake() {
    monitor.lock()
    while isBusy { monitor.wait() }
    isBusy = true
    monitor.unlock()
  }

  /// Called and left with the monitor locked, then unlocks.
  private func release() {
    isBusy = false
    monitor.broadcast()
    monitor.unlock()
  }

  /// Seals in pieces as long as there are enough entries for one.
  private func work(atLeast count: UInt64, mergeLimit: UInt64) {
    var known: UInt64
    do {
      while try store.sealNext(
        snapshot(), atLeast: count, piece: sizes.sealed, mergeLimit: mergeLimit,
        keptBy: self) != nil
      {}
      known = store.sealedEnd(snapshot())
    } catch {
      // Tried again when as much was added.
      known = snapshot().size.rawValue
    }
    monitor.lock()
    end = known
    release()
  }
}
