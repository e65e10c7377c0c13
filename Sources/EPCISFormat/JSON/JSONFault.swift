/// Why a text is not JSON as this library takes it, and where.
struct JSONFault: Error, Hashable {
  /// Bytes before the fault.
  let offset: Int
  /// What is wrong there.
  let problem: String
  /// What to do.
  let advice: String

  init(_ offset: Int, _ problem: String, _ advice: String = "correct the document's JSON") {
    self.offset = offset
    self.problem = problem
    self.advice = advice
  }
}
