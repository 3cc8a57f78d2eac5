import Alerting
import Casework
import Documents
import GitStorage

/// The directories of events of alerts that changed: `alerts/<rule>/<alert>.events` of the source.
struct AlertEventScan {
    struct Directory {
        let rule: String
        let alert: String
        /// Nil when it is gone.
        let tree: TreeID?

        var path: String { "alerts/\(rule)/\(alert).events" }

        init(rule: String, alert: String, tree: TreeID?) {
            self.rule = rule
            self.alert = alert
            self.tree = tree
        }

        /// The directory at a path of the source; nil when the path is no such directory's.
        init?(
            _ path: String, of source: TreeID, in files: any SourceFiles
        ) throws(GitError) {
            let segments = path.split(separator: "/").map(String.init)
            guard segments.count == 3, segments[0] == "alerts", segments[2].hasSuffix(".events")
            else { return nil }
            let entry = try files.entry(at: Array(path.utf8), in: source)
            self.init(
                rule: segments[1], alert: String(segments[2].dropLast(7)),
                tree: entry.flatMap { $0.kind == .tree ? TreeID($0.id) : nil })
        }
    }

    /// In the order of their paths.
    private(set) var directories: [Directory] = []
    /// What stands there and is read by nothing.
    private(set) var findings: [Finding] = []
    private let files: any SourceFiles

    /// - Parameters:
    ///   - base: the source as it was looked at last; nil: everything is new.
    ///   - source: the source tree now.
    init(
        from base: TreeID?, to source: TreeID, in files: any SourceFiles
    ) throws(GitError) {
        self.files = files
        let name = Array("alerts".utf8)
        let before = try base.flatMap { root throws(GitError) in
            try files.entry(at: name, in: root)
        }
        let after = try files.entry(at: name, in: source)
        if before?.id == after?.id { return }
        if let after, after.kind != .tree {
            findings.append(Self.unread("alerts"))
        } else {
            try compare(before, after)
        }
    }

    private mutating func compare(
        _ before: TreeEntry?, _ after: TreeEntry?
    ) throws(GitError) {
        for (rule, old, new) in try changes(before, after) {
            if let new, new.kind != .tree { addUnread("alerts/\(rule)") }
            for (name, _, new) in try changes(old, new) {
                if name.hasSuffix(".events"), new?.kind ?? .tree == .tree {
                    directories.append(
                        Directory(
                            rule: rule, alert: String(name.dropLast(7)),
                            tree: new.map { TreeID($0.id) }))
                } else if new != nil {
                    addUnread("alerts/\(rule)/\(name)")
                }
            }
        }
    }

    /// Entries of two directories that differ, by name.
    private func changes(
        _ before: TreeEntry?, _ after: TreeEntry?
    ) throws(GitError) -> [(name: String, before: TreeEntry?, after: TreeEntry?)] {
        let (old, new) = (try entries(before), try entries(after))
        return CaseScan.union(old.keys, new.keys)
            .filter { old[$0]?.id != new[$0]?.id && !$0.hasPrefix(".") }
            .map { ($0, old[$0], new[$0]) }
    }

    private func entries(_ entry: TreeEntry?) throws(GitError) -> [String: TreeEntry] {
        guard let entry, entry.kind == .tree else { return [:] }
        let entries = try files.entries(of: TreeID(entry.id))
        return Dictionary(entries.map { ($0.text, $0) }) { first, _ in first }
    }

    private mutating func addUnread(_ path: String) {
        if !path.hasSuffix(".md") { findings.append(Self.unread(path)) }
    }

    private static func unread(_ path: String) -> Finding {
        Finding(
            "AL014", .warning,
            "nothing reads this: events of alerts are files of alerts/RULE/ALERT.events/, and links "
                + "are not followed", file: path)
    }
}

/// What is wrong with an event of an alert beside what may be wrong with any event.
enum AlertEventCheck {
    static func findings(_ event: CaseEvent, at root: Node) -> [Finding] {
        var findings: [Finding] = []
        func report(_ node: Node?, _ message: String) {
            findings.append((node ?? root).finding("AL015", .error, message))
        }
        let states = AlertState.allCases.map(\.rawValue).joined(separator: ", ")
        if event.kind != .note {
            if event.type == Text("assign") {
                let assignee = root["payload"]?["assignee"]
                if let assignee, !assignee.value.isNull, !isIdentifier(assignee.value) {
                    report(
                        assignee,
                        "an assignee is an identifier: a text without spaces, at most 200 bytes")
                }
            } else if AlertState(rawValue: String(event.type)) == nil {
                report(
                    root["type"],
                    "'\(event.type)' is no decision on an alert; there are \(states), and assign")
            }
        }
        guard let expects = root["expects"], !expects.value.isNull else { return findings }
        let isKnown = expects["state"]?.value.string.flatMap { AlertState(rawValue: $0) } != nil
        if !isKnown {
            report(
                expects["state"] ?? expects, "expects is {state: STATE}, one of \(states)")
        }
        return findings
    }

    private static func isIdentifier(_ value: Value) -> Bool {
        guard let text = value.text else { return false }
        return !text.isEmpty && text.count <= 200
            && text.bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }
}
