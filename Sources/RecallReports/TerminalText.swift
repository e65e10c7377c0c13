/// Text from documents on its way to people: nothing in it can move a cursor, change a colour or
/// reorder what stands beside it.
public enum TerminalText {
  /// Whether a character shows as itself: no control (C0, C1, escape), no format character
  /// (bidirectional controls, joiners, tags), no separator of lines, nothing unassigned.
  public static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value >= 0x20 && scalar.value < 0x7F { return true }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      return false
    default: return true
    }
  }

  /// The text on one line, every character that is not harmless replaced by U+FFFD.
  public static func line(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(isHarmless(scalar) ? scalar : "\u{FFFD}") }
    return String(result)
  }

  /// The lines of a text, each as `line` gives it; a tab counts as two spaces.
  public static func lines(_ text: String) -> [String] {
    text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { part in
      var kept = String.UnicodeScalarView()
      for scalar in part where scalar != "\r" {
        if scalar == "\t" {
          kept.append(contentsOf: "  ".unicodeScalars)
        } else {
          kept.append(scalar)
        }
      }
      return line(String(kept))
    }
  }

  /// How many columns a harmless line takes: East Asian wide characters and pictures take two,
  /// combining marks none.
  public static func width(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.reduce(0) { $0 + width($1) }
  }

  private static func width(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }

  /// The text cut to so many columns, with an ellipsis where something was cut off.
  public static func cut(_ text: String, to columns: Int) -> String {
    guard width(text) > columns else { return text }
    var result = ""
    var used = 0
    for character in text {
      let more = width(character)
      guard used + more <= columns - 1 else { break }
      used += more
      result.append(character)
    }
    return result + "…"
  }

  /// The text filled up with spaces to so many columns.
  public static func padded(_ text: String, to columns: Int, isRight: Bool = false) -> String {
    let room = String(repeating: " ", count: max(0, columns - width(text)))
    return isRight ? room + text : text + room
  }
}
