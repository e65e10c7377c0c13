import Provender
import RecallReports

extension TilesText {
  /// The report for programs.
  static func json(_ audit: TilesReport) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { json in
      json.member("intact", audit.isIntact)
      json.member("complete", audit.isComplete)
      json.member("origin", audit.checkpoint?.claim.origin.text)
      json.member("entries", audit.checkpoint?.claim.size.rawValue)
      json.member("checkpointRoot", audit.checkpoint?.claim.root.hex)
      json.member("root", audit.root?.hex)
      json.member("provender", audit.isProvender)
      json.member("logID", audit.genesis?.logID.description)
      json.member("checkedEntries", audit.entryCount)
      json.key("entriesByKind")
      json.object { kinds in
        for (kind, count) in audit.entriesByKind.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
          kinds.member("\(kind)", count)
        }
      }
      json.member("tiles", audit.tileCount)
      json.member("bytes", audit.byteCount)
      json.member("firstRecord", audit.firstTime?.text)
      json.member("lastRecord", audit.lastTime?.text)
      json.member("exitCode", Int(audit.exitCode))
      json.member("signedBy", audit.signer?.description)
      json.member("signedByOwnWord", audit.ownSigner?.description)
      json.member("cosignatures", each: audit.cosignatures) { json, cosignature in
        json.member("witness", cosignature.key.description)
        json.member("time", cosignature.time)
      }
      findings(audit, &json)
      evidence(audit, &json)
      log(audit, &json)
      json.member("statements", audit.statements)
      json.member("notices", audit.notices)
    }
    return writer.bytes
  }

  private static func findings(_ audit: TilesReport, _ json: inout JSONWriter) {
    json.member("findingCount", audit.findingCount)
    json.member("findings", each: audit.findings) { json, finding in
      json.member("kind", finding.kind.rawValue)
      json.member("exitCode", Int(finding.severity.rawValue))
      json.member("file", finding.location.file)
      json.member("offset", finding.location.offset)
      json.member("entry", finding.location.entry?.rawValue)
      json.member("message", finding.message)
      json.member("expected", finding.expected)
      json.member("found", finding.found)
      json.member("advice", finding.advice)
    }
  }

  private static func evidence(_ audit: TilesReport, _ json: inout JSONWriter) {
    json.member("evidence", each: audit.contradictions) { json, evidence in
      json.member("file", evidence.name)
      json.member("kept", String(decoding: evidence.pinned.note.encoded, as: UTF8.self))
      json.member("published", String(decoding: evidence.published.note.encoded, as: UTF8.self))
      json.member("rootThere", evidence.rootThere?.hex)
      json.member("proof", evidence.proof?.hashes.map(\.hex) ?? [])
    }
  }

  /// What the log says of itself.
  private static func log(_ audit: TilesReport, _ json: inout JSONWriter) {
    json.member("keys", each: audit.keys?.keys ?? []) { json, key in
      json.member("vkey", key.key.description)
      json.member("introduced", key.introduced.rawValue)
      json.member("replaced", key.superseded?.rawValue)
      json.member("revoked", key.revocation?.entry.rawValue)
      json.member("revokedAbove", key.revocation?.above.rawValue)
    }
    json.member("redactionCount", audit.redactionCount)
    json.member("redactions", each: audit.redactions) { json, redaction in
      json.member("entry", redaction.entry.rawValue)
      json.member("time", redaction.time.text)
      json.member("reason", redaction.payload.reason)
      json.member("redacts", each: redaction.payload.targets) { json, target in
        json.member("entry", target.entry.rawValue)
        json.member("links", target.scope == .payloadAndLinks)
      }
    }
  }
}
