import CInstructions
import SystemThreads

extension LabelTable {
  /// Answers many questions, on two threads if that many are wanted and worth their while.
  func answer(
    _ targets: UnsafeBufferPointer<UInt32>, from sources: UnsafeBufferPointer<UInt32>,
    into answers: UnsafeMutableBufferPointer<Bool>, threads: Int
  ) {
    let middle = threads > 1 && sources.count >= 4096 ? sources.count / 2 : 0
    // Both threads read; each writes to a half of its own.
    nonisolated(unsafe) let lower = (
      UnsafeBufferPointer(rebasing: targets[..<middle]),
      UnsafeBufferPointer(rebasing: sources[..<middle]),
      UnsafeMutableBufferPointer(rebasing: answers[..<middle])
    )
    Threads.run(if: middle > 0) {
      answer(lower.0, from: lower.1, into: lower.2)
    } beside: {
      answer(
        UnsafeBufferPointer(rebasing: targets[middle...]),
        from: UnsafeBufferPointer(rebasing: sources[middle...]),
        into: UnsafeMutableBufferPointer(rebasing: answers[middle...]))
    }
  }

  /// Answers many questions in three stages, each some questions behind the one before: fetch the words
  /// that say where the labels lie, fetch the labels, compare.
  func answer(
    _ targets: UnsafeBufferPointer<UInt32>, from sources: UnsafeBufferPointer<UInt32>,
    into answers: UnsafeMutableBufferPointer<Bool>
  ) {
    let depth = 16
    let count = sources.count
    var pending = [Question?](repeating: nil, count: depth)
    pending.withUnsafeMutableBufferPointer { pending in
      for step in 0..<count &+ 2 &* depth {
        if step >= 2 &* depth {
          let index = step &- 2 &* depth
          let isSame = sources[index] == targets[index] && sources[index] < nodeCount
          answers[index] = isSame || pending[step % depth].map { answer($0) } ?? false
        }
        if step >= depth, step &- depth < count {
          let index = step &- depth
          let isKnown =
            sources[index] < nodeCount && targets[index] < nodeCount
          let question = isKnown ? question(targets[index], from: sources[index]) : nil
          pending[step % depth] = question
          if let question {
            provender_prefetch(question.onward)
            provender_prefetch(question.origin)
          }
        }
        if step < count {
          hubs.prefetch(sources[step])
          entered.prefetch(targets[step])
        }
      }
    }
  }
}
