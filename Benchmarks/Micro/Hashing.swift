import Benchmark
import LedgerStorage
import TransparencyLog

/// What every entry costs in hashes; times are those of one digest.
func hashingBenchmarks() {
  let thousand = Benchmark.Configuration(scalingFactor: .kilo)

  Benchmark("hash-leaf-of-96-bytes", configuration: thousand) { benchmark, hasher in
    let entry = [UInt8](repeating: 7, count: 96)
    for _ in benchmark.scaledIterations { blackHole(hasher.leafHash(entry)) }
  } setup: {
    try SHA256Hasher()
  }

  Benchmark("hash-node", configuration: thousand) { benchmark, hasher in
    var node = Hash.zero
    for _ in benchmark.scaledIterations { node = hasher.nodeHash(node, .emptyTree) }
    blackHole(node)
  } setup: {
    try SHA256Hasher()
  }

  // Three digests: of the payload, of the links, and of both.
  Benchmark("hash-commitment-of-650-bytes", configuration: thousand) { benchmark, hasher in
    let payload = [UInt8](repeating: 7, count: 650)
    let links = [UInt8](repeating: 9, count: 300)
    for _ in benchmark.scaledIterations {
      let first = payload.withUnsafeBytes {
        Commitment.payloadDigest($0, salt: .zero, with: hasher)
      }
      let second = links.withUnsafeBytes { Commitment.linksDigest($0, salt: .zero, with: hasher) }
      blackHole(Commitment.join(first, second, with: hasher))
    }
  } setup: {
    try SHA256Hasher()
  }

  Benchmark("hash-mebibyte") { benchmark, state in
    for _ in benchmark.scaledIterations { blackHole(state.hasher.hash(state.bytes)) }
  } setup: {
    (hasher: try SHA256Hasher(), bytes: [UInt8](repeating: 7, count: 1 << 20))
  }

  Benchmark("hash-tree-of-1000-leaves") { benchmark, hasher in
    for _ in benchmark.scaledIterations {
      var frontier = MerkleFrontier()
      for _ in 0..<1000 { frontier.append(.zero, with: hasher) }
      blackHole(frontier.root(with: hasher))
    }
  } setup: {
    try SHA256Hasher()
  }
}
