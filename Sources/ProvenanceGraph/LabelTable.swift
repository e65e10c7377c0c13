import CInstructions

/// Labels as the kernels read them: raw pointers into bytes that were checked when the labels were
/// opened, and that these keep alive.
struct LabelTable: @unchecked Sendable {
  /// The nodes with onward edges.
  let hubs: RankedBits
  /// The nodes that an edge enters.
  let entered: RankedBits
  let nodeCount: UInt32
  /// `onwardSize` words for each node with onward edges, by rank.
  let onwards: UnsafePointer<UInt32>
  /// `originSize` words for each node that an edge enters, by rank; 32 bytes, so that none lies in two
  /// cache lines.
  let origins: UnsafePointer<UInt32>
  /// What does not fit there: for each such label the number of words, then the words.
  let long: UnsafePointer<UInt32>

  static let onwardSize = 4
  static let originSize = 8
  /// What stands in the place of no hub, different for each kind so that two are never equal.
  static let noOnward = UInt32.max >> 1
  static let noOrigin = UInt32.max
  /// The bits of a last word that says where in `long` the label goes on.
  static let longOnward: UInt32 = 3 << 30
  static let longOrigin: UInt32 = 2 << 30
  static let longPlace: UInt32 = 1 << 30 - 1

  /// Whether one node reaches another; false if either does not exist.
  @inline(__always)
  func isReachable(_ target: UInt32, from source: UInt32) -> Bool {
    guard source < nodeCount, target < nodeCount else { return false }
    guard let question = question(target, from: source) else { return source == target }
    return answer(question) || source == target
  }

  /// Whether one node reaches any of some others, which exist and are not that node.
  func isAnyReachable(
    _ targets: UnsafePointer<UInt32>, count: Int, from source: UInt32
  ) -> Bool {
    guard source < nodeCount, hubs.has(source) else { return false }
    provender_prefetch(onwards + hubs.rank(of: source) &* Self.onwardSize)
    for place in 0..<count where entered.has(targets[place]) {
      provender_prefetch(origins + entered.rank(of: targets[place]) &* Self.originSize)
    }
    for place in 0..<count {
      if let question = question(targets[place], from: source), answer(question) { return true }
    }
    return false
  }

  /// Where the labels of a question lie.
  struct Question {
    var source: UInt32
    var target: UInt32
    var onward: UnsafePointer<UInt32>
    var origin: UnsafePointer<UInt32>
  }

  /// What there is to look up, or nil if the numbers alone decide.
  @inline(__always)
  func question(_ target: UInt32, from source: UInt32) -> Question? {
    guard hubs.has(source), entered.has(target) else { return nil }
    return Question(
      source: source, target: target,
      onward: onwards + hubs.rank(of: source) &* Self.onwardSize,
      origin: origins + entered.rank(of: target) &* Self.originSize)
  }

  /// Whether the labels of a question meet.
  @inline(__always)
  func answer(_ question: Question) -> Bool {
    let onward = UnsafeRawPointer(question.onward).loadUnaligned(as: SIMD4<UInt32>.self)
    let first = UnsafeRawPointer(question.origin).loadUnaligned(as: SIMD4<UInt32>.self)
    let rest = UnsafeRawPointer(question.origin + 4).loadUnaligned(as: SIMD4<UInt32>.self)
    var matches = Self.matches(first, question.source)
    matches |= (Self.matches(rest, question.source))
    matches |= (Self.matches(onward, question.target))
    for place in 0..<4 {
      matches |= (Self.matches(first, onward[place]))
      matches |= (Self.matches(rest, onward[place]))
    }
    if matches != SIMD4(repeating: 0) { return true }
    let isOnwardLong = onward[3] >= Self.longOnward
    let isOriginLong = rest[3] >= Self.longOrigin && rest[3] != Self.noOrigin
    return isOnwardLong || isOriginLong ? answerFromLongLabels(question) : false
  }

  /// All ones where equal, else zero.
  @inline(__always)
  private static func matches(_ words: SIMD4<UInt32>, _ word: UInt32) -> SIMD4<UInt32> {
    SIMD4<UInt32>(repeating: 0).replacing(
      with: SIMD4(repeating: .max), where: words .== SIMD4(repeating: word))
  }

  /// As `answer`, where a label goes on in `long`; what lies inside was compared already, but not with
  /// what goes on.
  @inline(never)
  private func answerFromLongLabels(_ question: Question) -> Bool {
    let onward = parts(question.onward, Self.onwardSize, Self.longOnward)
    let origin = parts(question.origin, Self.originSize, Self.longOrigin)
    if onward.1.contains(question.target) || origin.1.contains(question.source) { return true }
    for hub in origin.0 where onward.1.contains(hub) { return true }
    for hub in origin.1 where onward.0.contains(hub) || onward.1.contains(hub) { return true }
    return false
  }

  /// The hubs of a label inside its record and in `long`.
  private func parts(
    _ record: UnsafePointer<UInt32>, _ size: Int, _ flag: UInt32
  ) -> (UnsafeBufferPointer<UInt32>, UnsafeBufferPointer<UInt32>) {
    let last = record[size - 1]
    guard last & Self.longOnward == flag, last != Self.noOrigin else {
      return (
        UnsafeBufferPointer(start: record, count: size), UnsafeBufferPointer(start: nil, count: 0)
      )
    }
    let place = Int(last & Self.longPlace)
    return (
      UnsafeBufferPointer(start: record, count: size - 1),
      UnsafeBufferPointer(start: long + place + 1, count: Int(long[place]))
    )
  }
}
