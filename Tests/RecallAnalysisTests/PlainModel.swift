import Traceability

/// What makes two captured events the same one: the ID and the digest of the content
/// (TraceRules, after trace-rules section 1). Ordered by digest, so that ties in time have one order
/// whatever the order of capture.
struct EventKey: Hashable, Comparable, CustomStringConvertible {
  var id: String
  var content: Digest32

  init(_ links: Links) {
    id = links.eventID
    content = links.content
  }

  init(id: String, content: Digest32) {
    self.id = id
    self.content = content
  }

  static func < (a: EventKey, b: EventKey) -> Bool {
    (a.content.words.0, a.content.words.1, a.content.words.2, a.content.words.3, a.id)
      < (b.content.words.0, b.content.words.1, b.content.words.2, b.content.words.3, b.id)
  }

  var description: String { id.isEmpty ? "no-id-\(content.words.0)" : id }
}

/// Which way a question goes.
enum ModelDirection: String, Hashable, CaseIterable {
  case forward
  case backward
}

/// An item by its place in the list of all, since comparing URIs takes most of the time.
typealias Item = Int

/// The answer of a trace as the tests compare it.
struct ModelAnswer: Hashable {
  /// Canonical URIs, the seeds included.
  var items: Set<String> = []
  /// Those of `items` that are reached without a marked link.
  var certain: Set<String> = []
  /// Events that carried a followed link, or belong to the journey of a reached item.
  var path: Set<EventKey> = []
  /// Other events of reached items.
  var mention: Set<EventKey> = []
}

/// The conservative trace, slow and obvious, written from the text of *What a trace follows*
/// (TraceRules) alone. Comments in quotation marks cite it.
///
/// Every link is listed explicitly between nodes; a trace walks that list.
struct PlainModel {
  /// One event, after duplicates and declarations have been folded into it. A class, since copying
  /// it would take most of the time.
  final class Fact {
    let key: EventKey
    let links: Links
    let span: TimeSpan
    let site: String?
    let mentions: [Mention]
    /// What the mentions say, by role.
    let parent: Item?
    let children: [Item]
    let inputs: [Item]
    let outputs: [Item]
    var isDeclaredInError = false
    var submitters: Set<String> = []

    init(_ event: Links, _ key: EventKey, _ mentions: [Mention]) {
      func items(_ role: ItemRole) -> [Item] { mentions.filter { $0.role == role }.map(\.item) }
      self.key = key
      links = event
      span = event.time.interval
      site = PlainModel.site(of: event)
      self.mentions = mentions
      parent = items(.parent).first
      children = items(.child)
      inputs = items(.input)
      outputs = items(.output)
    }

    func names(_ item: Item) -> Bool { mentions.contains { $0.item == item } }
  }

  /// An item of an event, with unknown lots resolved.
  struct Mention {
    var item: Item
    var role: ItemRole
    var isInstance: Bool
    var isClassLevel: Bool
    var quantity: Quantity?
    var lot: Item?
  }

  /// In order of the written time, then of the key.
  private(set) var facts: [Fact] = []
  /// Every item of the history by its number, and back.
  private(set) var uris: [String] = []
  private(set) var numbers: [String: Item] = [:]
  private(set) var vessels: Set<Item> = []
  var cleaningSteps: Set<String>
  var stays: [Stay] = []
  var openings: [Item: [Opening]] = [:]
  /// The transformations that each event is part of, by number.
  var transformations: [[Int]] = []
  var links = LinkList()
  /// The ends of links, with the positions of the links that leave and enter each, and their other
  /// ends.
  var nodes: [Node] = []
  var nodesOfItem: [Item: [Int]] = [:]
  var linksFrom: [[(Int, Int)]] = []
  var linksTo: [[(Int, Int)]] = []
  /// Events of each item: its own, and those of units while it can be inside them.
  var eventsOfItem: [Item: Set<Int>] = [:]

  /// - Parameters:
  ///   - events: in order of capture, with duplicates and declarations.
  ///   - submitters: who submitted an event; the same for all that are not listed.
  ///   - vessels: what master data declares a vessel.
  ///   - cleaningSteps: steps that clean, beside those of the text.
  init(
    _ events: [Links], submitters: [EventKey: String] = [:], vessels: Set<Identifier> = [],
    cleaningSteps: Set<String> = []
  ) {
    self.cleaningSteps = cleaningSteps
    foldDuplicates(events, submitters)
    findVessels(declaredVessels: vessels)
    replayUnits()
    for item in uris.indices { eventsOfItem[item] = findEvents(of: item) }
    listLinks()
    indexLinks()
  }

  /// Same ID and same content is one event; a declaration repeats both and marks it.
  private mutating func foldDuplicates(_ events: [Links], _ submitters: [EventKey: String]) {
    var byKey: [EventKey: Fact] = [:]
    for event in events {
      let key = EventKey(event)
      let fact = byKey[key] ?? Fact(event, key, mentions(of: event, key))
      if event.errorDeclaration != nil { fact.isDeclaredInError = true }
      fact.submitters.insert(submitters[key] ?? "")
      byKey[key] = fact
    }
    facts = byKey.values.sorted {
      ($0.links.time.microseconds, $0.key) < ($1.links.time.microseconds, $1.key)
    }
  }

  private mutating func number(_ uri: String) -> Item {
    if let known = numbers[uri] { return known }
    uris.append(uri)
    numbers[uri] = uris.count - 1
    return uris.count - 1
  }

  /// "The site of an event is its read point if that is a site, else its business location; a geo:
  /// read point is no site. A sub-location belongs to the site of its GLN."
  static func site(of event: Links) -> String? {
    for place in [event.readPoint, event.bizLocation] {
      guard let uri = place?.uri, !uri.hasPrefix("geo:") else { continue }
      let parts = uri.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard uri.hasPrefix("https://id.gs1.org/414/"), parts.count > 5 else { return uri }
      return parts[..<5].joined(separator: "/")
    }
    return nil
  }

  /// "A class without a lot is an unknown lot of that one event: its identifier is the class URI, #,
  /// and the event's ID (or the hexadecimal content digest where it has none)."
  private mutating func mentions(of event: Links, _ key: EventKey) -> [Mention] {
    event.items.map { mention in
      let isUnknownLot = mention.item.kind == .productClass
      let suffix = key.id.isEmpty ? hexadecimal(key.content) : key.id
      return Mention(
        item: number(isUnknownLot ? mention.item.uri + "#" + suffix : mention.item.uri),
        role: mention.role, isInstance: mention.item.kind.isInstance,
        isClassLevel: mention.isClassLevel, quantity: mention.quantity,
        lot: Self.lot(of: mention, in: event).map { number($0) })
    }
  }

  /// "A serialised item that is written with its lot, or commissioned (ObjectEvent ADD) with a lot
  /// number in its ILMD."
  private static func lot(of mention: ItemMention, in event: Links) -> String? {
    guard mention.item.kind == .serialised else { return nil }
    if let lot = mention.lot { return lot.uri }
    guard event.kind == .object, event.action == .add, !event.lotNumber.isEmpty,
      let product = mention.item.uri.textBefore("/21/")
    else { return nil }
    return "\(product)/10/\(percentEncoded(event.lotNumber))"
  }

  private mutating func findVessels(declaredVessels: Set<Identifier>) {
    vessels = Set(declaredVessels.compactMap { numbers[$0.uri] })
    for fact in facts {
      // "A vessel is an individual asset (GIAI) that ever has class-level contents."
      guard fact.links.kind == .aggregation,
        fact.mentions.contains(where: { $0.role == .child && $0.isClassLevel })
      else { continue }
      for mention in fact.links.items
      where mention.role == .parent && mention.item.kind == .individualAsset {
        vessels.insert(number(mention.item.uri))
      }
    }
  }

  /// "Steps that clean are those whose name ends in …, and those that the caller adds."
  func cleans(_ fact: Fact) -> Bool {
    let step = fact.links.bizStep
    let endings = ["cleaning", "cleaned", "washing", "sanitizing", "sanitising", "disinfecting"]
    return cleaningSteps.contains(step) || endings.contains { step.hasSuffix($0) }
  }
}

/// The 64 hexadecimal digits of a digest.
func hexadecimal(_ digest: Digest32) -> String {
  digest.bytes.map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }.joined()
}

/// A lot code as a segment of a URI.
func percentEncoded(_ text: String) -> String {
  text.utf8.map { byte in
    let character = Character(UnicodeScalar(byte))
    if character.isASCII, character.isLetter || character.isNumber || "-._~".contains(character) {
      return String(character)
    }
    return "%" + String(byte, radix: 16, uppercase: true)
  }.joined()
}

extension String {
  /// What stands before the first occurrence of a shorter text; nil if there is none.
  func textBefore(_ part: String) -> String? {
    var end = startIndex
    while end < endIndex {
      if self[end...].hasPrefix(part) { return String(self[..<end]) }
      end = index(after: end)
    }
    return nil
  }
}
