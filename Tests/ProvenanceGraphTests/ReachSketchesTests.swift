import ProvenanceGraph
import Testing

struct ReachSketchesTests {
  @Test func estimatesAreNearTheTruth() throws {
    let graph = PlainGraph.random(
      nodes: 2_000, edges: 4_000, ascending: true, seed: 41, window: 60)
    let segment = try GraphSearchTests.sealed(graph)
    let file = TemporaryFile()
    #expect(try ReachSketches.seal(for: segment, to: file.path))
    let sketches = try ReachSketches(path: file.path, for: segment)
    let neighbours = graph.neighbours(isForward: true)
    var errors: [Double] = []
    for node in stride(from: 0, to: UInt32(2_000), by: 20) {
      let truth = Double(graph.reach(from: node, neighbours: neighbours).count)
      errors.append(abs(sketches.estimate(of: node) / truth - 1))
    }
    errors.sort()
    #expect(errors[50] < 0.15)
    #expect(errors[99] < 0.6)
    #expect(sketches.estimate(of: 2_000) == 0)
    let other = try GraphSearchTests.sealed(GraphSearchTests.graphs[2])
    #expect(throws: GraphSegmentError.self) { try ReachSketches(path: file.path, for: other) }
  }

  @Test func graphsAgainstTheOrderAreNotSketched() throws {
    let segment = try GraphSearchTests.sealed(GraphSearchTests.graphs[4])
    let file = TemporaryFile()
    #expect(try !ReachSketches.seal(for: segment, to: file.path))
  }
}
