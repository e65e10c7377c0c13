import CPrefetch

/// Two-hop labels of a segment: which of two nodes reaches the other is answered from two short lists,
/// mostly one cache line each.
///
/// One node reaches another if it is in the other's origin label, or has the other in its onward label,
/// or the two labels share a hub. The labels of a sealed segment never change.
public struct ReachLabels: @unchecked Sendable {
  /// Bytes of the file.
  public let byteCount: Int

  let segment: GraphSegment
  private let region: ByteRegion
  /// `onwardSize` words for each node with onward edges, by rank.
  private let onwards: UnsafePointer<UInt32>
  /// `originSize` words for each node that an edge enters, by rank.
  private let origins: UnsafePointer<UInt32>
  /// What does not fit there: for each such label the number of words, then the words.
  private let long: UnsafePointer<UInt32>

  static let onwardSize = 4
  static let originSize = 6
  /// What stands in the place of no hub, different for each kind so that two are never equal.
  static let noOnward = UInt32.max >> 1
  static let noOrigin = UInt32.max
  /// The bits of a last word that says where in `long` the label goes on.
  static let longOnward: UInt32 = 3 << 30
  static let longOrigin: UInt32 = 2 << 30
  static let longPlace: UInt32 = 1 << 30 - 1

  /// Maps labels and checks all of them.
  /// - Parameter segment: the segment they were sealed for.
  public init(path: String, for segment: GraphSegment) throws(GraphSegmentError) {
    guard let region = ByteRegion(mapping: path) else {
      throw GraphSegmentError(.system(lastSystemError()), path: path, detail: "cannot be mapped")
    }
    try self.init(region: region, path: path, for: segment)
  }

  /// Opens labels over bytes in memory and checks all of them.
  public init(
    region: ByteRegion, path: String, for segment: GraphSegment
  ) throws(GraphSegmentError) {
    let header = try SegmentFile.Header(region.bytes, path: path)
    guard header.nodeCount == segment.nodeCount,
      header.binding.starts(with: Self.binding(to: segment))
    else {
      throw GraphSegmentError(.damaged, path: path, detail: "it belongs to another segment")
    }
    let checker = SegmentChecker(bytes: region.bytes, header: header, path: path)
    try checker.checkSums()
    let nodes = segment.nodeCount
    let rows = (segment.forward.rowCount(nodes: nodes), segment.backward.rowCount(nodes: nodes))
    let longCount = (header[.longLabels]?.count ?? 0) / 4
    guard
      let onwards = try checker.numbers(.onwardLabels, count: rows.0 * Self.onwardSize),
      let origins = try checker.numbers(.originLabels, count: rows.1 * Self.originSize),
      let long = try checker.numbers(.longLabels, count: longCount),
      let empty = long.baseAddress
    else { throw GraphSegmentError(.damaged, path: path, detail: "a section is missing") }
    guard Self.endsWithin(long, onwards, Self.onwardSize, Self.longOnward),
      Self.endsWithin(long, origins, Self.originSize, Self.longOrigin)
    else {
      throw GraphSegmentError(.damaged, path: path, detail: "a label goes on outside its section")
    }
    byteCount = region.bytes.count
    self.segment = segment
    self.region = region
    self.onwards = onwards.baseAddress ?? empty
    self.origins = origins.baseAddress ?? empty
    self.long = empty
  }

  static func binding(to segment: GraphSegment) -> [UInt8] {
    withUnsafeBytes(of: segment.identity.littleEndian) { Array($0) }
  }

  /// Whether every label that goes on does so within `long`.
  private static func endsWithin(
    _ long: UnsafeBufferPointer<UInt32>, _ labels: UnsafeBufferPointer<UInt32>, _ size: Int,
    _ flag: UInt32
  ) -> Bool {
    for last in stride(from: size - 1, to: labels.count, by: size) {
      let word = labels[last]
      guard word & longOnward == flag, word != noOrigin else { continue }
      let place = Int(word & longPlace)
      guard place < long.count, place + Int(long[place]) < long.count else { return false }
    }
    return true
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
    guard segment.forward.has(source), segment.backward.has(target) else { return nil }
    return Question(
      source: source, target: target,
      onward: onwards + segment.forward.rank(of: source) &* Self.onwardSize,
      origin: origins + segment.backward.rank(of: target) &* Self.originSize)
  }

  /// Whether the labels of a question meet.
  @inline(__always)
  func answer(_ question: Question) -> Bool {
    let onward = UnsafeRawPointer(question.onward).loadUnaligned(as: SIMD4<UInt32>.self)
    let first = UnsafeRawPointer(question.origin).loadUnaligned(as: SIMD4<UInt32>.self)
    let rest = UnsafeRawPointer(question.origin + 2).loadUnaligned(as: SIMD4<UInt32>.self)
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
