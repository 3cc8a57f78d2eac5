internal import Documents

/// Reading guards into trees whose leaves are conditions.
extension ChartCompiler {
    /// The guard of a transition or of a branch of a choose action: its `cond` (or `guard`) and
    /// its `in`, both of which must hold. -1 for none.
    mutating func condition(_ node: Node, _ state: UInt16) -> Int32 {
        var parts: [Int32] = []
        if let within = node["in"], !within.value.isNull {
            parts.append(inState(within, state))
        }
        if let cond = node["cond"] ?? node["guard"], !cond.value.isNull {
            parts.append(guardTree(cond, state, depth: 0))
        }
        if parts.count < 2 { return parts.first ?? -1 }
        return combine(.and, parts, Place(node.position))
    }

    private mutating func combine(_ kind: GuardRow.Kind, _ parts: [Int32], _ place: Place) -> Int32
    {
        let start = guardLists.count
        guardLists.append(contentsOf: parts.map { UInt32($0) })
        guards.append(
            GuardRow(kind: kind, operand: UInt32(start), count: UInt32(parts.count), place: place))
        return Int32(guards.count - 1)
    }

    private mutating func constant(_ value: Bool, _ node: Node) -> Int32 {
        guards.append(
            GuardRow(kind: .constant, operand: value ? 1 : 0, place: Place(node.position)))
        return Int32(guards.count - 1)
    }

    private mutating func guardTree(_ node: Node, _ state: UInt16, depth: Int) -> Int32 {
        if depth > ChartLimits.depth {
            report(node, "SC017", .error, "a guard is nested too deep")
            return constant(false, node)
        }
        if let bool = node.value.bool { return constant(bool, node) }
        if node.value.kind == .object {
            if let tree = composed(node, state, depth) { return tree }
            if node["type"]?.value.text != nil { return leaf(node) }
        } else if node.value.text?.isEmpty == false {
            return leaf(node)
        }
        report(
            node, "SC013", .error,
            "a guard is the name of a rule, an object with a `type`, or `and`, `or`, `not`, `in`")
        return constant(false, node)
    }

    private mutating func leaf(_ node: Node) -> Int32 {
        conditions.append(node)
        guards.append(
            GuardRow(
                kind: .leaf, operand: UInt32(conditions.count - 1), place: Place(node.position)))
        return Int32(guards.count - 1)
    }

    /// `{and: […]}` and so on, or `{type: and, guards: […]}`; nil for another guard.
    private mutating func composed(_ node: Node, _ state: UInt16, _ depth: Int) -> Int32? {
        var name: Text
        var operand: Node?
        if let type = node["type"]?.value.text {
            name = type
            operand = node["guards"] ?? node["guard"] ?? node["state"] ?? node["in"]
        } else if let only = node.members.first, node.members.count == 1 {
            name = only.key
            operand = only.node
        } else {
            return nil
        }
        if name.count > 7, name[0..<7] == "xstate." { name = name[7..<name.count] }
        let kind: GuardRow.Kind
        if name == "and" {
            kind = .and
        } else if name == "or" {
            kind = .or
        } else if name == "not" {
            kind = .not
        } else if name == "in" {
            kind = .inState
        } else {
            return nil
        }
        guard let operand else {
            report(node, "SC013", .error, "`\(name)` needs guards to work on")
            return constant(false, node)
        }
        if kind == .inState { return inState(operand, state) }
        var parts: [Int32] = []
        for part in operand.oneOrMore { parts.append(guardTree(part, state, depth: depth + 1)) }
        return combine(kind, parts, Place(node.position))
    }

    /// Whether states are active: `#id`, a path from the grandparent of the state that has the
    /// transition (as in XState), or an object of such paths.
    private mutating func inState(_ node: Node, _ state: UInt16) -> Int32 {
        var base = state
        for _ in 0..<2 {
            let parent = states[Int(base)].row.parent
            if parent != noState { base = parent }
        }
        var found: [UInt16] = []
        if activeStates(node, base, &found), !found.isEmpty {
            let parts = found.map { target -> Int32 in
                guards.append(
                    GuardRow(
                        kind: .inState, operand: UInt32(target), place: Place(node.position)))
                return Int32(guards.count - 1)
            }
            return parts.count == 1 ? parts[0] : combine(.and, parts, Place(node.position))
        }
        report(node, "SC020", .error, "`in` names a state that does not exist here")
        return constant(false, node)
    }

    private func activeStates(_ node: Node, _ base: UInt16, _ found: inout [UInt16]) -> Bool {
        if let text = node.value.text {
            guard let state = resolve(text, below: base) else { return false }
            found.append(state)
            return true
        }
        guard node.value.kind == .object else { return false }
        for member in node.members {
            guard let child = child(of: base, member.key) else { return false }
            found.append(child)
            if member.node.value.count > 0, !activeStates(member.node, child, &found) {
                return false
            }
        }
        return true
    }
}
