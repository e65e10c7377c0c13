// Whoever imports the façade sees the values that it takes and gives, without naming the layer that
// each comes from. Layers inside the package import what they use by name.
@_exported public import EPCISFormat
@_exported public import LedgerAudit
@_exported public import LedgerDisclosure
@_exported public import LedgerIndex
@_exported public import LedgerStorage
@_exported public import LedgerWitness
@_exported public import ProvenanceGraph
@_exported public import RecallAnalysis
@_exported public import Traceability
@_exported public import TransparencyLog

@_exported public import struct LedgerWriter.Redaction
