public import Batch
public import Casework
import Definitions
import Documents
public import GitStorage
import Statecharts

extension Explanation {
    /// Reads a case of a commit of the ledger.
    ///
    /// - Parameters:
    ///   - directory: in the repository.
    ///   - ledger: as opened there.
    /// - Returns: nil when the ledger does not have the case.
    public static func load(
        _ id: CaseID, from ledger: Ledger, in directory: String
    ) throws(GitError) -> Explanation? {
        let arena = Arena()
        guard let file = try ledger.record(id) else { return nil }
        let record = try Ledger.value(of: file, into: arena)
        let repository = try Repository.open(directory)
        let history = try DefinitionHistory(repository, ledger: ledger.commit)
        var reader = ExplanationReader(
            Explanation(
                id: id, record: record, ledger: ledger.commit.description, arena: arena),
            history)
        reader.explanation.asOf = try ledger.manifest().flatMap {
            parse($0.bytes, arena)?["clock"]?.string
        }
        let data = try ledger.data(id).flatMap { parse($0.bytes, arena) }
        reader.readSteps(data)
        reader.readWork(
            try ledger.evidence(id).compactMap { file in
                parse(file.bytes, arena).map { (file.path, $0) }
            })
        reader.readDecisions(try ledger.decisions(id).compactMap { parse($0.bytes, arena) })
        reader.readScore()
        reader.readStanding()
        reader.readMonitors()
        for child in record["children"]?.array ?? .init(start: nil, count: 0) {
            guard let name = child.string, let childID = CaseID(name) else { continue }
            let found = try ledger.record(childID).flatMap { parse($0.bytes, arena) }
            reader.explanation.children.append(
                (name, found?["outcome"]?.string ?? "not on the ledger"))
        }
        return reader.explanation
    }

    private static func parse(_ bytes: [UInt8], _ arena: Arena) -> Value? {
        var parser = JSONParser(limits: ParseLimits(bytes: 1 << 30, nodes: 50_000_000))
        return try? parser.parse(bytes, into: arena)
    }
}

/// Fills an explanation.
struct ExplanationReader {
    var explanation: Explanation
    let history: DefinitionHistory
    private let pin: CommitID?
    private let workflowID: String

    init(_ explanation: Explanation, _ history: DefinitionHistory) {
        self.explanation = explanation
        self.history = history
        pin = explanation.record["pin"]?["commit"]?.string.flatMap { history.commit($0) }
        workflowID = explanation.record["workflow"]?.string ?? ""
    }

    private func list(_ value: Value?) -> [Value] { value?.array.map { Array($0) } ?? [] }

    // MARK: Steps

    mutating func readSteps(_ data: Value?) {
        var reads: [Int: Value] = [:]
        for entry in list(data?["reads"]) {
            if let place = entry["history"]?.integer { reads[place] = entry["values"] }
        }
        var unknown = 0
        for (index, entry) in list(explanation.record["history"]).enumerated() {
            var step = Explanation.Step(
                number: index + 1, at: entry["at"]?.string ?? "",
                event: entry["event"]?.string ?? "", from: entry["from"]?.string ?? "",
                to: entry["to"]?.string ?? "", result: entry["result"]?.string ?? "transition",
                because: entry["because"]?.string, conditionPlace: entry["guard"]?.string)
            step.child = entry["child"]?.string
            if let name = entry["monitor"]?.string {
                step.monitor = (name, entry["trigger"]?.string ?? "")
            }
            step.values =
                (reads[index + 1]?.members).map { members in
                    members.map { (String($0.key), $0.value) }
                } ?? []
            if step.result == "transition", step.because != nil, !describe(&step) { unknown += 1 }
            explanation.steps.append(step)
        }
        if unknown > 0 {
            explanation.gaps.append(
                "the definitions that \(unknown) of the steps name are not in this repository, so "
                    + "their guards are not shown")
        }
    }

    /// Says the guards of a step in words; false when its definition is not found.
    private func describe(_ step: inout Explanation.Step) -> Bool {
        guard
            let (workflow, transition) = history.transition(
                of: step, workflow: workflowID, pin: pin)
        else { return false }
        let node = workflow.transitionNodes[Int(transition.rawValue)]
        step.condition = ConditionText.ofTransition(node, places: workflow.conditionPlaces)
        let chart = workflow.chart
        var index = transition.rawValue - 1
        while index >= 0 {
            let before = TransitionID(rawValue: index)
            guard chart.source(before) == chart.source(transition),
                chart.event(before) == chart.event(transition)
            else { break }
            if let text = ConditionText.ofTransition(
                workflow.transitionNodes[Int(index)], places: workflow.conditionPlaces)
            {
                step.failed.insert(text, at: 0)
            }
            index -= 1
        }
        return true
    }

    // MARK: Work

    mutating func readWork(_ evidence: [(path: String, value: Value)]) {
        let workflow = current?.workflow
        // A plugin's visits are numbered on from episode to episode.
        for run in list(explanation.record["plugins"]) {
            let name = run["plugin"]?.string ?? ""
            let visit = run["visit"]?.integer ?? 1
            var work = Explanation.Work(
                at: run["at"]?.string ?? "", plugin: name,
                kind: workflow?.plugins.first { String($0.name).utf8.elementsEqual(name.utf8) }
                    .map { String($0.writtenKind) },
                result: run["result"]?.string ?? "done", answers: [])
            if run["calls"] != nil {
                for (path, file) in evidence
                where file["plugin"]?.string?.utf8.elementsEqual(name.utf8) == true
                    && file["visit"]?.integer == visit
                {
                    work.answers.append((path, Self.said(file["answer"])))
                }
            }
            work.table = run["table"]?.string
            work.rows = list(run["rows"]).compactMap(\.string)
            let after = run["after"]?.integer ?? 0
            if after >= 1, after <= explanation.steps.count {
                explanation.steps[after - 1].work.append(work)
            } else {
                explanation.firstWork.append(work)
            }
        }
    }

    private static func said(_ answer: Value?) -> String {
        if let status = answer?["status"]?.integer { return "answered \(status)" }
        if answer?["failure"] != nil { return "could not be reached" }
        return "no answer"
    }

    // MARK: Decisions

    mutating func readDecisions(_ decisions: [Value]) {
        let episode = explanation.record["episode"]?.integer ?? 1
        for decision in decisions where decision["episode"]?.integer == episode {
            var found = Explanation.Determination(
                number: "\(episode)-\(decision["number"]?.integer ?? 0)",
                outcome: decision["outcome"]?.string ?? "", by: decision["by"]?.string,
                file: decision["eventFile"]?["file"]?.string)
            if let blob = decision["eventFile"]?["blob"]?.string { readEvent(blob, &found) }
            let step = explanation.steps.lastIndex {
                $0.result == "transition"
                    && $0.at.utf8.elementsEqual((decision["at"]?.string ?? "").utf8)
                    && $0.to.utf8.elementsEqual((decision["state"]?.string ?? "").utf8)
            }
            if let step {
                explanation.steps[step].determinations.append(found)
            } else {
                explanation.gaps.append(
                    "decision \(found.number) (\(found.outcome)) belongs to no step of the history")
            }
        }
    }

    /// The reviewer's reason stands in the source only.
    private func readEvent(_ blob: String, _ found: inout Explanation.Determination) {
        guard let bytes = history.blob(blob),
            let source = Source.parse("event.yaml", bytes).source
        else { return }
        withExtendedLifetime(source) {
            found.reason = source.value["reason"]?.string
            guard let expects = source.value["expects"] else { return }
            var parts: [String] = []
            if let episode = expects["episode"]?.integer { parts.append("episode \(episode)") }
            if let state = expects["state"]?.string { parts.append("state \(state)") }
            found.expects = parts.joined(separator: ", ")
        }
    }

    // MARK: Score

    mutating func readScore() {
        for indicator in list(explanation.record["risk"]?["indicators"]) {
            explanation.score.append(
                Explanation.ScorePart(
                    adds: indicator["adds"], name: indicator["name"]?.string ?? "",
                    domain: indicator["domain"]?.string ?? "",
                    rule: indicator["rule"]?.string ?? "", row: row(indicator),
                    evidence: list(indicator["evidence"]).compactMap(\.string)))
        }
    }

    /// The row of a table that the score is from, and how many others matched.
    private func row(_ indicator: Value) -> String? {
        guard let row = indicator["row"]?.string else { return nil }
        let others = (indicator["rows"]?.integer ?? 1) - 1
        return others > 0 ? "\(row) and \(others) more" : row
    }

    // MARK: Standing

    /// The definitions that the next step will be taken on: those of the last run's source, or of the
    /// pin where the version was raised since.
    private var current: (workflow: Workflow, catalog: Catalog)? {
        let version = explanation.record["version"]?.integer ?? 1
        for commit in [history.source, pin] {
            guard let commit, let catalog = history.catalog(commit),
                let workflow = catalog.workflow(workflowID), workflow.version == version
            else { continue }
            return (workflow, catalog)
        }
        return nil
    }

    mutating func readStanding() {
        let record = explanation.record
        let isWithdrawn = record["status"]?.string == "withdrawn"
        let state = explanation.steps.last?.to
        explanation.since =
            explanation.steps.last {
                ["transition", "migrated", "reopened"].contains($0.result)
                    && !$0.from.utf8.elementsEqual($0.to.utf8)
            }?.at ?? record["created"]?.string
        if isWithdrawn { return readChoices(state) }
        if let reason = record["waitingFor"]?.string {
            let plugins = explanation.steps.flatMap(\.work).filter { $0.result == "waiting" }
            let name = plugins.last.map { " (plugin \($0.plugin), since \($0.at))" } ?? ""
            explanation.waits.append("an answer: \(reason)\(name)")
        }
        for timer in list(record["timers"]) {
            let event = timer["event"]?.string ?? ""
            let what = EventText.after(event).map { "the delay of \($0)" } ?? "the event \(event)"
            explanation.waits.append("\(what), due \(timer["due"]?.string ?? "")")
        }
        let held = record["held"]?.integer ?? record["held"]?.array?.count ?? 0
        if held > 0 {
            explanation.waits.append(
                "a state that accepts \(held == 1 ? "a callback" : "\(held) callbacks") held so far"
            )
        }
        readChoices(state)
    }

    /// The monitors of its workflow, and of those that have looked what they found.
    mutating func readMonitors() {
        let record = explanation.record
        if record["status"]?.string == "withdrawn" { return }
        var names = current?.workflow.monitors.map { String($0.name) } ?? []
        for member in record["monitors"]?.members ?? .init(start: nil, count: 0) {
            let name = String(member.key)
            if !names.contains(where: { $0.utf8.elementsEqual(name.utf8) }) { names.append(name) }
        }
        for name in names {
            let standing = record["monitors"]?.members?.first {
                $0.key.bytes.elementsEqual(name.utf8)
            }?.value
            let monitor = current?.workflow.monitors.first {
                $0.name.bytes.elementsEqual(name.utf8)
            }
            explanation.monitors.append(
                .init(
                    name: name, triggers: monitor.map { Self.triggers($0) },
                    result: standing?["result"]?.string, since: standing?["at"]?.string,
                    due: standing?["due"]?.string, pending: standing?["pending"]?.string))
        }
    }

    private static func triggers(_ monitor: Monitor) -> String {
        var parts: [String] = []
        if monitor.entity != nil { parts.append("its input is edited") }
        if monitor.lists != nil { parts.append("a list changes") }
        if !monitor.rules.isEmpty { parts.append("its rules change") }
        if monitor.periodMilliseconds != nil { parts.append("its period is over") }
        return "when " + parts.joined(separator: ", ")
    }

    private mutating func readChoices(_ state: String?) {
        let status = explanation.text("status")
        if status == "completed" {
            explanation.closed = "the case is finished and accepts no events"
            return
        }
        if status == "withdrawn" {
            explanation.closed = "its input is gone; it goes on when the input is back"
            return
        }
        guard let value = explanation.record["state"] else {
            explanation.closed =
                "it failed before it came to rest for the first time; it is tried anew when its input "
                + "or the definitions change"
            return
        }
        guard let (workflow, catalog) = current else {
            explanation.closed =
                "the definitions it stands on are not in this repository, so what it accepts is not "
                + "known"
            return
        }
        withExtendedLifetime(catalog) {
            do throws(ChartError) {
                let configuration = try workflow.chart.configuration(
                    from: value, history: explanation.record["stateHistory"])
                explanation.choices = Self.choices(workflow, configuration)
            } catch {
                explanation.closed = "its workflow no longer has the state: \(error.message)"
            }
        }
    }

    private static func choices(
        _ workflow: Workflow, _ configuration: Configuration
    ) -> [Explanation.Choice] {
        let chart = workflow.chart
        var choices: [Explanation.Choice] = []
        for event in chart.nextEvents(configuration) {
            let name = String(event)
            if name.isEmpty || name.hasPrefix("xstate.after(") || name.hasPrefix("done.state.") {
                continue
            }
            var leads: [(String, String?)] = []
            for index in 0..<chart.transitionCount {
                let transition = TransitionID(rawValue: Int32(index))
                guard chart.event(transition) == event, !chart.isForbidden(transition),
                    configuration.contains(chart.source(transition))
                else { continue }
                let targets = chart.targets(transition).map {
                    String(workflow.stateNames[Int($0.rawValue)])
                }
                leads.append(
                    (
                        targets.isEmpty ? "the same state" : targets.joined(separator: " and "),
                        ConditionText.ofTransition(
                            workflow.transitionNodes[index], places: workflow.conditionPlaces)
                    ))
            }
            choices.append(.init(event: name, leads: leads))
        }
        return choices
    }
}
