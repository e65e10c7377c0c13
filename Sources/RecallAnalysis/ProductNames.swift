public import LedgerIndex
import Traceability

extension LedgerIndex {
  /// The name that master data gives an item or its product class.
  public func productName(of uri: String) -> String? {
    if let name = masterData(of: uri)?.displayName { return name }
    let prefix = "https://id.gs1.org/01/"
    guard uri.hasPrefix(prefix), uri.utf8.count >= prefix.utf8.count + 14 else {
      return masterData(of: productClass(ofPrivateURI: uri))?.displayName
    }
    return masterData(of: String(uri.prefix(prefix.count + 14)))?.displayName
  }

  /// GDST names a lot `…:product:lot:class:{product}.{lot}` beside the class
  /// `…:product:class:{product}`.
  private func productClass(ofPrivateURI uri: String) -> String {
    guard let range = uri.firstRange(of: ":lot:class:") else { return uri }
    let product = uri[range.upperBound...]
    guard let dot = product.lastIndex(of: ".") else { return uri }
    return uri[..<range.lowerBound] + ":class:" + product[..<dot]
  }
}
