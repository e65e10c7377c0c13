import Testing
import TransparencyLog

@Suite("Hash, SHA-256, CRC-32C")
struct HashingTests {
  let hasher: SHA256Hasher

  init() throws {
    hasher = try SHA256Hasher()
  }

  /// FIPS 180-4 examples and the NIST million-a message.
  @Test("SHA-256 known answers")
  func sha256KnownAnswers() {
    let answers: [(String, String)] = [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ]
    for (message, digest) in answers {
      #expect(hasher.hash(Array(message.utf8)).hex == digest)
    }
    let thousand = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
    for _ in 0..<1000 { hasher.update(thousand) }
    #expect(
      hasher.finalize().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("the pieces of a message do not matter, and messages do not mix")
  func pieces() {
    let message = (0..<200).map { UInt8($0) }
    let whole = hasher.hash(message)
    for cut in 0...200 {
      hasher.update(Array(message[..<cut]))
      hasher.update(Array(message[cut...]))
      #expect(hasher.finalize() == whole)
    }
    for byte in message { hasher.update(byte) }
    #expect(hasher.finalize() == whole)
    hasher.update(message)
    hasher.reset()
    #expect(hasher.finalize() == Hash.emptyTree)
    hasher.update("provender")
    hasher.update(whole)
    #expect(hasher.finalize() == hasher.hash(Array("provender".utf8) + whole.bytes))
  }

  /// EVP serves where libcrypto's functions for SHA-256 alone do not; both must agree on everything.
  @Test("every length and every cut gives the provider's digest")
  func provider() throws {
    let provider = try SHA256Hasher(usingProvider: true)
    var random = ParserFuzzTests.Seeded(state: 20_260_101)
    var previous = Hash.zero
    for count in 0...300 {
      let message = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let digest = provider.hash(message)
      #expect(hasher.hash(message) == digest)
      var room = message + [UInt8](repeating: 7, count: SHA256Hasher.paddingByteCountMax)
      let before = room
      let lending = room.withUnsafeMutableBytes { bytes in
        [hasher, provider].map { hasher in
          bytes.baseAddress.map { hasher.hash(lending: $0, count: count) }
        }
      }
      #expect(lending == [digest, digest] && room == before)
      #expect(hasher.leafHash(message) == provider.leafHash(message))
      #expect(hasher.leafHash(message) == provider.hash([0] + message))
      #expect(hasher.nodeHash(previous, digest) == provider.nodeHash(previous, digest))
      #expect(hasher.hash("tag\n", digest, previous) == provider.hash("tag\n", digest, previous))
      for _ in 0..<8 {
        var rest = message[...]
        while !rest.isEmpty {
          let piece = Array(rest.prefix(Int(random.next() % 130)))
          rest = rest.dropFirst(piece.count)
          hasher.update(piece)
          provider.update(piece)
        }
        #expect(hasher.finalize() == digest)
        #expect(provider.finalize() == digest)
      }
      previous = digest
    }
  }

  @Test("a tag and two digests make one message")
  func taggedPair() {
    let left = hasher.hash([1])
    let right = hasher.hash([2])
    let tags: [StaticString] = [
      "", "x", "provender/payload/v1\n", "x",
      "This tag has sixty-three bytes, and no tag that is taken is any",
    ]
    for tag in tags {
      let text = tag.withUTF8Buffer { Array($0) }
      #expect(hasher.hash(tag, left, right) == hasher.hash(text + left.bytes + right.bytes))
    }
    #expect(tags.last?.utf8CodeUnitCount == 63)
  }

  @Test("leaves and nodes carry their domain bytes")
  func domains() {
    let left = hasher.leafHash([1, 2])
    let right = hasher.leafHash([])
    #expect(left == hasher.hash([0, 1, 2]))
    for count in [1, 96, 254, 255, 256, 257, 1000] {
      let data = [UInt8](repeating: 5, count: count)
      #expect(hasher.leafHash(data) == hasher.hash([0] + data))
    }
    #expect(right.hex == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    #expect(hasher.nodeHash(left, right) == hasher.hash([1] + left.bytes + right.bytes))
  }

  @Test("a hash is exactly 32 bytes, ordered as bytes")
  func hashValue() throws {
    let bytes = (0..<32).map { UInt8($0) }
    let hash = try #require(Hash(bytes))
    #expect(hash.bytes == bytes)
    #expect(Hash(hex: hash.hex) == hash)
    #expect(hash.hex == "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    #expect(Hash(Array(bytes.dropLast())) == nil)
    #expect(Hash(bytes + [0]) == nil)
    #expect(Hash(hex: String(hash.hex.dropLast())) == nil)
    #expect(Hash(hex: String(hash.hex.dropLast()) + "g") == nil)
    #expect(Hash(UnsafeRawBufferPointer(start: nil, count: 0)) == nil)
    for place in 0..<32 {
      var changed = bytes
      changed[place] += 1
      let larger = try #require(Hash(changed))
      #expect(hash < larger)
      #expect(!(larger < hash))
      #expect(hash != larger)
      #expect(hash.hashValue != larger.hashValue)
    }
    var room = [UInt8](repeating: 0xff, count: 40)
    room.withUnsafeMutableBytes { hash.write(to: $0, at: 7) }
    #expect(room == [UInt8](repeating: 0xff, count: 7) + bytes + [0xff])
  }

  /// RFC 3720 appendix B.4 and the customary check value.
  @Test("CRC-32C known answers")
  func crcKnownAnswers() {
    #expect(CRC32C.checksum(of: Array("123456789".utf8)) == 0xe306_9283)
    #expect(CRC32C.checksum(of: []) == 0)
    #expect(CRC32C.checksum(of: [UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(CRC32C.checksum(of: [UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(CRC32C.checksum(of: (0..<32).map { UInt8($0) }) == 0x46dd_794e)
    #expect(CRC32C.checksum(of: (0..<32).reversed().map { UInt8($0) }) == 0x113f_db5c)
  }

  @Test("CRC-32C in pieces, at every alignment")
  func crcPieces() {
    let bytes = (0..<100).map { UInt8($0 &* 37 & 0xff) }
    let whole = CRC32C.checksum(of: bytes)
    for cut in 0...100 {
      var crc = CRC32C()
      crc.update(Array(bytes[..<cut]))
      bytes.withUnsafeBytes { crc.update(UnsafeRawBufferPointer(rebasing: $0[cut...])) }
      #expect(crc.value == whole)
      // The tables serve where the processor has no instruction; both agree at every alignment.
      var byTables = CRC32C()
      bytes.withUnsafeBytes {
        byTables.updateByTables(UnsafeRawBufferPointer(rebasing: $0[..<cut]))
        byTables.updateByTables(UnsafeRawBufferPointer(rebasing: $0[cut...]))
      }
      #expect(byTables.value == whole)
    }
  }

  /// Long runs are taken in several lanes at once, which the tables know nothing of.
  @Test("CRC-32C of every length up to two thousand bytes is that of the tables")
  func crcLengths() {
    var random = ParserFuzzTests.Seeded(state: 4)
    let bytes = (0..<2_010).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    bytes.withUnsafeBytes { bytes in
      for count in 0...2_000 {
        let part = UnsafeRawBufferPointer(rebasing: bytes[count % 9..<count % 9 + count])
        var crc = CRC32C()
        crc.update(UnsafeRawBufferPointer(rebasing: part.prefix(count / 3)))
        crc.update(UnsafeRawBufferPointer(rebasing: part.dropFirst(count / 3)))
        var byTables = CRC32C()
        byTables.updateByTables(part)
        #expect(crc.value == byTables.value)
        #expect(CRC32C.checksum(of: part) == byTables.value)
      }
    }
  }

  @Test("random bytes fill the whole buffer and differ")
  func random() throws {
    let first = try SecureRandom.bytes(count: 4096)
    let second = try SecureRandom.bytes(count: 4096)
    #expect(first != second)
    #expect(Set(first).count > 200)
    #expect(first.suffix(64).contains { $0 != 0 })
    #expect(try SecureRandom.bytes(count: 0).isEmpty)
  }
}
