import Testing
import TransparencyLog

@Suite("Ed25519 keys")
struct Ed25519Tests {
  struct Known: Sendable {
    let seed: String
    let publicKey: String
    let message: String
    let signature: String
  }

  /// RFC 8032 section 7.1, tests 1 to 3.
  static let known = [
    Known(
      seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      message: "",
      signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    Known(
      seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      message: "72",
      signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    Known(
      seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
      message: "af82",
      signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
  ]

  static func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0...($0 + 1)]), radix: 16)
    }
  }

  @Test("known answers", arguments: known)
  func knownAnswers(known: Known) throws {
    let key = try Ed25519PrivateKey(seed: Self.bytes(known.seed))
    #expect(key.publicKey.bytes == Self.bytes(known.publicKey))
    let message = Self.bytes(known.message)
    let signature = try key.sign(message)
    #expect(signature == Self.bytes(known.signature))
    #expect(try key.publicKey.verifies(signature, over: message))
    #expect(try !key.publicKey.verifies(signature, over: message + [0]))
    for bit in 0..<(64 * 8) {
      var changed = signature
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(try !key.publicKey.verifies(changed, over: message))
    }
    #expect(try !key.publicKey.verifies(Array(signature.dropLast()), over: message))
    #expect(try !key.publicKey.verifies(signature + [0], over: message))
    #expect(try !key.publicKey.verifies([], over: message))
  }

  @Test("keys of a wrong length are refused, odd ones verify nothing")
  func wrongLength() throws {
    #expect(Ed25519PublicKey([UInt8](repeating: 1, count: 31)) == nil)
    #expect(Ed25519PublicKey([UInt8](repeating: 1, count: 33)) == nil)
    #expect(throws: CryptoError.self) { try Ed25519PrivateKey(seed: [1, 2, 3]) }
    let offCurve = try #require(Ed25519PublicKey([2] + [UInt8](repeating: 0, count: 31)))
    #expect(try !offCurve.verifies([UInt8](repeating: 3, count: 64), over: []))
  }

  @Test("generated keys differ and sign")
  func generated() throws {
    let first = try Ed25519PrivateKey.generate()
    let second = try Ed25519PrivateKey.generate()
    #expect(first.publicKey != second.publicKey)
    #expect(try first.publicKey.verifies(try first.sign([1]), over: [1]))
    #expect(try !second.publicKey.verifies(try first.sign([1]), over: [1]))
  }

  /// Written by `openssl pkey` and `openssl pkcs8 -topk8 -v2 aes-256-cbc` (passphrase "milk") from
  /// the first seed above, which is public.
  static let plainPEM = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
    -----END PRIVATE KEY-----

    """
  static let encryptedPEM = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAj7whcQSy122AICCAAw
    DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEELFFgVGZBHaYFFPBo099q64EQGYW
    Uy2VwH6WvsHqH3OLOrmh650dovy2YA7jDIFf9G//FTpKGgphHj1iYExzfeS5Ef6/
    Va9fHPZbhwkflBAl/K0=
    -----END ENCRYPTED PRIVATE KEY-----

    """
  static let x25519PEM = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VuBCIEIOCDNw0H1e4i8rcwnfra4gGVeg9Key6gVnuaZ9pKDexG
    -----END PRIVATE KEY-----

    """

  @Test("PEM as OpenSSL's own tools write it")
  func pem() throws {
    let key = try Ed25519PrivateKey(seed: Self.bytes(Self.known[0].seed))
    #expect(String(decoding: try key.pem(), as: UTF8.self) == Self.plainPEM)
    let read = try Ed25519PrivateKey.read(pem: Array(Self.plainPEM.utf8))
    #expect(read.publicKey == key.publicKey)
    let decrypted = try Ed25519PrivateKey.read(
      pem: Array(Self.encryptedPEM.utf8), passphrase: Array("milk".utf8))
    #expect(decrypted.publicKey == key.publicKey)
  }

  @Test("encrypted PEM opens with its passphrase only, and never asks for one")
  func encryptedPEM() throws {
    let key = try Ed25519PrivateKey.generate()
    let pem = try key.pem(passphrase: Array("cream".utf8))
    #expect(String(decoding: pem, as: UTF8.self).contains("BEGIN ENCRYPTED PRIVATE KEY"))
    let read = try Ed25519PrivateKey.read(pem: pem, passphrase: Array("cream".utf8))
    #expect(read.publicKey == key.publicKey)
    #expect(throws: CryptoError.self) { try key.pem(passphrase: []) }
    let tooLong = [UInt8](repeating: 65, count: 5000)
    for wrong in [nil, [], Array("whey".utf8), tooLong] {
      #expect(throws: PrivateKeyError.unreadable) {
        try Ed25519PrivateKey.read(pem: pem, passphrase: wrong)
      }
    }
  }

  @Test("other files are refused")
  func otherFiles() {
    #expect(throws: PrivateKeyError.notEd25519) {
      try Ed25519PrivateKey.read(pem: Array(Self.x25519PEM.utf8))
    }
    let huge = [UInt8](repeating: 45, count: 1 << 20)
    for bytes in [[], [0], Array(Self.plainPEM.utf8.dropLast(40)), huge] {
      #expect(throws: PrivateKeyError.unreadable) { try Ed25519PrivateKey.read(pem: bytes) }
    }
  }
}
