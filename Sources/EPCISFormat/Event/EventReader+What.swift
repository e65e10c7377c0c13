import Traceability

extension EventReader {
  /// Copies bytes into the text of the links.
  @inline(__always)
  mutating func run(_ bytes: UnsafeBufferPointer<UInt8>) -> LinksBuffer.Run {
    let offset = links.text.count
    links.text.append(contentsOf: bytes)
    return LinksBuffer.Run(
      offset: UInt32(truncatingIfNeeded: offset), count: UInt32(truncatingIfNeeded: bytes.count))
  }

  /// An identifier in canonical form, written to the content; nil after a refusal.
  mutating func identifier(_ index: Int) -> IdentifierReader.Result? {
    guard tape.kind(index) == JSONTape.Kind.string else {
      refuse("an identifier is expected, not \(typeName(index))", "write a URI in double quotes")
      return nil
    }
    do throws(IdentifierError) {
      let result = try identifiers.read(expanded(tape.string(index)))
      content.bytes.append(ContentWriter.Tag.identifier)
      content.bytes.appendCounted(result.uri)
      content.bytes.appendCounted(result.lot)
      if result.kind != .other, result.uri.hasPrefix("urn:") { notices.insert(.irregularURN) }
      return result
    } catch {
      refuse(error.description, "correct the identifier")
      return nil
    }
  }

  /// An identifier with a prefix that the context binds, in full; others as they are. The bytes are
  /// valid until the next one.
  mutating func expanded(
    _ text: UnsafeBufferPointer<UInt8>
  ) -> UnsafeBufferPointer<UInt8> {
    guard let (namespace, count) = content.namespaces.resolve(text) else { return text }
    scratch.removeAll()
    scratch.append(namespace)
    scratch.append(text.from(count + 1))
    return UnsafeBufferPointer(start: UnsafePointer(scratch.base), count: scratch.count)
  }

  /// An identifier as links hold it.
  mutating func name(_ index: Int) -> LinksBuffer.Name {
    guard let result = identifier(index) else { return LinksBuffer.Name() }
    return LinksBuffer.Name(uri: run(result.uri), kind: result.kind)
  }

  /// An item by itself, or an element of a list of instances.
  mutating func readItem(_ index: Int, _ role: ItemRole) {
    guard let result = identifier(index) else { return }
    var mention = LinksBuffer.Mention(
      item: LinksBuffer.Name(uri: run(result.uri), kind: result.kind), role: role,
      isClassLevel: false)
    if !result.lot.isEmpty { mention.lot = run(result.lot) }
    links.mentions.append(mention)
  }

  /// `epcList` and its like: in any order.
  mutating func readItems(_ array: Int, _ role: ItemRole) {
    guard isArray(array) else { return }
    content.bytes.append(ContentWriter.Tag.set)
    let set = content.beginSet()
    forEach(array) { reader, index in
      reader.content.beginElement()
      reader.readItem(index, role)
    }
    content.endSet(set)
    content.bytes.append(ContentWriter.Tag.endOfMembers)
  }

  /// `quantityList` and its like: in any order.
  mutating func readQuantities(_ array: Int, _ role: ItemRole) {
    guard isArray(array) else { return }
    content.bytes.append(ContentWriter.Tag.set)
    let set = content.beginSet()
    forEach(array) { reader, index in
      reader.content.beginElement()
      reader.readQuantity(index, role)
    }
    content.endSet(set)
    content.bytes.append(ContentWriter.Tag.endOfMembers)
  }

  /// A quantity element: class, amount and unit (ISO/IEC 19987 section 7.3.3.3).
  private mutating func readQuantity(_ object: Int, _ role: ItemRole) {
    guard isObject(object) else { return }
    content.bytes.append(ContentWriter.Tag.object)
    let first = members(of: object, NestedKeys.quantity, level: 1)
    let (epcClass, amount, unit) = (slot(1, 0), slot(1, 1), slot(1, 2))
    guard epcClass >= 0 else {
      refuse("epcClass is missing", "name the class or lot that the quantity is of")
      return endMembers(first)
    }
    leaf = "epcClass"
    content.bytes.append(ContentWriter.Tag.member)
    content.bytes.append(0)
    var mention = LinksBuffer.Mention(item: name(epcClass), role: role, isClassLevel: true)
    if amount >= 0 {
      leaf = "quantity"
      mention.amount = readAmount(amount)
    }
    if unit >= 0 {
      leaf = "uom"
      let unit = readUnit(unit)
      if mention.amount != nil { mention.unit = unit }
    }
    leaf = nil
    links.mentions.append(mention)
    endMembers(first)
  }

  private mutating func readAmount(_ index: Int) -> DecimalNumber? {
    guard tape.isNumber(index) else {
      refuse("a quantity is a number, not \(typeName(index))", "write it without quotes")
      return nil
    }
    let text = tape.number(index)
    content.bytes.append(ContentWriter.Tag.member)
    content.bytes.append(1)
    content.number(text)
    guard let amount = DecimalNumber(json: text) else {
      refuse("the quantity \(text.shown) has over 18 digits", "round it to what was measured")
      return nil
    }
    guard amount.mantissa >= 0 else {
      refuse("the quantity \(text.shown) is negative", "a correction is an event of its own")
      return nil
    }
    return amount
  }

  private mutating func readUnit(_ index: Int) -> LinksBuffer.Run {
    guard let text = string(index) else { return LinksBuffer.Run() }
    guard text.count <= 32, !text.contains(0x20) else {
      refuse("'\(text.shown)' is no unit code", "write a UN/CEFACT code such as KGM")
      return LinksBuffer.Run()
    }
    content.bytes.append(ContentWriter.Tag.member)
    content.bytes.append(2)
    content.bytes.append(ContentWriter.Tag.text)
    content.bytes.appendCounted(text)
    return run(text)
  }

  /// A number that makes several events one transformation: a URI, or any text.
  mutating func readTransformationID(_ index: Int) {
    guard let text = string(index) else { return }
    if Self.hasScheme(text), !text.contains(0x20) {
      links.transformationID = name(index).uri
    } else {
      content.bytes.append(ContentWriter.Tag.text)
      content.bytes.appendCounted(text)
      links.transformationID = run(text)
    }
  }
}
