internal import Documents

/// Reading actions.
extension ChartCompiler {
    /// The actions of a list (or the only one), as numbers of actions.
    mutating func actions(_ node: Node?, of state: UInt16) -> [UInt32] {
        guard let node, !node.value.isNull else { return [] }
        var list: [UInt32] = []
        for action in node.oneOrMore {
            guard let row = action.value.isNull ? nil : self.action(action, state) else { continue }
            actions.append(row)
            list.append(UInt32(actions.count - 1))
        }
        return list
    }

    mutating func actionList(_ list: [UInt32]) -> Stretch {
        let start = actionLists.count
        actionLists.append(contentsOf: list)
        return stretch(start, actionLists.count)
    }

    private mutating func action(_ node: Node, _ state: UInt16) -> ActionRow? {
        if let name = node.value.text { return named(name, node) }
        guard node.value.kind == .object, let type = node["type"]?.value.text else {
            report(node, "SC014", .error, "an action is a name or an object with a `type`")
            return nil
        }
        let plain = type.count > 7 && type[0..<7] == "xstate." ? type[7..<type.count] : type
        if plain == "assign" { return assign(node) }
        if plain == "raise" { return send(node, .raise) }
        if plain == "send", node["to"] == nil { return send(node, .send) }
        if plain == "send", node["to"]?.value.text == Text("#_internal") {
            return send(node, node["delay"] == nil ? .raise : .send)
        }
        if plain == "cancel" {
            guard let id = (node["sendId"] ?? node["id"])?.value.text else {
                report(node, "SC014", .error, "a cancel action has a `sendId`")
                return nil
            }
            let name = copy(id)
            return ActionRow(kind: .cancel, name: name, sendID: name, place: Place(node.position))
        }
        if plain == "choose" { return choose(node, state) }
        return named(type, node)
    }

    private mutating func named(_ name: Text, _ node: Node) -> ActionRow {
        namedActions.append(node)
        return ActionRow(
            kind: .named, name: copy(name), index: Int32(namedActions.count - 1),
            sendID: Text(""), place: Place(node.position))
    }

    private mutating func assign(_ node: Node) -> ActionRow? {
        guard let assignment = node["assignment"], assignment.value.kind == .object else {
            report(node, "SC014", .error, "an assign action has an `assignment` object")
            return nil
        }
        assignments.append(assignment)
        return ActionRow(
            kind: .assign, name: Text("xstate.assign"), index: Int32(assignments.count - 1),
            sendID: Text(""), place: Place(node.position))
    }

    private mutating func send(_ node: Node, _ kind: ActionRow.Kind) -> ActionRow? {
        let given = node["event"]
        guard let name = given?.value.text ?? given?["type"]?.value.text, !name.isEmpty else {
            report(node, "SC014", .error, "a raise or send action has an `event`")
            return nil
        }
        let number = event(name)
        let kept = events[Int(number)]
        var row = ActionRow(
            kind: kind, name: kept, event: number, sendID: kept, place: Place(node.position))
        if let payload = given?["payload"]?.value { row.payload = arena.copy(payload) }
        if let id = node["id"]?.value.text { row.sendID = copy(id) }
        guard let delay = node["delay"], !delay.value.isNull else { return row }
        let length =
            delay.value.text.flatMap { Delay.milliseconds(String($0)) } ?? delay.value.integer
        guard let length, length >= 0, length <= Delay.longest else {
            report(
                delay, "SC011", .error,
                "this is no delay; write milliseconds, `P30D` or `7 days`")
            return nil
        }
        row.delay = length
        row.kind = .send
        return row
    }

    private mutating func choose(_ node: Node, _ state: UInt16) -> ActionRow? {
        guard let branches = node["conds"], branches.value.kind == .array else {
            report(node, "SC014", .error, "a choose action has a list of `conds`")
            return nil
        }
        var rows: [ChoiceRow] = []
        for branch in branches.elements {
            guard branch.value.kind == .object else {
                report(branch, "SC014", .error, "a branch of a choose action is an object")
                continue
            }
            let condition = self.condition(branch, state)
            let list = actions(branch["actions"], of: state)
            rows.append(ChoiceRow(condition: condition, actions: actionList(list)))
        }
        let start = choices.count
        choices.append(contentsOf: rows)
        return ActionRow(
            kind: .choose, name: Text("xstate.choose"), sendID: Text(""),
            choices: stretch(start, choices.count), place: Place(node.position))
    }
}
