/// Why a graph segment cannot be written or opened.
public struct GraphSegmentError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of trouble it is.
  public enum Reason: Hashable, Sendable {
    /// A system call failed, with this errno.
    case system(Int32)
    /// The file is no segment, or one of a version this library does not know.
    case notASegment
    /// The file ends early, or its contents contradict its checksums or each other.
    case damaged
    /// The edges handed to the builder cannot be sealed.
    case unsuitable
  }

  /// What kind of trouble it is.
  public var reason: Reason
  /// The file.
  public var path: String
  /// What was found, and where.
  public var detail: String

  /// An error from its parts.
  public init(_ reason: Reason, path: String, detail: String) {
    self.reason = reason
    self.path = path
    self.detail = detail
  }

  /// What happened, where, and what to do about it.
  public var description: String {
    switch reason {
    case .system(let code): "\(path): \(detail) (error \(code) of the system)"
    case .notASegment: "\(path): \(detail); it is no graph segment of this version; build it anew"
    case .damaged: "\(path): \(detail); the segment is damaged; build it anew"
    case .unsuitable: "\(path): \(detail)"
    }
  }
}
