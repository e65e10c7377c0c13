import Foundation
import Testing

/// Runs the built command `provender` as a process of its own.
struct CommandRunner {
  /// What a run left behind.
  struct Run {
    var code: Int32
    var output: Data
    var errors: String

    var text: String { String(decoding: output, as: UTF8.self) }

    /// The one JSON document on standard output.
    func json() throws -> [String: Any] {
      let value = try JSONSerialization.jsonObject(with: output)
      return try #require(value as? [String: Any])
    }
  }

  /// A folder of its own for each test; it goes away with the runner's last copy.
  final class Folder: Sendable {
    let path: String

    init() throws {
      let url = FileManager.default.temporaryDirectory
        .appendingPathComponent("provender-test-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  let folder: Folder
  var environment: [String: String] = [:]

  init() throws { folder = try Folder() }

  var ledger: String { folder.path + "/test.ledger" }

  func path(_ name: String) -> String { folder.path + "/" + name }

  /// The command beside the test bundle, where the package manager puts both.
  static let executable: URL = {
    let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let beside = bundle.deletingLastPathComponent().appendingPathComponent("provender")
    if FileManager.default.isExecutableFile(atPath: beside.path) { return beside }
    return repository.appendingPathComponent(".build/debug/provender")
  }()

  static var repository: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
  }

  /// Starts the command on this runner's ledger.
  func start(_ arguments: [String], input: Any? = nil) throws -> Running {
    let process = Process()
    process.executableURL = Self.executable
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    var variables = ProcessInfo.processInfo.environment
    variables["PROVENDER_LEDGER"] = ledger
    for (name, value) in environment { variables[name] = value }
    process.environment = variables
    process.standardInput = input ?? FileHandle.nullDevice
    let (output, errors) = (path("out-\(UUID())"), path("err-\(UUID())"))
    for file in [output, errors] { try Data().write(to: URL(fileURLWithPath: file)) }
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    try process.run()
    return Running(process: process, output: output, errors: errors)
  }

  /// A process that was started.
  struct Running {
    let process: Process
    let output: String
    let errors: String

    func finish() throws -> Run {
      process.waitUntilExit()
      return Run(
        code: process.terminationStatus,
        output: try Data(contentsOf: URL(fileURLWithPath: output)),
        errors: String(decoding: try Data(contentsOf: URL(fileURLWithPath: errors)), as: UTF8.self))
    }
  }

  @discardableResult
  func run(_ arguments: String..., input: Any? = nil) throws -> Run {
    try start(arguments, input: input).finish()
  }

  /// Runs a line of a shell in which `$PROVENDER` is the command.
  func shell(_ line: String) throws -> Run {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", line]
    var variables = ProcessInfo.processInfo.environment
    variables["PROVENDER_LEDGER"] = ledger
    variables["PROVENDER"] = Self.executable.path
    process.environment = variables
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaints = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Run(
      code: process.terminationStatus, output: text,
      errors: String(decoding: complaints, as: UTF8.self))
  }

  /// The documents of the yoghurt fixture.
  static func yoghurt() throws -> [String] {
    let folder = YoghurtFixture.folder.path
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      .filter { $0.hasSuffix(".jsonld") || $0.hasSuffix(".jsonl") }.map { "\(folder)/\($0)" }
  }

  /// A ledger with the yoghurt in it.
  static func withYoghurt() throws -> CommandRunner {
    let runner = try CommandRunner()
    #expect(try runner.run("init", "--origin", "test.example/yoghurt").code == 0)
    let run = try runner.start(["capture"] + yoghurt()).finish()
    #expect(run.code == 0, "\(run.errors)")
    return runner
  }
}
