import Traceability
import TransparencyLog

/// Reads one event after the other from a tape: checks it, writes its canonical content for the
/// digest, and fills its links. All memory is kept from event to event.
struct EventReader {
  /// A fault of the event that is read.
  struct Problem {
    var path: String
    var problem: String
    var advice: String
  }

  /// Bytes before the canonical content, so that no other digest is mistaken for it.
  static let contentTag: StaticString = "provender/event-content/v1\n"
  static let declarationTag: StaticString = "provender/error-declaration/v1\n"
  /// Faults told of one event; more of the same event help nobody.
  static let problemLimit = 10
  private static let levels = 4
  private static let slotsPerLevel = 32

  var tape = JSONTape.none
  var content = ContentWriter()
  var identifiers = IdentifierReader()
  var links = LinksBuffer()
  var scratch = ByteBuffer()
  var problems: [Problem] = []
  var notices: EventNotices = []
  /// Digest of the error declaration, if the event has one.
  var declaration: Digest32?
  /// Where a problem would be: the member, its element, and what is within it.
  var field: EventField?
  var element: Int?
  var leaf: StaticString?
  /// The lot number of the ILMD, in the tape's strings or as a number's spelling.
  var lotNumber: UnsafeBufferPointer<UInt8>?
  let hasher: SHA256Hasher
  /// Tape indices of the members found, by level of nesting and number.
  private let slots: UnsafeMutablePointer<Int32>
  /// Tape indices of member names that the standard does not know.
  private var extras: [Int32] = []

  init(hasher: SHA256Hasher) {
    self.hasher = hasher
    slots = .allocate(capacity: Self.levels * Self.slotsPerLevel)
    slots.initialize(repeating: -1, count: Self.levels * Self.slotsPerLevel)
  }

  func deallocate() {
    slots.deallocate()
    content.deallocate()
    identifiers.deallocate()
    scratch.deallocate()
  }

  // MARK: The event

  /// Reads the event at a tape index into `links`, `declaration` and `notices`.
  ///
  /// - Returns: whether it is in order; else `problems` says why not.
  mutating func read(_ index: Int) -> Bool {
    begin()
    guard tape.kind(index) == JSONTape.Kind.object else {
      refuse("an event is an object in braces, not \(typeName(index))", "write it as {…}")
      return false
    }
    let bound = content.namespaces.count
    let first = members(of: index, EventField.table, level: 0)
    readContext()
    if let kind = readKind() {
      links.kind = kind
      content.bytes.append(Self.contentTag)
      readMembers()
      endMembers(first)
      checkPresence(kind)
      if problems.isEmpty {
        links.content = digest()
        readDeclaration()
        linkSerialsToLot()
      }
    }
    content.namespaces.truncate(to: bound)
    return problems.isEmpty
  }

  /// Appends the links of the event that was read, in their binary form. It changes nothing, but what
  /// does not could be given a copy of them.
  mutating func encodeLinks(into output: inout [UInt8]) { links.encode(into: &output) }

  private mutating func begin() {
    content.removeAll()
    links.removeAll()
    problems.removeAll(keepingCapacity: true)
    extras.removeAll(keepingCapacity: true)
    notices = []
    declaration = nil
    (field, element, leaf) = (nil, nil, nil)
    lotNumber = nil
    links.action = .none
  }

  /// The digest of what stands in `content`.
  mutating func digest() -> Digest32 {
    hasher.hash(content.bytes.raw).withUnsafeBytes { Digest32($0) }
      ?? Digest32(words: (0, 0, 0, 0))
  }

  private mutating func readMembers() {
    for raw in 0..<EventField.recordTime.rawValue {
      let index = slot(0, raw)
      guard index >= 0, let field = EventField(rawValue: raw) else { continue }
      // The zone is written with the time, so that one that is assumed is no other content.
      if field == .eventTimeZoneOffset { continue }
      if field.isList, tape.kind(index) == JSONTape.Kind.array, tape.isEmpty(index) { continue }
      self.field = field
      content.bytes.append(ContentWriter.Tag.member)
      content.bytes.append(raw)
      read(field, index)
      (element, leaf) = (nil, nil)
    }
    field = .recordTime
    let index = slot(0, EventField.recordTime.rawValue)
    if index >= 0 { checkTime(index) }
    field = nil
  }

  private mutating func read(_ field: EventField, _ index: Int) {
    switch field {
    case .type: content.bytes.append(links.kind.rawValue)
    case .eventID: readEventID(index)
    case .eventTime: readEventTime(index)
    case .eventTimeZoneOffset: break
    case .action: readAction(index)
    case .bizStep: links.bizStep = readTerm(index, .bizStep)
    case .disposition: links.disposition = readTerm(index, .disposition)
    case .persistentDisposition: readPersistentDisposition(index)
    case .readPoint: links.readPoint = readPlace(index)
    case .bizLocation: links.bizLocation = readPlace(index)
    case .parentID: readItem(index, .parent)
    case .epcList, .childEPCs, .inputEPCList, .outputEPCList: readItems(index, field.role)
    case .quantityList, .childQuantityList, .inputQuantityList, .outputQuantityList:
      readQuantities(index, field.role)
    case .transformationID: readTransformationID(index)
    case .bizTransactionList: readReferences(index, NestedKeys.bizTransaction, .transactionType)
    case .sourceList: readReferences(index, NestedKeys.source, .partyType)
    case .destinationList: readReferences(index, NestedKeys.destination, .partyType)
    case .certificationInfo: readTexts(index)
    case .sensorElementList: readSensorElements(index)
    case .ilmd: readMasterData(index)
    case .recordTime, .errorDeclaration, .context: break
    }
  }

  // MARK: Members

  /// The tape index of a member's value; -1 where it is absent.
  @inline(__always)
  func slot(_ level: Int, _ number: UInt8) -> Int {
    Int(slots[level &* Self.slotsPerLevel &+ Int(number)])
  }

  /// Whether a member is there and, if it is a list, holds something.
  func has(_ field: EventField) -> Bool {
    let index = slot(0, field.rawValue)
    return index >= 0 && !(tape.kind(index) == JSONTape.Kind.array && tape.isEmpty(index))
  }

  /// Finds an object's members: those of the table go to the slots of a level, others aside for
  /// `endMembers`, which takes what is returned.
  mutating func members(of object: Int, _ table: KeyTable, level: Int) -> Int {
    let base = slots + level &* Self.slotsPerLevel
    base.update(repeating: -1, count: table.names.count)
    let first = extras.count
    var nothings: UInt32 = 0
    var member = object + 1
    let end = tape.end(object)
    while member < end {
      let number = table.number(of: tape.string(member))
      if number == KeyTable.unknown {
        extras.append(Int32(truncatingIfNeeded: member))
      } else {
        let slot = Int(number)
        if base[slot] >= 0 {
          refuse(
            "the member '\(table.names[slot])' is given twice", "keep one of them",
            at: table.names[slot])
        }
        base[slot] = Int32(truncatingIfNeeded: member + 1)
        if isNothing(member + 1) { nothings |= 1 << UInt32(slot) }
      }
      member = tape.after(member + 1)
    }
    while nothings != 0 {
      base[nothings.trailingZeroBitCount] = -1
      nothings &= nothings - 1
    }
    checkSpelling(from: first, table)
    return first
  }

  /// Whether a member might as well be absent: null (JSON-LD 1.1 section 4.5), or an empty string,
  /// which real systems write for what they do not know.
  @inline(__always)
  private func isNothing(_ index: Int) -> Bool {
    let kind = tape.kind(index)
    return kind == JSONTape.Kind.null
      || kind == JSONTape.Kind.string && tape.string(index).isEmpty
  }

  /// Writes the members aside since `first`, which extend the standard's.
  mutating func endMembers(_ first: Int) {
    content.bytes.append(ContentWriter.Tag.endOfMembers)
    let set = content.beginSet()
    for extra in first..<extras.count {
      let member = Int(extras[extra])
      content.beginElement()
      content.key(tape.string(member))
      writeValue(member + 1)
    }
    content.endMembers(set)
    content.bytes.append(ContentWriter.Tag.endOfMembers)
    extras.removeLast(extras.count - first)
    refuseDuplicate()
  }

  /// Writes any value, and refuses it if a member occurs twice in it.
  mutating func writeValue(_ index: Int) {
    content.value(index, tape)
    refuseDuplicate()
  }

  private mutating func refuseDuplicate() {
    guard let name = content.duplicate else { return }
    content.duplicate = nil
    refuse("the member '\(name)' is given twice in one object", "keep one of them")
  }

  private mutating func checkSpelling(from first: Int, _ table: KeyTable) {
    for extra in first..<extras.count {
      let name = tape.string(Int(extras[extra]))
      guard !name.contains(UInt8(ascii: ":")), let right = table.misspelled(name) else { continue }
      refuse("there is no member '\(name.shown)' in the standard", "write '\(right)'")
    }
  }
}
