import ProvenanceGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@main
struct RecallBench {
  static func main() {
    do {
      let options = try Options(Array(CommandLine.arguments.dropFirst()))
      let report = try run(options)
      print(options.isJSON ? report.json : report.text)
      if !report.isRight { exit(1) }
    } catch let error as UsageError {
      complain("\(error)\n\n\(Options.usage)")
      exit(64)
    } catch {
      complain("recall-bench: \(error)")
      exit(74)
    }
  }

  private static func run(_ options: Options) throws -> Report {
    let kit = try Kit(options.directory)
    var files = IndexFiles(options.index)
    defer { files.remove() }
    let search = try files.open(kit, options)
    var report = Report()
    for (name, direction, repeats) in [
      ("typical", GraphDirection.forward, 1), ("worst", .forward, 3), ("backward", .backward, 1),
    ] where options.has(name) {
      let workload = TraceWorkload(name: name, direction: direction, repeats: repeats)
      report.rows.append(try workload.run(search, kit))
    }
    if options.isCold {
      let evictor = CacheEvictor()
      for (name, direction) in [("typical", GraphDirection.forward), ("backward", .backward)] {
        let workload = TraceWorkload(name: name, direction: direction)
        report.rows.append(try workload.runCold(search, kit, evictor))
      }
    }
    if options.has("common") { report.rows.append(try CommonWorkload().run(search, kit)) }
    if options.has("point") {
      report.rows += try PointWorkload(isBatched: options.isBatched, threads: options.threads).run(
        search, kit)
    }
    if options.has("many") { report.rows.append(try ManyWorkload().run(search, kit)) }
    if options.has("balance") { report.rows.append(try BalanceWorkload().run(search, kit)) }
    var sketchBytes = 0
    if options.hasSketches {
      let sealed = try files.sealSketches()
      sketchBytes = sealed.sketches.byteCount
      report.rows.append(
        try SketchWorkload().run(sealed.sketches, seconds: sealed.seconds, kit))
    }
    if options.hasTail && options.has("recent") {
      var whole = IndexFiles(options.index)
      defer { whole.remove() }
      var plain = options
      plain.hasTail = false
      report.rows += RecentWorkload().run(search, try whole.open(kit, plain))
    }
    report.members = [
      ("build_s", decimal(files.buildSeconds)), ("open_ms", decimal(files.openMilliseconds)),
      (
        "index_bytes",
        "{\"graph\":\(files.graphBytes),\"quantities\":\(files.quantityBytes),\"labels\":\(files.labelBytes),"
          + "\"sketches\":\(sketchBytes)}"
      ), ("peak_rss_mb", String(peakMemory())),
    ]
    return report
  }
}
