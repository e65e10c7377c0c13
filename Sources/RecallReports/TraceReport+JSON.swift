import ProvenanceGraph
import RecallAnalysis
import Traceability

extension TraceReport {
  /// The report as one JSON document, everything in it; see the documentation page *Command line*.
  public func json() -> [UInt8] {
    var writer = JSONWriter()
    writer.object { json in
      json.member("direction", answer.direction == .forward ? "forward" : "backward")
      json.member("question", question)
      json.member("seeds", answer.seeds)
      json.key("ledger")
      json.object {
        $0.member("origin", source.origin)
        $0.member("size", source.size)
        $0.member("root", source.root)
      }
      counts(&json)
      items(&json)
      events(&json)
      sites(&json)
      refined(&json)
      json.member("parties", each: answer.parties) { json, party in
        json.member("id", party.id)
        json.member("name", party.name)
        json.member("roles", party.roles)
      }
      json.member("uncertain", each: answer.uncertain) { json, doubt in
        json.member("item", doubt.item)
        json.member("reason", doubt.reason)
        json.member("event", doubt.event)
        json.member("explanation", doubt.explanation)
      }
      json.member("excluded", each: answer.excluded) { json, exclusion in
        json.member("item", exclusion.item)
        json.member("reason", exclusion.reason)
        json.member("near", exclusion.near)
      }
      json.member("cut", each: answer.cut) { json, cut in
        json.member("entry", cut.entry)
        json.member("kind", cut.kind)
        json.member("recordTime", cut.time.text)
        json.member("capture", cut.capture)
        json.member("reason", cut.reason)
        json.member("redaction", cut.redaction)
        json.member("redactionTime", cut.redactionTime?.text)
      }
    }
    return writer.bytes
  }

  private func counts(_ json: inout JSONWriter) {
    let certain = answer.items.filter(\.isCertain).count
    let path = answer.events.filter(\.isPath).count
    json.key("counts")
    json.object {
      $0.member("items", answer.items.count)
      $0.member("certain", certain)
      $0.member("possible", answer.items.count - certain)
      $0.member("refined", answer.items.filter { $0.refined != nil }.count)
      $0.member("events", answer.events.count)
      $0.member("path", path)
      $0.member("mention", answer.events.count - path)
      $0.member("sites", answer.sites.count)
      $0.member("parties", answer.parties.count)
    }
  }

  private func items(_ json: inout JSONWriter) {
    json.member("items", each: answer.items) { json, item in
      json.member("id", item.id)
      json.member("kind", item.kind.label)
      json.member("vessel", item.isVessel)
      json.member("product", item.product)
      json.member("depth", item.depth)
      json.member("certain", item.isCertain)
      json.member("reasons", item.reasons.map(\.rawValue))
      json.member("refined", item.refined?.label)
      json.member("separatedBy", item.separatedBy.map(\.rawValue))
      json.member("via", item.via)
      json.member("viaEvent", item.viaEvent)
      json.key("quantities")
      json.array { array in for quantity in item.quantities { array.quantity(quantity) } }
    }
  }

  private func events(_ json: inout JSONWriter) {
    json.member("events", each: answer.events) { json, event in
      json.member("eventID", event.eventID)
      json.member("entry", event.entry)
      json.member("role", event.isPath ? "path" : "mention")
      json.member("type", event.kind.name)
      json.member("action", event.action.label)
      json.member("bizStep", event.bizStep.isEmpty ? nil : event.bizStep)
      json.member("time", event.time.text)
      json.member("site", event.site)
      json.member("declaredInError", event.isDeclaredInError)
    }
  }

  private func refined(_ json: inout JSONWriter) {
    json.member("refinedHoldings", each: answer.refinedHoldings) { json, holding in
      json.member("item", holding.item)
      json.member("place", holding.place)
      json.member("kind", holding.place == nil ? "unknown" : holding.isUnit ? "unit" : "site")
      json.member(answer.direction == .forward ? "since" : "until", holding.time.text)
      json.member("certainty", holding.certainty.label)
    }
    json.member("openShipments", each: answer.openShipments) { json, shipment in
      json.member("item", shipment.item)
      json.member("event", shipment.eventID)
      json.member("time", shipment.time.text)
      json.member("site", shipment.site)
      json.member("destination", shipment.destination)
    }
  }

  private func sites(_ json: inout JSONWriter) {
    var states: [String: [String: HoldingState]] = [:]
    for row in stopSaleRows { states[row.site.id, default: [:]][row.holding.item] = row.state }
    json.member("sites", each: answer.sites) { json, site in
      json.member("id", site.id)
      json.member("name", site.name)
      json.member("address", site.address)
      json.member("first", site.first.text)
      json.member("last", site.last.text)
      json.member("holdings", each: site.holdings) { json, holding in
        json.member("item", holding.item)
        json.member("state", states[site.id]?[holding.item]?.name)
        json.member("certain", holding.isCertain)
        json.member("refined", holding.refined?.label)
        json.member("quantity", holding.quantity)
        json.member("bizStep", holding.bizStep.isEmpty ? nil : holding.bizStep)
        json.member("action", holding.action.label)
        json.member("role", holding.role.label)
        json.member("time", holding.time.text)
      }
    }
  }
}
