/// The canonical identity of an item, a site or a party: a URI and what it names.
///
/// GS1 keys are canonical GS1 Digital Links (`https://id.gs1.org/01/{GTIN-14}/10/{lot}`); every other
/// URI stands as it was given. Two identifiers are equal iff their UTF-8 bytes are: Unicode forms are
/// never merged, since a lot code is what is printed.
public struct Identifier: Sendable {
  /// The canonical URI.
  public let uri: String
  /// What it names.
  public let kind: IdentifierKind

  /// An identifier whose URI is canonical already, as read back from links.
  public init(canonical uri: String, kind: IdentifierKind) {
    self.uri = uri
    self.kind = kind
  }

  /// The canonical identifier of an EPC URN, a GS1 Digital Link or any other URI.
  ///
  /// - Throws: `IdentifierError` if the text is no URI, or is a GS1 key with a wrong check digit,
  ///   length or character.
  public init(_ text: String) throws(IdentifierError) {
    var canonicaliser = IdentifierCanonicaliser()
    var text = text
    var caught: IdentifierError?
    var kind = IdentifierKind.other
    text.withUTF8 { bytes in
      do throws(IdentifierError) {
        kind = try canonicaliser.canonicalise(bytes)
      } catch {
        caught = error
      }
    }
    if let caught { throw caught }
    self.uri = String(decoding: canonicaliser.output, as: UTF8.self)
    self.kind = kind
  }
}

extension Identifier: Hashable, Comparable, CustomStringConvertible {
  /// Equality of UTF-8 bytes.
  public static func == (a: Identifier, b: Identifier) -> Bool {
    a.uri.utf8.elementsEqual(b.uri.utf8)
  }

  /// Order of UTF-8 bytes.
  public static func < (a: Identifier, b: Identifier) -> Bool {
    a.uri.utf8.lexicographicallyPrecedes(b.uri.utf8)
  }

  /// Hashes the UTF-8 bytes.
  public func hash(into hasher: inout Hasher) {
    var uri = uri
    uri.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  /// The URI.
  public var description: String { uri }
}

/// Why a text is not an identifier.
public struct IdentifierError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong and what to do, in a sentence.
  public let description: String

  init(_ description: String) { self.description = description }
}
