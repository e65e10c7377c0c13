import Provender
import RecallReports

extension AuditText {
  /// The report for programs.
  static func json(_ audit: AuditReport, index: String?) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { json in
      json.member("intact", audit.isIntact)
      json.member("complete", audit.isComplete)
      json.member("entries", audit.size.rawValue)
      json.member("root", audit.root?.hex)
      json.member("origin", audit.origin?.name)
      json.member("logID", audit.logID?.description)
      json.member("checkedEntries", audit.entryCount)
      json.member("captures", audit.captureCount)
      json.member("events", audit.eventCount)
      json.member("bytes", audit.byteCount)
      json.member("firstRecord", audit.firstTime?.text)
      json.member("lastRecord", audit.lastTime?.text)
      json.member("exitCode", Int(audit.exitCode))
      json.member("findingCount", audit.findingCount)
      json.member("findings", each: audit.findings) { json, finding in
        json.member("kind", finding.kind.rawValue)
        json.member("entry", finding.location.entry?.rawValue)
        json.member("file", finding.location.file)
        json.member("offset", finding.location.offset)
        json.member("message", finding.message)
        json.member("expected", finding.expected)
        json.member("found", finding.found)
        json.member("advice", finding.advice)
      }
      trust(audit, &json)
      json.member("statements", audit.statements)
      json.member("notices", each: audit.notices) { json, notice in
        json.member("kind", notice.kind.rawValue)
        json.member("file", notice.file)
        json.member("message", notice.message)
      }
      json.member("index", index)
    }
    return writer.bytes
  }

  private static func trust(_ audit: AuditReport, _ json: inout JSONWriter) {
    json.member("keys", each: audit.keys?.keys ?? []) { json, key in
      json.member("vkey", key.key.description)
      json.member("introducedBy", key.introduced.rawValue)
      json.member("supersededBy", key.superseded?.rawValue)
      json.member("revokedBy", key.revocation?.entry.rawValue)
      json.member("revokedAbove", key.revocation?.above.rawValue)
    }
    json.member("checkpoints", each: audit.checkpoints) { json, checkpoint in
      json.member("name", checkpoint.name)
      json.member("pinned", checkpoint.isPinned)
      json.member("size", checkpoint.size.rawValue)
      json.member("root", checkpoint.root.hex)
      json.member("agrees", checkpoint.agrees)
      json.member("signer", checkpoint.signer?.description)
      json.member("counts", checkpoint.isTrusted)
      json.member("doubt", checkpoint.doubt)
      json.member("cosignatures", each: checkpoint.cosignatures) { json, cosignature in
        json.member("witness", cosignature.witness.description)
        json.member("time", RecordTime(seconds: cosignature.time).text)
      }
      json.member("timeStamps", each: checkpoint.stamps) { json, stamp in
        json.member("authority", stamp.witness)
        json.member("time", stamp.time.text)
      }
    }
    json.member("erasedPayloads", audit.erasedPayloadCount)
    json.member("erasedLinks", audit.erasedLinksCount)
    json.member("redactions", each: audit.redactions) { json, redaction in
      json.member("entry", redaction.entry.rawValue)
      json.member("recordTime", redaction.time.text)
      json.member("reason", redaction.reason)
      json.member("targetCount", redaction.targetCount)
      json.member("targets", each: redaction.targets) { json, target in
        json.member("entry", target.entry.rawValue)
        json.member("parts", target.scope.parts.rawValue)
      }
    }
    json.member("forks", each: audit.forks) { json, fork in
      json.member("older", String(decoding: fork.older.note.encoded, as: UTF8.self))
      json.member("newer", String(decoding: fork.newer.note.encoded, as: UTF8.self))
      json.member("evidence", String(decoding: fork.encoded, as: UTF8.self))
    }
  }
}
