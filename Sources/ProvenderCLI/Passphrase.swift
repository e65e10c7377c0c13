import ArgumentParser

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where the passphrase of an encrypted key file comes from.
struct PassphraseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file whose first line is the passphrase of the key file (else $PROVENDER_PASSPHRASE, else "
        + "the terminal is asked).",
      valueName: "file"))
  var passphraseFile: String?

  /// The passphrase, as far as it is known without asking.
  func known() throws -> [UInt8]? {
    if let passphraseFile { return try Passphrase.inFile(passphraseFile) }
    guard let text = System.environment("PROVENDER_PASSPHRASE"), !text.isEmpty else { return nil }
    return Array(text.utf8)
  }
}

/// Passphrases from files and from the terminal.
enum Passphrase {
  /// libcrypto takes no longer one.
  private static let byteCountMax = 1_024

  /// The first line of a file.
  static func inFile(_ path: String) throws -> [UInt8] {
    let bytes = try Files.read(path, limit: 64 << 10)
    let line = Array(bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
    guard !line.isEmpty, line.count <= byteCountMax else {
      throw Failure.data(
        "the first line of \(path) is no passphrase: it has 1 to \(byteCountMax) bytes")
    }
    return line
  }

  /// A new passphrase, typed twice.
  static func askTwice(_ purpose: String) throws -> [UInt8] {
    let first = try ask("Passphrase for \(purpose): ")
    guard try ask("The same again: ") == first else {
      throw Failure.usage("the two passphrases differ; nothing was written, try again")
    }
    guard !first.isEmpty else {
      throw Failure.usage("the passphrase is empty; nothing was written, try again")
    }
    return first
  }

  /// Asks on the terminal, which does not show what is typed.
  static func ask(_ prompt: String) throws -> [UInt8] {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard terminal >= 0 else {
      throw Failure.usage(
        "a passphrase is needed and there is no terminal to ask on; give --passphrase-file or "
          + "$PROVENDER_PASSPHRASE")
    }
    defer { _ = close(terminal) }
    var before = termios()
    guard tcgetattr(terminal, &before) == 0 else { throw Failure.system("use the terminal") }
    var quiet = before
    // Ctrl-C comes as a byte, so that the terminal is put right before the process ends.
    quiet.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
    tcsetattr(terminal, TCSAFLUSH, &quiet)
    defer { tcsetattr(terminal, TCSAFLUSH, &before) }
    say(prompt, terminal)
    defer { say("\n", terminal) }
    return try line(terminal)
  }

  private static func line(_ terminal: Int32) throws -> [UInt8] {
    var typed: [UInt8] = []
    while typed.count < byteCountMax {
      var byte: UInt8 = 0
      let count = read(terminal, &byte, 1)
      if count < 0 && errno == EINTR { continue }
      switch byte {
      case _ where count <= 0: return typed
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return typed
      case 0x03: throw Failure(message: "interrupted; nothing was written", code: 130)
      case 0x7F, 0x08: _ = typed.popLast()
      default: typed.append(byte)
      }
    }
    return typed
  }

  private static func say(_ text: String, _ terminal: Int32) {
    Array(text.utf8).withUnsafeBytes { try? System.write($0, to: terminal) }
  }
}
