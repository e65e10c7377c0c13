import LedgerStorage
import TransparencyLog

/// One publication under way.
internal final class Publisher {
  private static let payloadLimit = 1 << 20

  let stream: EntryStream
  let checkpoint: VerifiedCheckpoint
  let directory: PublishedDirectory
  let options: PublicationOptions
  let hasher: SHA256Hasher
  /// What is published already.
  private var published: UnverifiedCheckpoint?
  private var foundTreeDamaged = false

  init(
    _ stream: EntryStream, _ checkpoint: VerifiedCheckpoint, _ directory: PublishedDirectory,
    _ options: PublicationOptions
  ) throws {
    self.stream = stream
    self.checkpoint = checkpoint
    self.directory = directory
    self.options = options
    hasher = try SHA256Hasher()
  }

  private var size: UInt64 { checkpoint.checkpoint.size.rawValue }

  func publish() throws -> PublicationOutcome {
    published = try readPublished()
    try checkGenesis()
    let publishedSize = published?.claim.size.rawValue ?? 0
    guard publishedSize <= size else { throw try ahead() }
    let start = try start(publishedSize)
    let isLarger = publishedSize < size || published == nil
    if isLarger || options.comparesAll {
      try write(from: start, publishedSize: options.comparesAll ? 0 : publishedSize)
    }
    try directory.sync()
    try putCheckpoint()
    let removed = isLarger ? try removeSuperseded(since: publishedSize) : 0
    var outcome = PublicationOutcome(
      origin: checkpoint.checkpoint.origin, previousSize: published?.claim.size,
      size: checkpoint.checkpoint.size, root: checkpoint.checkpoint.root)
    outcome.writtenFileCount = directory.writtenFileCount
    outcome.writtenByteCount = directory.writtenByteCount
    outcome.removedFileCount = removed
    outcome.foundTreeDamaged = foundTreeDamaged
    return outcome
  }

  // MARK: What is there

  private func readPublished() throws -> UnverifiedCheckpoint? {
    let names = try directory.names("")
    guard names.contains(PublishedPaths.checkpoint) else { return nil }
    let limit = SignedNote.byteCountMax
    let found: UnverifiedCheckpoint
    do {
      let bytes = try directory.read(PublishedPaths.checkpoint, limit: limit)
      found = try UnverifiedCheckpoint(parsing: bytes ?? [])
    } catch let fault as MalformedText {
      throw conflict(.malformed(fault))
    }
    guard found.claim.origin == checkpoint.checkpoint.origin else {
      throw conflict(
        .otherLog(found: found.claim.origin.text, expected: checkpoint.checkpoint.origin.text))
    }
    return found
  }

  /// Two logs of the same name differ in genesis, which is there before the first checkpoint is.
  private func checkGenesis() throws {
    let path = PublishedPaths.payload(0)
    guard let bytes = try directory.read(path, limit: Self.payloadLimit) else { return }
    let own = stream.snapshot.genesis
    guard let found = Genesis(payload: bytes), found.logID != own.logID else { return }
    throw conflict(
      .otherLog(
        found: "\(found.origin) with log id \(found.logID)",
        expected: "\(own.origin) with log id \(own.logID)"))
  }

  private func conflict(_ reason: PublicationConflict.Reason) -> PublicationConflict {
    var conflict = PublicationConflict(reason, directory: directory.location)
    conflict.published = published
    conflict.candidate = checkpoint.unverified
    if let published, case .success(let note) = published.note.verify(with: [checkpoint.logKey]) {
      conflict.isPublishedSigned = !note.verified.isEmpty
    }
    return conflict
  }

  private func ahead() throws -> PublicationConflict {
    guard let published, published.claim.size <= stream.snapshot.size else {
      return conflict(.ahead(rootThere: nil))
    }
    let tree = try stream.tree(of: published.claim.size.rawValue, with: hasher)
    return conflict(.ahead(rootThere: tree.root(with: hasher)))
  }

  // MARK: The tree

  /// The tree up to the first entry of the published size's last bundle: from the tree's files if
  /// they lead to the published root, else from the entries.
  private func start(_ publishedSize: UInt64) throws -> TileBuilder {
    if options.comparesAll || publishedSize == 0 {
      if let published {
        try checkRoot(try stream.tree(of: publishedSize, with: hasher), published)
      }
      return TileBuilder()
    }
    guard let published else { return TileBuilder() }
    let width = UInt64(TileCoordinate.fullWidth)
    let first = publishedSize / width * width
    if let builder = builderFromTree(first) {
      var grown = builder
      try stream.extend(&grown, to: publishedSize, with: hasher)
      if grown.root(with: hasher) == published.claim.root { return builder }
    }
    var builder = try stream.tree(of: first, with: hasher)
    let start = builder
    try stream.extend(&builder, to: publishedSize, with: hasher)
    try checkRoot(builder, published)
    foundTreeDamaged = true
    return start
  }

  /// The tree's files are derived: one that is too short or cannot be read is passed over.
  private func builderFromTree(_ size: UInt64) -> TileBuilder? {
    var tiles = stream.reader.tiles
    return try? TileBuilder(size: TreeSize(size), source: &tiles, with: hasher)
  }

  private func checkRoot(_ tree: TileBuilder, _ published: UnverifiedCheckpoint) throws {
    let root = tree.root(with: hasher)
    guard root == published.claim.root else { throw conflict(.forked(rootThere: root)) }
  }

  // MARK: Writing

  private func write(from start: TileBuilder, publishedSize: UInt64) throws {
    var builder = start
    var tiles: [Tile] = []
    var bundle: [UInt8] = []
    var bundleWidth = 0
    let first = start.size.rawValue
    let stops = Set(options.alsoServes.map(\.rawValue).filter { $0 > publishedSize && $0 < size })
    try stream.forEach(from: first, to: size) { index, entry in
      if bundleWidth == 0 { try checkCancelled(done: index - first, of: size - first) }
      // Entries of 96 bytes always fit.
      try entry.withUnsafeBytes { bytes in try EntryBundle.append(bytes, to: &bundle) }
      bundleWidth += 1
      if index >= publishedSize, EntryKind(rawValue: entry[1]).isPublic {
        try putPayload(EntryIndex(index))
      }
      builder.append(hasher.leafHash(entry), with: hasher, completed: &tiles)
      for tile in tiles { try put(tile) }
      tiles.removeAll(keepingCapacity: true)
      if bundleWidth == TileCoordinate.fullWidth {
        try put(bundle, upTo: builder.size)
        bundle.removeAll(keepingCapacity: true)
        bundleWidth = 0
      }
      if stops.contains(index + 1) { try putPartials(builder, bundle) }
    }
    try checkFinalRoot(builder)
    try putPartials(builder, bundle)
  }

  /// Puts the partial tiles of a size in their places, and its partial bundle, but for those that
  /// full ones supersede.
  private func putPartials(_ builder: TileBuilder, _ bundle: [UInt8]) throws {
    let layout = TileLayout(size: checkpoint.checkpoint.size)
    for tile in builder.partialTiles {
      let place = tile.coordinate
      guard place.index >= layout.fullTileCount(level: place.level) else { continue }
      try put(tile)
      if place.level == 0 { try put(bundle, upTo: builder.size) }
    }
  }

  private func checkFinalRoot(_ builder: TileBuilder) throws {
    let root = builder.root(with: hasher)
    guard builder.size.rawValue == size, root == checkpoint.checkpoint.root else {
      throw LedgerError(
        .corrupt,
        "the first \(size) entries of the ledger have the root \(root.hex), and its signed "
          + "checkpoint says \(checkpoint.checkpoint.root.hex); nothing was published",
        at: LogLocation(file: LedgerPaths.checkpoint),
        advice: "run `provender verify` for every finding")
    }
  }

  private func checkCancelled(done: UInt64, of total: UInt64) throws {
    options.progress?(done, total)
    if options.isCancelled?() == true { throw CancellationError() }
  }

  private func put(_ tile: Tile) throws {
    try directory.put(tile.withUnsafeBytes { [UInt8]($0) }, at: tile.coordinate.path)
  }

  private func put(_ bundle: [UInt8], upTo end: TreeSize) throws {
    let layout = TileLayout(size: end)
    let index = (end.rawValue - 1) / UInt64(TileCoordinate.fullWidth)
    guard let place = layout.entryBundle(index: index) else { return }
    try directory.put(bundle, at: place.path)
  }

  private func putPayload(_ index: EntryIndex) throws {
    let record = try stream.reader.record(index, in: stream.snapshot)
    guard let payload = record.payload, record.links == [], record.payloadSalt == .zero,
      record.linksSalt == .zero
    else {
      throw LedgerError(
        .corrupt, "the payload of a public entry is missing, or it has a salt or links",
        at: LogLocation(file: LedgerPaths.log, entry: index),
        advice: "run `provender verify` for every finding")
    }
    try directory.put(payload, at: PublishedPaths.payload(index))
  }

  // MARK: The end

  /// Cosignatures that were added where it is published stay with the same checkpoint.
  private func putCheckpoint() throws {
    var note = checkpoint.note
    if let published, published.note.textBytes == note.textBytes {
      let merged = published.note.adding(note.signatures)
      if Set(merged.signatures) == Set(published.note.signatures) { return }
      note = merged
    }
    try directory.put(note.encoded, at: PublishedPaths.checkpoint)
    try directory.sync()
  }

  /// Removes partial tiles and bundles that full ones supersede, as tlog-tiles allows ("Partial
  /// Tiles"); clients fall back on the full one. Those that an interrupted run left over in other
  /// directories than the last tiles' may stay, which it allows too.
  private func removeSuperseded(since older: UInt64) throws -> Int {
    let layout = TileLayout(size: checkpoint.checkpoint.size)
    let before = TileLayout(size: TreeSize(older))
    var count = 0
    for level in 0..<layout.levelCount {
      let full = layout.fullTileCount(level: level)
      guard full > 0 else { continue }
      let last = (full - 1) / 1_000
      let groups = min(last, before.fullTileCount(level: level) / 1_000)...last
      count += try removeSuperseded(below: full, groups) { index in
        TileCoordinate(level: level, index: index)?.path
      }
      guard level == 0 else { continue }
      count += try removeSuperseded(below: full, groups) { index in
        EntryBundleCoordinate(index: index)?.path
      }
    }
    return count
  }

  private func removeSuperseded(
    below full: UInt64, _ groups: ClosedRange<UInt64>, _ path: (UInt64) -> String?
  ) throws -> Int {
    var count = 0
    for group in groups {
      guard let first = path(group * 1_000) else { continue }
      let parent = String(first.dropLast("/000".count))
      for name in try directory.names(parent) {
        guard name.utf8.count == "000.p".utf8.count, name.hasSuffix(".p"),
          let number = UInt64(name.dropLast(2)), group * 1_000 + number < full
        else { continue }
        count += try directory.removePartials("\(parent)/\(name)")
      }
    }
    return count
  }
}
