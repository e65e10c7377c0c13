import ProvenanceGraph

/// The files of a data set of the bench kit, mapped; nothing is ever written there.
struct Kit {
  let directory: String
  let nodeCount: Int
  let sources: Column<UInt32>
  let targets: Column<UInt32>
  let quantities: Column<UInt32>

  init(_ directory: String) throws {
    self.directory = directory
    let meta = try Column<UInt8>(directory + "/meta.json")
    let text = String(decoding: meta.buffer, as: UTF8.self)
    guard let place = text.firstRange(of: "\"n\":")?.upperBound,
      let count = Int(text[place...].drop { $0 == " " }.prefix { $0.isNumber })
    else { throw BenchError("\(directory)/meta.json says no \"n\"") }
    nodeCount = count
    sources = try Column(directory + "/src.i32")
    targets = try Column(directory + "/dst.i32")
    quantities = try Column(directory + "/qty.i32")
  }

  func query<Element: BitwiseCopyable>(_ name: String) throws -> Column<Element> {
    try Column("\(directory)/queries/\(name)")
  }
}

/// A file of numbers, mapped.
struct Column<Element: BitwiseCopyable>: @unchecked Sendable {
  let region: ByteRegion
  let buffer: UnsafeBufferPointer<Element>

  init(_ path: String) throws {
    guard let region = ByteRegion(mapping: path) else {
      throw BenchError("\(path) cannot be mapped")
    }
    self.region = region
    let count = region.bytes.count / MemoryLayout<Element>.stride
    buffer = UnsafeBufferPointer(
      start: region.bytes.baseAddress?.assumingMemoryBound(to: Element.self), count: count)
  }
}

struct BenchError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
