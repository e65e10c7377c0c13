import TransparencyLog

/// RFC 6962 section 2.1 word for word, slow, to compare with.
enum NaiveTree {
  static func leaves(_ count: Int, _ hasher: SHA256Hasher) -> [Hash] {
    (0..<count).map { hasher.leafHash(Array("leaf-\($0)".utf8)) }
  }

  static func split(_ count: Int) -> Int {
    var half = 1
    while half * 2 < count { half *= 2 }
    return half
  }

  static func root(_ leaves: ArraySlice<Hash>, _ hasher: SHA256Hasher) -> Hash {
    guard let first = leaves.first else { return .emptyTree }
    guard leaves.count > 1 else { return first }
    let middle = leaves.startIndex + split(leaves.count)
    return hasher.nodeHash(root(leaves[..<middle], hasher), root(leaves[middle...], hasher))
  }
}
