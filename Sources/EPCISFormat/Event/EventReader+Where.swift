import Traceability

extension EventReader {
  /// `readPoint` or `bizLocation`: an object with an `id`.
  mutating func readPlace(_ object: Int) -> LinksBuffer.Name {
    guard tape.kind(object) == JSONTape.Kind.object else {
      refuse(
        "a place is an object with an id, not \(typeName(object))",
        "write {\"id\": \"https://id.gs1.org/414/…\"}")
      return LinksBuffer.Name()
    }
    content.bytes.append(ContentWriter.Tag.object)
    let first = members(of: object, NestedKeys.place, level: 1)
    let id = slot(1, 0)
    var result = LinksBuffer.Name()
    leaf = "id"
    if id >= 0 {
      content.bytes.append(ContentWriter.Tag.member)
      content.bytes.append(0)
      result = name(id)
    } else {
      refuse("the place has no id", "give its GLN or another URI")
    }
    leaf = nil
    endMembers(first)
    return result
  }
}
