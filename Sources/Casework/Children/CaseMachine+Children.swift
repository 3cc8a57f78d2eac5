public import Definitions
public import Documents
import Expressions
import Statecharts

/// Children: asking for them, being told of them.
extension CaseMachine {
    /// Tells the case where a child of it came to rest.
    public mutating func add(_ report: ChildReport) { inbox.append(.child(report)) }

    /// Tells the case that a child is gone with its element.
    ///
    /// - Parameter workflow: the child's; nil when the catalog has it no more.
    public mutating func add(goneChild id: CaseID, of definition: String, _ workflow: Workflow?) {
        let event = self.workflow.eventOfGoneChild(arena.text(definition), workflow)
        inbox.append(.goneChild(arena.text(id.path), arena.text(definition), event))
    }

    /// The sets of children that plugins of this case asked for, and takes them away.
    public mutating func takeChildSets() -> [ChildSet] {
        let sets = output.childSets
        output.childSets.removeAll()
        return sets
    }

    /// Reads the lists of all plugins again that asked for children; a finished case asks for none.
    public mutating func rereadChildren() {
        guard !workflow.chart.isDone(record.configuration), record.status != .withdrawn else {
            return
        }
        for (index, plugin) in workflow.plugins.enumerated()
        where record.visits[index] > 0 && !record.hasFault {
            let isIterated =
                plugin.kind == .iterative && plugin.action >= 0
                && workflow.plugins[plugin.action].kind == .child
            guard isIterated || plugin.kind == .child,
                !output.childSets.contains(where: { $0.plugin == plugin.name })
            else { continue }
            do throws(TransformError) {
                if isIterated {
                    let list = try plugin.transforms.apply(
                        to: pluginContext(), now: now, in: arena)
                    guard isList(list, of: plugin) else { return }
                    requestChildren(plugin, over: list, isAsked: false)
                } else {
                    requestChild(plugin, isAsked: false)
                }
            } catch { failTransform(plugin, error) }
        }
    }

    // MARK: Asking

    /// Asks for the one child of a child plugin.
    mutating func requestChild(_ plugin: Plugin, isAsked: Bool = true) {
        do throws(TransformError) {
            let context = pluginContext()
            guard let request = try request(plugin, over: context, element: nil) else { return }
            emit(
                ChildSet(
                    plugin: plugin.name, isAsked: isAsked, isSingle: true, requests: [request]),
                plugin)
        } catch { failTransform(plugin, error) }
    }

    /// Asks for a child for each element of a list.
    mutating func requestChildren(_ plugin: Plugin, over list: Value, isAsked: Bool = true) {
        let action = workflow.plugins[plugin.action]
        var requests: [ChildRequest] = []
        do throws(TransformError) {
            for element in list.array ?? .init(start: nil, count: 0) {
                let seen = element.assigning(runtime, in: arena)
                if let made = try request(action, over: seen, element: element) {
                    requests.append(made)
                }
            }
        } catch { return failTransform(action, error) }
        emit(
            ChildSet(plugin: plugin.name, isAsked: isAsked, isSingle: false, requests: requests),
            plugin)
    }

    private func request(
        _ plugin: Plugin, over seen: Value, element: Value?
    ) throws(TransformError) -> ChildRequest? {
        guard let child = plugin.child else { return nil }
        return ChildRequest(
            definition: child.definition,
            context: try plugin.transforms.apply(to: seen, now: now, in: arena),
            initialEvent: child.initialEvent, key: element.flatMap { ownID($0) })
    }

    /// The id that an element brings: its own, its entity's, or Ballerine's.
    private func ownID(_ element: Value) -> Text? {
        for id in [element["id"], element["entity"]?["id"], element["ballerineEntityId"]] {
            if let text = id?.text, !text.isEmpty { return text }
            if let number = id?.integer { return arena.text(String(number)) }
        }
        return nil
    }

    private mutating func emit(_ set: ChildSet, _ plugin: Plugin) {
        guard set.requests.isEmpty || depth < catalog.settings.limits.childDepth else {
            return fail(
                code: "RUN013",
                "the plugin '\(plugin.name)' starts children \(depth + 1) levels deep, and "
                    + "limits.childDepth is \(catalog.settings.limits.childDepth)",
                place: String(plugin.place))
        }
        guard set.requests.count <= catalog.settings.limits.children else {
            return fail(
                code: "RUN014",
                "the plugin '\(plugin.name)' starts \(set.requests.count) children, and "
                    + "limits.children is \(catalog.settings.limits.children)",
                place: String(plugin.place))
        }
        output.childSets.append(set)
    }

    // MARK: Being told

    static let results = Key("childWorkflows")

    /// Takes a child's report; the first entry of the history that it leads to names the child.
    mutating func take(_ report: ChildReport) {
        let before = record.history.count
        accept(report)
        if record.history.count > before { record.history[before].child = report.id }
    }

    /// Puts a child's standing into the context, at `childWorkflows.<workflow>.<child id>`, and sends
    /// the callback's event when the state takes it.
    private mutating func accept(_ report: ChildReport) {
        let event = Text("CHILD_REPORTED")
        if workflow.chart.isDone(record.configuration) || record.status == .withdrawn {
            return note(event, .noted)
        }
        guard
            let callback = workflow.callback(
                for: report.workflow, in: report.state, isDone: report.isDone)
        else { return }
        do throws(TransformError) {
            let result =
                callback.isWritten
                ? try callback.transforms.apply(to: report.context, now: now, in: arena)
                : .emptyObject
            let standing = arena.object([
                "entityId": report.context["entity"]?["id"],
                "status": .string(report.isDone ? "completed" : "active"),
                "tags": arena.array(report.tags.map { .string($0) }),
                "state": .string(report.state), "result": result,
            ])
            let path = [Self.results, Key(report.workflow.idText), Key(report.id)]
            goOn(
                with: record.context.setting(path, to: standing, in: arena),
                event: callback.event, fallback: event)
        } catch {
            fail(
                code: "RUN012",
                "the result of the child '\(report.id)' could not be made: \(error.message)",
                place: workflow.file)
        }
    }

    /// Takes a child's standing out of the context again.
    mutating func takeGone(_ id: Text, of definition: Text, event: Text?) {
        let name = Text("CHILD_WITHDRAWN")
        let before = record.history.count
        defer {
            if record.history.count > before { record.history[before].child = id }
        }
        if workflow.chart.isDone(record.configuration) || record.status == .withdrawn {
            return note(name, .noted)
        }
        goOn(
            with: record.context.removing(child: id, of: definition, in: arena), event: event,
            fallback: name)
    }

    /// Goes on with a new context: by the event, or natively, when there is none that the state
    /// takes, by the transitions that need none.
    private mutating func goOn(with context: Value, event: Text?, fallback: Text) {
        record.context = context
        guard keepsSchema() else { return }
        if let event, handles(event) {
            deliver(event, payload: nil, origin: .child)
            return
        }
        note(event ?? fallback, .noted)
        guard workflow.semantics == .docket else { return }
        settleWithoutEvent(fallback)
    }

    /// Takes the transitions that need no event.
    mutating func settleWithoutEvent(_ name: Text) {
        var environment = guardEnvironment(event: name)
        let before = stateText()
        do throws(ChartError) {
            let step = try runner.send(
                name, payload: nil, to: workflow.chart, at: &record.configuration,
                context: record.context, environment: &environment, in: arena)
            record.context = step.context
            if step.changed { apply(step, event: name, from: before) }
        } catch {
            fail(error)
        }
    }
}

extension CaseRecord {
    /// Takes a child's standing out of the context: it is asked again, or looks again.
    public mutating func forget(_ child: CaseID, of workflow: Workflow, in arena: Arena) {
        context = context.removing(child: arena.text(child.path), of: workflow.idText, in: arena)
    }
}

extension Value {
    /// A context without one child's standing.
    func removing(child id: Text, of definition: Text, in arena: Arena) -> Value {
        let path = [CaseMachine.results, Key(definition)]
        guard let there = at(path) else { return self }
        return setting(path, to: there.removing(Key(id), in: arena), in: arena)
    }
}

extension Workflow {
    /// The active leaves' paths, joined by a comma.
    func stateText(_ configuration: Configuration, in arena: Arena) -> Text {
        if let leaf = chart.onlyLeaf(configuration) { return stateNames[Int(leaf.rawValue)] }
        return arena.text(
            chart.activeLeaves(configuration).map { String(stateNames[Int($0.rawValue)]) }
                .joined(separator: ","))
    }
}
