import LedgerStorage
import TransparencyLog

/// Reads the files of a published log, each at most as far as it may reach.
internal struct PublishedFiles {
  enum Content {
    case bytes([UInt8])
    case missing
    /// More bytes than such a file may have.
    case tooLong(UInt64)
    case unreadable(String)
  }

  /// An entry has at most 65,535 bytes behind a length of two.
  static let bundleByteCountMax = TileCoordinate.fullWidth * (2 + EntryBundle.entryByteCountMax)
  /// A redaction entry names at most 65,535 entries in 41 bytes each; no public payload is larger.
  static let payloadByteCountMax = 4 << 20

  let disk: any Disk

  func read(_ path: String, limit: Int) -> Content {
    do throws(DiskError) {
      let file = try disk.open(path, .read)
      let size = try file.size()
      guard size <= UInt64(limit) else { return .tooLong(size) }
      return .bytes(try file.bytes(at: 0, count: Int(size)))
    } catch {
      return error.code == .notFound ? .missing : .unreadable(error.reason)
    }
  }
}

/// The tiles of a published log as they are, for a proof that is checked.
internal struct PublishedTiles: TileSource {
  let files: PublishedFiles

  func bytes(of tile: TileCoordinate) throws -> [UInt8] {
    for path in [tile.path, tile.full.path] {
      if case .bytes(let bytes) = files.read(path, limit: TileCoordinate.fullByteCount) {
        return bytes
      }
    }
    throw TileError.wrongLength(tile, byteCount: 0)
  }
}
