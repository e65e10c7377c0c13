/// The prefixes that a document's `@context` binds, beside those of the EPCIS context.
///
/// Contexts named by a URL are not fetched: a prefix that only they bind stays as spelled.
struct NamespaceTable: Sendable, Hashable {
  private struct Binding: Sendable, Hashable {
    var prefix: [UInt8]
    var namespace: [UInt8]
  }

  /// Bindings taken, so that a search among them stays short.
  private static let limit = 256
  private var bindings: [Binding] = []

  /// What the context of EPCIS 2.0 binds.
  static let standard: NamespaceTable = {
    var table = NamespaceTable()
    table.bind("epcis", "https://ref.gs1.org/epcis/")
    table.bind("cbv", "https://ref.gs1.org/cbv/")
    table.bind("cbvmda", "urn:epcglobal:cbv:mda:")
    table.bind("gs1", "https://gs1.org/voc/")
    return table
  }()

  var count: Int { bindings.count }

  mutating func bind(_ prefix: String, _ namespace: String) {
    bindings.append(Binding(prefix: Array(prefix.utf8), namespace: Array(namespace.utf8)))
  }

  /// Forgets what was bound after the first `count`.
  mutating func truncate(to count: Int) {
    if bindings.count > count { bindings.removeLast(bindings.count - count) }
  }

  /// Adds what an `@context` binds; the last binding of a prefix counts.
  mutating func bind(context index: Int, _ tape: JSONTape) {
    switch tape.kind(index) {
    case JSONTape.Kind.array:
      for element in tape.elements(index) where tape.kind(element) == JSONTape.Kind.object {
        bind(context: element, tape)
      }
    case JSONTape.Kind.object:
      var member = index + 1
      let end = tape.end(index)
      while member < end {
        let value = member + 1
        if let prefix = tape.text(member), !prefix.hasPrefix("@"), bindings.count < Self.limit,
          let namespace = tape.text(value) ?? tape.text(tape.member(value, "@id"))
        {
          bind(prefix, namespace)
        }
        member = tape.after(value)
      }
    default: break
    }
  }

  /// The namespace that the part of a name before its first colon stands for, and that part's count.
  ///
  /// - Returns: nil if the name has no such part or it is not bound.
  func resolve(_ name: UnsafeBufferPointer<UInt8>) -> (namespace: [UInt8], prefixCount: Int)? {
    var colon = 0
    while colon < name.count, name[colon] != UInt8(ascii: ":") { colon &+= 1 }
    guard colon < name.count else { return nil }
    if colon + 1 < name.count, name[colon + 1] == UInt8(ascii: "/") { return nil }
    var index = bindings.count
    while index > 0 {
      index &-= 1
      let matches = bindings[index].prefix.withUnsafeBufferPointer { $0.equals(name.upTo(colon)) }
      if matches { return (bindings[index].namespace, colon) }
    }
    return nil
  }
}
