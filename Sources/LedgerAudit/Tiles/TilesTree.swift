import LedgerStorage
import TransparencyLog

/// Makes the tree anew from the entry bundles and compares it with every tile, from the leaves up
/// and from left to right.
///
/// Where something is missing or wrong, what stands above or below is taken in its place, if that
/// leads to the hash above, so that one fault gives one finding and everything else is judged.
internal final class TilesTree {
  private let files: PublishedFiles
  private let census: TilesCensus
  private let layout: TileLayout
  private let hasher: SHA256Hasher
  private let options: TilesOptions
  private let entries: PublishedEntries
  private var pins: PinnedRoots
  private(set) var findings: TilesFindings
  private(set) var tileCount: UInt64 = 0
  private(set) var byteCount: UInt64 = 0
  private(set) var beyondCount: UInt64 = 0
  private(set) var isCancelled = false

  init(
    _ files: PublishedFiles, _ census: TilesCensus, _ layout: TileLayout, _ hasher: SHA256Hasher,
    _ options: TilesOptions, _ entries: PublishedEntries
  ) {
    self.files = files
    self.census = census
    self.layout = layout
    self.hasher = hasher
    self.options = options
    self.entries = entries
    pins = PinnedRoots(sizes: options.pins.map(\.checkpoint.claim.size.rawValue))
    findings = TilesFindings(limit: options.findingLimit)
  }

  var pinnedRoots: [UInt64: Hash] { pins.roots }

  /// Checks all tiles and bundles.
  ///
  /// - Parameter claim: the root that the checkpoint says.
  /// - Returns: the root; `nil` where too much is missing.
  func root(claimed claim: Hash) -> Hash? {
    reportMissing()
    var known: [Hash]? = []
    // The partial tile of the highest level stands for the leaves at the left.
    for level in (0..<layout.levelCount).reversed() {
      guard let edge = layout.partialTile(level: level) else { continue }
      let left = known
      let hashes = tile(level, edge.index, edge.width) { hashes in
        level == 0 && self.root(left, then: hashes) == claim
      }
      known = join(known, hashes)
    }
    return root(known, then: [])
  }

  /// The roots of the complete subtrees up to the end of a partial tile.
  private func join(_ left: [Hash]?, _ hashes: [Hash?]) -> [Hash]? {
    var frontier = MerkleFrontier()
    for hash in hashes {
      guard let hash else { return nil }
      frontier.append(hash, with: hasher)
    }
    return left.map { $0 + frontier.hashes }
  }

  private func root(_ left: [Hash]?, then hashes: [Hash]) -> Hash? {
    guard let known = join(left, hashes) else { return nil }
    return MerkleFrontier(size: layout.size, hashes: known)?.root(with: hasher)
  }

  private func reportMissing() {
    let count = layout.fullTileCount(level: 0)
    for gap in census.bundles.full.gaps(below: count) {
      guard let path = EntryBundleCoordinate(index: gap.lowerBound)?.path else { continue }
      add(missing(.bundleMissing, "an entry bundle", "bundles", path, gap))
    }
    for level in 0..<layout.levelCount {
      for gap in census.levels[level].full.gaps(below: layout.fullTileCount(level: level)) {
        guard let path = TileCoordinate(level: level, index: gap.lowerBound)?.path else { continue }
        add(missing(.tileMissing, "a tile", "tiles", path, gap))
      }
    }
  }

  private func missing(
    _ kind: TilesFinding.Kind, _ one: String, _ many: String, _ path: String, _ gap: Range<UInt64>
  ) -> TilesFinding {
    let count = gap.upperBound - gap.lowerBound
    let message = count == 1 ? "\(one) is missing" : "\(count) \(many) are missing from here on"
    return TilesFinding(kind, in: path, message)
  }

  // MARK: Tiles

  /// Checks a tile and all below it.
  ///
  /// - Parameter isRight: whether hashes lead to what stands above the tile.
  /// - Returns: its hashes, as far as they are known.
  private func tile(
    _ level: Int, _ index: UInt64, _ width: Int, isRight: ([Hash]) -> Bool
  ) -> [Hash?] {
    let stored = storedTile(level, index, width)
    var computed: [Hash?] = []
    var bundle: PublishedBundle?
    if level == 0 {
      bundle = readBundle(index, width)
      computed = bundle?.leaves ?? Array(repeating: nil, count: width)
    } else {
      for place in 0..<width {
        let child = index << 8 | UInt64(place)
        computed.append(subtree(level - 1, child, under: stored?[place]))
      }
    }
    if isCancelled { return Array(repeating: nil, count: width) }
    let hashes = resolve(level, index, computed, stored, isRight)
    checkPartials(level, index, hashes)
    if level == 0 {
      for (place, hash) in hashes.enumerated() {
        pins.take(hash, at: index << 8 | UInt64(place), with: hasher)
      }
      entries.take(bundle, from: index << 8, hashes: hashes)
      checkPartialBundles(index, hashes)
    }
    return hashes
  }

  /// The root of a full tile with everything below it.
  private func subtree(_ level: Int, _ index: UInt64, under parent: Hash?) -> Hash? {
    if isCancelled || options.cancellation?.isCancelled == true {
      isCancelled = true
      return nil
    }
    guard hasFiles(level, index) else {
      // What is missing was reported, without going through it file by file.
      entries.skip(to: (index + 1) << UInt64(8 * (level + 1)))
      return nil
    }
    let hashes = tile(level, index, TileCoordinate.fullWidth) { hashes in
      parent != nil && self.root(hashes) == parent
    }
    return root(hashes)
  }

  /// The root of a full tile; `nil` if a hash is not known.
  private func root(_ hashes: [Hash?]) -> Hash? { join([], hashes)?.first }

  /// Whether there is any file of a full tile, or of what is below it.
  private func hasFiles(_ level: Int, _ index: UInt64) -> Bool {
    for below in 0...level {
      let shift = UInt64(8 * (level - below))
      let range = index << shift..<(index + 1) << shift
      if census.levels[below].full.intersects(range) { return true }
      if below == 0 && census.bundles.full.intersects(range) { return true }
    }
    return false
  }

  /// Compares what was computed with what is stored, and decides what to go on with.
  private func resolve(
    _ level: Int, _ index: UInt64, _ computed: [Hash?], _ stored: [Hash]?,
    _ isRight: ([Hash]) -> Bool
  ) -> [Hash?] {
    guard let stored else { return computed }
    let known = zip(computed, stored).map { $0 ?? $1 }
    guard let place = known.indices.first(where: { known[$0] != stored[$0] }) else { return known }
    let differing = known.indices.count { known[$0] != stored[$0] }
    let path = path(level, index, known.count)
    let more = differing > 1 ? ", as do \(differing - 1) more hashes" : ""
    if level == 0, isRight(stored) {
      let entry = EntryIndex(index << 8 | UInt64(place))
      let bundle = EntryBundleCoordinate(index: index, width: known.count)?.path ?? path
      add(
        TilesFinding(
          .entryHash, at: LogLocation(file: bundle, entry: entry),
          "the entry is not the one that the tree has the hash of\(more)",
          expected: stored[place].hex, found: known[place].hex))
      return stored
    }
    add(
      TilesFinding(
        .tileHash, at: LogLocation(file: path, offset: UInt64(place * Hash.byteCount)),
        level == 0
          ? "the tile and the entry bundle disagree on an entry's hash\(more)"
          : "the tile and what stands below it disagree on the hash of a subtree\(more)",
        expected: known[place].hex, found: stored[place].hex))
    return known
  }

  // MARK: Files

  private func path(_ level: Int, _ index: UInt64, _ width: Int) -> String {
    TileCoordinate(level: level, index: index, width: width)?.path ?? PublishedPaths.tiles
  }

  /// A partial file, or the full one that took its place: a log may have grown since its checkpoint.
  private func readEdge(_ path: String, _ full: String, limit: Int) -> PublishedFiles.Content {
    let content = files.read(path, limit: limit)
    guard case .missing = content, path != full else { return content }
    return files.read(full, limit: limit)
  }

  private func storedTile(_ level: Int, _ index: UInt64, _ width: Int) -> [Hash]? {
    let isFull = width == TileCoordinate.fullWidth
    if isFull && !census.levels[level].full.contains(index) { return nil }
    let path = path(level, index, width)
    let full = self.path(level, index, TileCoordinate.fullWidth)
    switch readEdge(path, full, limit: TileCoordinate.fullByteCount) {
    case .bytes(let bytes):
      byteCount += UInt64(bytes.count)
      tileCount += 1
      let wanted = width * Hash.byteCount
      guard bytes.count == wanted || (!isFull && bytes.count == TileCoordinate.fullByteCount),
        let hashes = TilesTree.hashes(bytes, width)
      else {
        report(length: UInt64(bytes.count), wanted, path)
        return nil
      }
      return hashes
    case .tooLong(let size): report(length: size, width * Hash.byteCount, path)
    case .missing: add(TilesFinding(.tileMissing, in: path, "a partial tile is missing"))
    case .unreadable(let reason): report(unreadable: reason, path)
    }
    return nil
  }

  private static func hashes(_ bytes: [UInt8], _ width: Int) -> [Hash]? {
    let coordinate = TileCoordinate(level: 0, index: 0, width: width)
    return coordinate.flatMap {
      Tile(coordinate: $0, bytes: Array(bytes.prefix(width * Hash.byteCount)))
    }?.hashes
  }

  private func readBundle(_ index: UInt64, _ width: Int) -> PublishedBundle? {
    options.progress?(index << 8, layout.size.rawValue)
    let isFull = width == TileCoordinate.fullWidth
    if isFull && !census.bundles.full.contains(index) { return nil }
    guard let place = EntryBundleCoordinate(index: index, width: width),
      let full = EntryBundleCoordinate(index: index)
    else { return nil }
    switch readEdge(place.path, full.path, limit: PublishedFiles.bundleByteCountMax) {
    case .bytes(let bytes):
      byteCount += UInt64(bytes.count)
      do throws(EntryBundleError) {
        return try PublishedBundle(place.path, bytes, width, isFull: isFull, hasher)
      } catch {
        add(TilesFinding(.bundleMalformed, in: place.path, "\(error)"))
      }
    case .tooLong(let size):
      add(
        TilesFinding(
          .bundleMalformed, in: place.path, "no bundle of \(width) entries is so long",
          found: "\(size) bytes"))
    case .missing:
      add(TilesFinding(.bundleMissing, in: place.path, "a partial entry bundle is missing"))
    case .unreadable(let reason): report(unreadable: reason, place.path)
    }
    return nil
  }

  // MARK: Partial files of earlier sizes

  /// A client that saw an earlier checkpoint may still ask for them.
  private func checkPartials(_ level: Int, _ index: UInt64, _ hashes: [Hash?]) {
    guard census.levels[level].partial.contains(index) else { return }
    let directory = path(level, index, TileCoordinate.fullWidth) + ".p"
    for width in widths(directory, below: hashes.count) {
      let path = "\(directory)/\(width)"
      switch files.read(path, limit: TileCoordinate.fullByteCount) {
      case .bytes(let bytes) where bytes.count == width * Hash.byteCount:
        let found = TilesTree.hashes(bytes, width) ?? []
        guard
          let place = zip(found, hashes).enumerated().first(where: { $1.1 != nil && $1.0 != $1.1 })
        else { continue }
        add(
          TilesFinding(
            .partialMismatch,
            at: LogLocation(file: path, offset: UInt64(place.offset * Hash.byteCount)),
            "the partial tile of an earlier size has another hash than the tree now",
            expected: place.element.1?.hex, found: place.element.0.hex))
      case .bytes(let bytes): report(length: UInt64(bytes.count), width * Hash.byteCount, path)
      case .tooLong(let size): report(length: size, width * Hash.byteCount, path)
      case .missing: continue
      case .unreadable(let reason): report(unreadable: reason, path)
      }
    }
  }

  private func checkPartialBundles(_ index: UInt64, _ hashes: [Hash?]) {
    guard census.bundles.partial.contains(index), let full = EntryBundleCoordinate(index: index)
    else { return }
    let directory = full.path + ".p"
    for width in widths(directory, below: hashes.count) {
      let path = "\(directory)/\(width)"
      switch files.read(path, limit: PublishedFiles.bundleByteCountMax) {
      case .bytes(let bytes): checkPartialBundle(path, bytes, width, hashes)
      case .tooLong(let size):
        add(
          TilesFinding(
            .bundleMalformed, in: path, "no bundle is so long", found: "\(size) bytes"))
      case .missing: continue
      case .unreadable(let reason): report(unreadable: reason, path)
      }
    }
  }

  private func checkPartialBundle(
    _ path: String, _ bytes: [UInt8], _ width: Int, _ hashes: [Hash?]
  ) {
    do throws(EntryBundleError) {
      let bundle = try PublishedBundle(path, bytes, width, isFull: true, hasher)
      guard
        let place = bundle.leaves.indices.first(where: {
          hashes[$0] != nil && hashes[$0] != bundle.leaves[$0]
        })
      else { return }
      add(
        TilesFinding(
          .partialMismatch, in: path,
          "the partial bundle of an earlier size has another entry \(place) than the tree now",
          expected: hashes[place]?.hex, found: bundle.leaves[place]?.hex))
    } catch {
      add(TilesFinding(.bundleMalformed, in: path, "\(error)"))
    }
  }

  /// The widths of partial files below the present one; those above belong to a later size.
  private func widths(_ directory: String, below width: Int) -> [Int] {
    let names = (try? files.disk.list(directory)) ?? []
    let widths = names.compactMap { Int($0) }.filter { (1..<TileCoordinate.fullWidth).contains($0) }
    beyondCount += UInt64(widths.count { $0 > width })
    return widths.filter { $0 < width }.sorted()
  }

  // MARK: Findings

  private func add(_ finding: TilesFinding) { findings.add(finding) }

  private func report(length: UInt64, _ expected: Int, _ path: String) {
    add(
      TilesFinding(
        .tileLength, in: path, "the tile has another length than its hashes",
        expected: "\(expected) bytes", found: "\(length) bytes"))
  }

  private func report(unreadable reason: String, _ path: String) {
    add(TilesFinding(.unreadable, in: path, "the system cannot read this: \(reason)"))
  }
}
