internal import Documents

/// Reading what leaves a state: `onDone`, `on`, `always` and `after`, in XState's order.
extension ChartCompiler {
    mutating func readTransitions(_ state: UInt16) {
        let node = states[Int(state)].node
        let start = transitions.count
        if let done = node["onDone"], !done.value.isNull {
            let id = states[Int(state)].row.id
            readTransitions(done, event("done.state.\(id)"), state)
        }
        readOn(node, state)
        if let always = node["always"], !always.value.isNull {
            states[Int(state)].row.isTransient = true
            readTransitions(always, EventID.null.rawValue, state)
        }
        let entry = actions(node["entry"] ?? node["onEntry"], of: state)
        let exit = actions(node["exit"] ?? node["onExit"], of: state)
        let (sends, cancels) = readAfter(node, state)
        states[Int(state)].row.entry = actionList(entry + sends)
        states[Int(state)].row.exit = actionList(exit + cancels)
        states[Int(state)].row.transitions = stretch(start, transitions.count)
        states[Int(state)].row.ownEvents = pool(ownEvents(transitions[start...]))
        readDone(node, state)
        checkShadowed(transitions[start...])
    }

    private func ownEvents(_ rows: ArraySlice<TransitionRow>) -> [UInt16] {
        var own: [UInt16] = []
        for row in rows where !row.isInert && !own.contains(row.event) { own.append(row.event) }
        return own
    }

    private mutating func readOn(_ node: Node, _ state: UInt16) {
        guard let on = node["on"], !on.value.isNull else { return }
        if on.value.kind == .array {
            for element in on.elements {
                guard let name = element["event"]?.value.text else {
                    report(element, "SC005", .error, "a transition of a list has an `event`")
                    continue
                }
                if name.isEmpty { states[Int(state)].row.isTransient = true }
                readTransition(element, event(name), state)
            }
            return
        }
        guard on.value.kind == .object else {
            return report(on, "SC005", .error, "`on` is an object from events to transitions")
        }
        var wildcard: Node?
        for member in inScriptOrder(on.members) {
            if member.key == "*" {
                wildcard = member.node
                continue
            }
            if member.key.isEmpty { states[Int(state)].row.isTransient = true }
            readTransitions(member.node, event(member.key), state)
        }
        if let wildcard { readTransitions(wildcard, EventID.wildcard.rawValue, state) }
    }

    /// Delayed transitions. Entering the state sends the event of each, leaving it cancels that.
    private mutating func readAfter(
        _ node: Node, _ state: UInt16
    ) -> (sends: [UInt32], cancels: [UInt32]) {
        guard let after = node["after"], !after.value.isNull else { return ([], []) }
        var sends: [UInt32] = []
        var cancels: [UInt32] = []
        let id = states[Int(state)].row.id
        func add(_ delay: Text, _ node: Node, _ compiler: inout ChartCompiler) -> UInt16 {
            guard let length = Delay.milliseconds(String(delay)) else {
                compiler.report(
                    node, "SC011", .error,
                    "'\(delay)' is no delay; write milliseconds, `P30D` or `7 days`")
                return EventID.other.rawValue
            }
            let number = compiler.event("xstate.after(\(delay))#\(id)")
            let name = compiler.events[Int(number)]
            let place = Place(node.position)
            compiler.actions.append(
                ActionRow(
                    kind: .send, name: name, event: number, delay: length, sendID: name,
                    place: place))
            sends.append(UInt32(compiler.actions.count - 1))
            compiler.actions.append(
                ActionRow(kind: .cancel, name: name, sendID: name, place: place))
            cancels.append(UInt32(compiler.actions.count - 1))
            return number
        }
        if after.value.kind == .array {
            for element in after.elements {
                guard let delay = element["delay"].flatMap({ delayText($0.value) }) else {
                    report(element, "SC011", .error, "a delayed transition has a `delay`")
                    continue
                }
                readTransition(element, add(delay, element, &self), state)
            }
        } else if after.value.kind == .object {
            for member in inScriptOrder(after.members) {
                readTransitions(member.node, add(member.key, member.node, &self), state)
            }
        } else {
            report(after, "SC011", .error, "`after` is an object from delays to transitions")
        }
        return (sends, cancels)
    }

    private func delayText(_ value: Value) -> Text? {
        if let text = value.text { return text }
        return value.integer.map { arena.text(String($0)) }
    }

    /// The done events of a state, and the data of a final one.
    private mutating func readDone(_ node: Node, _ state: UInt16) {
        let row = states[Int(state)].row
        let raises =
            row.kind == .final || row.kind == .parallel
            || states[Int(state)].children.contains { states[Int($0)].row.kind == .final }
        guard raises else { return }
        states[Int(state)].row.doneEvent = event("done.state.\(row.id)")
        guard row.kind == .final, let data = node["data"], !data.value.isNull else { return }
        states[Int(state)].row.data = Int32(assignments.count)
        assignments.append(data)
    }

    private mutating func readTransitions(_ node: Node, _ event: UInt16, _ state: UInt16) {
        for candidate in node.oneOrMore { readTransition(candidate, event, state) }
    }

    private mutating func readTransition(_ node: Node, _ event: UInt16, _ state: UInt16) {
        guard transitions.count < ChartLimits.transitions else {
            return report(
                node, "SC017", .error,
                "a statechart has at most \(ChartLimits.transitions) transitions")
        }
        var targets: [UInt16] = []
        var isInternal = true
        var condition: Int32 = -1
        var list: [UInt32] = []
        switch node.value.kind {
        case .null: break
        case .string: (targets, isInternal) = self.targets(node, state)
        case .object:
            checkTransitionKeys(node)
            if let target = node["target"], !target.value.isNull {
                (targets, isInternal) = self.targets(target, state)
            }
            if let given = node["internal"], !given.value.isNull {
                if let bool = given.value.bool {
                    isInternal = bool
                } else {
                    report(given, "SC005", .error, "`internal` is true or false")
                }
            }
            condition = self.condition(node, state)
            list = actions(node["actions"], of: state)
        default:
            return report(node, "SC005", .error, "a transition is a target or an object")
        }
        transitionNodes.append(node)
        transitions.append(
            TransitionRow(
                source: state, event: event, isInternal: isInternal,
                isInert: targets.isEmpty && list.isEmpty && isInternal, condition: condition,
                targets: pool(targets), actions: actionList(list), place: Place(node.position)))
    }

    /// The states that a `target` names, and whether XState makes its transition internal.
    private mutating func targets(_ node: Node, _ state: UInt16) -> ([UInt16], Bool) {
        var targets: [UInt16] = []
        var isInternal = false
        for target in node.oneOrMore {
            guard let text = target.value.text else {
                report(target, "SC005", .error, "a target is a string")
                continue
            }
            if text.isEmpty, node.value.kind == .string { return ([], true) }
            if text.count > 0, text[0] == 0x2E { isInternal = true }
            guard let found = resolve(text, from: state) else {
                report(
                    target, "SC003", .error,
                    "state '\(states[Int(state)].row.id)' has a transition to '\(text)', which "
                        + "is no state; targets are siblings, `.child`, or `#id`")
                continue
            }
            targets.append(found)
        }
        return (targets, isInternal)
    }

    /// The state a target names, seen from the state that has the transition.
    func resolve(_ text: Text, from state: UInt16) -> UInt16? {
        let parent = states[Int(state)].row.parent
        if text.count > 0, text[0] == 0x2E {
            return resolve(text[1..<text.count], below: state)
        }
        return resolve(text, below: parent == noState ? state : parent)
    }

    /// The state at a dotted path below another; the first part may be `#id`.
    func resolve(_ text: Text, below state: UInt16) -> UInt16? {
        var at = state
        var rest = text
        if text.count > 0, text[0] == 0x23 {
            if let whole = ids[text[1..<text.count]] { return whole }
            let end = text.bytes.firstIndex(of: 0x2E) ?? text.count
            guard let first = ids[text[1..<end]] else { return nil }
            if end == text.count { return first }
            at = first
            rest = text[(end + 1)..<text.count]
        }
        for part in rest.bytes.split(separator: 0x2E, omittingEmptySubsequences: false) {
            if part.isEmpty { break }
            let key = Text(UnsafeRawBufferPointer(rebasing: part))
            guard let child = child(of: at, key) else { return nil }
            at = child
        }
        return at
    }

    func child(of state: UInt16, _ key: Text) -> UInt16? {
        childNumbers[ChildKey(parent: state, key: key)]
    }
}
