import Alerting
import Casework
import Definitions
import Documents
import GitStorage

/// Events of alerts: decisions and assignments.
extension AlertRun {
    /// Applies what changed, and what could not be applied in an earlier run.
    mutating func applyEvents() throws(GitError) {
        let scan = try AlertEventScan(from: base, to: source, in: repository)
        report.findings += scan.findings
        var directories = scan.directories
        for fault in ledger.alertFaults
        where !directories.contains(where: { $0.path == fault.place }) {
            let waiting = try AlertEventScan.Directory(fault.place, of: source, in: repository)
            if let waiting, waiting.tree != nil { directories.append(waiting) }
        }
        let reader = InputReader(
            repository, sourceTree: source, limits: catalog.settings.limits)
        for directory in directories { try apply(directory, reader) }
    }

    private mutating func apply(
        _ directory: AlertEventScan.Directory, _ reader: InputReader
    ) throws(GitError) {
        let path = directory.path
        let place = LedgerPath.alert(directory.rule, directory.alert)
        guard var stored = try read(place) else {
            if directory.tree != nil {
                addFault(AlertCheck.noAlert(directory))
            }
            return
        }
        let files = try reader.eventFiles(directory.tree)
        report.findings +=
            Self.integrity(stored, files, path)
            + reader.folders.map { CaseDirectory.orphan("\(path)/\($0.name)") }
        for file in files where !stored.events.contains(where: { $0.file == file.name }) {
            reader.reset()
            switch try reader.events([file], path) {
            case .failure(let problem):
                // Those before it stand; it and those after it wait until it is mended.
                let finding = problem.finding
                let line = finding.position.map { ":\($0.line):\($0.column)" } ?? ""
                addFault(
                    Finding(
                        finding.code, .error, "\(file.name)\(line): \(finding.message)", file: path)
                )
                return
            case .success(let read):
                report.findings += read.findings
                guard let event = read.events.first, let root = reader.root else { continue }
                let problems = AlertEventCheck.findings(event, at: root)
                report.findings += problems
                apply(event, file, isSound: problems.isEmpty, to: &stored)
                put(stored, at: place)
            }
        }
    }

    /// Applied event files that were edited or removed since.
    private static func integrity(
        _ stored: StoredAlert, _ files: [InputReader.EventFile], _ path: String
    ) -> [Finding] {
        stored.events.compactMap { applied in
            let now = files.first { $0.name == applied.file }
            if now?.entry.id.description == applied.blob { return nil }
            return Finding(
                now == nil ? "CS051" : "CS050", .error,
                "an event file that was applied was \(now == nil ? "removed" : "edited"); "
                    + "restore it, and add a new file to say something else",
                file: "\(path)/\(applied.file)")
        }
    }

    /// A decision is an event named like the state it leads to; `assign` has the assignee in its payload.
    private mutating func apply(
        _ event: CaseEvent, _ file: InputReader.EventFile, isSound: Bool,
        to stored: inout StoredAlert
    ) {
        let before = stored.alert.state
        var result = "applied"
        if !isSound || event.expects?.state.map({ String($0) != before.rawValue }) ?? false {
            result = "refused"
        } else if event.kind == .note {
            result = "noted"
        } else if let state = AlertState(rawValue: String(event.type)) {
            if before.status != .completed, state.status == .completed { report.open -= 1 }
            if before.status == .completed, state.status != .completed { report.open += 1 }
            stored.alert.state = state
            if let person = event.by { stored.alert.assignee = String(person) }
        } else {
            stored.alert.assignee = event.payload?["assignee"]?.string
        }
        if result == "applied" {
            stored.alert.updatedAt = now
            report.decided += 1
        }
        if result == "refused" { report.refused += 1 }
        stored.events.append((file.name, file.entry.id.description))
        let name = String(event.type)
        // Any other name may be what somebody wrote about a person: the event file says it.
        let isKnown = name == "assign" || AlertState(rawValue: name) != nil
        stored.history.append(
            StoredAlert.Change(
                at: now.description, event: isKnown ? name : "(another name)",
                from: before.rawValue, to: stored.alert.state.rawValue,
                by: event.by.map { String($0) }, result: result))
    }
}
