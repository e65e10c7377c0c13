/// Bytes of a document that can be read again from any place.
///
/// Two passes are made: one finds the events and reads what surrounds them, one reads the events.
/// The bytes must not change in between.
public protocol ByteSource: Sendable {
  /// How many bytes there are.
  var byteCount: Int { get }

  /// Copies bytes from `offset` on into the whole buffer.
  ///
  /// - Throws: `ByteSourceError` if not all of them are there.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(ByteSourceError)
}

/// A document in memory.
public struct MemoryByteSource: ByteSource {
  private let bytes: [UInt8]

  /// A source of these bytes.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// A source of a string's UTF-8.
  public init(_ text: String) { bytes = Array(text.utf8) }

  /// How many bytes there are.
  public var byteCount: Int { bytes.count }

  /// Copies bytes from `offset` on into the whole buffer.
  public func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(ByteSourceError) {
    guard offset >= 0, offset <= bytes.count, buffer.count <= bytes.count - offset else {
      throw ByteSourceError("bytes beyond the end of the document were asked for")
    }
    buffer.copyBytes(from: bytes[offset..<offset + buffer.count])
  }
}
