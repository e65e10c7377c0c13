public import TransparencyLog

/// What an event entry holds: the exact bytes received, and which context they are read in.
///
/// Version 1 · length (4 bytes, big-endian) and digest of the context, SHA-256 or nothing · length
/// (4 bytes) and bytes of the event. The context itself stands in the capture's first entry.
public struct EventPayload: Hashable, Sendable {
  private static let version: UInt8 = 1

  /// SHA-256 of the context in the capture's first entry; nil where there is none.
  public var contextDigest: Hash?
  /// The event as received.
  public var event: [UInt8]

  /// A payload from its parts.
  public init(contextDigest: Hash?, event: [UInt8]) {
    self.contextDigest = contextDigest
    self.event = event
  }

  /// Reads a payload; nil for anything that `append` does not write.
  public init?(payload: [UInt8]) {
    var reader = PayloadReader(payload)
    guard reader.integer(UInt8.self) == EventPayload.version, let context = reader.part(),
      let event = reader.part(), reader.isAtEnd, context.isEmpty || context.count == Hash.byteCount
    else { return nil }
    contextDigest = Hash(context)
    self.event = event
  }

  /// What stands before every event of one document: version and context.
  public struct Prefix: Hashable, Sendable {
    private let bytes: [UInt8]

    /// The prefix of events with a context, or of events without.
    public init(contextDigest: Hash?) {
      let context = contextDigest?.bytes ?? []
      var bytes = [EventPayload.version]
      EventPayload.append(UInt32(context.count), to: &bytes)
      self.bytes = bytes + context
    }

    /// The bytes of the payload of an event of that many bytes.
    public func payloadByteCount(event count: Int) -> Int {
      bytes.count + MemoryLayout<UInt32>.size + count
    }

    /// Appends the payload of an event to a buffer.
    public func append(_ event: UnsafeRawBufferPointer, to buffer: inout [UInt8]) {
      buffer.append(contentsOf: bytes)
      EventPayload.append(UInt32(truncatingIfNeeded: event.count), to: &buffer)
      buffer.append(contentsOf: event)
    }
  }

  /// Appends the payload of an event to a buffer.
  public static func append(
    contextDigest: Hash?, event: UnsafeRawBufferPointer, to buffer: inout [UInt8]
  ) {
    Prefix(contextDigest: contextDigest).append(event, to: &buffer)
  }

  private static func append(_ value: UInt32, to buffer: inout [UInt8]) {
    withUnsafeBytes(of: value.bigEndian) { buffer.append(contentsOf: $0) }
  }
}
