import CSimdJSON

/// simdjson with its memory, reused from text to text. Serves one thread.
final class JSONParser {
  /// Bytes that must be readable behind every text.
  static let padding = Int(PROVENDER_JSON_PADDING)

  /// What became of a parse.
  enum Outcome {
    case parsed
    case tooDeep
    case noMemory
    /// What the library says; it does not say where.
    case malformed(String)
  }

  private let handle: OpaquePointer
  private var view = provender_json_view()

  /// A parser that refuses more than `depth` nested containers; nil without memory.
  init?(depth: Int) {
    guard let handle = provender_json_create(depth) else { return nil }
    self.handle = handle
  }

  deinit { provender_json_destroy(handle) }

  /// Parses a text behind which `padding` bytes are readable. The tape and spans of the text before
  /// are gone then.
  func parse(_ text: UnsafeBufferPointer<UInt8>) -> Outcome {
    guard let base = text.baseAddress else { return .malformed("there is no text") }
    switch Int(provender_json_parse(handle, base, text.count, &view)) {
    case Int(PROVENDER_JSON_OK): return .parsed
    case Int(PROVENDER_JSON_TOO_DEEP): return .tooDeep
    case Int(PROVENDER_JSON_NO_MEMORY): return .noMemory
    default: return .malformed(String(cString: provender_json_message(handle)))
    }
  }

  /// The tape of the last text that parsed, which must still be where it was.
  func tape(of text: UnsafeBufferPointer<UInt8>) -> JSONTape? {
    guard let words = view.tape, let strings = view.strings, let base = text.baseAddress else {
      return nil
    }
    return JSONTape(words: words, strings: strings, text: base)
  }

  /// How many elements the outermost array has.
  var elementCount: Int { view.span_count }

  /// Where an element of the outermost array stands in the text; of a scalar, only its first byte.
  func span(ofElement index: Int) -> Range<Int> {
    guard index < view.span_count, let spans = view.spans else { return 0..<0 }
    return Int(spans[2 * index])..<Int(spans[2 * index + 1])
  }
}
