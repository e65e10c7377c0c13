import Provender

/// Lots to ask about, the same for the same index.
struct FacadeQuestions {
  /// How many lots are drawn.
  static let drawn = 20_000
  /// How many questions of a kind are asked.
  static let asked = 1_000
  /// The median answers of the bench kit's data: forward, backward.
  static let kitMedians = (forward: 216, backward: 715)

  /// A lot and how many items its answer has, itself included.
  struct Question {
    var item: ItemNumber
    var size: Int
  }

  /// Two lots, of which the first may reach the second.
  struct Pair {
    var from: ItemNumber
    var to: ItemNumber
  }

  let forward: [Question]
  let backward: [Question]
  /// As many pairs as lots are drawn: any two lots, and a lot with one that it reaches.
  let uniformPairs: [Pair]
  let reachablePairs: [Pair]
  /// Lots that one lot reaches, 50 a question.
  let cases: [[ItemNumber]]

  init(_ search: ReachSearch) {
    let index = search.index
    var random = Draw()
    var lots: [ItemNumber] = []
    for _ in 0..<Self.drawn * 20 where lots.count < Self.drawn && index.itemCount > 0 {
      let item = ItemNumber(UInt32(random.next() % UInt64(index.itemCount)))
      if index.kind(of: item) == .lot { lots.append(item) }
    }
    uniformPairs = lots.map {
      Pair(from: $0, to: lots[Int(random.next() % UInt64(lots.count))])
    }
    reachablePairs = lots.map { lot in
      search.withReach(.forward, from: lot) {
        Pair(from: lot, to: $0[Int(random.next() % UInt64($0.count))])
      }
    }
    cases = lots.lazy.map { lot in
      search.withReach(.forward, from: lot) { reached in
        let others = reached.filter { index.kind(of: $0) == .lot }
        return (0..<50).map { others[$0 * others.count / 50] }
      }
    }.filter { Set($0).count == 50 }.prefix(20).map(\.self)
    forward = lots.map { Question(item: $0, size: search.reach(.forward, from: $0).count) }
    backward = lots.map { Question(item: $0, size: search.reach(.backward, from: $0).count) }
  }

  /// The first that were drawn.
  func any(_ direction: GraphDirection) -> [Question] {
    Array((direction == .forward ? forward : backward).prefix(Self.asked))
  }

  /// Those whose answers are of about a size: from a half more to a third less.
  func about(_ size: Int, _ direction: GraphDirection) -> [Question] {
    Array(
      (direction == .forward ? forward : backward)
        .filter { $0.size * 3 >= size * 2 && $0.size * 2 <= size * 3 }.prefix(Self.asked))
  }

  /// The largest answer, three times.
  func worst(_ direction: GraphDirection) -> [Question] {
    let all = direction == .forward ? forward : backward
    guard let largest = all.max(by: { $0.size < $1.size }) else { return [] }
    return [largest, largest, largest]
  }
}

/// Numbers that are the same in every run.
private struct Draw {
  private var state: UInt64 = 7

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
