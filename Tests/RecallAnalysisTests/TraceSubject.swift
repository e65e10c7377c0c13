import Traceability

/// Something that answers traces, to be compared with the hand-made histories and the model.
protocol TraceSubject: SendableMetatype {
  /// Its name in messages.
  static var name: String { get }

  /// Takes a history, in order of capture.
  init(_ history: CapturedHistory) throws

  /// The conservative trace.
  func trace(_ direction: ModelDirection, from seeds: [Identifier]) throws -> ModelAnswer

  /// The refined answer.
  func scope(_ direction: ModelDirection, from seeds: [Identifier]) throws -> ModelScope
}

/// The model as its own subject: what is written by hand must hold for it too.
final class ModelSubject: TraceSubject {
  static let name = "plain model"
  private let model: PlainModel
  private lazy var scopes = PlainScope(model)

  init(_ history: CapturedHistory) {
    model = PlainModel(
      history.events, submitters: history.submitters, vessels: history.vessels,
      cleaningSteps: history.cleaningSteps)
  }

  func trace(_ direction: ModelDirection, from seeds: [Identifier]) -> ModelAnswer {
    model.trace(direction, from: seeds)
  }

  func scope(_ direction: ModelDirection, from seeds: [Identifier]) -> ModelScope {
    scopes.trace(direction, from: seeds)
  }
}

/// Everything that is checked. Adapters of real implementations are added here, and only here.
let traceSubjects: [any TraceSubject.Type] = [
  ModelSubject.self, IndexSubject.self, NeighbourhoodSubject.self,
]
