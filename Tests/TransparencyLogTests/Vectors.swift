import Foundation
import Testing
import TransparencyLog

/// Published vectors that lie beside the repository and are not part of it.
enum Vectors {
  /// Beside the repository, or beside a folder that holds several of its clones.
  static let folder: String = {
    var parts = #filePath.split(separator: "/")
    while !parts.isEmpty {
      parts.removeLast()
      let folder = "/" + parts.joined(separator: "/") + "/shared/vectors/transparency-log/"
      if FileManager.default.fileExists(atPath: folder) { return folder }
    }
    return "/absent/"
  }()

  static let areHere = FileManager.default.fileExists(atPath: folder + "roots.jsonl")

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + name)))
  }

  static func rows<Row: Decodable>(_ name: String, as type: Row.Type = Row.self) throws -> [Row] {
    try bytes(name).split(separator: UInt8(ascii: "\n")).map {
      try decode(Data($0), as: type)
    }
  }

  static func decode<Value: Decodable>(_ data: Data, as type: Value.Type) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: data)
  }

  static func hash(_ hex: String) throws -> Hash {
    try #require(Hash(hex: hex))
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test where the published vectors are absent.
  static var needsVectors: Self {
    .enabled(if: Vectors.areHere, "../shared/vectors is absent")
  }
}
