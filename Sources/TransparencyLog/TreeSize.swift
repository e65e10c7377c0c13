/// The number of leaves in a tree.
public struct TreeSize: RawRepresentable, Hashable, Sendable {
  /// The number of leaves.
  public var rawValue: UInt64

  /// A tree of so many leaves.
  @inlinable
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// A tree of so many leaves.
  @inlinable
  public init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }
}

/// A leaf's place in a tree, counted from 0.
public struct LeafIndex: RawRepresentable, Hashable, Sendable {
  /// The number of leaves before this one.
  public var rawValue: UInt64

  /// The leaf with so many before it.
  @inlinable
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The leaf with so many before it.
  @inlinable
  public init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }
}

extension TreeSize: Comparable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// Orders sizes by the number of leaves.
  @inlinable
  public static func < (left: TreeSize, right: TreeSize) -> Bool {
    left.rawValue < right.rawValue
  }

  /// A tree of so many leaves.
  @inlinable
  public init(integerLiteral value: UInt64) {
    self.init(value)
  }

  /// The number of leaves in decimal.
  public var description: String { String(rawValue) }
}

extension LeafIndex: Comparable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// Orders leaves as they were appended.
  @inlinable
  public static func < (left: LeafIndex, right: LeafIndex) -> Bool {
    left.rawValue < right.rawValue
  }

  /// The leaf with so many before it.
  @inlinable
  public init(integerLiteral value: UInt64) {
    self.init(value)
  }

  /// The index in decimal.
  public var description: String { String(rawValue) }
}
