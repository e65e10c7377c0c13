public import LedgerIndex
public import ProvenanceGraph

extension Ledger {
  /// The items that an item can have reached (forward) or can have come from (backward): those of the
  /// conservative ``trace(_:from:using:takesAll:)``, without events, sites and doubts, so that it takes
  /// microseconds where a trace takes milliseconds.
  ///
  /// Names are looked up in the answer when they are asked for. A program that asks often makes a
  /// ``reachSearch(progress:notice:)`` once.
  ///
  /// - Parameters:
  ///   - text: the item as people write it; see `items(matching:in:takesAll:)`.
  ///   - notice: called if the stored index could not be used, with the reason.
  /// - Throws: `ItemNotFound`; `LedgerError` if stored events cannot be read.
  /// - Complexity: O(reached links), where the stored index is up to date.
  public func reach(
    _ direction: GraphDirection, from text: String, takesAll: Bool = false,
    notice: (String) -> Void = { _ in }
  ) throws -> Reach {
    try withIndex(for: .trace(direction, from: text, takesAll: takesAll), notice: notice) { index in
      index.reach(direction, from: try items(matching: text, in: index, takesAll: takesAll))
    }
  }

  /// Whether an item is among those that another can have reached (forward) or can have come from
  /// (backward): whether it is in the conservative ``trace(_:from:using:takesAll:)`` from that one.
  ///
  /// A program that asks often makes a ``reachSearch(progress:notice:)`` once and asks that.
  ///
  /// - Parameters:
  ///   - text: the item to start from as people write it; see `items(matching:in:takesAll:)`.
  ///   - other: the item to end at, written likewise.
  ///   - takesAll: whether to start from all items that the text can mean, and to end at any that the
  ///     other can.
  ///   - notice: called if the stored index could not be used, with the reason.
  /// - Throws: `ItemNotFound`; `LedgerError` if stored events cannot be read.
  /// - Complexity: O(reached links), where the stored index is up to date.
  public func reaches(
    _ direction: GraphDirection, from text: String, to other: String, takesAll: Bool = false,
    notice: (String) -> Void = { _ in }
  ) throws -> Bool {
    let question = IndexQuestion.reach(direction, from: text, to: other, takesAll: takesAll)
    return try withIndex(for: question, notice: notice) { index in
      index.reaches(
        direction, from: try items(matching: text, in: index, takesAll: takesAll),
        to: try items(matching: other, in: index, takesAll: takesAll))
    }
  }

  /// A search for many questions about what items reached or came from, over an index of all that is
  /// in the ledger now; what is captured later is not in its answers.
  ///
  /// - Parameters:
  ///   - progress: called with entries done and all entries while an index is built.
  ///   - notice: called if the stored index could not be used, with the reason.
  /// - Throws: `LedgerError` if stored events cannot be read.
  /// - Complexity: O(items and links) to check them once; more where an index is built.
  public func reachSearch(
    progress: ((UInt64, UInt64) -> Void)? = nil, notice: (String) -> Void = { _ in }
  ) throws -> ReachSearch {
    let index = try index(progress: progress, notice: notice)
    do throws(IndexError) {
      return try ReachSearch(index)
    } catch {
      notice("the index is damaged: \(error); it was built anew from the log")
      return try ReachSearch(rebuiltIndex(progress: progress))
    }
  }
}
