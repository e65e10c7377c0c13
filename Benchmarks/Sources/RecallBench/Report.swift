/// The figures of one workload.
struct Row {
  var name: String
  /// Members of the JSON object, in order: name and value as text.
  var members: [(String, String)]
  var isRight: Bool

  /// Median, 99th percentile and mean.
  init(_ name: String, _ figures: Figures, isRight: Bool, more: [(String, String)] = []) {
    self.name = name
    self.isRight = isRight
    members =
      [
        ("median_us", decimal(figures.median / 1e3)), ("p99_us", decimal(figures.p99 / 1e3)),
        ("mean_us", decimal(figures.mean / 1e3)), ("n", String(figures.count)),
      ] + more
  }

  init(_ name: String, members: [(String, String)], isRight: Bool) {
    self.name = name
    self.members = members
    self.isRight = isRight
  }

  var json: String {
    let texts = members.map { "\"\($0.0)\":\($0.1)" } + ["\"ok\":\(isRight)"]
    return "\"\(name)\":{\(texts.joined(separator: ","))}"
  }

  var line: String {
    let shown = members.filter { $0.0 != "top" }.map { "\($0.0) \($0.1)" }
    let padding = String(repeating: " ", count: max(1, 20 - name.count))
    return "\(name)\(padding)\(shown.joined(separator: "  "))  \(isRight ? "ok" : "WRONG")"
  }
}

/// A number with three places.
func decimal(_ value: Double) -> String {
  let scaled = (value * 1000).rounded()
  let whole = Int(scaled) / 1000
  let places = String(Int(scaled) % 1000)
  return "\(whole)." + String(repeating: "0", count: 3 - places.count) + places
}

/// All that one run found out.
struct Report {
  var rows: [Row] = []
  /// Members of the outermost object after the workloads.
  var members: [(String, String)] = []

  var isRight: Bool { rows.allSatisfy(\.isRight) }

  var json: String {
    "{" + (rows.map(\.json) + members.map { "\"\($0.0)\":\($0.1)" }).joined(separator: ",") + "}"
  }

  var text: String {
    (rows.map(\.line) + members.map { "\($0.0) \($0.1)" }).joined(separator: "\n")
  }
}
