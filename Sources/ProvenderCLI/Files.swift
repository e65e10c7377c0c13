#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files and folders as the demonstration needs them.
enum Files {
  /// Ledgers and fixtures are shallow; anything deeper is left alone.
  private static let depthLimit = 4

  /// The names in a folder, in order; none if it cannot be read.
  static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The bytes of a file.
  static func read(_ path: String) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open \(path)") }
    defer { _ = close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("examine \(path)") }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(done))
      }
      guard count > 0 else { throw .system("read \(path)") }
      done += count
    }
    return bytes
  }

  /// The bytes of a file or a pipe that has no more than a limit.
  static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open \(path)") }
    defer { _ = close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        Self.read(descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .system("read \(path)") }
      if count == 0 { return Array(bytes.prefix(done)) }
      done += count
    }
    throw .data("\(path) has over \(limit) bytes; it is not the right file")
  }

  private static func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.read(descriptor, buffer.baseAddress, buffer.count)
    #elseif canImport(Musl)
      Musl.read(descriptor, buffer.baseAddress, buffer.count)
    #else
      Darwin.read(descriptor, buffer.baseAddress, buffer.count)
    #endif
  }

  /// Writes a file of these bytes.
  static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    let file = try NewFile(path)
    try file.write(bytes)
    try file.finish()
  }

  /// Makes a folder, if it is not there.
  static func makeFolder(_ path: String) throws(Failure) {
    guard mkdir(path, 0o777) == 0 || System.isDirectory(path) else {
      throw .system("make the folder \(path)")
    }
  }

  /// Makes a folder of its own for temporary files.
  static func makeTemporaryFolder() throws(Failure) -> String {
    let folder = System.temporaryDirectory
    var template = Array("\(folder)/provender-demo-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw .system("make a folder in \(folder)") }
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Copies a folder with all that is in it.
  static func copy(_ source: String, to target: String, depth: Int = 0) throws(Failure) {
    guard depth < depthLimit else { return }
    try makeFolder(target)
    for name in names(in: source) {
      let path = "\(source)/\(name)"
      if System.isDirectory(path) {
        try copy(path, to: "\(target)/\(name)", depth: depth + 1)
      } else {
        try write(try read(path), to: "\(target)/\(name)")
      }
    }
  }

  /// Removes a folder that this process made, with all that is in it.
  static func remove(_ folder: String, depth: Int = 0) {
    guard depth < depthLimit else { return }
    for name in names(in: folder) {
      let path = "\(folder)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        remove(path, depth: depth + 1)
      } else {
        unlink(path)
      }
    }
    rmdir(folder)
  }
}
