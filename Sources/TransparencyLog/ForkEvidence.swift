/// Two checkpoints that one log signed and that cannot both be honest, with what shows it.
///
/// Of two checkpoints of one size the notes alone show it: their roots differ. Otherwise a
/// consistency proof leads from a root at the older size to the newer root, and that root is not
/// the older note's. Whoever has the log's vkey can check all of it: nobody needs to be believed,
/// and the log cannot deny its signatures.
///
/// The file is text, each line with its newline: `provender-fork@v1`; `older` and the base64 of the
/// older note; `newer` and that of the newer; where the sizes differ, `root` and the base64 of the
/// root that the newer tree has at the older size, then the hashes of the proof, one a line.
public struct ForkEvidence: Hashable, Sendable {
  /// The most bytes a file may have: two of the largest notes in base64, and the proof.
  public static let byteCountMax = 3 * SignedNote.byteCountMax
  /// The customary end of a file name.
  public static let fileExtension = "fork"

  private static let header = "provender-fork@v1"

  /// What leads from the newer tree's root at the older size to its own.
  public struct Branch: Hashable, Sendable {
    /// The root of the newer tree's first leaves, as many as the older tree has.
    public let root: Hash
    /// The proof that the newer tree extends that one.
    public let proof: ConsistencyProof
  }

  /// The smaller checkpoint; of one size, either.
  public let older: UnverifiedCheckpoint
  /// The larger checkpoint.
  public let newer: UnverifiedCheckpoint
  /// What shows that they contradict each other; `nil` where their sizes are the same.
  public let branch: Branch?

  internal init(older: UnverifiedCheckpoint, newer: UnverifiedCheckpoint, branch: Branch?) {
    self.older = older
    self.newer = newer
    self.branch = branch
  }

  /// The file's bytes.
  public var encoded: [UInt8] {
    var text = "\(ForkEvidence.header)\n"
    text += "older \(Base64.encode(older.note.encoded))\n"
    text += "newer \(Base64.encode(newer.note.encoded))\n"
    if let branch {
      text += "root \(Base64.encode(branch.root.bytes))\n"
      for hash in branch.proof.hashes { text += Base64.encode(hash.bytes) + "\n" }
    }
    return Array(text.utf8)
  }

  /// Reads a file. It shows nothing until it is verified.
  ///
  /// - Throws: ``MalformedText``.
  public init(parsing bytes: [UInt8]) throws(MalformedText) {
    guard bytes.count <= ForkEvidence.byteCountMax else { throw MalformedText(.fork, .tooLarge) }
    guard bytes.last == UInt8(ascii: "\n") else { throw MalformedText(.fork, .noFinalNewline) }
    var reader = LineReader(bytes)
    guard let header = reader.next(), header.elementsEqual(ForkEvidence.header.utf8) else {
      throw MalformedText(.fork, .badHeader, line: 1)
    }
    older = try ForkEvidence.note("older", &reader)
    newer = try ForkEvidence.note("newer", &reader)
    let (first, second) = (older.claim, newer.claim)
    guard first.origin == second.origin, first.size <= second.size else {
      throw MalformedText(.fork, .unrelatedNotes)
    }
    guard first.size < second.size else {
      guard reader.rest.isEmpty else { throw MalformedText(.fork, .badProof, line: 4) }
      branch = nil
      return
    }
    guard let text = reader.next(after: "root"), let data = Base64.decode(text),
      let root = Hash(data)
    else { throw MalformedText(.fork, .badRoot, line: 4) }
    var hashes: [Hash] = []
    while let line = reader.next() {
      guard hashes.count < MerkleProof.hashCountMax else {
        throw MalformedText(.fork, .tooManyHashes, line: reader.line)
      }
      guard let data = Base64.decode(line), let hash = Hash(data) else {
        throw MalformedText(.fork, .badHash, line: reader.line)
      }
      hashes.append(hash)
    }
    let proof = ConsistencyProof(older: first.size, newer: second.size, hashes: hashes)
    branch = Branch(root: root, proof: proof)
  }

  private static func note(
    _ word: String, _ reader: inout LineReader
  ) throws(MalformedText) -> UnverifiedCheckpoint {
    guard let text = reader.next(after: word), let bytes = Base64.decode(text) else {
      throw MalformedText(.fork, .badNote, line: reader.line)
    }
    return try UnverifiedCheckpoint(parsing: bytes)
  }
}

extension ForkEvidence: CustomStringConvertible {
  /// Both notes and the proof, for people. Names in notes may hold any character from U+0020 on.
  public var description: String {
    var text = "the log \(older.claim.origin) signed two checkpoints that contradict each other\n\n"
    text +=
      "one of size \(older.claim.size):\n\n\(String(decoding: older.note.encoded, as: UTF8.self))"
    text += "\nanother of size \(newer.claim.size):\n\n"
    text += String(decoding: newer.note.encoded, as: UTF8.self)
    guard let branch else { return text + "\nof one size they have different roots\n" }
    text += "\nthe tree of the second has at size \(older.claim.size) the root\n"
    text += "\(Base64.encode(branch.root.bytes))\n"
    text += "by the consistency proof\n"
    for hash in branch.proof.hashes { text += Base64.encode(hash.bytes) + "\n" }
    return text
  }
}
