import Casework
import Definitions
import Documents

extension Explanation {
    /// The explanation as a person would tell it, in plain lines. Ends in a newline.
    public var text: String {
        var lines = heading
        lines += ["", "What happened"]
        if steps.isEmpty { lines.append("  Nothing yet.") }
        for work in firstWork { lines.append("      " + Self.line(work)) }
        for step in steps { lines += Self.lines(step) }
        lines += scoreLines
        if !children.isEmpty {
            lines += ["", "Child cases"]
            lines += children.map { "  \($0.id): \($0.outcome)" }
        }
        lines += monitorLines
        lines += standingLines
        for gap in gaps { lines += ["", "Note: \(gap)."] }
        return lines.map { Self.printable($0) }.joined(separator: "\n") + "\n"
    }

    /// Without what would move a terminal's cursor or turn its text around.
    private static func printable(_ line: String) -> String {
        var text = ""
        for scalar in line.unicodeScalars {
            switch scalar {
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}"..."\u{202E}",
                "\u{2066}"..."\u{2069}":
                text += " "
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private var heading: [String] {
        var lines = ["\(id.path): \(text("outcome"))", ""]
        if record["workflow"] != nil {
            let version = record["version"] == nil ? "" : ", version \(text("version"))"
            let episode = record["episode"] == nil ? "" : ", episode \(text("episode"))"
            lines.append("  workflow  \(text("workflow"))\(version)\(episode)")
        }
        if record["state"] != nil {
            let since = since.map { ", since \($0)" } ?? ""
            lines.append("  state     \(text("state")) (\(text("status"))\(since))")
        }
        if let parent = record["parent"]?["case"]?.string { lines.append("  parent    \(parent)") }
        if let alert = record["alert"] {
            lines.append(
                "  opened by the alert \(alert["id"]?.string ?? "") of \(alert["rule"]?.string ?? "")"
            )
        }
        if let risk = record["risk"] {
            let level = risk["level"]?.string.map { ", \($0)" } ?? ""
            lines.append("  risk      \(risk["score"].map { JSONWriter.line($0) } ?? "")\(level)")
        }
        if let asOf { lines.append("  as of     \(asOf), ledger commit \(ledger.prefix(12))") }
        return lines
    }

    // MARK: Steps

    private static func lines(_ step: Step) -> [String] {
        let number = "\(step.number)."
        let pad = String(repeating: " ", count: max(0, 5 - number.count))
        var lines = ["\(pad)\(number) \(step.at)  \(sentence(step))"]
        func add(_ label: String, _ text: String) {
            let gap = String(repeating: " ", count: max(1, 9 - label.count))
            lines.append("        \(label)\(gap)\(text)")
        }
        if let child = step.child, step.event != "CHILD_REPORTED", step.event != "CHILD_WITHDRAWN" {
            add("told by", child)
        }
        if step.monitor != nil, step.result != "reopened" { add("sent by", monitor(of: step)) }
        if let because = step.because {
            if let condition = step.condition {
                add("because", "\(condition)  [\(step.conditionPlace ?? because)]")
            } else if !step.failed.isEmpty {
                add("because", "no guard before it held  [\(because)]")
            } else {
                add("by", because)
            }
            for failed in step.failed { add("not", failed) }
        }
        for (path, value) in step.values { add("read", "\(path) = \(shown(value))") }
        for determination in step.determinations { add("decided", sentence(determination)) }
        for work in step.work { add("ran", line(work)) }
        return lines
    }

    private static func sentence(_ step: Step) -> String {
        let event: String
        if let delay = EventText.after(step.event) {
            event = "\(delay) had passed"
        } else if step.event.hasPrefix("done.state.") {
            event = "\(step.event.dropFirst(11)) was done"
        } else {
            event = step.event
        }
        if step.result == "noted", let note = note(step) { return note }
        switch step.result {
        case "transition":
            let move =
                step.from.utf8.elementsEqual(step.to.utf8)
                ? "stays in \(step.to)" : "from \(step.from) to \(step.to)"
            return event.isEmpty ? "at once \(move)" : "\(event): \(move)"
        case "migrated":
            let move =
                step.from.utf8.elementsEqual(step.to.utf8)
                ? "stays in \(step.to)" : "from \(step.from) to \(step.to)"
            return "moved to another version of the workflow: \(move)"
        case "reopened":
            return "opened again by \(monitor(of: step)): from \(step.from) to \(step.to)"
        case "refused": return "\(event) refused: \(step.to) does not accept it"
        case "guarded": return "\(event) changed nothing: no guard of \(step.to) held"
        case "held": return "\(event) held until a state accepts it"
        case "expired": return "\(event) given up: no state accepted it in time"
        case "invalid": return "\(event) refused: the context would not satisfy its schema"
        case "outdated": return "\(event) refused: it was made on another episode or state"
        default: return "\(event) noted"
        }
    }

    /// What Docket itself noted, in words.
    private static func note(_ step: Step) -> String? {
        switch step.event {
        case "INPUT_CHANGED": "its input was edited; no transition waits for that"
        case "WITHDRAWN": "withdrawn: its input, or its place in its parent's list, is gone"
        case "RETURNED": "back with its parent"
        case "CHILD_REPORTED": "told by the child \(step.child ?? "")"
        case "CHILD_WITHDRAWN": "told that the child \(step.child ?? "") is withdrawn"
        default: nil
        }
    }

    private static func monitor(of step: Step) -> String {
        guard let monitor = step.monitor else { return "a monitor" }
        return "the monitor \(monitor.name), because \(came(monitor.trigger))"
    }

    private static func came(_ trigger: String) -> String {
        switch trigger {
        case "entity": "its input was edited"
        case "list": "a list changed"
        case "rule": "its rules changed"
        case "period": "its period was over"
        default: trigger
        }
    }

    private static func sentence(_ determination: Determination) -> String {
        var text = "\(determination.outcome) by \(determination.by ?? "the rules")"
        if let expects = determination.expects, !expects.isEmpty {
            text += ", made on \(expects)"
        }
        if let reason = determination.reason {
            text += ": \"\(Self.oneLine(reason))\""
        }
        if let file = determination.file { text += "  [\(file)]" }
        return text + "  (decision \(determination.number))"
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func line(_ work: Work) -> String {
        let kind = work.kind.map { $0.isEmpty ? "" : " (\($0))" } ?? ""
        let result = work.result == "waiting" ? "waits for an answer" : work.result
        var text = "\(work.plugin)\(kind): \(result)"
        if let table = work.table {
            let rows = work.rows.prefix(3).joined(separator: ", ")
            let more = work.rows.count > 3 ? " and \(work.rows.count - 3) more" : ""
            text += work.rows.isEmpty ? ", no row matched" : ", by \(rows)\(more)"
            text += "  [\(table)]"
        }
        for (index, answer) in work.answers.prefix(3).enumerated() {
            text += "\(index == 0 ? ", " : "; ")\(answer.said)  [\(answer.file)]"
        }
        if work.answers.count > 3 { text += "; and \(work.answers.count - 3) more" }
        return text
    }

    private static func shown(_ value: Value) -> String {
        if value.isNull { return "nothing" }
        if let kind = value["omitted"]?.string, let count = value["count"]?.integer {
            return "a long \(kind) of \(count)"
        }
        let text = JSONWriter.line(value)
        return text.count > 100 ? "\(text.prefix(97))…" : text
    }

    // MARK: Score

    private var scoreLines: [String] {
        guard let risk = record["risk"] else { return [] }
        let total = risk["score"].map { JSONWriter.line($0) } ?? ""
        let level = risk["level"]?.string.map { " (\($0))" } ?? ""
        var lines = ["", "Risk score \(total)\(level)"]
        if score.isEmpty { return lines + ["  No rule was raised."] }
        var sum: ScaledDecimal? = ScaledDecimal(units: 0, scale: 0)
        for (index, part) in score.enumerated() {
            let points = part.adds.map { JSONWriter.line($0) } ?? "?"
            sum = part.adds.flatMap { ScaledDecimal($0) }.flatMap { sum?.plus($0) }
            let sign = index == 0 ? " " : "+"
            let pad = String(repeating: " ", count: max(0, 4 - points.count))
            let why = index == 0 ? "highest base score" : "additional score"
            lines.append(
                "  \(sign)\(pad)\(points)  \(part.name) (\(part.domain)), \(why)  [\(part.rule)]")
            if let row = part.row { lines.append("          by row \(row)") }
            if !part.evidence.isEmpty {
                lines.append("          found in \(part.evidence.joined(separator: ", "))")
            }
        }
        let bounds = boundLines
        if !bounds.isEmpty {
            let all = sum.map { "  = \($0)" } ?? "  ="
            return lines + [all] + bounds + ["  = \(total)"]
        }
        var end = "  = \(total)"
        if let sum, let score = risk["score"].flatMap({ ScaledDecimal($0) }), sum > score {
            end += ", the highest allowed"
        }
        return lines + [end]
    }

    /// What bounded the sum, a line each.
    private var boundLines: [String] {
        (record["risk"]?["bounds"]?.array.map(Array.init) ?? []).map { bound in
            let points = bound["to"].map { JSONWriter.line($0) } ?? "?"
            let pad = String(repeating: " ", count: max(0, 4 - points.count))
            let rule = bound["rule"]?.string.map { "  [\($0)]" } ?? ""
            let why: String
            switch bound["by"]?.string {
            case "maxRiskScore": why = "at most, the maxRiskScore of the highest rule"
            case "minRiskScore": why = "at least, the minRiskScore of a rule that was raised"
            default: why = "at most, risk.cap of docket.yaml"
            }
            return "   \(pad)\(points)  \(why)\(rule)"
        }
    }

    // MARK: Monitors

    private var monitorLines: [String] {
        if monitors.isEmpty { return [] }
        return ["", "Monitors"]
            + monitors.map { monitor in
                var parts = [monitor.name + (monitor.triggers.map { " looks \($0)" } ?? "")]
                if let pending = monitor.pending {
                    parts.append(
                        "it could not be made out and looks again: \(Self.came(pending))")
                }
                if let result = monitor.result {
                    let since = monitor.since.map { " since \($0)" } ?? ""
                    parts.append("result \(result.prefix(12))\(since)")
                } else if let since = monitor.since {
                    parts.append("came last at \(since)")
                } else if monitor.pending == nil {
                    parts.append("nothing new so far")
                }
                if let due = monitor.due { parts.append("due \(due)") }
                return "  " + parts.joined(separator: "; ")
            }
    }

    // MARK: Standing

    private var standingLines: [String] {
        var lines: [String] = []
        if let fault = record["fault"] {
            func part(_ key: StaticString) -> String { fault[key]?.string ?? "" }
            lines += ["", "Fault \(part("code"))", "  \(part("message"))"]
            if !part("place").isEmpty { lines.append("  at \(part("place"))") }
            if !part("at").isEmpty { lines.append("  since \(part("at"))") }
        }
        if !waits.isEmpty { lines += ["", "It waits for"] + waits.map { "  \($0)" } }
        lines += ["", "What can happen next"]
        if let closed { return lines + ["  Nothing: \(closed)."] }
        if choices.isEmpty, waits.isEmpty {
            lines.append("  No event is accepted in this state.")
        } else if choices.isEmpty {
            lines.append("  No event is accepted but what it waits for.")
        }
        for choice in choices {
            let leads = choice.leads.map { lead in
                lead.condition.map { "\(lead.state) if \($0)" } ?? lead.state
            }
            lines.append("  \(choice.event): to \(leads.joined(separator: "; else to "))")
        }
        return lines
    }
}
