import Traceability

extension EventReader {
  /// The event's own `@context` binds prefixes for this event.
  mutating func readContext() {
    let index = slot(0, EventField.context.rawValue)
    guard index >= 0 else { return }
    field = .context
    writeValue(index)
    content.bytes.removeAll()
    content.namespaces.bind(context: index, tape)
    field = nil
  }

  /// `errorDeclaration` (ISO/IEC 19987 section 7.4.1.2), with a digest of its own: the event's
  /// content goes without it.
  mutating func readDeclaration() {
    let index = slot(0, EventField.errorDeclaration.rawValue)
    guard index >= 0 else { return }
    field = .errorDeclaration
    defer { (field, leaf) = (nil, nil) }
    guard isObject(index) else { return }
    content.removeAll()
    content.bytes.append(Self.declarationTag)
    let first = members(of: index, NestedKeys.declaration, level: 1)
    let (time, reason, corrective) = (slot(1, 0), slot(1, 1), slot(1, 2))
    leaf = "declarationTime"
    if time >= 0 {
      content.bytes.append(ContentWriter.Tag.member)
      content.bytes.append(0)
      links.declarationTime = writeTime(time)
    } else {
      refuse("the time of the declaration is missing", "say when the error was declared")
    }
    if reason >= 0 {
      leaf = "reason"
      content.bytes.append(ContentWriter.Tag.member)
      content.bytes.append(1)
      links.declarationReason = readTerm(reason, .errorReason)
    }
    if corrective >= 0 {
      leaf = "correctiveEventIDs"
      content.bytes.append(ContentWriter.Tag.member)
      content.bytes.append(2)
      readCorrectiveEventIDs(corrective)
    }
    leaf = nil
    endMembers(first)
    if problems.isEmpty { declaration = digest() }
  }

  private mutating func readCorrectiveEventIDs(_ array: Int) {
    guard isArray(array) else { return }
    content.bytes.append(ContentWriter.Tag.set)
    let set = content.beginSet()
    forEach(array) { reader, index in
      reader.content.beginElement()
      guard let text = reader.uri(index) else { return }
      reader.content.bytes.append(ContentWriter.Tag.text)
      reader.content.bytes.appendCounted(text)
      let run = reader.run(text)
      reader.links.correctiveEventIDs.append(run)
    }
    content.endSet(set)
    content.bytes.append(ContentWriter.Tag.endOfMembers)
  }
}
