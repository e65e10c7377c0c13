import CInstructions
public import Traceability

/// Tells events of a running capture apart before they are in the index: identity, content and entry
/// of each, in 24 bytes a slot.
public struct EventIdentityTable: Sendable {
  /// An event as the table knows it.
  public struct Row: Sendable, Hashable {
    /// Hash of the event's ID (or content, where it has none) and of its declaration, if it is one.
    public var identity: UInt64
    /// Part of the content digest.
    public var content: UInt64
    /// The entry that holds it; `pendingEntry` while it is being captured.
    public var entry: UInt64

    /// A row from its parts.
    public init(identity: UInt64, content: UInt64, entry: UInt64) {
      self.identity = identity
      self.content = content
      self.entry = entry
    }
  }

  /// The entry of an event that is not acknowledged yet.
  public static let pendingEntry = UInt64.max - 1
  private static let free = UInt64.max
  private var rows: [Row]
  /// How many events it holds.
  public private(set) var count = 0

  /// An empty table with room for some events.
  public init(capacity: Int = 0) {
    rows = Self.emptyRows(64)
    reserve(capacity)
  }

  /// Makes room for so many events in all.
  public mutating func reserve(_ capacity: Int) {
    var slots = rows.count
    while capacity * 4 > slots * 3 { slots *= 2 }
    if slots > rows.count { resize(slots) }
  }

  private static func emptyRows(_ capacity: Int) -> [Row] {
    [Row](repeating: Row(identity: 0, content: 0, entry: free), count: capacity)
  }

  /// The identity of an event: a hash of its ID, or of its content where it has none.
  public static func identity(
    eventID: UnsafeRawBufferPointer, content: Digest32, seed: UInt64
  ) -> UInt64 {
    eventID.isEmpty
      ? ByteHash.mix(content.words.0 ^ seed) : ByteHash.hash(eventID, seed: seed)
  }

  /// The identity of the declaration that these links hold about an event: its time, its reason and
  /// the corrective events.
  public static func identity(
    ofDeclaration links: LinksBuffer, about event: UInt64, seed: UInt64
  ) -> UInt64 {
    var key: [UInt8] = []
    withUnsafeBytes(of: (links.declarationTime?.microseconds ?? 0).littleEndian) {
      key.append(contentsOf: $0)
    }
    for run in [links.declarationReason] + links.correctiveEventIDs {
      key.append(contentsOf: links.bytes(run))
      key.append(0)
    }
    return ByteHash.mix(event ^ key.withUnsafeBytes { ByteHash.hash($0, seed: seed) })
  }

  /// Removes all events and keeps the memory.
  public mutating func removeAll() {
    guard count > 0 else { return }
    for slot in rows.indices { rows[slot].entry = Self.free }
    count = 0
  }

  /// Asks for the memory where events with an identity would be, so that looking up one after the
  /// other later does not wait for it each time.
  public func fetch(_ identity: UInt64) {
    rows.withUnsafeBufferPointer { rows in
      guard let start = rows.baseAddress else { return }
      provender_prefetch(
        start + Int(truncatingIfNeeded: ByteHash.mix(identity)) & (rows.count - 1))
    }
  }

  /// Whether there is an event with an identity.
  /// - Complexity: O(1) expected.
  public func contains(identity: UInt64) -> Bool {
    var slot = Int(truncatingIfNeeded: ByteHash.mix(identity)) & (rows.count - 1)
    while rows[slot].entry != Self.free {
      if rows[slot].identity == identity { return true }
      slot = (slot + 1) & (rows.count - 1)
    }
    return false
  }

  /// Whether there is an event with an identity and a content.
  /// - Complexity: O(1) expected.
  public func contains(identity: UInt64, content: UInt64) -> Bool {
    var slot = Int(truncatingIfNeeded: ByteHash.mix(identity)) & (rows.count - 1)
    while rows[slot].entry != Self.free {
      if rows[slot].identity == identity, rows[slot].content == content { return true }
      slot = (slot + 1) & (rows.count - 1)
    }
    return false
  }

  /// All rows with an identity: one, or several where conflicting contents were kept.
  /// - Complexity: O(1) expected.
  public func rows(identity: UInt64) -> [Row] {
    var result: [Row] = []
    var slot = Int(truncatingIfNeeded: ByteHash.mix(identity)) & (rows.count - 1)
    while rows[slot].entry != Self.free {
      if rows[slot].identity == identity { result.append(rows[slot]) }
      slot = (slot + 1) & (rows.count - 1)
    }
    return result
  }

  /// Adds an event.
  public mutating func insert(_ row: Row) {
    if (count + 1) * 4 > rows.count * 3 { resize(rows.count * 2) }
    place(row)
    count += 1
  }

  /// Notes the entry of an event that was pending, or forgets it if nil.
  public mutating func resolve(identity: UInt64, content: UInt64, entry: UInt64?) {
    var slot = Int(truncatingIfNeeded: ByteHash.mix(identity)) & (rows.count - 1)
    while rows[slot].entry != Self.free {
      if rows[slot].identity == identity, rows[slot].content == content,
        rows[slot].entry == Self.pendingEntry
      {
        if let entry { rows[slot].entry = entry } else { remove(at: slot) }
        return
      }
      slot = (slot + 1) & (rows.count - 1)
    }
  }

  private mutating func place(_ row: Row) {
    var slot = Int(truncatingIfNeeded: ByteHash.mix(row.identity)) & (rows.count - 1)
    while rows[slot].entry != Self.free { slot = (slot + 1) & (rows.count - 1) }
    rows[slot] = row
  }

  private mutating func resize(_ slots: Int) {
    let old = rows
    rows = Self.emptyRows(slots)
    for row in old where row.entry != Self.free { place(row) }
  }

  /// Frees a slot and puts back the rows that had to pass it.
  private mutating func remove(at slot: Int) {
    rows[slot].entry = Self.free
    count -= 1
    var next = (slot + 1) & (rows.count - 1)
    while rows[next].entry != Self.free {
      let row = rows[next]
      rows[next].entry = Self.free
      place(row)
      next = (next + 1) & (rows.count - 1)
    }
  }
}
