/// What a document's master data says of one site, party, product or asset
/// (ISO/IEC 19987 section 9.5; CBV 2.0 section 10).
public struct MasterDataRecord: Sendable, Hashable {
  /// The vocabulary: the last component of its type (`Location`, `Party`, `EPCClass`), as spelled.
  public var vocabulary: String
  /// Whom or what it describes.
  public var identifier: Identifier
  /// Attribute names as spelled in the document, with their values as text, in document order.
  public var attributes: [Attribute]

  /// One attribute of a record.
  public struct Attribute: Sendable, Hashable {
    /// Its name as spelled, such as `cbvmda:name`.
    public var name: String
    /// Its value as text; JSON text where it is no string.
    public var value: String

    /// An attribute from its parts.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }

    /// The last component of the name, lower-cased: `urn:epcglobal:cbv:mda#descriptionShort`,
    /// `cbvmda:descriptionShort` and `descriptionShort` are one attribute.
    public var localName: String {
      let separators: [Character] = ["#", ":", "/"]
      return name.split(whereSeparator: separators.contains).last.map { $0.lowercased() } ?? ""
    }
  }

  /// A record from its parts.
  public init(vocabulary: String, identifier: Identifier, attributes: [Attribute]) {
    self.vocabulary = vocabulary
    self.identifier = identifier
    self.attributes = attributes
  }

  /// The value of the first attribute that has one of these local names (lower-case).
  public func first(_ names: String...) -> String? {
    for name in names {
      if let hit = attributes.first(where: { $0.localName == name }) { return hit.value }
    }
    return nil
  }

  /// The name to show people.
  public var displayName: String? {
    first("name", "descriptionshort", "tradename", "productname", "regulatedproductname")
  }
}

/// The links of a capture entry: who submitted, and the names that its document's master data gives.
public struct CaptureLinks: Sendable, Hashable {
  /// Who submitted, as the capturing system says; empty if it does not.
  public var submitter = ""
  /// Names of sites, parties and products.
  public var masterData: [MasterDataRecord] = []

  /// Empty links.
  public init() {}

  /// The binary form: version 1 · submitter · count · records (vocabulary, URI, kind, count of
  /// attributes, names and values), by the primitives of the links encoding.
  public var encoded: [UInt8] {
    Array(unsafeUninitializedCapacity: encodedByteCountMax) { buffer, count in
      var writer = LinksByteWriter(UnsafeMutableRawBufferPointer(buffer))
      encode(&writer)
      count = writer.written.count
    }
  }

  /// No fewer bytes than the binary form has.
  private var encodedByteCountMax: Int {
    masterData.reduce(32 + submitter.utf8.count) { count, record in
      record.attributes.reduce(
        count + 64 + record.vocabulary.utf8.count + record.identifier.uri.utf8.count
      ) { $0 + 32 + $1.name.utf8.count + $1.value.utf8.count }
    }
  }

  private func encode(_ writer: inout LinksByteWriter) {
    func string(_ text: String) {
      var text = text
      text.withUTF8 { writer.counted(UnsafeRawBufferPointer($0)) }
    }
    writer.byte(LinksBuffer.version)
    string(submitter)
    writer.unsigned(UInt64(masterData.count))
    for record in masterData {
      string(record.vocabulary)
      string(record.identifier.uri)
      writer.byte(record.identifier.kind.rawValue)
      writer.unsigned(UInt64(record.attributes.count))
      for attribute in record.attributes {
        string(attribute.name)
        string(attribute.value)
      }
    }
  }

  /// Reads the binary form; nothing but the output of `encoded` is taken.
  public init(decoding bytes: UnsafeRawBufferPointer) throws(LinksError) {
    var reader = LinksByteReader(bytes)
    func string() throws(LinksError) -> String {
      let run = try reader.string()
      return String(decoding: bytes[Int(run.offset)..<Int(run.offset + run.count)], as: UTF8.self)
    }
    let version = try reader.byte()
    guard version == LinksBuffer.version else {
      throw reader.error("unknown version \(version)")
    }
    submitter = try string()
    for _ in 0..<(try reader.count(atLeast: 4)) {
      let vocabulary = try string()
      let uri = try string()
      let kind: IdentifierKind = try reader.code("identifier kind")
      var attributes: [MasterDataRecord.Attribute] = []
      for _ in 0..<(try reader.count(atLeast: 2)) {
        attributes.append(.init(name: try string(), value: try string()))
      }
      masterData.append(
        MasterDataRecord(
          vocabulary: vocabulary, identifier: Identifier(canonical: uri, kind: kind),
          attributes: attributes))
    }
    guard reader.isAtEnd else { throw reader.error("surplus bytes") }
  }
}
