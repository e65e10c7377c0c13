import Foundation

/// A time-stamping authority of the test's own, run by the command `openssl` in a temporary folder.
public final class TestAuthority: Sendable {
  /// Whether the command `openssl` is here.
  public static let isPossible = (try? run(["version"], in: "/")) != nil

  /// What is printed where a test is skipped.
  public static let absence = "the command openssl is not installed"

  /// How the authority's certificate is made.
  public enum Certificate: String, Sendable, CaseIterable {
    /// For time stamping, and valid.
    case good
    /// Not for time stamping.
    case otherPurpose
    /// For time stamping, but out of date.
    case expired
  }

  /// The command failed.
  public struct Failed: Error {
    /// What it wrote to standard error.
    public let message: String
  }

  /// The folder with all files.
  public let folder: String

  /// The certificate of who certifies the authority.
  public var rootPath: String { "\(folder)/ca.pem" }
  /// The authority's own certificate.
  public func certificatePath(_ certificate: Certificate = .good) -> String {
    "\(folder)/\(certificate.rawValue).pem"
  }

  /// Sets up an authority.
  public init(_ certificates: [Certificate] = [.good]) throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("provender-authority-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    folder = url.path
    try write(Self.configuration, to: "openssl.cnf")
    try write("01\n", to: "serial")
    try write("", to: "index.txt")
    try write("01\n", to: "ca.srl")
    try Self.run(
      Self.newKey("ca") + ["-x509", "-days", "3650", "-subj", "/CN=Test Root", "-out", "ca.pem"],
      in: folder)
    for certificate in certificates { try make(certificate) }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func make(_ certificate: Certificate) throws {
    let name = certificate.rawValue
    try Self.run(
      Self.newKey(name)
        + ["-new", "-subj", "/O=Test/CN=Test Time Stamps (\(name))", "-out", "\(name).csr"],
      in: folder)
    let dates =
      certificate == .expired
      ? ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"] : ["-days", "3650"]
    let purpose = certificate == .otherPurpose ? "server" : "stamps"
    try Self.run(
      [
        "ca", "-batch", "-config", "openssl.cnf", "-notext", "-in", "\(name).csr",
        "-extensions", purpose, "-out", "\(name).pem",
      ] + dates, in: folder)
  }

  private static func newKey(_ name: String) -> [String] {
    [
      "req", "-config", "openssl.cnf", "-newkey", "ec", "-pkeyopt",
      "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "\(name).key",
    ]
  }

  /// Answers a request.
  ///
  /// - Parameter section: `tsa`, or `coarse` for one that states no accuracy.
  public func reply(
    to request: [UInt8], by certificate: Certificate = .good, section: String = "tsa"
  ) throws -> [UInt8] {
    let (query, answer) = ("\(UUID().uuidString).tsq", "\(UUID().uuidString).tsr")
    try Data(request).write(to: URL(fileURLWithPath: "\(folder)/\(query)"))
    try Self.run(
      [
        "ts", "-reply", "-config", "openssl.cnf", "-section", section, "-queryfile", query,
        "-signer", "\(certificate.rawValue).pem", "-inkey", "\(certificate.rawValue).key",
        "-out", answer,
      ], in: folder)
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(answer)")))
  }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
  }

  /// Runs `openssl`, and gives what it wrote to standard output.
  @discardableResult
  public static func run(_ arguments: [String], in folder: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardInput = FileHandle.nullDevice
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaints = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(message: String(decoding: complaints, as: UTF8.self))
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static let configuration = """
    [req]
    distinguished_name = name
    x509_extensions = root
    [name]
    [root]
    basicConstraints = critical, CA:TRUE
    keyUsage = critical, keyCertSign
    subjectKeyIdentifier = hash
    [ca]
    default_ca = authority
    [authority]
    new_certs_dir = .
    database = index.txt
    serial = ca.srl
    certificate = ca.pem
    private_key = ca.key
    default_md = sha256
    policy = anything
    unique_subject = no
    [anything]
    organizationName = optional
    commonName = supplied
    [stamps]
    basicConstraints = CA:FALSE
    keyUsage = critical, digitalSignature
    extendedKeyUsage = critical, timeStamping
    [server]
    basicConstraints = CA:FALSE
    keyUsage = critical, digitalSignature
    extendedKeyUsage = critical, serverAuth
    [tsa]
    serial = serial
    crypto_device = builtin
    signer_digest = sha256
    default_policy = 1.2.3.4.1
    digests = sha256, sha512
    accuracy = secs:1, millisecs:500, microsecs:100
    clock_precision_digits = 6
    ordering = no
    tsa_name = yes
    ess_cert_id_alg = sha256
    [coarse]
    serial = serial
    crypto_device = builtin
    signer_digest = sha256
    default_policy = 1.2.3.4.1
    digests = sha256
    ess_cert_id_alg = sha256

    """
}
