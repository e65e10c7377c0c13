import ProvenanceGraph
import Traceability

extension SortedFacts {
  /// Writes events and mentions.
  func write(to writer: SectionWriter) throws {
    try writer.names(.stepHeap, .stepStarts, builder.steps)
    try writer.section(.profiles, profiles)
    try writeTimes(to: writer)
    try writer.numbers(.eventEntries, entries)
    var lastPlace: UInt32 = 0
    for event in 0..<count { lastPlace = max(lastPlace, places[event] &+ 1) }
    try writer.numbers(.eventPlaces, 0..<count, upTo: Int(lastPlace)) { Int(places[$0] &+ 1) }
    try writer.numbers(.eventProfiles, 0..<count, upTo: profiles.count) {
      Int(profileNumbers[$0])
    }
    var mentions = 0
    for event in 0..<UInt32(count) { mentions += self.mentions(event).count }
    var start = 0
    try writer.numbers(.eventMentions, 0..<count + 1, upTo: mentions) { event in
      defer { if event < count { start += self.mentions(UInt32(event)).count } }
      return start
    }
    try writer.slots(.eventSlots, count: count, scratch: builder.scratch) { identities[$0] }
    let declared = declarations.sorted { $0.key < $1.key }
    try writer.numbers(.declaredEvents, declared.map(\.key))
    let entries = declared.map { Int($0.value.entry) * 2 + ($0.value.isOnlyDeclared ? 1 : 0) }
    try writer.numbers(.declarations, entries.indices, upTo: entries.max() ?? 0) { entries[$0] }
    try writeMentions(to: writer)
  }

  /// Times as steps since the first, each as long as divides all of them.
  private func writeTimes(to writer: SectionWriter) throws {
    let first = count == 0 ? 0 : times[0]
    let isExact = (0..<count).contains { (times[$0] &- first) % 1000 != 0 }
    let step: Int64 = isExact ? 1 : 1000
    try writer.section(.eventClock, [first, step])
    let last = count == 0 ? 0 : (times[count - 1] &- first) / step
    try writer.numbers(.eventTimes, 0..<count, upTo: Int(last)) {
      Int((times[$0] &- first) / step)
    }
  }

  private func writeMentions(to writer: SectionWriter) throws {
    let width = PackedColumn.width(upTo: UInt64(max(0, builder.items.count - 1)))
    try writer.section(.mentionItems, width: width) {
      for event in 0..<UInt32(count) {
        for mention in mentions(event) { try writer.put(Int(item(mention)), width: width) }
      }
    }
    try writer.section(.mentionRoles) {
      for event in 0..<UInt32(count) {
        for mention in mentions(event) {
          try writer.put(Int(builder.mentions.roles[mention]), width: 1)
        }
      }
    }
  }

  /// Writes the events of each item and of each place, in order of time.
  func writeTimelines(to writer: SectionWriter) throws {
    let items = builder.items.count
    // The last event that was counted, or put in, of each item + 1: an item counts once an event.
    let last = Column<UInt32>(zeros: items, scratch: builder.scratch)
    var starts = Column<UInt32>(zeros: items + 2, scratch: builder.scratch)
    for event in 0..<UInt32(count) {
      for mention in mentions(event) {
        let item = Int(item(mention))
        guard last.start[item] != event &+ 1 else { continue }
        last.start[item] = event &+ 1
        starts.start[item &+ 2] &+= 1
      }
    }
    for item in 0..<items { starts.start[item &+ 2] &+= starts.start[item &+ 1] }
    let values = Column<UInt32>(zeros: Int(starts[items + 1]), scratch: builder.scratch)
    for item in 0..<items { last.start[item] = 0 }
    for event in 0..<UInt32(count) {
      for mention in mentions(event) {
        let item = Int(item(mention))
        guard last.start[item] != event &+ 1 else { continue }
        last.start[item] = event &+ 1
        values.start[Int(starts.start[item &+ 1])] = event
        starts.start[item &+ 1] &+= 1
      }
    }
    starts.resize(items + 1)
    try writer.numbers(.itemTimelineStarts, starts)
    try writer.numbers(.itemTimelines, values)
    let byPlace = Grouping(places, below: builder.places.count)
    try writer.numbers(.placeTimelineStarts, byPlace.starts)
    try writer.numbers(.placeTimelines, byPlace.members)
  }
}
