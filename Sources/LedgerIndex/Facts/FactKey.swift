import Traceability

/// What a fact says of an event or a capture: the kinds of keys that it is found by.
enum FactKind: UInt64, CaseIterable, Sendable {
  /// The event's ID, or its content where it has none.
  case event = 1
  /// An item that the event mentions, or the lot of a serial.
  case item
  /// The last component of an item's URI, ASCII case ignored.
  case tail
  /// The lot number in the ILMD, ASCII case ignored.
  case lotNumber
  /// The product class of an unknown lot.
  case unknownLot
  /// What tells transformations of several events apart.
  case transformation
  /// A site, party, product or asset of which the capture's document says something.
  case name
}

/// Hashes of what facts are found by. Each kind has a seed of its own, so that the same bytes are
/// not found under another.
struct FactHasher: Sendable {
  /// What the hashes are seeded with, so that nobody outside can choose collisions.
  let seed: UInt64

  private func seed(_ kind: FactKind) -> UInt64 {
    seed ^ (kind.rawValue &* 0xD6E8_FEB8_6659_FD93)
  }

  /// The hash of a key.
  func hash(_ kind: FactKind, _ key: UnsafeRawBufferPointer) -> UInt64 {
    switch kind {
    case .tail, .lotNumber: Tail.hash(key, seed: seed(kind))
    default: ByteHash.hash(key, seed: seed(kind))
    }
  }

  /// The hash of a key.
  func hash(_ kind: FactKind, _ key: some Collection<UInt8>) -> UInt64 {
    let known = key.withContiguousStorageIfAvailable { hash(kind, UnsafeRawBufferPointer($0)) }
    return known ?? Array(key).withUnsafeBytes { hash(kind, $0) }
  }

  /// The hash of an event by its identity under the same seed.
  func hash(event identity: UInt64) -> UInt64 { ByteHash.mix(identity ^ seed(.event)) }
}

/// A row of a fact table while it is made: bucket and fragment of a hash above the entry, counted
/// from the table's first, so that rows are in their order when these numbers are.
struct FactRow: Sendable {
  static let entryBits = 20
  /// So many entries can be told apart.
  static let entryCountMax: UInt64 = 1 << entryBits

  let bits: UInt64

  init(hash: UInt64, entry: UInt32) {
    bits = hash & ~(Self.entryCountMax - 1) | UInt64(entry) & (Self.entryCountMax - 1)
  }

  init(bits: UInt64) { self.bits = bits }

  var entry: UInt64 { bits & (Self.entryCountMax - 1) }

  /// The bucket that it belongs to.
  var bucket: Int { FactHash.bucket(bits) }

  /// The row as it is stored: fragment and entry.
  var packed: UInt64 { UInt64(FactHash.fragment(bits)) << 32 | entry }
}

/// Rows in order of their entries, each of which stands so much later than they say.
struct FactPiece: Sendable {
  var rows: [FactRow]
  var shift: UInt64 = 0
}

/// How a hash is kept: its bucket is where the row stands, its fragment is in the row.
enum FactHash {
  /// How many buckets a table has.
  static let bucketCount = 1 << 12

  /// The highest 12 bits.
  static func bucket(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 52) }

  /// The 32 bits below.
  static func fragment(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 20) }
}
