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

  let forward: [Question]
  let backward: [Question]

  init(_ search: ReachSearch) {
    let index = search.index
    var state: UInt64 = 7
    func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
      return mixed ^ mixed >> 31
    }
    var lots: [ItemNumber] = []
    for _ in 0..<Self.drawn * 20 where lots.count < Self.drawn && index.itemCount > 0 {
      let item = ItemNumber(UInt32(next() % UInt64(index.itemCount)))
      if index.kind(of: item) == .lot { lots.append(item) }
    }
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
