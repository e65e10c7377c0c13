/// The first pass: finds the form of a document and the exact bytes of its events, in memory bounded
/// by the limits.
///
/// It follows brackets, strings and member names only. Whether what it passes is JSON is decided by
/// parsing every piece strictly: the envelope with an empty list, and each batch as an array. A
/// document is JSON exactly if all of them are, so what this scan misreads in a malformed document
/// is refused there.
struct DocumentScanner {
  /// What the scan found.
  struct Result {
    var form: DocumentForm?
    /// The outermost object, without what its event list holds.
    var envelope: [UInt8] = []
    /// Bytes of the document before the envelope.
    var envelopeStart = 0
    /// Bytes of the envelope up to and with the list's opening bracket; nil without a list.
    var cut: Int?
    /// Bytes that were left out there.
    var cutCount = 0
    var batches: [EventBatch] = []
    /// Containers open around an event.
    var depth = 0
    /// Where events begin that are in no batch yet; nil outside an event list.
    var pendingStart: Int?

    /// Where in the document a byte of the envelope stands.
    func documentOffset(_ offset: Int) -> Int {
      envelopeStart + offset + (cut.map { offset >= $0 } == true ? cutCount : 0)
    }
  }

  /// The places of event lists: in EPCISDocument and in EPCISQueryDocument.
  private static let listPaths: [[String]] = [
    ["", "epcisBody", "eventList"],
    ["", "epcisBody", "queryResults", "resultsBody", "eventList"],
  ]

  let source: any ByteSource
  let limits: EPCISLimits
  var window: SourceWindow
  var result = Result()
  /// The member under which each open container stands; its first is the outermost.
  private var path: [String] = []
  private var key = ""

  /// Whether the batches of JSON Lines are found too; else only that it is JSON Lines.
  let listsLines: Bool

  init(_ source: any ByteSource, _ limits: EPCISLimits, listsLines: Bool) {
    self.source = source
    self.limits = limits
    self.listsLines = listsLines
    window = SourceWindow(source, 0..<source.byteCount, chunk: limits.chunkBytes)
  }

  /// Scans the whole document.
  ///
  /// - Parameter firstLine: lines before it are passed over, in JSON Lines.
  mutating func scan(firstLine: Int) throws {
    try skipByteOrderMark()
    try skipBlanks()
    switch try window.peek() {
    case UInt8(ascii: "["):
      window.advance()
      result.form = .array
      result.depth = 1
      try list()
      try end()
    case UInt8(ascii: "{"):
      result.envelopeStart = window.offset
      let isOneLine = try object()
      let hasNewline = try skipBlanks()
      if try window.peek() == nil { return }
      guard isOneLine, hasNewline, result.cut == nil else { throw surplus() }
      try lines(from: firstLine)
    case nil:
      throw fault("the document is empty", "give an EPCIS 2.0 document in JSON")
    case let byte?:
      throw fault(
        "a document starts with { or [, not with \(StrictJSONChecker.shown(byte))",
        "give an EPCIS 2.0 document in JSON, an event, an array of events or JSON Lines")
    }
  }

  /// A UTF-8 byte order mark before the document is passed over; other encodings are refused.
  private mutating func skipByteOrderMark() throws {
    guard let first = try window.peek() else { return }
    if first == 0xEF {
      for byte in [0xEF, 0xBB, 0xBF] as [UInt8] {
        guard try window.peek() == byte else {
          throw fault("the text is not UTF-8 here", "convert the document to UTF-8")
        }
        window.advance()
      }
    } else if first == 0xFE || first == 0xFF || first == 0 {
      throw fault("the text is not UTF-8 here", "convert the document to UTF-8")
    }
  }

  /// Passes white space; true if a newline was in it.
  @discardableResult
  mutating func skipBlanks() throws -> Bool {
    var hasNewline = false
    while let byte = try window.peek(), byte == 0x20 || byte >= 0x09 && byte <= 0x0D {
      guard byte != 0x0B, byte != 0x0C else { break }
      if byte == 0x0A { hasNewline = true }
      window.advance()
    }
    return hasNewline
  }

  /// Nothing but white space may follow.
  private mutating func end() throws {
    try skipBlanks()
    if try window.peek() != nil { throw surplus() }
  }

  private func surplus() -> JSONFault {
    let advice =
      result.cut == nil
      ? "give one document, or one event a line" : "JSON Lines take one event a line, no documents"
    return JSONFault(window.offset, "something follows the end of the document", advice)
  }

  func fault(_ problem: String, _ advice: String) -> JSONFault {
    JSONFault(window.offset, problem, advice)
  }

  /// The outermost object; true if it has no newline.
  private mutating func object() throws -> Bool {
    var isOneLine = true
    repeat {
      guard let byte = try window.peek() else {
        throw fault("the document ends within its outermost object", "send the whole document")
      }
      if byte == 0x0A { isOneLine = false }
      try append(byte)
      switch byte {
      case UInt8(ascii: "\""): try string()
      case UInt8(ascii: ":"): if let name = pending { key = name }
      case UInt8(ascii: ","): key = ""
      case UInt8(ascii: "{"), UInt8(ascii: "["): try open(byte)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        path.removeLast()
        key = ""
      default: break
      }
    } while !path.isEmpty
    return isOneLine
  }

  private mutating func open(_ byte: UInt8) throws {
    guard path.count < limits.depth else {
      throw fault(
        "containers are nested too deep: at most \(limits.depth) are taken", "flatten the header")
    }
    path.append(key)
    key = ""
    guard byte == UInt8(ascii: "["), path.last == "eventList" else { return }
    guard path != ["", "eventList"] else {
      throw fault("eventList stands outside epcisBody", "put events into epcisBody.eventList")
    }
    guard Self.listPaths.contains(path) else { return }
    guard result.cut == nil else {
      throw fault("a second list of events", "put all events of a document into one list")
    }
    result.cut = result.envelope.count
    result.form = path.count == 3 ? .document : .queryDocument
    result.depth = path.count
    let start = window.offset
    try list()
    path.removeLast()
    result.cutCount = window.offset - 1 - start
    result.envelope.append(UInt8(ascii: "]"))
  }

  /// The last string, should it be a member name.
  private var pending: String?

  /// A string, whose first quote was passed.
  private mutating func string() throws {
    let start = result.envelope.count
    while true {
      guard let byte = try window.peek() else {
        throw fault("the document ends within a string", "send the whole document")
      }
      try append(byte)
      if byte == UInt8(ascii: "\\"), let escaped = try window.peek() {
        try append(escaped)
      } else if byte == UInt8(ascii: "\"") {
        break
      }
    }
    let raw = result.envelope[start..<result.envelope.count - 1]
    // Names on the way to the list have at most 12 characters; escapes take six bytes for one.
    pending = raw.count <= 72 ? Self.unescaped(raw) : ""
  }

  private mutating func append(_ byte: UInt8) throws {
    guard result.envelope.count < limits.envelopeBytes else {
      throw fault(
        "what surrounds the event list has over \(limits.envelopeBytes) bytes",
        "split the master data into documents of their own")
    }
    result.envelope.append(byte)
    window.advance()
  }

  /// A member name with its \u escapes resolved, as far as ASCII goes.
  private static func unescaped(_ raw: ArraySlice<UInt8>) -> String {
    guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
    var result = ""
    var rest = raw
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "u"), rest.count >= 5,
        let unit = UInt8(String(decoding: rest.dropFirst().prefix(4), as: UTF8.self), radix: 16)
      {
        result.unicodeScalars.append(Unicode.Scalar(unit))
        rest = rest.dropFirst(5)
      } else {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return result
  }
}
