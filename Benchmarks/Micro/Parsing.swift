import Benchmark
import EPCISFormat
import Traceability

/// From text to events, links and identities.
func parseBenchmarks() {
  Benchmark("parse-event") { benchmark, event in
    for _ in benchmark.scaledIterations { try parse(event) }
  } setup: {
    SampleHistory.lines(100..<101)
  }

  Benchmark("parse-document-of-1000") { benchmark, document in
    for _ in benchmark.scaledIterations { try parse(document) }
  } setup: {
    SampleHistory.document(100..<1100)
  }

  for (name, text) in [
    ("digital-link", "https://id.gs1.org/01/09506000134352/10/AB-12"),
    ("urn", "urn:epc:class:lgtin:9506000.013435.AB-12"),
    ("element-string", "(01)09506000134352(10)AB-12"),
  ] {
    Benchmark("parse-\(name)", configuration: .init(scalingFactor: .kilo)) { benchmark in
      for _ in benchmark.scaledIterations { blackHole(try Identifier(text)) }
    }
  }
}

private func parse(_ document: [UInt8]) throws {
  try EPCISReader(MemoryByteSource(document)).forEachBatch { batch in
    guard batch.refusals.isEmpty else { throw SampleError("\(batch.refusals)") }
    blackHole(batch.links.count)
  }
}
