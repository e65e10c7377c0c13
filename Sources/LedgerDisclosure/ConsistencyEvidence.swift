public import LedgerStorage
public import TransparencyLog

/// A file that shows that a log only grew between two of its signed checkpoints.
///
/// Text: the line `provender-consistency@v1`; `older` and the older note in base64; perhaps `keys`
/// and entries about the log's keys in base64; a line of base64 for each hash; an empty line; the
/// newer note as it is.
public struct ConsistencyEvidence: Hashable, Sendable {
  /// The first line.
  public static let header = "provender-consistency@v1"
  /// The most bytes of a file: two notes, of which one in base64, and as much of key entries.
  public static let byteCountMax = 5 * SignedNote.byteCountMax

  /// The older checkpoint.
  public var older: UnverifiedCheckpoint
  /// The newer checkpoint.
  public var newer: UnverifiedCheckpoint
  /// The proof's hashes, in the order of RFC 6962.
  public var hashes: [Hash]
  /// The log's keys, proven in the newer tree.
  public var keys: KeyEvidence

  /// Two checkpoints and what ties them.
  public init(
    older: UnverifiedCheckpoint, newer: UnverifiedCheckpoint, hashes: [Hash],
    keys: KeyEvidence = KeyEvidence()
  ) {
    self.older = older
    self.newer = newer
    self.hashes = hashes
    self.keys = keys
  }

  /// The proof between the sizes that the checkpoints claim.
  public var proof: ConsistencyProof {
    ConsistencyProof(older: older.claim.size, newer: newer.claim.size, hashes: hashes)
  }

  /// The file's bytes.
  ///
  /// - Throws: ``LedgerStorage/LedgerError/Kind/invalid`` when there are too many key entries.
  public func encoded() throws(LedgerError) -> [UInt8] {
    var text = "\(ConsistencyEvidence.header)\nolder \(Base64.encode(older.note.encoded))\n"
    if !keys.entries.isEmpty {
      var writer = PayloadWriter()
      try keys.append(to: &writer)
      text += "keys \(Base64.encode(writer.bytes))\n"
    }
    for hash in hashes { text += Base64.encode(hash.bytes) + "\n" }
    return Array(text.utf8) + "\n".utf8 + newer.note.encoded
  }

  /// Reads a file.
  ///
  /// - Throws: ``MalformedEvidence`` for anything that ``encoded()`` does not write, and
  ///   `MalformedText` when one of the notes is malformed.
  public init(parsing bytes: [UInt8]) throws {
    guard bytes.count <= ConsistencyEvidence.byteCountMax else {
      throw ConsistencyEvidence.malformed("is larger than the limit")
    }
    var lines = TextLines(bytes)
    guard let header = lines.next(), header.elementsEqual(ConsistencyEvidence.header.utf8) else {
      throw ConsistencyEvidence.malformed("does not begin with its format's name", 1)
    }
    guard let note = lines.next().flatMap({ TextLines.value($0, after: "older ") }) else {
      throw ConsistencyEvidence.malformed("has no line 'older' with base64", 2)
    }
    older = try UnverifiedCheckpoint(parsing: note)
    keys = KeyEvidence()
    hashes = []
    var line = lines.next()
    if let text = line, text.starts(with: "keys ".utf8) {
      guard let data = TextLines.value(text, after: "keys "),
        let keys = KeyEvidence(encoded: data), !keys.entries.isEmpty
      else { throw ConsistencyEvidence.malformed("has a wrong line 'keys'", lines.number) }
      self.keys = keys
      line = lines.next()
    }
    while let text = line, !text.isEmpty {
      guard let data = Base64.decode(text), let hash = Hash(data),
        hashes.count < MerkleProof.hashCountMax
      else {
        throw ConsistencyEvidence.malformed(
          "has a line that is no hash, or over 64 hashes", lines.number)
      }
      hashes.append(hash)
      line = lines.next()
    }
    newer = try UnverifiedCheckpoint(parsing: Array(lines.rest))
  }

  private static func malformed(_ fault: String, _ line: Int = 0) -> MalformedEvidence {
    MalformedEvidence("consistency file", fault, line: line)
  }
}

extension KeyEvidence {
  /// Reads the entries that fill some bytes.
  internal init?(encoded bytes: [UInt8]) {
    var reader = PayloadReader(bytes)
    guard let value = KeyEvidence(&reader), reader.isAtEnd else { return nil }
    self = value
  }
}

/// Takes lines off the front of a text in memory; a last line without its newline is none.
internal struct TextLines {
  internal private(set) var rest: ArraySlice<UInt8>
  internal private(set) var number = 0

  internal init(_ bytes: [UInt8]) { rest = bytes[...] }

  internal mutating func next() -> ArraySlice<UInt8>? {
    guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
      rest = []
      return nil
    }
    defer { rest = rest[(end + 1)...] }
    number += 1
    return rest[..<end]
  }

  /// What the base64 after a word stands for.
  internal static func value(_ line: ArraySlice<UInt8>, after word: String) -> [UInt8]? {
    guard line.starts(with: word.utf8) else { return nil }
    return Base64.decode(line.dropFirst(word.utf8.count))
  }
}

/// A consistency proof that holds between two checkpoints that are believed.
public struct CheckedConsistency: Hashable, Sendable {
  /// The older checkpoint.
  public let older: CheckedHead
  /// The newer checkpoint.
  public let newer: CheckedHead
  /// Whether the older is the one that whoever asks had kept.
  public let isPinned: Bool
}

extension EvidencePolicy {
  /// Checks that the newer checkpoint extends the older one, and that both are the log's.
  ///
  /// The quorum is demanded of the newer checkpoint alone: a log that grew from a checkpoint answers
  /// for it.
  ///
  /// - Parameter pinned: the older checkpoint as whoever asks had kept it.
  public func check(
    _ evidence: ConsistencyEvidence, pinned: UnverifiedCheckpoint? = nil,
    with hasher: SHA256Hasher
  ) -> Result<CheckedConsistency, EvidenceRejection> {
    if let pinned, pinned.claim != evidence.older.claim { return .failure(.otherCheckpoint) }
    let newer: CheckedHead
    switch judge(evidence.newer, keys: evidence.keys, with: hasher) {
    case .failure(let rejection): return .failure(rejection)
    case .success(let head): newer = head
    }
    var policy = self
    policy.quorum = 0
    let older: CheckedHead
    switch policy.judge(evidence.older, history: newer.history, isPinned: pinned != nil) {
    case .failure(let rejection): return .failure(rejection)
    case .success(let head): older = head
    }
    switch newer.verified.checkExtends(older.verified, proof: evidence.proof, with: hasher) {
    case .valid:
      return .success(CheckedConsistency(older: older, newer: newer, isPinned: pinned != nil))
    case .invalid(let fault): return .failure(.consistency(fault))
    }
  }
}
