public import TransparencyLog

/// How a log is published.
public struct PublicationOptions: Sendable {
  /// Whether every file is compared from the first entry on, and made anew where it is missing or
  /// differs; else only what is newer than the published checkpoint is looked at.
  public var comparesAll = false
  /// Sizes of other checkpoints that somebody may hold, such as those that witnesses cosigned: the
  /// partial tiles that they need are published too.
  public var alsoServes: [TreeSize] = []
  /// Called now and then with the entries done and the entries to do.
  public var progress: (@Sendable (_ done: UInt64, _ total: UInt64) -> Void)?
  /// Asked now and then; publishing ends with `CancellationError` when it says so, and goes on
  /// from there the next time.
  public var isCancelled: (@Sendable () -> Bool)?

  /// The options of normal operation.
  public init() {}
}

/// What publishing did.
public struct PublicationOutcome: Hashable, Sendable {
  /// The log's name.
  public internal(set) var origin: CheckpointOrigin
  /// The size that was published before; `nil` if nothing was.
  public internal(set) var previousSize: TreeSize?
  /// The size that is published now.
  public internal(set) var size: TreeSize
  /// The root that is published now.
  public internal(set) var root: Hash
  /// Files written, the checkpoint included.
  public internal(set) var writtenFileCount = 0
  /// The bytes of those files.
  public internal(set) var writtenByteCount: UInt64 = 0
  /// Partial tiles and bundles that were removed since full ones stand in their place.
  public internal(set) var removedFileCount = 0
  /// Whether the tree's files were found wrong, so that the log was read from its beginning.
  public internal(set) var foundTreeDamaged = false

  /// Whether everything had been published before.
  public var isUnchanged: Bool { writtenFileCount == 0 }
}
