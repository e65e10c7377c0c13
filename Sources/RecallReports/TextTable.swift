/// Rows with aligned columns.
public struct TextTable: Sendable {
  /// A column.
  public struct Column: Sendable {
    /// What stands above it.
    public var title: String
    /// Whether its cells stand at its right edge.
    public var isRight: Bool
    /// To how many columns of the terminal it may be cut; nil if it must stay whole.
    public var minimum: Int?

    /// A column.
    public init(_ title: String, isRight: Bool = false, minimum: Int? = nil) {
      self.title = title
      self.isRight = isRight
      self.minimum = minimum
    }
  }

  private let columns: [Column]
  private var rows: [(cells: [String], tint: ReportStyle.Tint)] = []
  private static let gap = 2

  /// An empty table.
  public init(_ columns: [Column]) { self.columns = columns }

  /// How many rows there are.
  public var rowCount: Int { rows.count }

  /// Adds a row with a cell for each column.
  public mutating func row(_ cells: [String], _ tint: ReportStyle.Tint = .plain) {
    rows.append((cells.map(TerminalText.line), tint))
  }

  /// A line for each row, without the titles, all with the same columns.
  func rowLines(_ style: ReportStyle, indent: Int) -> [String] {
    let widths = widths(rows.map(\.cells), style, indent)
    let room = String(repeating: " ", count: indent)
    return rows.map { room + style.tinted(line($0.cells, widths), $0.tint) }
  }

  /// The table's lines, its titles first; none for a table without rows.
  func lines(_ style: ReportStyle, limit: Int, indent: Int) -> [String] {
    guard !rows.isEmpty else { return [] }
    let shown = rows.prefix(limit)
    let widths = widths(shown.map(\.cells), style, indent)
    let room = String(repeating: " ", count: indent)
    var lines: [String] = []
    if columns.contains(where: { !$0.title.isEmpty }) {
      lines.append(room + style.tinted(line(columns.map(\.title), widths), .faint))
    }
    for row in shown { lines.append(room + style.tinted(line(row.cells, widths), row.tint)) }
    return lines
  }

  private func widths(_ rows: [[String]], _ style: ReportStyle, _ indent: Int) -> [Int] {
    var widths = columns.indices.map { column in
      rows.reduce(TerminalText.width(columns[column].title)) { widest, row in
        column < row.count ? max(widest, TerminalText.width(row[column])) : widest
      }
    }
    guard let limit = style.width else { return widths }
    var surplus = indent + widths.reduce(0, +) + Self.gap * (widths.count - 1) - limit
    while surplus > 0 {
      let candidates = widths.indices.filter { widths[$0] > (columns[$0].minimum ?? Int.max) }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      surplus -= 1
    }
    return widths
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var text = ""
    for column in columns.indices where column < cells.count {
      let cell = TerminalText.cut(cells[column], to: widths[column])
      let isLast = column == columns.count - 1
      text +=
        isLast && !columns[column].isRight
        ? cell : TerminalText.padded(cell, to: widths[column], isRight: columns[column].isRight)
      if !isLast { text += String(repeating: " ", count: Self.gap) }
    }
    while text.last == " " { text.removeLast() }
    return text
  }
}
