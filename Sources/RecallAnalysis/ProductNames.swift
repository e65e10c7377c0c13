public import LedgerIndex
import Traceability

extension LedgerIndex {
  /// The name that master data gives an item or its product class.
  public func productName(of uri: String) -> String? {
    masterData(of: uri)?.displayName ?? masterData(of: Self.productClass(of: uri))?.displayName
  }
}
