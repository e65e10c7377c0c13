import Foundation
import HistorySimulator

/// A simulated history, parsed with Foundation.
struct SimulatedHistory {
  let bytes: [UInt8]
  let lines: [String]
  let events: [YoghurtFixture.Entry]
  let statistics: HistorySimulator.Statistics

  init(_ options: HistorySimulator.Options) throws {
    var collected: [UInt8] = []
    statistics = HistorySimulator(options).run { chunk in
      for index in chunk.indices { collected.append(chunk[index]) }
    }
    bytes = collected
    lines = String(decoding: collected, as: UTF8.self).split(separator: "\n").map(String.init)
    events = try lines.map { line in
      let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
      return .init(document: "", event: value as? YoghurtFixture.Object ?? [:])
    }
  }

  /// Canonical lots that came into being: commissioned or made.
  var lotsMade: [String] {
    events.flatMap { entry -> [String] in
      if entry.text("type") == "TransformationEvent" { return entry.items(["outputQuantityList"]) }
      let isNew = entry.text("bizStep") == "commissioning"
      return isNew ? entry.items(["quantityList"]) : []
    }.map(canonicalIdentity)
  }

  /// FNV-1a over all bytes.
  var digest: UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// Event times in milliseconds, in the order of writing.
  static func milliseconds(_ text: String?) -> Int {
    let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    guard let text, let date = try? format.parse(text) else { return -1 }
    return Int((date.timeIntervalSince1970 * 1000).rounded())
  }
}
