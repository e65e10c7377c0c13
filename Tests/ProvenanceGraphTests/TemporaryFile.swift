#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A path for a file that is removed with it.
final class TemporaryFile {
  let path: String

  init() {
    path = "/tmp/provenance-graph-\(getpid())-\(UInt64.random(in: 0 ... .max))"
  }

  deinit { unlink(path) }

  var bytes: [UInt8] {
    get {
      var bytes: [UInt8] = []
      guard let file = fopen(path, "r") else { return [] }
      defer { fclose(file) }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
        bytes += buffer[..<count]
      }
      return bytes
    }
    set {
      guard let file = fopen(path, "w") else { return }
      fwrite(newValue, 1, newValue.count, file)
      fclose(file)
    }
  }
}
