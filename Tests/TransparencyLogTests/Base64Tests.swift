import Testing
import TransparencyLog

@Suite("Base64")
struct Base64Tests {
  /// RFC 4648 section 10.
  @Test(
    "known answers",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
  func knownAnswers(plain: String, encoded: String) {
    #expect(Base64.encode(Array(plain.utf8)) == encoded)
    #expect(Base64.decode(Array(encoded.utf8)) == Array(plain.utf8))
  }

  @Test("all byte values at every alignment")
  func roundTrip() {
    let bytes = (0...255).map { UInt8($0) }
    for first in 0..<4 {
      for count in 0...(256 - first) {
        let some = Array(bytes[first..<(first + count)])
        #expect(Base64.decode(Array(Base64.encode(some).utf8)) == some)
      }
    }
    #expect(Base64.encode([0xfb, 0xff, 0xfe]) == "+//+")
  }

  @Test(
    "every other spelling is refused",
    arguments: [
      "Z", "Zg", "Zg=", "Zg===", "=", "==", "====", "Z===", "=Zg=", "Zg=a", "Z=g=", "Zh==", "Zm9=",
      "Zm8=Zm8=", "Zg==Zg==", "Zm9v\n", "Zm\n9v", " Zm9v", "Zm9v    ", "Zm-v", "Zm_v", "Zm9v=",
      "Zm9v====", "Zg======", "Zm8=====", "Zmé=",
    ])
  func refused(text: String) {
    #expect(Base64.decode(Array(text.utf8)) == nil)
  }

  @Test("of all endings, only the encoder's own is accepted")
  func canonical() {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=".utf8)
    var accepted = 0
    for second in alphabet {
      for third in alphabet {
        for fourth in alphabet {
          let text = [UInt8(ascii: "Q"), second, third, fourth]
          guard let bytes = Base64.decode(text) else { continue }
          #expect(Array(Base64.encode(bytes).utf8) == text)
          accepted += 1
        }
      }
    }
    #expect(accepted == 64 * 64 * 64 + 64 * 16 + 4)
  }
}
