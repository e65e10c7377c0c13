internal import LedgerStorage
public import TransparencyLog

/// Bytes that evidence is read from, such as a file.
public protocol EvidenceSource {
  /// At most so many bytes from an offset on; fewer, or none, only at the end.
  func bytes(at offset: UInt64, count: Int) throws -> [UInt8]
}

/// Evidence in memory.
public struct MemoryEvidence: EvidenceSource, Sendable {
  private let content: [UInt8]

  /// Evidence of these bytes.
  public init(_ content: [UInt8]) { self.content = content }

  /// At most so many bytes from an offset on.
  public func bytes(at offset: UInt64, count: Int) -> [UInt8] {
    guard let start = Int(exactly: offset), start < content.count, count > 0 else { return [] }
    return Array(content[start..<min(content.count, start + min(count, content.count))])
  }
}

/// Reads a bundle record by record, in memory bounded by its longest record.
///
/// It reads what the format says and nothing else, so that a bundle has one spelling; whether the
/// records hold is judged by whoever reads.
public struct BundleReader<Source: EvidenceSource> {
  /// The checkpoint's note, once the records have been read.
  public private(set) var checkpoint: UnverifiedCheckpoint?

  private var lines: LineReader<Source>
  private var last: EntryIndex?

  /// Begins to read.
  ///
  /// - Throws: ``MalformedEvidence`` when it is no bundle, and what the source throws.
  public init(_ source: Source) throws {
    lines = LineReader(source)
    guard let header = try lines.next(), header.elementsEqual(BundleFormat.header.utf8) else {
      throw MalformedEvidence("bundle", "does not begin with its format's name", line: 1)
    }
    guard let blank = try lines.next(), blank.isEmpty else {
      throw malformed("has no empty line after its header")
    }
  }

  /// The next record; `nil` when the checkpoint was reached and read.
  ///
  /// - Throws: ``MalformedEvidence``, `MalformedText` when the checkpoint is malformed, and what the
  ///   source throws.
  public mutating func next() throws -> BundleRecord? {
    guard checkpoint == nil else { return nil }
    guard let line = try lines.next() else { throw malformed("ends before its checkpoint") }
    if line.elementsEqual(BundleFormat.checkpoint.utf8) {
      checkpoint = try UnverifiedCheckpoint(parsing: try lines.rest(limit: SignedNote.byteCountMax))
      return nil
    }
    let record: BundleRecord
    if let text = value(line, BundleFormat.context) {
      guard let bytes = Base64.decode(text), !bytes.isEmpty else {
        throw malformed("has a context that is not base64 of at least one byte")
      }
      record = .context(bytes)
    } else if let text = value(line, BundleFormat.entry) {
      record = .entry(try entry(text))
    } else {
      throw malformed("has a record of an unknown kind")
    }
    guard let blank = try lines.next(), blank.isEmpty else {
      throw malformed("has a record that does not end with an empty line")
    }
    return record
  }

  private mutating func entry(_ text: ArraySlice<UInt8>) throws -> ProvenEntry {
    guard let bytes = Base64.decode(text), let entry = bytes.withUnsafeBytes({ Entry($0) }) else {
      throw malformed("has a line 'entry' that is no entry of 96 bytes in base64")
    }
    if let last, entry.index <= last { throw malformed("has entries out of order") }
    last = entry.index
    guard var line = try lines.next() else { throw malformed("ends within a record") }
    var parts: OpenedParts?
    if let payload = try part(line, BundleFormat.payload, BundleFormat.payloadDigest) {
      guard let next = try lines.next(),
        let links = try part(next, BundleFormat.links, BundleFormat.linksDigest),
        let after = try lines.next()
      else { throw malformed("has a payload that no line of links follows") }
      parts = OpenedParts(payload: payload, links: links)
      line = after
    }
    let path = try path(line)
    return ProvenEntry(opening: EntryOpening(entry: entry, parts: parts), path: path)
  }

  private func part(
    _ line: ArraySlice<UInt8>, _ shown: String, _ digest: String
  ) throws(MalformedEvidence) -> OpenedPart? {
    if let text = value(line, digest) {
      guard let bytes = Base64.decode(text), let hash = Hash(bytes) else {
        throw malformed("has a digest that is not base64 of 32 bytes")
      }
      return .digest(hash)
    }
    guard let text = value(line, shown) else { return nil }
    let words = text.split(
      separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
    guard let salt = Base64.decode(words[0]).flatMap({ Salt($0) }) else {
      throw malformed("has a salt that is not base64 of 16 bytes")
    }
    guard words.count > 1 else { return .shown(salt: salt, bytes: []) }
    guard let bytes = Base64.decode(words[1]), !bytes.isEmpty else {
      throw malformed("has a part that is not base64 of at least one byte")
    }
    return .shown(salt: salt, bytes: bytes)
  }

  private func path(_ line: ArraySlice<UInt8>) throws(MalformedEvidence) -> [Hash] {
    let words = line.split(
      separator: UInt8(ascii: " "), maxSplits: MerkleProof.hashCountMax + 1,
      omittingEmptySubsequences: false)
    guard let word = words.first, word.elementsEqual(BundleFormat.path.utf8),
      words.count <= MerkleProof.hashCountMax + 1
    else { throw malformed("has no line 'path' with at most 64 hashes") }
    var hashes: [Hash] = []
    for word in words.dropFirst() {
      guard let hash = Base64.decode(word).flatMap({ Hash($0) }) else {
        throw malformed("has a hash that is not base64 of 32 bytes")
      }
      hashes.append(hash)
    }
    return hashes
  }

  private func value(_ line: ArraySlice<UInt8>, _ word: String) -> ArraySlice<UInt8>? {
    line.starts(with: word.utf8) ? line.dropFirst(word.utf8.count) : nil
  }

  private func malformed(_ fault: String) -> MalformedEvidence {
    MalformedEvidence("bundle", fault, line: lines.number)
  }
}

/// Takes lines from a source, each at most as long as a bundle's may be.
internal struct LineReader<Source: EvidenceSource> {
  /// The line taken last, counted from 1.
  internal private(set) var number = 0

  private let source: Source
  private var buffer: [UInt8] = []
  /// Where the next line begins in the buffer.
  private var place = 0
  /// Where the buffer ends in the source.
  private var end: UInt64 = 0
  private static var pieceByteCount: Int { 1 << 16 }

  internal init(_ source: Source) { self.source = source }

  /// The next line without its newline; `nil` at the end, where a line without its newline is none.
  internal mutating func next() throws -> ArraySlice<UInt8>? {
    var looked = place
    while true {
      if let newline = buffer[looked...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { place = newline + 1 }
        number += 1
        return buffer[place..<newline]
      }
      guard buffer.count - place <= BundleFormat.lineByteCountMax else {
        throw MalformedEvidence("bundle", "has a line that is too long", line: number + 1)
      }
      looked = buffer.count - place
      guard try fill() else { return nil }
    }
  }

  /// Everything that is left.
  internal mutating func rest(limit: Int) throws -> [UInt8] {
    while buffer.count - place <= limit, try fill() {}
    guard buffer.count - place <= limit else {
      throw MalformedEvidence("bundle", "has a checkpoint that is too long", line: number + 1)
    }
    defer { place = buffer.count }
    return Array(buffer[place...])
  }

  /// Drops the lines that were taken and reads on.
  private mutating func fill() throws -> Bool {
    if place > 0 {
      buffer.removeSubrange(..<place)
      place = 0
    }
    // A long line is read in pieces that grow with it, so that it is not looked through anew.
    let piece = try source.bytes(at: end, count: max(Self.pieceByteCount, buffer.count))
    guard !piece.isEmpty else { return false }
    buffer += piece
    end += UInt64(piece.count)
    return true
  }
}
