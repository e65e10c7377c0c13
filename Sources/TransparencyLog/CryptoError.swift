import COpenSSL

/// A refusal by libcrypto itself, not by the data given to it: no memory, no entropy, or a build
/// or configuration that leaves out what is asked for.
public struct CryptoError: Error, Hashable, Sendable {
  /// What was asked of libcrypto.
  public enum Operation: String, Sendable {
    /// Finding SHA-256 among the loaded providers.
    case fetchSHA256 = "find SHA-256"
    /// Allocating the state of a digest.
    case createDigestContext = "create a digest context"
    /// Drawing random bytes.
    case drawRandomBytes = "draw random bytes"
    /// Making an Ed25519 key.
    case generateKey = "generate an Ed25519 key"
    /// Taking over the bytes of an Ed25519 key.
    case loadKey = "load an Ed25519 key"
    /// Writing an Ed25519 key as PEM.
    case writeKey = "write an Ed25519 key"
    /// Signing with Ed25519.
    case sign = "sign with Ed25519"
    /// Checking an Ed25519 signature.
    case verify = "verify an Ed25519 signature"
    /// Writing a request for a time stamp.
    case requestTimeStamp = "make a request for a time stamp"
    /// Checking a time stamp.
    case verifyTimeStamp = "verify a time stamp"
  }

  /// What was asked of libcrypto.
  public let operation: Operation

  /// What libcrypto said, empty when it gave no reason.
  public let reason: String

  internal init(_ operation: Operation, reason: String) {
    self.operation = operation
    self.reason = reason
  }

  /// Takes the newest reason from this thread's libcrypto error queue and empties the queue.
  internal init(_ operation: Operation) {
    self.operation = operation
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard code != 0 else {
      reason = ""
      return
    }
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(code, &text, text.count)
    reason = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension CryptoError: CustomStringConvertible {
  /// The refusal in a sentence, with what to do next.
  public var description: String {
    let because = reason.isEmpty ? "" : " (\(reason))"
    return "libcrypto could not \(operation.rawValue)\(because); "
      + "check free memory and the OpenSSL configuration (openssl.cnf), then try again"
  }
}
