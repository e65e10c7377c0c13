import LedgerIndex
import ProvenanceGraph
import Traceability

/// Finds what stands near an answer and is no part of it: silence about it would look like
/// forgetfulness (trace rules, section 9).
struct ExclusionFinder {
  let index: LedgerIndex
  let trace: Trace
  /// How many are listed at most.
  let limit = 1000

  func exclusions() -> [TraceAnswer.Exclusion] {
    let reached = Set(trace.items.map(\.item))
    var result: [TraceAnswer.Exclusion] = []
    var seen: Set<String> = []
    func add(_ item: ItemNumber, _ reason: String, near: ItemNumber) {
      guard !reached.contains(item), result.count < limit else { return }
      let uri = index.uri(of: item)
      guard seen.insert(uri + " " + reason).inserted else { return }
      result.append(
        TraceAnswer.Exclusion(item: uri, reason: reason, near: index.uri(of: near)))
    }
    var openings: Set<UInt32> = []
    for traced in trace.items where result.count < limit {
      for stay in index.stays(of: traced.item) where openings.insert(stay.opening).inserted {
        for other in index.stays(in: stay.unit) where other.opening == stay.opening {
          add(other.child, "packed together with it", near: traced.item)
        }
      }
    }
    for seed in trace.seeds {
      for other in itemsWithSameCode(as: seed) {
        add(other, "same lot code under another product", near: seed)
      }
    }
    for (item, near) in unknownLots(reached) {
      add(item, "unknown lot of the same product at a site of the answer", near: near)
    }
    return result
  }

  private func itemsWithSameCode(as seed: ItemNumber) -> [ItemNumber] {
    guard index.kind(of: seed) == .lot else { return [] }
    let uri = index.uri(of: seed)
    guard let slash = uri.lastIndex(of: "/") else { return [] }
    return index.lookUp(String(uri[uri.index(after: slash)...]), limit: 20).items
      .filter { index.kind(of: $0) == .lot }
  }

  /// Unknown lots of the class of a reached lot, at places of the answer.
  private func unknownLots(_ reached: Set<ItemNumber>) -> [(ItemNumber, ItemNumber)] {
    var lotOfClass: [String: ItemNumber] = [:]
    for item in reached.sorted() where index.kind(of: item) == .lot {
      lotOfClass[String(index.uri(of: item).prefix(36))] = item
    }
    let sites = Set(trace.places.map(index.site))
    var result: [(ItemNumber, ItemNumber)] = []
    let candidates = lotOfClass.flatMap { uri, near in
      index.unknownLots(ofClass: uri).map { (item: $0, near: near) }
    }
    for (item, near) in candidates.sorted(by: { $0.item < $1.item }) {
      let isThere = index.timeline(of: item).contains { event in
        index.event(event).place.map { sites.contains(index.site(of: $0)) } ?? false
      }
      if isThere { result.append((item, near)) }
    }
    return result
  }
}
