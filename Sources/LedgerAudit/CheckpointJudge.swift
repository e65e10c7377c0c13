import LedgerStorage
import TransparencyLog

/// Holds checkpoints against the log, one after the other, and keeps what they show together.
internal struct CheckpointJudge {
  /// A bound that the record times do not keep.
  struct BrokenBound {
    var size: TreeSize
    var time: RecordTime
    /// The latest record time that would still be taken.
    var latest: RecordTime
    var found: RecordTime
    var witness: String
  }

  /// The most bounds that are kept; more are compared all the same.
  private static let boundMax = 1_000
  /// The most contradictions that are kept as evidence; all are findings.
  private static let contradictionMax = 16

  let history: KeyHistory
  private let options: AuditOptions
  private let heads: [UInt64: LogHead]
  private let total: UInt64
  /// Whether entries are missing, so that there are no roots.
  private let hasGaps: Bool
  /// The witnesses that are believed, without the log itself.
  private let witnesses: [VerifierKey]
  private let placesOfKeys: [VerifierKey: Int]

  private(set) var findings: FindingList
  private(set) var notices: [AuditNotice] = []
  /// Whether a checkpoint carries a signature by a key that was given, or one that took over.
  private(set) var hasTrustedSignature = false
  /// The most believed witnesses that cosigned one checkpoint of the log.
  private(set) var mostCosignatures = 0
  /// The largest checkpoint that counts: signed by the log's key, and the log agrees.
  private(set) var largest: AuditedCheckpoint?
  /// The largest one signed by a key that was given, or one that took over from it.
  private(set) var largestTrusted: AuditedCheckpoint?
  /// The largest one that enough witnesses cosigned.
  private(set) var largestCosigned: AuditedCheckpoint?
  /// The largest of the ledger's own that counts, as it was verified.
  private(set) var ownHead: VerifiedCheckpoint?
  /// Checkpoints that count, and that the log does not agree with.
  private(set) var contradictions: [VerifiedCheckpoint] = []
  private(set) var bounds: [TimeBound] = []
  private(set) var brokenBounds: [BrokenBound] = []

  init(
    _ history: KeyHistory, _ options: AuditOptions, heads: [UInt64: LogHead], total: UInt64,
    hasGaps: Bool
  ) {
    self.history = history
    self.options = options
    self.heads = heads
    self.total = total
    self.hasGaps = hasGaps
    witnesses = history.others(among: options.witnesses)
    findings = FindingList(limit: options.findingLimit)
    placesOfKeys = Dictionary(
      history.keys.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Judges a checkpoint. The size and the root of a pinned one are compared elsewhere.
  ///
  /// - Parameter stamps: time stamps of it, by authorities that are believed.
  mutating func judge(
    _ checkpoint: UnverifiedCheckpoint, _ place: LogLocation, isPinned: Bool,
    stamps: [TimeStamp] = []
  ) -> AuditedCheckpoint {
    let claim = checkpoint.claim
    var judged = AuditedCheckpoint(
      name: place.file, isPinned: isPinned, size: claim.size, root: claim.root)
    let verdict = verify(checkpoint)
    let isOwn = claim.origin.text.utf8.elementsEqual(history.origin.name.utf8)
    if !isOwn {
      reportOrigin(claim, place, isPinned: isPinned, isSigned: verdict.isSuccess)
      judged.doubt = "the checkpoint is of another log"
      return judged
    }
    judged.agrees = agrees(claim)
    switch verdict {
    case .failure(let rejection):
      findings.add(
        isPinned ? .pinnedSignature : .checkpointSignature, at: place,
        "the checkpoint is not signed as it must be: \(CheckpointJudge.words(rejection))")
    case .success(let verified):
      judged.signer = verified.logKey
      judged.cosignatures = verified.cosignatures
      judged.stamps = stamps.map {
        TimeBound(
          size: claim.size, time: RecordTime(rawValue: $0.claim.latestMicroseconds),
          witness: "authority \($0.authority)")
      }
      weigh(verified, place, &judged)
      if judged.doubt == nil { keep(verified, judged) }
    }
    if !isPinned { compare(judged, place) }
    note(judged)
    return judged
  }

  // MARK: Signatures

  private static func words(_ rejection: CheckpointRejection) -> String {
    switch rejection {
    case .note(.noKnownSignature), .notSignedByLog:
      "no signature is by a key that the log's entries name, or that was given"
    default: rejection.description
    }
  }

  private func verify(
    _ checkpoint: UnverifiedCheckpoint
  ) -> Result<VerifiedCheckpoint, CheckpointRejection> {
    // A log may have had thousands of keys: only those that the note points to are asked.
    let signers = Set(checkpoint.note.signatures.map(\.id))
    var keys = history.keys.map(\.key).filter { signers.contains($0.id) }
    for key in options.trustedKeys where !keys.contains(key) { keys.append(key) }
    func verified(_ keys: [VerifierKey]) -> Result<VerifiedCheckpoint, CheckpointRejection> {
      checkpoint.verify(
        by: CheckpointPolicy(
          origin: checkpoint.claim.origin, logKeys: keys, witnesses: witnesses))
    }
    let verdict = verified(keys)
    // Of several keys of the log that signed, the one that had to sign counts.
    guard case .success(let found) = verdict,
      let right = history.key(at: checkpoint.claim.size)?.key, right != found.logKey,
      case .success(let again) = verified([right])
    else { return verdict }
    return .success(again)
  }

  private mutating func weigh(
    _ verified: VerifiedCheckpoint, _ place: LogLocation, _ judged: inout AuditedCheckpoint
  ) {
    let trust = history.judge(
      verified, isPinned: judged.isPinned, stamped: judged.stamps.map(\.time).min())
    guard case .failure(let distrust) = trust else {
      count(verified)
      return
    }
    judged.doubt = distrust.description
    // Whoever gave the key vouches for it, whatever the log says.
    if distrust.status == .unknown { count(verified) }
    switch distrust.status {
    case .revoked, .needsBracket:
      notices.append(
        AuditNotice(
          kind: .checkpointVoid, file: judged.isPinned ? nil : place.file,
          message: "a checkpoint does not count: \(distrust)"))
    default:
      findings.add(
        judged.isPinned ? .pinnedSignature : .checkpointKey, at: place,
        "the signature holds, but \(distrust)", found: verified.logKey.description)
    }
  }

  private mutating func count(_ verified: VerifiedCheckpoint) {
    if isTrusted(verified.logKey) { hasTrustedSignature = true }
    mostCosignatures = max(mostCosignatures, verified.cosignatures.count)
  }

  /// Whether a key was given, or took over from one that was.
  private func isTrusted(_ key: VerifierKey) -> Bool {
    if options.trustedKeys.contains(key) { return true }
    guard let place = placesOfKeys[key] else { return false }
    return options.trustedKeys.contains { given in
      placesOfKeys[given].map { $0 < place } ?? false
    }
  }

  // MARK: What the log says

  private func agrees(_ claim: Checkpoint) -> Bool {
    guard claim.size.rawValue <= total else { return false }
    if claim.size == 0 { return claim.root == .emptyTree }
    return heads[claim.size.rawValue]?.root == claim.root
  }

  private mutating func compare(_ judged: AuditedCheckpoint, _ place: LogLocation) {
    guard !judged.agrees else { return }
    let isVouched =
      judged.signer.map { judged.doubt == nil || options.trustedKeys.contains($0) } ?? false
    let severity: AuditFinding.Severity = isVouched ? .tampered : .corrupt
    let signer = judged.signer == nil ? "" : " signed"
    guard judged.size.rawValue <= total else {
      findings.add(
        .checkpointSize, severity, at: place,
        "the log has fewer entries than the\(signer) checkpoint: its end is missing",
        expected: "\(judged.size) entries", found: "\(total) entries")
      return
    }
    let root = heads[judged.size.rawValue]?.root
    // What is missing is a finding already.
    guard root != nil || !hasGaps else { return }
    findings.add(
      .checkpointRoot, severity, at: place,
      "the first \(judged.size) entries are not those of the\(signer) checkpoint",
      expected: judged.root.hex, found: root?.hex)
  }

  private mutating func reportOrigin(
    _ claim: Checkpoint, _ place: LogLocation, isPinned: Bool, isSigned: Bool
  ) {
    // Of a pinned one, the comparison of heads reports it.
    guard !isPinned else { return }
    findings.add(
      .checkpointOrigin, isSigned ? .tampered : .corrupt, at: place,
      "the checkpoint is of another log", expected: history.origin.name, found: claim.origin.text)
  }

  // MARK: What they show together

  private mutating func keep(_ verified: VerifiedCheckpoint, _ judged: AuditedCheckpoint) {
    if !judged.agrees {
      if contradictions.count < CheckpointJudge.contradictionMax { contradictions.append(verified) }
    } else if !judged.isPinned, judged.size > ownHead?.checkpoint.size ?? 0 {
      ownHead = verified
    }
  }

  private mutating func note(_ judged: AuditedCheckpoint) {
    guard judged.isTrusted, let signer = judged.signer else { return }
    largest = CheckpointJudge.larger(largest, judged)
    if isTrusted(signer) { largestTrusted = CheckpointJudge.larger(largestTrusted, judged) }
    if judged.cosignatures.count >= options.neededWitnesses, !judged.cosignatures.isEmpty {
      largestCosigned = CheckpointJudge.larger(largestCosigned, judged)
    }
    for stamp in judged.stamps { bind(stamp) }
    for cosignature in judged.cosignatures {
      guard let time = TimeBound.time(seconds: cosignature.time) else { continue }
      bind(
        TimeBound(
          size: judged.size, time: time, witness: "witness \(cosignature.witness.name)"))
    }
  }

  private static func larger(
    _ known: AuditedCheckpoint?, _ other: AuditedCheckpoint
  ) -> AuditedCheckpoint {
    guard let known, known.size >= other.size else { return other }
    return known
  }

  private mutating func bind(_ bound: TimeBound) {
    if bounds.count < CheckpointJudge.boundMax { bounds.append(bound) }
    guard let last = heads[bound.size.rawValue]?.lastTime else { return }
    guard let latest = TimeBound.latestRecord(before: bound.time), last > latest,
      brokenBounds.count < options.findingLimit
    else { return }
    brokenBounds.append(
      BrokenBound(
        size: bound.size, time: bound.time, latest: latest, found: last,
        witness: bound.witness))
  }
}

extension Result {
  fileprivate var isSuccess: Bool {
    if case .success = self { return true }
    return false
  }
}
