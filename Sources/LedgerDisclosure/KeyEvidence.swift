public import LedgerStorage
public import TransparencyLog

/// Genesis and the entries about the log's keys, each with its proof, so that whoever checks can
/// fold the keys' history without the ledger.
///
/// That none is left out cannot be shown: a revocation that is withheld is not seen.
public struct KeyEvidence: Hashable, Sendable {
  /// The entries: none, or genesis and the key entries in the order of the log.
  public var entries: [ProvenEntry]

  /// What came along; nothing by default.
  public init(entries: [ProvenEntry] = []) { self.entries = entries }

  /// The history of the log's keys as the entries tell it; `nil` when none came along.
  ///
  /// Entries that are in the log and yet are no valid key entries change nothing, as in a ledger.
  ///
  /// - Parameter claim: the checkpoint in whose tree all of them must be. It need not be believed
  ///   yet: what follows from it is believed together with it or not at all.
  public func history(
    in claim: Checkpoint, with hasher: SHA256Hasher
  ) -> Result<KeyHistory?, EvidenceRejection> {
    guard let first = entries.first else { return .success(nil) }
    guard first.entry.index == 0, first.entry.kind == .genesis,
      let payload = first.opening.parts?.payload.bytes, let genesis = Genesis(payload: payload),
      Array(genesis.origin.name.utf8) == claim.origin.bytes
    else { return .failure(.genesis) }
    if let fault = first.fault(in: claim, with: hasher) { return .failure(fault) }
    var history = KeyHistory(origin: genesis.origin, logID: genesis.logID)
    for (before, next) in zip(entries, entries.dropFirst()) {
      let entry = next.entry
      guard entry.kind == .key, entry.index > before.entry.index,
        let payload = next.opening.parts?.payload.bytes
      else { return .failure(.genesis) }
      if let fault = next.fault(in: claim, with: hasher) { return .failure(fault) }
      do {
        _ = try history.take(payload, entry: entry.index, time: entry.time)
      } catch {
        return .failure(.libcrypto(error))
      }
    }
    return .success(history)
  }
}

// MARK: Binary form, as it stands in the extra data of a proof

extension KeyEvidence {
  /// Appends number and entries: each its 96 bytes, payload, and hashes after their number. Salts
  /// are zeros and links empty, since these payloads are published.
  internal func append(to writer: inout PayloadWriter) throws(LedgerError) {
    guard let count = UInt16(exactly: entries.count) else {
      throw LedgerError(
        .invalid, "there are over 65,535 entries about keys", advice: "make the proof without them")
    }
    writer.append(count)
    for proven in entries {
      writer.appendRaw(proven.entry.bytes)
      try writer.append(proven.opening.parts?.payload.bytes ?? [], naming: "payload")
      writer.append(UInt8(truncatingIfNeeded: proven.path.count))
      for hash in proven.path { writer.append(hash) }
    }
  }

  internal init?(_ reader: inout PayloadReader) {
    guard let count = reader.integer(UInt16.self) else { return nil }
    entries = []
    for _ in 0..<count {
      guard let entry = reader.entry(), let payload = reader.part(),
        let hashCount = reader.integer(UInt8.self), hashCount <= MerkleProof.hashCountMax
      else { return nil }
      var path: [Hash] = []
      for _ in 0..<hashCount {
        guard let hash = reader.hash() else { return nil }
        path.append(hash)
      }
      let parts = OpenedParts(
        payload: .shown(salt: .zero, bytes: payload), links: .shown(salt: .zero, bytes: []))
      entries.append(ProvenEntry(opening: EntryOpening(entry: entry, parts: parts), path: path))
    }
  }
}

extension PayloadReader {
  internal mutating func entry() -> Entry? {
    raw(Entry.byteCount).flatMap { bytes in bytes.withUnsafeBytes { Entry($0) } }
  }

  internal mutating func salt() -> Salt? { raw(Salt.byteCount).flatMap { Salt($0) } }
}
