import COpenSSL
import Foundation
import LedgerTestSupport
import Testing
import TransparencyLog

@Suite("RFC 3161 time stamps", .enabled(if: TestAuthority.isPossible, "\(TestAuthority.absence)"))
struct TimeStampTests {
  static let text = Array("example.com/log\n9\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n".utf8)

  static func authority(_ path: String) throws -> TimeStampAuthority {
    try TimeStampAuthority(pem: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
  }

  @Test("a request is read back, and read by openssl")
  func request() throws {
    let request = try TimeStampRequest.make(over: Self.text)
    #expect(try TimeStampRequest(parsing: request.encoded) == request)
    #expect(request.nonce.count == 8)
    let hasher = try SHA256Hasher()
    hasher.update(Self.text)
    #expect(request.imprint == hasher.finalize())
    #expect(try TimeStampRequest.make(over: Self.text).nonce != request.nonce)
    let authority = try TestAuthority([])
    let file = "\(authority.folder)/query.tsq"
    try Data(request.encoded).write(to: URL(fileURLWithPath: file))
    let shown = try TestAuthority.run(["ts", "-query", "-in", file, "-text"], in: "/")
    let nonce = request.nonce.map { String(format: "%02X", $0) }.joined()
    #expect(shown.contains("Hash Algorithm: sha256") && shown.contains("Certificate required: yes"))
    #expect(shown.contains("Nonce: 0x\(nonce)"), "\(shown)")
    #expect(throws: TimeStampFault.malformed) {
      try TimeStampRequest(parsing: request.encoded + [0])
    }
  }

  @Test("a stamp is verified by the root, or by the authority's own certificate")
  func verified() throws {
    let authority = try TestAuthority()
    let request = try TimeStampRequest.make(over: Self.text)
    let before = Int64(Date().timeIntervalSince1970 * 1_000_000)
    let reply = try TimeStampReply(parsing: authority.reply(to: request.encoded))
    #expect(reply.imprint == request.imprint)
    #expect(reply.nonce == request.nonce)
    #expect(reply.claim.accuracyMicroseconds == 1_500_100)
    #expect(reply.claim.serialText == "02")
    #expect(abs(reply.claim.microseconds - before) < 60_000_000)
    #expect(reply.claim.latestMicroseconds == reply.claim.microseconds + 1_500_100)
    for path in [authority.rootPath, authority.certificatePath()] {
      let stamp = try reply.verify(over: Self.text, by: Self.authority(path)).get()
      #expect(stamp.claim == reply.claim)
      #expect(stamp.authority == "/O=Test/CN=Test Time Stamps (good)")
    }
    let coarse = try TimeStampReply(
      parsing: authority.reply(to: request.encoded, section: "coarse"))
    #expect(coarse.claim.accuracyMicroseconds == nil)
    #expect(coarse.claim.microseconds % 1_000_000 == 0)
  }

  @Test("another text, another authority, another purpose, out of date: rejected")
  func rejected() throws {
    let authority = try TestAuthority(TestAuthority.Certificate.allCases)
    let other = try TestAuthority()
    let request = try TimeStampRequest.make(over: Self.text).encoded
    let root = try Self.authority(authority.rootPath)
    let reply = try TimeStampReply(parsing: authority.reply(to: request))
    guard case .failure(.otherText) = reply.verify(over: Self.text + [10], by: root) else {
      Issue.record("a stamp of another text was taken")
      return
    }
    for path in [other.rootPath, other.certificatePath()] {
      #expect(throws: TimeStampRejection.self) {
        try reply.verify(over: Self.text, by: Self.authority(path)).get()
      }
    }
    let expired = try TimeStampReply(parsing: authority.reply(to: request, by: .expired))
    for path in [authority.rootPath, authority.certificatePath(.expired)] {
      let outcome = expired.verify(over: Self.text, by: try Self.authority(path))
      guard case .failure(.untrusted(let reason)) = outcome else {
        Issue.record("an expired certificate was taken")
        continue
      }
      #expect(reason.contains("expired"), "\(reason)")
    }
  }

  /// `openssl ts` makes no stamp with such a certificate; whoever holds one uses other tools.
  @Test("a stamp signed with a server's certificate of the same root is rejected")
  func otherPurpose() throws {
    let authority = try TestAuthority(TestAuthority.Certificate.allCases)
    let folder = authority.folder
    let request = try TimeStampRequest.make(over: Self.text).encoded
    let honest = try authority.reply(to: request, section: "coarse")
    try Data(honest).write(to: URL(fileURLWithPath: "\(folder)/honest.tsr"))
    try TestAuthority.run(
      ["ts", "-reply", "-in", "honest.tsr", "-token_out", "-out", "token"], in: folder)
    try TestAuthority.run(
      ["cms", "-verify", "-noverify", "-inform", "DER", "-in", "token", "-out", "info"], in: folder)
    for certificate in [TestAuthority.Certificate.good, .otherPurpose] {
      let name = certificate.rawValue
      try TestAuthority.run(
        [
          "cms", "-sign", "-binary", "-nodetach", "-cades", "-outform", "DER", "-in", "info",
          "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-signer", "\(name).pem", "-inkey",
          "\(name).key", "-out", "forged",
        ], in: folder)
      let token = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/forged")))
      let status: [UInt8] = [0x30, 0x03, 0x02, 0x01, 0x00]
      let count = status.count + token.count
      let forged = [0x30, 0x82, UInt8(count >> 8), UInt8(count & 255)] + status + token
      let reply = try TimeStampReply(parsing: forged)
      for path in [authority.rootPath, authority.certificatePath(certificate)] {
        let outcome = reply.verify(over: Self.text, by: try Self.authority(path))
        // Forged in the same way with the right certificate it holds: nothing else is wrong.
        let holds = (try? outcome.get()) != nil
        #expect(holds == (certificate == .good), "\(certificate): \(outcome)")
      }
    }
  }

  @Test("a stamp outlives its certificate, which is judged as of the stamp's time")
  func outlived() throws {
    let authority = try TestAuthority([.expired])
    let request = try TimeStampRequest.make(over: Self.text)
    let bytes = try PastAuthority.reply(to: request.encoded, of: authority)
    let reply = try TimeStampReply(parsing: bytes)
    #expect(reply.claim.microseconds == Int64(PastAuthority.seconds) * 1_000_000)
    #expect(reply.nonce == request.nonce)
    let stamp = reply.verify(
      over: Self.text, by: try Self.authority(authority.certificatePath(.expired)))
    #expect(throws: Never.self) { try stamp.get() }
    // The root was not there yet in 2020.
    let early = reply.verify(over: Self.text, by: try Self.authority(authority.rootPath))
    #expect(throws: TimeStampRejection.self) { try early.get() }
  }

  @Test("a refusal is told apart from a malformed reply")
  func refusal() throws {
    let authority = try TestAuthority()
    // A request over a digest that the authority does not take.
    let query = "\(authority.folder)/other.tsq"
    try TestAuthority.run(
      ["ts", "-query", "-digest", String(repeating: "ab", count: 20), "-sha1", "-out", query],
      in: "/")
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: query)))
    #expect(throws: TimeStampFault.notSHA256) { try TimeStampRequest(parsing: bytes) }
    let reply = try authority.reply(to: bytes)
    let fault = #expect(throws: TimeStampFault.self) { try TimeStampReply(parsing: reply) }
    #expect(fault == .refused(status: 2, [.badAlgorithm]))
    let long = "\(authority.folder)/long.tsq"
    try TestAuthority.run(
      ["ts", "-query", "-digest", String(repeating: "ab", count: 64), "-sha512", "-out", long],
      in: "/")
    let other = try authority.reply(to: [UInt8](Data(contentsOf: URL(fileURLWithPath: long))))
    #expect(throws: TimeStampFault.notSHA256) { try TimeStampReply(parsing: other) }
  }

  @Test("no flipped bit leaves a stamp that says something else; no bytes trap")
  func damaged() throws {
    let authority = try TestAuthority()
    let root = try Self.authority(authority.rootPath)
    let request = try TimeStampRequest.make(over: Self.text)
    let bytes = try authority.reply(to: request.encoded)
    let honest = try TimeStampReply(parsing: bytes)
    var standing = 0
    ERR_clear_error()
    func look(_ changed: [UInt8]) {
      // Nothing is left behind for whoever asks libcrypto next on this thread.
      defer { #expect(ERR_peek_error() == 0) }
      guard let reply = try? TimeStampReply(parsing: changed),
        let stamp = try? reply.verify(over: Self.text, by: root).get()
      else { return }
      standing += 1
      // What no signature covers may change: never what the stamp says.
      #expect(stamp.claim == honest.claim && stamp.reply.imprint == honest.imprint)
      #expect(stamp.reply.nonce == honest.nonce)
    }
    for bit in 0..<(bytes.count * 8) {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      look(changed)
    }
    #expect(standing < 200, "\(standing)")
    for count in 0..<bytes.count {
      #expect(throws: TimeStampFault.self) { try TimeStampReply(parsing: Array(bytes[..<count])) }
    }
    var generator = ParserFuzzTests.Seeded(state: 21)
    for _ in 0..<3_000 { look(ParserFuzzTests.damage(bytes, with: &generator)) }
    for _ in 0..<2_000 {
      let damaged = ParserFuzzTests.damage(request.encoded, with: &generator)
      if let read = try? TimeStampRequest(parsing: damaged) { #expect(read.encoded == damaged) }
    }
    let huge = [UInt8](repeating: 0x30, count: TimeStampReply.byteCountMax + 1)
    #expect(throws: TimeStampFault.tooLarge) { try TimeStampReply(parsing: huge) }
  }

  @Test("certificates: what is no PEM is refused, and no terminal is asked")
  func certificates() throws {
    let authority = try TestAuthority()
    let root = [UInt8](try Data(contentsOf: URL(fileURLWithPath: authority.rootPath)))
    #expect(try TimeStampAuthority(pem: root).certificateCount == 1)
    #expect(try TimeStampAuthority(pem: root + root).certificateCount == 2)
    let encrypted = """
      -----BEGIN CERTIFICATE-----
      Proc-Type: 4,ENCRYPTED
      DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF

      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
      -----END CERTIFICATE-----

      """
    for bad in [[], Array("hello\n".utf8), Array(encrypted.utf8), Array(root.dropLast(100))] {
      #expect(throws: TimeStampAuthorityError.self) { try TimeStampAuthority(pem: bad) }
    }
    #expect(throws: TimeStampAuthorityError.self) {
      try TimeStampAuthority(pem: root + Array(encrypted.utf8))
    }
    var generator = ParserFuzzTests.Seeded(state: 22)
    for _ in 0..<500 {
      _ = try? TimeStampAuthority(pem: ParserFuzzTests.damage(root, with: &generator))
    }
  }
}
