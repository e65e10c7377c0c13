extension Disk {
  /// Puts a file of these bytes in a place, so that after a crash the old or the new one is there,
  /// whole. The directory of the file exists; what an earlier attempt left behind is overwritten.
  package func replaceFile(_ path: String, with bytes: [UInt8]) throws(DiskError) {
    let unfinished = path + LedgerPaths.unfinishedSuffix
    do {
      try remove(unfinished)
    } catch {
      guard error.code == .notFound else { throw error }
    }
    let file = try open(unfinished, .create)
    do {
      try file.writeFully(bytes, at: 0)
      try file.syncData()
      try rename(unfinished, to: path)
    } catch {
      try? remove(unfinished)
      throw error
    }
    let directory = path.split(separator: "/").dropLast().joined(separator: "/")
    try syncDirectory(directory)
  }
}
