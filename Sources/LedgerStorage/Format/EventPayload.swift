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

  /// Appends the payload of an event to a buffer.
  public static func append(
    contextDigest: Hash?, event: UnsafeRawBufferPointer, to buffer: inout [UInt8]
  ) {
    buffer.append(version)
    let context = contextDigest?.bytes ?? []
    append(UInt32(context.count), to: &buffer)
    buffer.append(contentsOf: context)
    append(UInt32(truncatingIfNeeded: event.count), to: &buffer)
    buffer.append(contentsOf: event)
  }

  private static func append(_ value: UInt32, to buffer: inout [UInt8]) {
    withUnsafeBytes(of: value.bigEndian) { buffer.append(contentsOf: $0) }
  }
}
