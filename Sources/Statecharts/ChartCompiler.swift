internal import Documents

/// Builds the tables of a chart from its definition.
struct ChartCompiler {
    /// A state while it is read.
    struct Draft {
        var node: Node
        var row: StateRow
        var children: [UInt16] = []
        var depth: Int
    }

    /// Where a child is looked up.
    struct ChildKey: Hashable {
        var parent: UInt16
        var key: Text
    }

    let root: Node
    let arena: Arena
    var findings: [Finding] = []
    var conditions: [Node] = []
    var assignments: [Node] = []
    var namedActions: [Node] = []
    var transitionNodes: [Node] = []

    var states: [Draft] = []
    var transitions: [TransitionRow] = []
    var indexes: [UInt16] = []
    var guards: [GuardRow] = []
    var guardLists: [UInt32] = []
    var actions: [ActionRow] = []
    var actionLists: [UInt32] = []
    var choices: [ChoiceRow] = []
    var tags: [Text] = []
    var events: [Text] = []
    var eventNumbers: [Text: UInt16] = [:]
    var ids: [Text: UInt16] = [:]
    var childNumbers: [ChildKey: UInt16] = [:]
    var memoryCount = 0
    /// States whose initial states are being found.
    var finding: Set<UInt16> = []

    init(root: Node, arena: Arena) {
        self.root = root
        self.arena = arena
    }

    mutating func compile() -> ChartCompilation {
        for name: StaticString in ["", "*", ""] { events.append(Text(name)) }
        eventNumbers[Text("")] = 0
        eventNumbers[Text("*")] = 1
        if root.value.kind == .object {
            readStates()
            if !findings.contains(where: { $0.code.utf8.elementsEqual("SC017".utf8) }) {
                for state in states.indices { readTransitions(UInt16(state)) }
                for state in states.indices { findInitial(UInt16(state)) }
                layOutMemory()
                if !hasErrors {
                    checkReach()
                    checkDepartures()
                }
            }
        } else {
            report(root, "SC001", .error, "a statechart is an object with `states`")
        }
        let chart = hasErrors ? nil : tables()
        return ChartCompilation(
            chart: chart, findings: findings.sorted(), conditions: conditions,
            assignments: assignments, actions: namedActions, stateNodes: states.map(\.node),
            transitionNodes: transitionNodes)
    }

    var hasErrors: Bool { findings.contains { $0.level == .error } }

    mutating func report(
        _ node: Node, _ code: String, _ level: Finding.Level, _ message: String
    ) {
        findings.append(node.finding(code, level, message))
    }

    // MARK: States

    private mutating func readStates() {
        let id = root["id"]?.value.text.map { copy($0) } ?? Text("(machine)")
        readState(root, key: id, parent: noState, depth: 0)
    }

    private mutating func readState(_ node: Node, key: Text, parent: UInt16, depth: Int) {
        let index = UInt16(states.count)
        let id = node["id"].flatMap { stateID($0) } ?? path(key, parent)
        let row = StateRow(
            key: key, id: id, meta: node["meta"].map { arena.copy($0.value) } ?? .null,
            place: Place(node.position), kind: kind(node), parent: parent, end: index + 1,
            doneEvent: noState)
        states.append(Draft(node: node, row: row, depth: depth))
        if let other = ids.updateValue(index, forKey: id), parent != noState {
            let place = states[Int(other)].node.position.map { " on line \($0.line)" } ?? ""
            report(
                node["id"] ?? node, "SC004", .error,
                "the id '\(id)' is taken by another state\(place); give each state its own")
        }
        checkKeys(node, isRoot: parent == noState)
        readHistory(node, index)
        readTags(node, index)
        readChildren(node, index)
        states[Int(index)].row.end = UInt16(states.count)
        checkShape(index)
    }

    private mutating func readChildren(_ node: Node, _ index: UInt16) {
        guard let list = node["states"], !list.value.isNull else { return }
        guard list.value.kind == .object else {
            return report(list, "SC001", .error, "`states` is an object from keys to states")
        }
        for member in inScriptOrder(list.members) {
            guard member.node.value.kind == .object else {
                if !member.node.value.isNull {
                    report(member.node, "SC001", .error, "state '\(member.key)' is no object")
                    continue
                }
                if !addChild(member.node, member.key, to: index) { return }
                continue
            }
            if !addChild(member.node, member.key, to: index) { return }
        }
    }

    private mutating func addChild(_ node: Node, _ key: Text, to parent: UInt16) -> Bool {
        let depth = states[Int(parent)].depth + 1
        guard states.count < ChartLimits.states, depth <= ChartLimits.depth else {
            report(
                node, "SC017", .error,
                "a statechart has at most \(ChartLimits.states) states, nested at most "
                    + "\(ChartLimits.depth) deep")
            return false
        }
        let kept = copy(key)
        states[Int(parent)].children.append(UInt16(states.count))
        childNumbers[ChildKey(parent: parent, key: kept)] = UInt16(states.count)
        readState(node, key: kept, parent: parent, depth: depth)
        return true
    }

    private mutating func stateID(_ node: Node) -> Text? {
        if let text = node.value.text, !text.isEmpty { return copy(text) }
        report(node, "SC001", .error, "the id of a state is a string")
        return nil
    }

    /// The id of a state that has none of its own: the root's key and the path, joined by dots.
    private func path(_ key: Text, _ parent: UInt16) -> Text {
        var keys = [key]
        var at = parent
        while at != noState {
            keys.append(states[Int(at)].row.key)
            at = states[Int(at)].row.parent
        }
        var bytes: [UInt8] = []
        for (i, key) in keys.reversed().enumerated() {
            if i > 0 { bytes.append(0x2E) }
            bytes.append(contentsOf: key.bytes)
        }
        return bytes.withUnsafeBytes { Text(start: arena.copy($0), count: $0.count) }
    }

    private mutating func kind(_ node: Node) -> StateKind {
        guard let type = node["type"], !type.value.isNull else {
            if node["states"]?.value.count ?? 0 > 0 { return .compound }
            let history = node["history"]?.value
            return history == nil || history?.bool == false || history?.isNull == true
                ? .atomic : .history
        }
        guard let text = type.value.text else {
            report(type, "SC006", .error, "the type of a state is a string")
            return .atomic
        }
        if text == "atomic" { return .atomic }
        if text == "compound" { return .compound }
        if text == "parallel" { return .parallel }
        if text == "final" { return .final }
        if text == "history" { return .history }
        report(
            type, "SC006", .error,
            "'\(text)' is no type of state; it is atomic, compound, parallel, final or history")
        return .atomic
    }

    private mutating func readHistory(_ node: Node, _ index: UInt16) {
        guard let history = node["history"], states[Int(index)].row.kind == .history else { return }
        if let text = history.value.text {
            states[Int(index)].row.isDeep = text == "deep"
            if text == "deep" || text == "shallow" { return }
        } else if history.value.bool != nil {
            return
        }
        report(history, "SC016", .error, "`history` is `shallow` or `deep`")
    }

    private mutating func readTags(_ node: Node, _ index: UInt16) {
        guard let list = node["tags"], !list.value.isNull else { return }
        let start = tags.count
        for tag in list.oneOrMore {
            if let text = tag.value.text {
                tags.append(copy(text))
            } else {
                report(tag, "SC001", .error, "a tag is a string")
            }
        }
        states[Int(index)].row.tags = stretch(start, tags.count)
    }

    // MARK: Pools

    func copy(_ text: Text) -> Text {
        Text(start: arena.copy(text.bytes), count: text.count)
    }

    func stretch(_ start: Int, _ end: Int) -> Stretch {
        Stretch(start: UInt32(start), count: UInt32(end - start))
    }

    mutating func pool(_ values: [UInt16]) -> Stretch {
        let start = indexes.count
        indexes.append(contentsOf: values)
        return stretch(start, indexes.count)
    }

    /// The number of an event name.
    mutating func event(_ name: Text) -> UInt16 {
        if let known = eventNumbers[name] { return known }
        guard events.count < Int(noState) else {
            if events.count == Int(noState) {
                report(root, "SC017", .error, "a statechart has at most \(noState) event names")
                events.append(Text(""))
            }
            return EventID.other.rawValue
        }
        let number = UInt16(events.count)
        let kept = copy(name)
        events.append(kept)
        eventNumbers[kept] = number
        return number
    }

    mutating func event(_ name: String) -> UInt16 { event(arena.text(name)) }

    /// Members in the order in which JavaScript, and so XState, goes through an object: whole
    /// numbers first, ascending, then the others as written.
    func inScriptOrder(
        _ members: [(key: Text, keyPosition: Position?, node: Node)]
    ) -> [(key: Text, keyPosition: Position?, node: Node)] {
        var numbered: [(number: UInt32, at: Int)] = []
        for (at, member) in members.enumerated() {
            if let number = arrayIndex(member.key) { numbered.append((number, at)) }
        }
        if numbered.isEmpty { return members }
        numbered.sort { $0.number < $1.number }
        let first = Set(numbered.map(\.at))
        return numbered.map { members[$0.at] }
            + members.indices.filter { !first.contains($0) }.map { members[$0] }
    }

    private func arrayIndex(_ key: Text) -> UInt32? {
        guard key.count > 0, key.count <= 10, key.count == 1 || key[0] != 0x30,
            key.bytes.allSatisfy({ $0 &- 0x30 <= 9 })
        else { return nil }
        return UInt32(String(key)).flatMap { $0 == .max ? nil : $0 }
    }
}
