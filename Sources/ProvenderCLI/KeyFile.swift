import ArgumentParser
import Provender

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The key that a subcommand signs with.
struct SigningOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The log's key: a PEM file, as `provender key generate` writes it.",
      valueName: "pem"))
  var signWith: String?

  @OptionGroup var passphrase: PassphraseOptions

  /// The key; nil if none was named.
  func key() throws -> Ed25519PrivateKey? {
    try signWith.map { try KeyFile.read($0, passphrase: passphrase.known()) }
  }
}

/// Private keys in PEM files (PKCS#8).
enum KeyFile {
  private static let byteCountMax = 64 << 10

  /// Reads a key, asking for the passphrase on the terminal if it is needed and not known.
  static func read(
    _ path: String, passphrase: [UInt8]?
  ) throws -> Ed25519PrivateKey {
    let pem = try Files.read(path, limit: byteCountMax)
    let known =
      isEncrypted(pem) ? try passphrase ?? Passphrase.ask("Passphrase for \(path): ") : nil
    do {
      return try Ed25519PrivateKey.read(pem: pem, passphrase: known)
    } catch {
      throw Failure.data("\(path): \(error)")
    }
  }

  /// Whether a file holds a key that is encrypted.
  static func isEncrypted(_ path: String) throws -> Bool {
    isEncrypted(try Files.read(path, limit: byteCountMax))
  }

  private static func isEncrypted(_ pem: [UInt8]) -> Bool {
    String(decoding: pem, as: UTF8.self).contains("ENCRYPTED")
  }

  /// Writes a key to a new file that only its owner can read, and returns when it is durable.
  static func write(
    _ key: Ed25519PrivateKey, to path: String, passphrase: [UInt8]?
  ) throws {
    let pem = try key.pem(passphrase: passphrase)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      if errno == EEXIST { throw exists(path) }
      throw Failure.system("create \(path)")
    }
    do {
      defer { _ = close(descriptor) }
      // Whatever the umask is, nobody else reads a key.
      guard fchmod(descriptor, 0o600) == 0 else { throw Failure.system("protect \(path)") }
      try pem.withUnsafeBytes { try System.write($0, to: descriptor) }
      guard fsync(descriptor) == 0 else { throw Failure.system("write \(path)") }
      try syncFolder(of: path)
    } catch {
      remove(path)
      throw error
    }
  }

  /// Refuses a path where something is already.
  static func checkFree(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) != 0 else { throw exists(path) }
    guard access(folder(of: path), W_OK | X_OK) == 0 else { throw Failure.system("create \(path)") }
  }

  /// Takes back a file that was just written.
  static func remove(_ path: String) {
    unlink(path)
    try? syncFolder(of: path)
  }

  private static func exists(_ path: String) -> Failure {
    .usage("\(path) exists, and a key file is never overwritten; choose another name")
  }

  private static func folder(of path: String) -> String {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/"
  }

  private static func syncFolder(of path: String) throws {
    let folder = folder(of: path)
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure.system("open \(folder)") }
    defer { _ = close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Failure.system("write \(path)") }
  }
}
