internal import Documents

extension Diagram {
    /// The diagram in Mermaid's `stateDiagram-v2`, which code hosts render in Markdown. Ends in a
    /// newline.
    public func mermaid() -> String {
        var writer = MermaidWriter(self)
        return writer.write()
    }
}

/// Writes Mermaid. Identifiers are the states' paths where Mermaid can read those, else numbers; all
/// texts are escaped, so that no name of a state can end a statement or start another.
struct MermaidWriter {
    private let diagram: Diagram
    private var text = ""
    private var ids: [String] = []

    init(_ diagram: Diagram) {
        self.diagram = diagram
        var taken: Set<[UInt8]> = []
        for (index, state) in diagram.states.enumerated() {
            var id = String(
                decoding: state.path.utf8.map { $0 == 0x2E ? 0x5F : $0 }, as: UTF8.self)
            if !Self.isSafe(id) || taken.contains(Array(id.utf8)) { id = "s\(index)" }
            taken.insert(Array(id.utf8))
            ids.append(id)
        }
    }

    /// Words that begin statements of Mermaid's state diagrams, or parts of those; an identifier
    /// that begins with one could be read as it.
    private static let reserved = [
        "state", "end", "note", "direction", "class", "as", "default", "hide", "scale", "style",
        "click", "fork", "join", "choice", "acctitle", "accdescr", "left", "right", "title",
        "root", "href", "call", "link", "constructor", "prototype", "__proto__", "to",
    ]

    private static func isSafe(_ id: String) -> Bool {
        let bytes = Array(id.utf8)
        guard let first = bytes.first, bytes.count <= 80, isLetter(first),
            bytes.allSatisfy({ isLetter($0) || ($0 &- 0x30 <= 9) || $0 == 0x5F })
        else { return false }
        let lower = String(decoding: bytes.map { isUpper($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
        // "s12" is what an identifier made up here looks like.
        if first == 0x73, bytes.dropFirst().allSatisfy({ $0 &- 0x30 <= 9 }) { return false }
        return !reserved.contains { lower.hasPrefix($0) }
    }

    private static func isUpper(_ byte: UInt8) -> Bool { byte &- 0x41 <= 25 }
    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 <= 25 }

    // MARK: Texts

    /// Text for a label: control characters are spaces, and what Mermaid, Markdown or HTML would
    /// read is written as a character reference of Mermaid's.
    static func escaped(_ text: String, limit: Int) -> String {
        let scalars = Array(text.unicodeScalars)
        var result = ""
        for (at, scalar) in scalars.enumerated() {
            if at == limit { return result + "…" }
            switch scalar {
            case "\"", "#", "%", "&", ":", ";", "<", ">", "`", "\\", "{", "}", "*", "$", "~":
                result += "#\(scalar.value);"
            case "_" where !isInWord(scalars, at): result += "#95;"
            // Mermaid reads "direction LR" anywhere in a line.
            case let d where d.value | 0x20 == 0x64 && startsDirection(scalars, at):
                result += "#\(scalar.value);"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": result += " "
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Whether letters or digits stand on both sides: there Markdown sees no emphasis.
    private static func isInWord(_ scalars: [Unicode.Scalar], _ at: Int) -> Bool {
        func isWord(_ index: Int) -> Bool {
            scalars.indices.contains(index) && scalars[index].properties.isAlphabetic
                || scalars.indices.contains(index) && ("0"..."9").contains(scalars[index])
        }
        return isWord(at - 1) && isWord(at + 1)
    }

    private static func startsDirection(_ scalars: [Unicode.Scalar], _ at: Int) -> Bool {
        let word = Array("direction".unicodeScalars)
        guard at + word.count <= scalars.count else { return false }
        return word.indices.allSatisfy { scalars[at + $0].value | 0x20 == word[$0].value }
    }

    private static func words(_ label: Diagram.Label) -> String {
        var parts: [String] = []
        if !label.event.isEmpty { parts.append(escaped(label.event, limit: 60)) }
        if let condition = label.condition {
            parts.append("[\(escaped(condition, limit: 80))]")
        } else if label.event.isEmpty {
            parts.append("always")
        }
        if let note = label.note { parts.append("(\(escaped(note, limit: 80)))") }
        return parts.joined(separator: " ")
    }

    // MARK: Statements

    private mutating func line(_ depth: Int, _ statement: String) {
        text += String(repeating: "    ", count: depth) + statement + "\n"
    }

    fileprivate mutating func write() -> String {
        line(0, "%% \(Self.comment(diagram.title)) (\(Self.comment(diagram.subtitle)))")
        line(0, "stateDiagram-v2")
        line(1, "direction TB")
        writeContents(of: 0, depth: 1)
        writeClasses()
        return text
    }

    /// A comment ends with its line and must not look like a directive.
    private static func comment(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map {
                    $0.value < 0x20 || $0 == "{" || $0 == "}" || $0 == "\u{2028}"
                        || $0 == "\u{2029}" ? " " : $0
                }))
    }

    private mutating func writeContents(of container: Int, depth: Int) {
        let children = diagram.states[container].children
        let isParallel = diagram.states[container].kind == .parallel
        for (index, child) in children.enumerated() {
            if isParallel, index > 0 { line(depth, "--") }
            writeState(child, depth)
        }
        if let initial = diagram.states[container].initial {
            line(depth, "[*] --> \(ids[initial])")
        }
        for edge in diagram.edges where diagram.states[edge.from].parent == container {
            for label in edge.labels {
                line(depth, "\(ids[edge.from]) --> \(ids[edge.to]) : \(Self.words(label))")
            }
        }
        for child in children where diagram.states[child].kind == .final {
            line(depth, "\(ids[child]) --> [*]")
        }
    }

    private mutating func writeState(_ index: Int, _ depth: Int) {
        let state = diagram.states[index]
        let name: String
        switch state.kind {
        case .shallowHistory: name = "H (\(state.name))"
        case .deepHistory: name = "H* (\(state.name))"
        default: name = state.name.isEmpty ? "(no name)" : state.name
        }
        let title = Self.escaped(name, limit: 80)
        if !state.children.isEmpty {
            line(depth, "state \"\(title)\" as \(ids[index]) {")
            writeContents(of: index, depth: depth + 1)
            line(depth, "}")
            writeNote(state, index, depth)
            return
        }
        line(depth, "state \"\(title)\" as \(ids[index])")
        for work in state.work {
            line(depth, "\(ids[index]) : \(Self.escaped("runs " + work, limit: 80))")
        }
    }

    /// What a box with contents runs stands beside it.
    private mutating func writeNote(_ state: Diagram.State, _ index: Int, _ depth: Int) {
        guard !state.work.isEmpty else { return }
        let work = Self.escaped("runs " + state.work.joined(separator: ", "), limit: 160)
        line(depth, "note right of \(ids[index]) : \(work)")
    }

    private mutating func writeClasses() {
        func members(_ holds: (Diagram.State) -> Bool) -> [String] {
            diagram.states.indices.filter { holds(diagram.states[$0]) }.map { ids[$0] }
        }
        let current = members { $0.isCurrent }
        guard !current.isEmpty else { return }
        line(1, "classDef current fill:#1f6feb,stroke:#0b3d91,stroke-width:3px,color:#ffffff")
        line(1, "class \(current.joined(separator: ",")) current")
    }
}
