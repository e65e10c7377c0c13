/// How a report looks: with colour or without, and how wide.
public struct ReportStyle: Sendable {
  /// Whether to use colour and bold letters (only ever on a terminal).
  public var usesColour: Bool
  /// The columns there are; nil where lines may be of any length, as in a file.
  public var width: Int?

  /// A style; plain and of any width by default.
  public init(usesColour: Bool = false, width: Int? = nil) {
    self.usesColour = usesColour
    self.width = width
  }

  /// What a piece of text is to the reader.
  public enum Tint: String, Sendable {
    /// Plain text.
    case plain = ""
    /// A heading.
    case strong = "1"
    /// Something to pass over.
    case faint = "2"
    /// All is well.
    case good = "32"
    /// Something to look at.
    case warning = "33"
    /// Something to act on.
    case bad = "1;31"
  }

  /// The text in a tint.
  public func tinted(_ text: String, _ tint: Tint) -> String {
    guard usesColour, tint != .plain, !text.isEmpty else { return text }
    return "\u{1B}[\(tint.rawValue)m\(text)\u{1B}[0m"
  }
}

/// A report in lines. What is put into it comes out harmless on a terminal.
public struct TextReport: Sendable {
  /// How it looks.
  public let style: ReportStyle
  /// The lines so far.
  public private(set) var lines: [String] = []

  /// An empty report.
  public init(_ style: ReportStyle) { self.style = style }

  /// The whole text, each line with its end.
  public var text: String { lines.map { $0 + "\n" }.joined() }

  /// Adds a line.
  public mutating func line(_ text: String = "", _ tint: ReportStyle.Tint = .plain, indent: Int = 0)
  {
    let room = String(repeating: " ", count: indent)
    lines.append(room + style.tinted(TerminalText.line(text), tint))
  }

  /// Adds a heading after an empty line, with something to be said about it.
  public mutating func heading(_ title: String, _ remark: String = "") {
    if !lines.isEmpty { lines.append("") }
    let rest = remark.isEmpty ? "" : "  " + TerminalText.line(remark)
    lines.append(style.tinted(TerminalText.line(title), .strong) + rest)
  }

  /// Adds text broken into lines of the report's width.
  public mutating func paragraph(_ text: String, indent: Int = 0) {
    let room = String(repeating: " ", count: indent)
    var row = ""
    for word in TerminalText.line(text).split(separator: " ") {
      let longer = row.isEmpty ? String(word) : row + " " + word
      if let width = style.width, !row.isEmpty, indent + TerminalText.width(longer) > width {
        lines.append(room + row)
        row = String(word)
      } else {
        row = longer
      }
    }
    lines.append(room + row)
  }

  /// Adds names with what they stand for, in two columns.
  public mutating func facts(_ facts: [(name: String, value: String)], indent: Int = 2) {
    let widest = facts.map { TerminalText.width($0.name) }.max() ?? 0
    let room = String(repeating: " ", count: indent)
    for fact in facts {
      let name = TerminalText.padded(TerminalText.line(fact.name), to: widest)
      lines.append(room + style.tinted(name, .faint) + "  " + TerminalText.line(fact.value))
    }
  }

  /// Adds lines that were made harmless before, such as those of a table.
  public mutating func add(_ tableLines: some Sequence<String>) { lines += tableLines }

  /// Adds a table, of which at most so many rows are shown, with a line that says how many more.
  public mutating func table(_ table: TextTable, limit: Int = Int.max, indent: Int = 2) {
    lines += table.lines(style, limit: limit, indent: indent)
    let more = table.rowCount - limit
    if more > 0 { line("… and \(more) more; --json lists all", .faint, indent: indent) }
  }
}
