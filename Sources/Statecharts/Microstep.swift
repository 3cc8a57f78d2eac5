internal import Documents
internal import Expressions

/// One microstep, as XState v4 takes it: select transitions from the leaves up, find the next
/// configuration, list what is left and entered, run the actions.
extension ChartRunner {
    /// Selects transitions in a state and its active descendants: a state's own only when none of
    /// its descendants has one. True when any was selected.
    mutating func select<Environment: ChartEnvironment>(
        _ chart: Chart, _ state: UInt16, _ event: PendingEvent,
        _ environment: inout Environment
    ) throws(ChartError) -> Bool {
        var any = false
        var child = scratch.firstChild[Int(state)]
        while child != noState {
            if try select(chart, child, event, &environment) { any = true }
            child = scratch.sibling[Int(child)]
        }
        if any { return true }
        let stretch = chart.row(state).pointee.transitions
        var at = Int(stretch.start)
        let end = at &+ Int(stretch.count)
        while at < end {
            let row = chart.tables.transitions + at
            let waitsFor = row.pointee.event
            let matches =
                waitsFor == EventID.wildcard.rawValue
                ? event.id != .null : waitsFor == event.id.rawValue
            let condition = row.pointee.condition
            if matches, try guardHolds(chart, condition, event.payload, &environment) {
                selected.append(Int32(at))
                return true
            }
            at &+= 1
        }
        return false
    }

    /// Whether a guard holds; no guard does.
    func guardHolds<Environment: ChartEnvironment>(
        _ chart: Chart, _ condition: Int32, _ payload: Value?, _ environment: inout Environment
    ) throws(ChartError) -> Bool {
        guard condition >= 0 else { return true }
        let row = chart.tables.guards + Int(condition)
        switch row.pointee.kind {
        case .constant: return row.pointee.operand != 0
        case .inState: return scratch.previous.contains(UInt16(row.pointee.operand))
        case .leaf:
            do throws(ChartError) {
                return try environment.holds(
                    Int(row.pointee.operand), Scope(context, under: payload))
            } catch {
                throw placed(error, chart, row.pointee.place)
            }
        case .and, .or, .not:
            // `and` ends at the first that fails; `or`, and `not` as none of them, at the first
            // that holds.
            let ending = row.pointee.kind != .and
            for i in 0..<Int(row.pointee.count) {
                let child = Int32(chart.tables.guardLists[Int(row.pointee.operand) + i])
                if try guardHolds(chart, child, payload, &environment) == ending {
                    return row.pointee.kind == .or
                }
            }
            return row.pointee.kind != .or
        }
    }

    func placed(_ error: ChartError, _ chart: Chart, _ place: Place) -> ChartError {
        var error = error
        if error.place == nil { error.place = chart.reference(place) }
        return error
    }

    /// Puts the next configuration of the selected transitions into the scratch, and the states
    /// that they enter again into its exits.
    mutating func target(_ chart: Chart) {
        scratch.beginNext()
        for index in selected {
            let row = chart.tables.transitions + Int(index)
            if row.pointee.targets.isEmpty {
                scratch.add(row.pointee.source)
                continue
            }
            for at in row.pointee.targets.range {
                let target = chart.tables.indexes[at]
                if chart.row(target).pointee.kind == .history, !memory.isEmpty {
                    remembered(chart, target)
                } else {
                    scratch.add(chart.row(target).pointee.initial, of: chart)
                }
                if !row.pointee.isInternal { leave(chart, row.pointee.source, target) }
            }
        }
        scratch.complete(chart)
    }

    /// What an external transition leaves although it may stay active (XState's "potentially
    /// re-entering nodes").
    private func leave(_ chart: Chart, _ source: UInt16, _ target: UInt16) {
        if source < target { return scratch.exits.insert(source) }
        guard source < chart.row(target).pointee.end else { return }
        var state = source
        while state != target {
            scratch.exits.insert(state)
            state = chart.row(state).pointee.parent
        }
        scratch.exits.insert(target)
    }

    // MARK: History

    /// Targets what a history state remembers.
    private mutating func remembered(_ chart: Chart, _ state: UInt16) {
        let row = chart.row(state)
        let parent = row.pointee.parent
        if row.pointee.isDeep { return deepRemembered(chart, parent) }
        for at in chart.row(parent).pointee.memory.range {
            let child = memory[at]
            if child == noState { return scratch.add(shallowInitial(chart, parent)) }
            scratch.add(child)
        }
    }

    private mutating func deepRemembered(_ chart: Chart, _ state: UInt16) {
        for at in chart.row(state).pointee.memory.range {
            let child = memory[at]
            if child == noState {
                return scratch.add(chart.row(state).pointee.initial, of: chart)
            }
            if chart.row(child).pointee.memory.isEmpty {
                scratch.add(child)
            } else {
                deepRemembered(chart, child)
            }
        }
    }

    /// The child of a compound state that holds its initial states.
    private func shallowInitial(_ chart: Chart, _ state: UInt16) -> UInt16 {
        let initial = chart.row(state).pointee.initial
        guard !initial.isEmpty else { return state }
        var child = chart.tables.indexes[Int(initial.start)]
        while child != state, chart.row(child).pointee.parent != state {
            child = chart.row(child).pointee.parent
        }
        return child
    }

    /// Notes the children of the active states.
    private mutating func remember(_ chart: Chart) {
        for state in scratch.value {
            let slots = chart.row(state).pointee.memory
            var slot = Int(slots.start)
            var child = scratch.firstChild[Int(state)]
            while child != noState, slot < slots.range.upperBound {
                memory[slot] = child
                slot += 1
                child = scratch.sibling[Int(child)]
            }
        }
    }

    // MARK: Applying

    /// What a microstep is for.
    enum Occasion {
        /// Entering the initial states.
        case initial
        /// The selected transitions.
        case taken
        /// An event that nothing handles. XState still enters what its state value lacks of the
        /// configuration, and runs the exit actions of a finished chart again.
        case unhandled
    }

    /// Leaves, enters and runs actions, and makes the next configuration the current one; pushes
    /// what is to be done after it onto `pending`.
    mutating func apply<Environment: ChartEnvironment>(
        _ chart: Chart, _ event: PendingEvent, _ occasion: Occasion,
        _ environment: inout Environment, _ arena: Arena
    ) throws(ChartError) {
        listEntries(chart)
        listExits(chart)
        let target = scratch.next
        let isDone = chart.isInFinalState(0) { target.contains($0) }
        finished = isDone
        plan.clear()
        raising.clear()
        let before = context
        let doneAt = makePlan(chart, isDone: isDone)
        if occasion != .unhandled { scratch.entries.forEach { entered.append(StateID($0)) } }
        if !plan.isEmpty {
            if !chart.tables.keepsActionOrder {
                context = try assignments(chart, plan[...], context, event, &environment, arena)
            }
            try run(chart, plan[..<doneAt], event, &environment, arena)
        }
        try raiseDone(chart, before, event, &environment)
        if doneAt < plan.count { try run(chart, plan[doneAt...], event, &environment, arena) }
        if occasion != .unhandled { advance(chart, occasion) }
        let isTransient =
            occasion == .unhandled ? scratch.hasTransient(chart) : scratch.hasAnyTransient(chart)
        if isDone || occasion == .unhandled && (event.id == .null || !isTransient) { return }
        for event in raising.reversed() { pending.append(event) }
        if isTransient { pending.append(.null) }
    }

    private mutating func advance(_ chart: Chart, _ occasion: Occasion) {
        guard chart.tables.hasHistory, occasion == .taken else { return scratch.advance(chart) }
        if memory.isEmpty {
            memory = chart.initialMemory()
            remember(chart)
        }
        scratch.advance(chart)
        remember(chart)
    }

    private mutating func listEntries(_ chart: Chart) {
        scratch.entries.clear()
        let (previous, exits, entries) = (scratch.previous, scratch.exits, scratch.entries)
        scratch.next.forEach { state in
            let parent = chart.row(state).pointee.parent
            if !previous.contains(state) || exits.contains(state)
                || parent != noState && entries.contains(parent)
            {
                entries.insert(state)
            }
        }
    }

    private mutating func listExits(_ chart: Chart) {
        for state in scratch.value {
            let parent = chart.row(state).pointee.parent
            if !scratch.next.contains(state) || parent != noState && scratch.exits.contains(parent)
            {
                scratch.exits.insert(state)
            }
        }
    }

    /// Lists the actions of this microstep: exits, transitions, entries; when it ends the chart the
    /// exits of what stays. Returns where done events come among them.
    private mutating func makePlan(_ chart: Chart, isDone: Bool) -> Int {
        let tables = chart.pointer
        scratch.exits.forEachReversed { state in
            exited.append(StateID(state))
            for at in chart.row(state).pointee.exit.range {
                plan.append(tables.pointee.actionLists[at])
            }
        }
        for index in selected {
            for at in tables.pointee.transitions[Int(index)].actions.range {
                plan.append(tables.pointee.actionLists[at])
            }
        }
        scratch.entries.forEach { state in
            for at in chart.row(state).pointee.entry.range {
                plan.append(tables.pointee.actionLists[at])
            }
        }
        let doneAt = plan.count
        if isDone {
            scratch.next.forEachReversed { state in
                for at in chart.row(state).pointee.exit.range {
                    let action = tables.pointee.actionLists[at]
                    let kind = tables.pointee.actions[Int(action)].kind
                    if kind != .raise && kind != .send { plan.append(action) }
                }
            }
        }
        return doneAt
    }

    /// Raises the done events of the final states that were entered.
    private mutating func raiseDone<Environment: ChartEnvironment>(
        _ chart: Chart, _ before: Value, _ event: PendingEvent, _ environment: inout Environment
    ) throws(ChartError) {
        for state in scratch.entries {
            let row = chart.row(state).pointee
            guard row.kind == .final, row.parent != noState else { continue }
            let parent = chart.row(row.parent).pointee
            guard parent.parent != noState else { continue }
            var data: Value?
            if row.data >= 0 {
                do throws(ChartError) {
                    data = try environment.assign(
                        Int(row.data), Scope(before, under: event.payload))
                } catch {
                    throw placed(error, chart, row.place)
                }
            }
            raise(chart, row.doneEvent, data)
            raise(chart, parent.doneEvent, data)
            let grandparent = chart.row(parent.parent).pointee
            guard grandparent.kind == .parallel else { continue }
            let target = scratch.next
            if chart.isInFinalState(parent.parent, { target.contains($0) }) {
                raise(chart, grandparent.doneEvent, nil)
            }
        }
    }

    private mutating func raise(_ chart: Chart, _ event: UInt16, _ payload: Value?) {
        guard event != noState else { return }
        let name = chart.tables.events[Int(event)]
        raised.append(name)
        raising.append(PendingEvent(id: EventID(event), name: name, payload: payload))
    }
}
