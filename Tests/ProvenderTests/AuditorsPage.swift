import Foundation
import LedgerTestSupport
import Testing

/// The page *For auditors*, taken apart, and a folder with what an auditor is handed.
struct AuditorsPage {
  /// A block of code on the page.
  struct Block {
    /// The heading that it stands under, without what follows a colon.
    let heading: String
    let text: String
    /// What the page says that it prints.
    var output: String?
  }

  /// Why the tests cannot run here; `nil` if they can.
  static let absence: String? = {
    guard TestAuthority.isPossible else { return TestAuthority.absence }
    let probe = try? CommandRunner().shell("command -v python3")
    return probe?.code == 0 ? nil : "the command python3 is not installed"
  }()

  /// The program that the page says to save.
  let program: String
  /// The commands of all steps, in order.
  let steps: [Block]
  /// The commands with Provender.
  let withProvender: Block
  /// The program on the page *Proofs* that reads a bundle.
  let bundleReader: String

  init() throws {
    var program: String?
    var blocks: [Block] = []
    for (heading, lead, text) in try Self.blocks(of: "Auditors") {
      if lead.hasSuffix("`audit.py`:") {
        program = text
      } else if lead.hasSuffix("prints:") || lead.hasSuffix("lines:") {
        blocks[blocks.count - 1].output = text
      } else {
        blocks.append(Block(heading: heading, text: text))
      }
    }
    self.program = try #require(program)
    withProvender = try #require(blocks.last)
    steps = blocks.dropLast()
    let reader = try Self.blocks(of: "Proofs").first { $0.heading == "Reading one in Python" }
    bundleReader = try #require(reader).text
  }

  /// Each indented block of a page, with its heading and the line before it.
  private static func blocks(
    of page: String
  ) throws -> [(heading: String, lead: String, text: String)] {
    let file = CommandRunner.repository
      .appendingPathComponent("Sources/Provender/Provender.docc/\(page).md")
    var found: [(heading: String, lead: String, text: String)] = []
    var (heading, lead, lines) = ("", "", [Substring]())
    let page = try String(contentsOf: file, encoding: .utf8) + "\nend"
    for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("    ") || (line.isEmpty && !lines.isEmpty) {
        lines.append(line.dropFirst(4))
      } else if !line.isEmpty {
        if !lines.isEmpty {
          while lines.last?.isEmpty == true { lines.removeLast() }
          found.append((heading, lead, lines.joined(separator: "\n") + "\n"))
          lines = []
        }
        lead = String(line)
        if line.hasPrefix("#") {
          heading = line.drop { $0 == "#" || $0 == " " }.prefix { $0 != ":" }.description
        }
      }
    }
    return found
  }

  /// What an auditor is handed could not be made.
  struct Failed: Error {
    let message: String
  }

  /// What an auditor is handed, made once.
  static let handout = Result { try Handout() }

  /// The files that the page names, and the ledger they come from.
  final class Handout: Sendable {
    let runner: CommandRunner
    private let authority: TestAuthority

    init() throws {
      runner = try CommandRunner()
      authority = try TestAuthority()
      let fixtures = YoghurtFixture.folder.path
      try make(
        """
        $PROVENDER init --origin dairy.example/trace --generate-key log.pem --recovery r.pem
        $PROVENDER key show log.pem > log.vkey
        $PROVENDER capture --sign-with log.pem '\(fixtures)'/0[1-3]*
        $PROVENDER checkpoint -o older
        $PROVENDER capture --sign-with log.pem '\(fixtures)'/0[4-9]*
        $PROVENDER key generate --name w.example --cosigner -o witness.pem > w.vkey
        $PROVENDER witness --state w --log log.vkey
        $PROVENDER checkpoint --request 0 -o body
        $PROVENDER witness --state w --sign-with witness.pem --name w.example body > answer
        $PROVENDER checkpoint --cosignatures answer --witness w.vkey
        $PROVENDER key generate --name dairy.example/trace -o other.pem > other.vkey
        $PROVENDER key generate --name w.example --cosigner -o other.w.pem > other.w
        $PROVENDER timestamp --request head.tsq
        openssl ts -query -data body -sha256 -out other.tsq
        """)
      for name in ["head", "other"] {
        let request = try Data(contentsOf: URL(fileURLWithPath: runner.path("\(name).tsq")))
        try Data(authority.reply(to: [UInt8](request)))
          .write(to: URL(fileURLWithPath: runner.path("\(name).tsr")))
      }
      try make(
        """
        cp '\(authority.rootPath)' tsa.pem
        $PROVENDER timestamp --reply head.tsr --authority tsa.pem
        $PROVENDER publish published
        $PROVENDER show 121 --raw > event.json
        $PROVENDER show 122 --raw > other.json
        $PROVENDER prove 121 -o event.tlog-proof
        $PROVENDER prove --since older -o growth
        $PROVENDER disclose 121 -o bundle
        mv "$PROVENDER_LEDGER" dairy.ledger
        """)
    }

    private func make(_ lines: String) throws {
      let run = try runner.shell("set -e; cd '\(runner.folder.path)'\n\(lines)")
      guard run.code == 0 else { throw Failed(message: run.errors) }
    }
  }

  /// A folder with all commands that are within the auditor's reach: what the page asks for, and
  /// the plainest tools.
  private static let tools = Result {
    let folder = try CommandRunner.Folder()
    let run = try CommandRunner().shell(
      """
      set -e
      for tool in sh openssl sed grep head tail cut od tr wc cat cp cmp rm; do
        ln -s "$(command -v $tool)" '\(folder.path)'
      done
      ln -s "$(python3 -c 'import sys; print(sys.executable)')" '\(folder.path)/python3'
      """)
    guard run.code == 0 else { throw Failed(message: run.errors) }
    return folder
  }

  /// A copy of the handout, as the auditor's folder.
  struct Desk {
    let folder: CommandRunner.Folder

    init(_ page: AuditorsPage) throws {
      folder = try CommandRunner.Folder()
      let runner = try AuditorsPage.handout.get().runner
      let files = "*.json *.tlog-proof bundle growth older published *.vkey *.w *.tsr *.pem"
      let run = try runner.shell("cd '\(runner.folder.path)' && cp -R \(files) '\(folder.path)'")
      #expect(run.code == 0, "\(run.errors)")
      try write(page.program, "audit.py")
      try write(page.bundleReader, "read.py")
    }

    func write(_ text: String, _ name: String) throws {
      try text.write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
    }

    /// Runs lines of a shell that finds `openssl`, `python3` and the plainest tools only.
    func run(_ lines: String, provender: Bool = false) throws -> CommandRunner.Run {
      let tools = try AuditorsPage.tools.get()
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "\(tools.path)/sh")
      process.arguments = ["-c", lines]
      process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
      let own = CommandRunner.executable.deletingLastPathComponent().path
      process.environment = ["PATH": provender ? "\(own):\(tools.path)" : tools.path]
      process.standardInput = FileHandle.nullDevice
      let (output, errors) = (Pipe(), Pipe())
      (process.standardOutput, process.standardError) = (output, errors)
      try process.run()
      let text = output.fileHandleForReading.readDataToEndOfFile()
      let complaints = errors.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return CommandRunner.Run(
        code: process.terminationStatus, output: text,
        errors: String(decoding: complaints, as: UTF8.self))
    }
  }

  /// All steps as one script, which stops at the first that fails.
  var script: String {
    "set -e\n" + steps.map { "echo '--- \($0.heading)'\n\($0.text)" }.joined()
  }

  /// What is in a text, but for keys, hashes and times.
  static func shape(_ text: String) -> String {
    let patterns = [
      ("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", "TIME"), ("Time stamp: .*", "Time stamp: TIME"),
      (" at [0-9]{10} ", " at TIME "), ("[0-9a-f]{64}", "HASH"), ("[0-9A-Za-z+/]{43,}=*", "BASE64"),
    ]
    return patterns.reduce(text) { text, pattern in
      text.replacingOccurrences(of: pattern.0, with: pattern.1, options: .regularExpression)
    }
  }
}
