import Traceability

extension Vocabulary {
  /// Measurement types and components: GS1's web vocabulary beside the CBV's.
  static let component = Vocabulary(webPrefix: "Comp-", urnPrefix: "comp:")

  /// The bare name of a term of the GS1 web vocabulary.
  static func measurement(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
    for base: StaticString in ["https://gs1.org/voc/", "https://ref.gs1.org/voc/"]
    where text.hasPrefix(base) && text.count > base.utf8CodeUnitCount {
      return text.from(base.utf8CodeUnitCount)
    }
    return nil
  }
}

extension EventReader {
  /// `sensorElementList`: its elements and their reports keep their order.
  mutating func readSensorElements(_ array: Int) {
    guard isArray(array) else { return }
    content.bytes.append(ContentWriter.Tag.array)
    forEach(array) { reader, index in reader.readSensorElement(index) }
    content.bytes.append(ContentWriter.Tag.endOfMembers)
  }

  private mutating func readSensorElement(_ object: Int) {
    guard isObject(object) else { return }
    content.bytes.append(ContentWriter.Tag.object)
    let first = members(of: object, NestedKeys.sensorElement, level: 1)
    let (metadata, reports) = (slot(1, 0), slot(1, 1))
    if metadata >= 0 {
      leaf = "sensorMetadata"
      content.bytes.append(ContentWriter.Tag.member)
      content.bytes.append(0)
      readSensorObject(metadata, NestedKeys.sensorMetadata)
    }
    leaf = "sensorReport"
    if reports >= 0, isArray(reports), !tape.isEmpty(reports) {
      content.bytes.append(ContentWriter.Tag.member)
      content.bytes.append(1)
      content.bytes.append(ContentWriter.Tag.array)
      var index = reports + 1
      let end = tape.end(reports)
      while index < end {
        readSensorObject(index, NestedKeys.sensorReport)
        index = tape.after(index)
      }
      content.bytes.append(ContentWriter.Tag.endOfMembers)
    } else if reports < 0 {
      refuse("a sensor element has no report", "add what the sensor reported")
    }
    leaf = nil
    endMembers(first)
  }

  /// Metadata or a report: each known member by its kind.
  private mutating func readSensorObject(_ object: Int, _ table: KeyTable) {
    guard isObject(object) else { return }
    content.bytes.append(ContentWriter.Tag.object)
    let first = members(of: object, table, level: 2)
    for number in 0..<UInt8(table.names.count) where slot(2, number) >= 0 {
      content.bytes.append(ContentWriter.Tag.member)
      content.bytes.append(number)
      readSensorValue(slot(2, number), table.names[Int(number)])
    }
    endMembers(first)
  }

  private mutating func readSensorValue(_ index: Int, _ name: String) {
    switch name {
    case "time", "startTime", "endTime":
      writeTime(index)
    case "value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue":
      if tape.isNumber(index) {
        content.number(tape.number(index))
      } else {
        refuse("a number is expected, not \(typeName(index))", "write it without quotes", at: name)
      }
    case "booleanValue":
      let kind = tape.kind(index)
      if kind == JSONTape.Kind.yes || kind == JSONTape.Kind.no {
        writeValue(index)
      } else {
        refuse("true or false is expected, not \(typeName(index))", "write it bare", at: name)
      }
    case "type", "exception", "component":
      readMeasurement(index)
    case "deviceID", "deviceMetadata", "rawData", "microorganism", "chemicalSubstance":
      if let text = string(index) { writeIdentifierOrText(index, text) }
    default:
      if tape.kind(index) == JSONTape.Kind.string {
        writeValue(index)
      } else {
        refuse("a string is expected, not \(typeName(index))", "write it in quotes", at: name)
      }
    }
  }

  private mutating func readMeasurement(_ index: Int) {
    let start = content.bytes.count
    guard let text = term(index, .component), let bare = Vocabulary.measurement(text) else {
      return
    }
    // The term lies in the tape or in scratch memory, not in what is written anew.
    content.bytes.truncate(to: start)
    content.bytes.append(ContentWriter.Tag.vocabulary)
    content.bytes.appendCounted(bare)
  }

  /// A GS1 key in its canonical form; any other text as spelled, since devices have names of their
  /// own.
  private mutating func writeIdentifierOrText(_ index: Int, _ text: UnsafeBufferPointer<UInt8>) {
    if Self.hasScheme(text), !text.contains(0x20) {
      _ = identifier(index)
    } else {
      content.bytes.append(ContentWriter.Tag.text)
      content.bytes.appendCounted(text)
    }
  }
}
