import LedgerStorage
public import TransparencyLog

/// What a witness knows of one log: whom it believes, and the largest tree that it cosigned.
///
/// The file is text: `provender-witness@v1`; `origin` and the log's name; `head` and the size that was
/// cosigned last, or `head none`; a line `key` for each vkey that may sign, a line `former` for each
/// that no longer may; a blank line; the newest note that was cosigned, with the log's signature
/// alone, or nothing.
public struct WitnessRecord: Hashable, Sendable {
  /// The most keys of one log, present and former together.
  public static let keyCountMax = 64

  internal static let byteCountMax = SignedNote.byteCountMax + (256 << 10)
  private static let header = "provender-witness@v1"

  /// The log's name.
  public let origin: CheckpointOrigin
  /// The keys whose signatures count for new checkpoints.
  public internal(set) var keys: [VerifierKey]
  /// The keys whose signatures no longer count; a head that they signed stays the head.
  public internal(set) var formerKeys: [VerifierKey]
  /// The newest checkpoint that was cosigned; `nil` when none was.
  public internal(set) var head: VerifiedCheckpoint?

  internal init(origin: CheckpointOrigin) {
    self.origin = origin
    keys = []
    formerKeys = []
  }

  /// The size of the largest tree that was cosigned; 0 for none.
  public var size: TreeSize { head?.checkpoint.size ?? 0 }

  /// Whom to believe about a new checkpoint.
  internal var policy: CheckpointPolicy { CheckpointPolicy(origin: origin, logKeys: keys) }

  /// A file whose end was cut off must not look like one of a log that was never cosigned.
  private var headText: String { head.map { "\($0.checkpoint.size)" } ?? "none" }

  /// The file's bytes.
  internal var encoded: [UInt8] {
    var text = Array("\(WitnessRecord.header)\norigin ".utf8) + origin.bytes
    text += Array("\nhead \(headText)\n".utf8)
    for key in keys { text += Array("key \(key)\n".utf8) }
    for key in formerKeys { text += Array("former \(key)\n".utf8) }
    return text + [10] + noteBytes
  }

  /// The head's note with the signature that was believed and no other line: one by a key that is
  /// not known today could stand against the note when that key is believed.
  private var noteBytes: [UInt8] {
    guard let head else { return [] }
    let lines = head.note.signatures.filter {
      $0.name == head.logKey.name && $0.id == head.logKey.id
    }
    return head.note.textBytes + [10] + lines.flatMap { Array($0.line.utf8) }
  }

  /// Reads a file, and verifies the note in it.
  ///
  /// - Throws: ``WitnessRecordFault``, or `CryptoError` when libcrypto fails.
  internal init(parsing bytes: [UInt8]) throws {
    let blank = zip(bytes, bytes.dropFirst()).enumerated().first { $1.0 == 10 && $1.1 == 10 }
    guard let end = blank?.offset else { throw WitnessRecordFault.malformed }
    var lines = bytes[..<end].split(separator: 10, omittingEmptySubsequences: false)[...]
    guard let first = lines.popFirst(), first.elementsEqual(WitnessRecord.header.utf8),
      let second = lines.popFirst(), second.starts(with: "origin ".utf8),
      let text = String(validating: second.dropFirst("origin ".utf8.count), as: UTF8.self),
      let origin = CheckpointOrigin(text), let third = lines.popFirst(),
      lines.count <= WitnessRecord.keyCountMax
    else { throw WitnessRecordFault.malformed }
    self.init(origin: origin)
    for line in lines { try take(line) }
    try takeHead(bytes[(end + 2)...])
    guard third.elementsEqual("head \(headText)".utf8) else { throw WitnessRecordFault.malformed }
  }

  private mutating func takeHead(_ note: ArraySlice<UInt8>) throws {
    guard !note.isEmpty else { return }
    guard let read = try? UnverifiedCheckpoint(parsing: Array(note)) else {
      throw WitnessRecordFault.malformed
    }
    let policy = CheckpointPolicy(origin: origin, logKeys: keys + formerKeys)
    switch read.verify(by: policy) {
    case .success(let verified): head = verified
    case .failure(.note(.libcrypto(let error))): throw error
    case .failure(let rejection): throw WitnessRecordFault.rejected(rejection)
    }
  }

  private mutating func take(_ line: ArraySlice<UInt8>) throws {
    let words = line.split(separator: 32, maxSplits: 1, omittingEmptySubsequences: false)
    guard words.count == 2, let text = String(validating: words[1], as: UTF8.self) else {
      throw WitnessRecordFault.malformed
    }
    let key: VerifierKey
    do {
      key = try VerifierKey(parsing: text)
    } catch is MalformedText {
      throw WitnessRecordFault.malformed
    }
    switch String(validating: words[0], as: UTF8.self) {
    case "key" where formerKeys.isEmpty: keys.append(key)
    case "former": formerKeys.append(key)
    default: throw WitnessRecordFault.malformed
    }
  }
}

/// What is wrong with the file of a ``WitnessRecord``.
internal enum WitnessRecordFault: Error {
  /// It is not as it was written.
  case malformed
  /// The note in it is not by the log.
  case rejected(CheckpointRejection)
}

extension WitnessRecordFault: CustomStringConvertible {
  internal var description: String {
    switch self {
    case .malformed: "it is not as it was written"
    case .rejected(let rejection): rejection.description
    }
  }
}
