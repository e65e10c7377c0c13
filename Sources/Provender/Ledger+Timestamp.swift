public import LedgerStorage
import LedgerWriter
public import TransparencyLog

/// A time stamp that a ledger keeps of one of its checkpoints.
public struct KeptTimeStamp: Sendable {
  /// The file in the ledger's directory.
  public let file: String
  /// The size of the checkpoint that was stamped.
  public let size: TreeSize
  /// What the authority says; nil when the file is no time stamp.
  public let claim: TimeStampClaim?
  /// The authority that signed, if the stamp was verified by one that is believed.
  public let authority: String?
  /// Why the stamp does not hold; nil when nothing was found against it.
  public let fault: String?
}

extension Ledger {
  /// Makes a request for a time stamp of the newest signed checkpoint, and keeps both.
  ///
  /// Any authority of RFC 3161 takes it, by HTTP as `application/timestamp-query`; its reply goes to
  /// ``keepTimeStamp(reply:authority:)``.
  ///
  /// - Returns: the request, the checkpoint, and the request's path in the ledger.
  /// - Throws: `LedgerError`: there is no signed checkpoint, or its key is not the log's (`invalid`),
  ///   or writing failed.
  public func requestTimeStamp() throws -> (
    request: TimeStampRequest, checkpoint: TrustedCheckpoint, file: String
  ) {
    let writer = try writable()
    let checkpoint = try signedCheckpoint()
    switch try keyRecords().history.verify(checkpoint, isPinned: true) {
    case .failure(let refusal):
      throw LedgerError(
        .invalid, "the newest checkpoint is not worth a time stamp: \(refusal)",
        advice: "sign a new one with `provender checkpoint --sign-with`")
    case .success(let trusted):
      let request = try TimeStampRequest.make(over: checkpoint.note.textBytes)
      let file = try writer.keep(request, of: checkpoint)
      return (request, trusted, file)
    }
  }

  /// Keeps an authority's reply to a request that this ledger made: it repeats the request's digest
  /// and random number, and the digest is that of the checkpoint.
  ///
  /// - Parameters:
  ///   - reply: the reply in DER, as it came.
  ///   - authority: whom to believe; with nil the signature is not looked at until the ledger is
  ///     verified.
  /// - Throws: `TimeStampFault`: this is no time stamp, or was refused; `TimeStampRejection`: it is not
  ///   by the authority; `LedgerError`: no request of this ledger belongs to it (`invalid`), or
  ///   writing failed.
  public func keepTimeStamp(
    reply bytes: [UInt8], authority: TimeStampAuthority?
  ) throws -> KeptTimeStamp {
    let writer = try writable()
    let reply = try TimeStampReply(parsing: bytes)
    let checkpoint = try stampedCheckpoint(reply)
    let name = try authority.map {
      try reply.verify(over: checkpoint.note.textBytes, by: $0).get().authority
    }
    let file = try writer.keep(timeStamp: bytes, of: checkpoint)
    return KeptTimeStamp(
      file: file, size: checkpoint.claim.size, claim: reply.claim, authority: name, fault: nil)
  }

  /// The checkpoint for which a reply was asked.
  private func stampedCheckpoint(_ reply: TimeStampReply) throws -> UnverifiedCheckpoint {
    let disk = PosixDisk(directory)
    for (size, numbers) in try disk.keptCheckpoints().timeStampRequests {
      for number in numbers {
        guard let bytes = try disk.timeStampRequest(of: size, number: number),
          let request = try? TimeStampRequest(parsing: bytes), request.imprint == reply.imprint,
          request.nonce == reply.nonce, let checkpoint = try disk.keptCheckpoint(of: size)
        else { continue }
        return checkpoint
      }
    }
    throw LedgerError(
      .invalid, "the reply answers no request of this ledger",
      advice:
        "make one with `provender timestamp --request FILE`, and have the authority answer that")
  }

  /// The time stamps that the ledger keeps, by the size of their checkpoints.
  ///
  /// - Parameter authority: whom to believe; with nil no signature is looked at.
  /// - Throws: `LedgerError`: the directory cannot be read, or a kept checkpoint is malformed
  ///   (`corrupt`).
  public func timeStamps(verifiedBy authority: TimeStampAuthority? = nil) throws -> [KeptTimeStamp]
  {
    let disk = PosixDisk(directory)
    var all: [KeptTimeStamp] = []
    let kept = try disk.keptCheckpoints().timeStamps.sorted { $0.key < $1.key }
    for (size, numbers) in kept {
      let text = try disk.keptCheckpoint(of: size)?.note.textBytes
      for number in numbers {
        let bytes = try disk.timeStamp(of: size, number: number)
        let file = LedgerPaths.timeStamp(size, number: number)
        all.append(KeptTimeStamp(file, size, bytes, text, authority))
      }
    }
    return all
  }
}

extension KeptTimeStamp {
  fileprivate init(
    _ file: String, _ size: TreeSize, _ bytes: [UInt8]?, _ text: [UInt8]?,
    _ authority: TimeStampAuthority?
  ) {
    var claim: TimeStampClaim?
    var name: String?
    var fault: String?
    do {
      let reply = try TimeStampReply(parsing: bytes ?? [])
      claim = reply.claim
      if let text, let authority {
        name = try reply.verify(over: text, by: authority).get().authority
      } else if text == nil {
        fault = "the checkpoint that it is of is not there"
      }
    } catch {
      fault = "\(error)"
    }
    self.init(file: file, size: size, claim: claim, authority: name, fault: fault)
  }
}
