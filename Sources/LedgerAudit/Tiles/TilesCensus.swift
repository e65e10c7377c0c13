import LedgerStorage
import TransparencyLog

/// Which files of a published log are there, and which do not belong there. It lists directories
/// and opens no file, so that a checkpoint that claims any size costs no more than the files there
/// are.
internal struct TilesCensus {
  /// The files of one level, or of the entry bundles, or of the payloads.
  struct Files {
    /// Numbers of full ones.
    var full = IndexRanges()
    /// Numbers of those that have a directory of partial ones.
    var partial = IndexRanges()
  }

  private static let depthMax = 7

  private(set) var levels = Array(repeating: Files(), count: 8)
  private(set) var bundles = Files()
  private(set) var payloads = Files()
  private(set) var hasPayloads = false
  /// Files and directories beyond the checkpoint's size.
  private(set) var beyondCount: UInt64 = 0
  /// Names beside the log's, which are no business of this audit.
  private(set) var foreignNames: [String] = []
  private(set) var findings: TilesFindings
  private let disk: any Disk

  init(_ disk: any Disk, size: TreeSize, findingLimit: Int) throws(LedgerError) {
    self.disk = disk
    findings = TilesFindings(limit: findingLimit)
    let names: [String]
    do {
      names = try disk.list("")
    } catch {
      throw LedgerError(error, while: "list the directory \(disk.location)")
    }
    let known = [PublishedPaths.checkpoint, PublishedPaths.tiles, PublishedPaths.payloads]
    foreignNames = names.filter { !known.contains($0) && $0 != PublishedPaths.state }.sorted()
    let layout = TileLayout(size: size)
    for name in list(PublishedPaths.tiles) { scan(level: name, layout) }
    hasPayloads = names.contains(PublishedPaths.payloads)
    var payloads = Files()
    scan(PublishedPaths.payloads, &payloads, end: size.rawValue)
    self.payloads = payloads
    for level in levels.indices {
      levels[level].full.seal()
      levels[level].partial.seal()
    }
    bundles.full.seal()
    bundles.partial.seal()
    payloads.full.seal()
  }

  private mutating func scan(level name: String, _ layout: TileLayout) {
    let path = "\(PublishedPaths.tiles)/\(name)"
    if path == PublishedPaths.entries {
      var files = Files()
      scan(path, &files, end: layout.fullTileCount(level: 0))
      bundles = files
    } else if let level = Int(name), String(level) == name, levels.indices.contains(level) {
      guard level < layout.levelCount else {
        beyondCount += 1
        return
      }
      var files = Files()
      scan(path, &files, end: layout.fullTileCount(level: level))
      levels[level] = files
    } else {
      stray(path, "no level has this name")
    }
  }

  /// - Parameter end: the number of full files that the size has.
  private mutating func scan(_ directory: String, _ files: inout Files, end: UInt64) {
    scan(directory, &files, end: end, prefix: 0, depth: 0)
  }

  private mutating func scan(
    _ directory: String, _ files: inout Files, end: UInt64, prefix: UInt64, depth: Int
  ) {
    for name in list(directory).sorted() {
      let path = "\(directory)/\(name)"
      guard let (number, form) = TilesCensus.parse(name, prefix) else {
        stray(path, "no file of a log has this name")
        continue
      }
      switch form {
      case .file:
        if number < end { files.full.insert(number) } else { beyondCount += 1 }
      case .partials:
        if number > end {
          beyondCount += 1
        } else if files.isDirectory(disk, path) {
          files.partial.insert(number)
          checkPartials(path)
        } else {
          stray(path, "a directory is expected here")
        }
      case .group:
        // A first group of zeros would be a second spelling of a number.
        guard depth < TilesCensus.depthMax - 1, depth > 0 || number > 0 else {
          stray(path, "no file of a log has this name")
          continue
        }
        let (first, overflow) = number.multipliedReportingOverflow(by: 1_000)
        if overflow || first > end {
          beyondCount += 1
        } else if files.isDirectory(disk, path) {
          scan(path, &files, end: end, prefix: number, depth: depth + 1)
        } else {
          stray(path, "a directory is expected here")
        }
      }
    }
  }

  private mutating func checkPartials(_ directory: String) {
    for name in list(directory) {
      let width = Int(name) ?? 0
      if String(width) == name, (1..<TileCoordinate.fullWidth).contains(width) { continue }
      stray("\(directory)/\(name)", "no partial tile has this width")
    }
  }

  private enum Form { case file, partials, group }

  /// `067`, `067.p` or `x067` after what the directories before say.
  private static func parse(_ name: String, _ prefix: UInt64) -> (UInt64, Form)? {
    var digits = name.utf8[...]
    var form = Form.file
    if digits.first == UInt8(ascii: "x") {
      digits = digits.dropFirst()
      form = .group
    } else if digits.count == 5, digits.suffix(2).elementsEqual(".p".utf8) {
      digits = digits.dropLast(2)
      form = .partials
    }
    let isNumber = digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard digits.count == 3, isNumber, let value = UInt64(String(Substring(digits))) else {
      return nil
    }
    let (product, tooLarge) = prefix.multipliedReportingOverflow(by: 1_000)
    let (number, overflow) = product.addingReportingOverflow(value)
    return tooLarge || overflow ? nil : (number, form)
  }

  private mutating func list(_ directory: String) -> [String] {
    guard !disk.isSymbolicLink(directory) else {
      stray(directory, "a symbolic link, which is not followed")
      return []
    }
    do throws(DiskError) {
      return try disk.list(directory)
    } catch {
      // What is not there shows in the files that are missing.
      guard error.code != .notFound else { return [] }
      findings.add(
        TilesFinding(
          .unreadable, in: directory, "the system cannot read this: \(error.reason)"))
      return []
    }
  }

  private mutating func stray(_ path: String, _ message: String) {
    findings.add(TilesFinding(.stray, in: path, message))
  }
}

extension TilesCensus.Files {
  /// Whether a directory of that name can be listed; links are met where it is listed.
  fileprivate func isDirectory(_ disk: any Disk, _ path: String) -> Bool {
    if disk.isSymbolicLink(path) { return true }
    do throws(DiskError) {
      _ = try disk.list(path)
      return true
    } catch {
      return error.code != .notFound
    }
  }
}
