public import Traceability

/// The stored events behind an index, as an analysis reads them.
public protocol History: Sendable {
  /// The links of an event's entry; nil where they were erased.
  func links(at entry: UInt64) throws -> Links?
}
