import DecisionTables
import Definitions
import Documents
import Expressions
import RiskRules

/// Plugins: what they are given, what they do, where their output goes.
extension CaseMachine {
    /// Takes the next piece of work; gives a call when it needs an answer.
    mutating func work(on frame: Frame) -> VendorCall? {
        switch frame {
        case .plugins(let list, let next):
            guard next < list.count else { return nil }
            if next + 1 < list.count { agenda.append(.plugins(list, next: next + 1)) }
            return run(list[next])
        case .iteration(let plugin, let elements, let next):
            return iterate(plugin, elements, next)
        case .call(let plugin, let element, let visit, let position):
            return call(plugin, element: element, visit: visit, position: position)
        }
    }

    private mutating func run(_ index: Int) -> VendorCall? {
        let plugin = workflow.plugins[index]
        record.visits[index] += 1
        begin(index)
        switch plugin.kind {
        case .dispatchEvent: dispatch(plugin)
        case .child:
            requestChild(plugin)
            if !record.hasFault { succeed(plugin) }
        case .iterative: return startIteration(index, plugin)
        case .transformer: transform(plugin)
        case .riskRules: scoreRisk(plugin)
        case .scorecard: scoreCard(plugin)
        case .table: decide(plugin)
        case .attachForm: attachForm(plugin, visit: record.visits[index])
        case .api: return call(index, element: nil, visit: record.visits[index], position: 1)
        case .webhook: sendWebhook(plugin)
        }
        return nil
    }

    /// The context as plugins see it, with the run's identity beside it.
    mutating func pluginContext() -> Value { withRuntime(record.context) }

    /// Who runs, as plugins see it; made once a case.
    mutating func makeRuntime() -> Value {
        var members = MemberSpace(count: 2, in: arena)
        members.add(
            "workflowRuntimeConfig", workflow.config.assigning(record.config, in: arena))
        members.add("workflowRuntimeId", .string(caseText))
        return members.finish()
    }

    mutating func withRuntime(_ context: Value) -> Value {
        context.assigning(runtime, in: arena)
    }

    mutating func succeed(_ plugin: Plugin) {
        if monitoring?.isLooking == true { return }
        if let action = plugin.successAction { deliver(action, payload: nil, origin: .plugin) }
    }

    /// What a transform that fails does to a plugin that has no error of its own to write.
    mutating func failTransform(_ plugin: Plugin, _ error: TransformError) {
        fail(
            code: "RUN010", "the plugin '\(plugin.name)' failed: \(error.message)",
            place: String(plugin.place))
    }

    // MARK: Plugins without a vendor

    private mutating func dispatch(_ plugin: Plugin) {
        do throws(TransformError) {
            let seen = record.context.assigning(plugin.payload ?? .emptyObject, in: arena)
            let payload = try plugin.transforms.apply(to: seen, now: now, in: arena)
            let name = plugin.eventName ?? plugin.name
            output.dispatched.append(
                DispatchedEvent(
                    name: name, payload: payload, state: plugin.states.first ?? stateText()))
            announce(name, payload: payload)
            succeed(plugin)
        } catch {
            failTransform(plugin, error)
        }
    }

    /// Gives the case a token for a collection flow, in `metadata`.
    ///
    /// The token names the flow and is the same in every replay: a hash of case, episode, form and
    /// visit. Who may open the flow is for whoever serves it to decide.
    private mutating func attachForm(_ plugin: Plugin, visit: Int) {
        if let form = plugin.form {
            var metadata = ObjectBuilder(record.context["metadata"])
            metadata["token"] = .string(flowToken(form.id, visit))
            metadata["uiDefinitionId"] = .string(form.id)
            if let minutes = form.expireInMinutes {
                let end = now.advanced(byMilliseconds: minutes &* 60_000)
                metadata["tokenExpiresAt"] = arena.string(end.withMilliseconds)
            }
            record.context = record.context.setting(
                Key("metadata"), to: metadata.finish(in: arena), in: arena)
            guard keepsSchema() else { return }
        }
        succeed(plugin)
    }

    private func flowToken(_ form: Text, _ visit: Int) -> Text {
        var bytes = Array("collection flow\n".utf8) + Array(caseText.bytes)
        for number in [record.episode, visit] {
            bytes.append(0x0A)
            withUnsafeBytes(of: UInt64(number).littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += Array(form.bytes)
        return bytes.withUnsafeBytes { Digest.text(of: $0, first: 20, in: arena) }
    }

    private mutating func transform(_ plugin: Plugin) {
        do throws(TransformError) {
            if workflow.semantics == .ballerine {
                let made = try plugin.transforms.apply(to: pluginContext(), now: now, in: arena)
                keepNestedChanges(of: made)
            } else {
                let made = try plugin.transforms.apply(to: record.context, now: now, in: arena)
                guard made.kind == .object else {
                    return fail(
                        code: "RUN011",
                        "the transformer '\(plugin.name)' made a value that is no object",
                        place: String(plugin.place))
                }
                record.context = made
            }
            guard keepsSchema() else { return }
            succeed(plugin)
        } catch { failTransform(plugin, error) }
    }

    /// Ballerine transforms a shallow copy of the context: what changes inside its members changes
    /// the context, what is set beside them is lost.
    private mutating func keepNestedChanges(of made: Value) {
        var kept = ObjectBuilder(record.context)
        for member in record.context.members ?? .init(start: nil, count: 0) {
            let isNested = member.value.kind == .object || member.value.kind == .array
            if isNested, let new = made[member.lookup], new.kind == member.value.kind {
                kept[member.lookup] = new
            }
        }
        record.context = kept.finish(in: arena)
    }

    private mutating func scoreRisk(_ plugin: Plugin) {
        let score: RiskScore
        do throws(ExpressionError) {
            score = try RiskScore.evaluate(
                plugin.rules, over: pluginContext(), levels: risk.levels, cap: risk.scoreCap,
                semantics: workflow.semantics == .ballerine ? .ballerine : .docket, now: now,
                in: arena)
        } catch { return failScore(plugin, error) }
        record.risk = .init(
            score: score.score, level: score.level, indicators: indicators(of: score),
            bounds: bounds(of: score))
        var output = score.value(in: arena)
        if workflow.semantics == .docket, let level = score.level {
            output = output.setting(Key("riskLevel"), to: .string(level), in: arena)
        }
        guard keep(output, of: plugin) else { return }
        // Ballerine's runner drops the actions of risk rules.
        if workflow.semantics == .docket { succeed(plugin) }
    }

    /// Puts what a score gave where it goes; false when the context breaks its schema with it.
    private mutating func keep(_ output: Value, of plugin: Plugin) -> Bool {
        if let destination = plugin.destination {
            record.context = ContextMerge.merge(
                output, into: record.context, at: destination, in: arena)
        } else {
            record.context = record.context.setting(plugin.output, to: output, in: arena)
        }
        return keepsSchema(after: plugin.destination ?? plugin.output)
    }

    private mutating func scoreCard(_ plugin: Plugin) {
        guard let card = plugin.scorecard else { return succeed(plugin) }
        do throws(ExpressionError) {
            let scoring = try card.evaluate(Scope(pluginContext()), in: arena)
            guard keep(scoring.value(in: arena), of: plugin) else { return }
            succeed(plugin)
        } catch { failScore(plugin, error) }
    }

    private mutating func failScore(_ plugin: Plugin, _ error: ExpressionError) {
        fail(
            code: "RUN010", "the plugin '\(plugin.name)' failed: \(error.message)",
            place: String(plugin.place))
    }

    /// What bounded the sum, for the record: `[{by, rule?, to}]`; nil when nothing did.
    private mutating func bounds(of score: RiskScore) -> Value? {
        var list: [Value] = []
        if let most = score.bounds.most, let first = score.raised.first {
            list.append(
                arena.object([
                    "by": .string("maxRiskScore"), "rule": .string(first.rule.reference),
                    "to": most,
                ]))
        }
        if let least = score.bounds.least {
            let rule = score.raised[score.bounds.leastRule].rule
            list.append(
                arena.object([
                    "by": .string("minRiskScore"), "rule": .string(rule.reference), "to": least,
                ]))
        }
        if let cap = score.bounds.cap {
            list.append(arena.object(["by": .string("cap"), "to": cap]))
        }
        return list.isEmpty ? nil : arena.array(list)
    }

    /// What was raised, for the record: no data of the case, only where it stands.
    private mutating func indicators(of score: RiskScore) -> Value {
        let arena = self.arena
        return arena.array(count: score.raised.count) { index in
            let raised = score.raised[index]
            let (place, evidence) = (raised.place, raised.evidence)
            var members = MemberSpace(count: place == nil ? 5 : 7, in: arena)
            members.add("domain", .string(raised.rule.domain))
            members.add("name", .string(raised.indicator))
            members.add("rule", .string(raised.rule.reference))
            members.add("adds", index == 0 ? raised.baseScore : raised.additionalScore)
            if let place {
                members.add("row", .string(place.row))
                members.add("rows", .integer(place.count))
            }
            members.add("evidence", arena.array(count: evidence.count) { .string(evidence[$0]) })
            return members.finish()
        }
    }

    // MARK: Iterations

    private mutating func startIteration(_ index: Int, _ plugin: Plugin) -> VendorCall? {
        do throws(TransformError) {
            let elements = try plugin.transforms.apply(to: pluginContext(), now: now, in: arena)
            if workflow.semantics == .ballerine { keepHelperChanges(plugin) }
            guard elements.kind == .array else {
                if isList(elements, of: plugin) { succeed(plugin) }
                return nil
            }
            if plugin.action >= 0, workflow.plugins[plugin.action].kind == .child {
                requestChildren(plugin, over: elements)
                if !record.hasFault { succeed(plugin) }
                return nil
            }
            return iterate(index, elements, 0)
        } catch {
            failTransform(plugin, error)
            return nil
        }
    }

    /// Whether a value may be iterated over: nothing at all is an empty list. Natively any other value
    /// that is no list fails the case: else nobody would be looked at, and it would go on. Ballerine
    /// goes on.
    mutating func isList(_ value: Value, of plugin: Plugin) -> Bool {
        if value.kind == .array || value.isNull || workflow.semantics == .ballerine { return true }
        fail(
            code: "RUN010", "the plugin '\(plugin.name)' iterates over a value that is no list",
            place: String(plugin.place))
        return false
    }

    /// Helper methods of a list to iterate on change the context itself there.
    private mutating func keepHelperChanges(_ plugin: Plugin) {
        guard case .helpers(let methods)? = plugin.transforms.steps.first else { return }
        let first = Transforms(steps: Table([.helpers(methods)], in: arena))
        do throws(TransformError) {
            keepNestedChanges(of: try first.apply(to: pluginContext(), now: now, in: arena))
        } catch { failTransform(plugin, error) }
    }

    private mutating func iterate(_ index: Int, _ elements: Value, _ next: Int) -> VendorCall? {
        let plugin = workflow.plugins[index]
        guard let element = elements[next], plugin.action >= 0 else {
            succeed(plugin)
            return nil
        }
        agenda.append(.iteration(plugin: index, elements: elements, next: next + 1))
        if workflow.plugins[plugin.action].kind == .webhook {
            sendWebhook(workflow.plugins[plugin.action], for: element)
            return nil
        }
        if next == 0 {
            record.visits[plugin.action] += 1
            begin(plugin.action)
        }
        return call(
            plugin.action, element: element, visit: record.visits[plugin.action],
            position: next + 1)
    }

    // MARK: Calls

    /// Makes the request of an API plugin; a request that cannot be made ends in its error action.
    private mutating func call(
        _ index: Int, element: Value?, visit: Int, position: Int
    ) -> VendorCall? {
        let plugin = workflow.plugins[index]
        let frame = Frame.call(plugin: index, element: element, visit: visit, position: position)
        do throws(CallError) {
            let call = try CallBuilder(plugin, of: workflow, now: now, in: arena)
                .build(over: element.map { withRuntime($0) } ?? pluginContext())
            guard let call else {
                end(plugin, element, .output(.emptyObject))
                return nil
            }
            agenda.append(frame)
            return call.numbered(visit: visit, position: position)
        } catch {
            note(index, visit: visit, isAnswered: false, .failed)
            end(plugin, element, .failure(error.message))
            return nil
        }
    }

    /// Takes the answer of the call that ``run()`` gave last.
    public mutating func resume(
        with answer: VendorAnswer, receipt: AnswerReceipt? = nil, isStored: Bool = false,
        to call: VendorCall
    ) {
        guard case .call(let index, let element, let visit, _)? = agenda.last else { return }
        let frame = agenda.removeLast()
        let plugin = workflow.plugins[index]
        switch answer {
        case .unavailable where monitoring?.isLooking == true: postponeMonitor()
        case .unavailable(let reason):
            // All that this call holds up waits with it; other events may still move the case.
            note(index, visit: visit, isAnswered: false, .waiting)
            park(frame, reason)
            return
        case .failure(let message):
            note(index, visit: visit, isAnswered: true, .failed)
            evidence.append(
                Evidence(
                    call: call, answer: answer, episode: record.episode, receipt: receipt,
                    isStored: isStored))
            end(plugin, element, .failure(message))
        case .response(let status, let body):
            evidence.append(
                Evidence(
                    call: call, answer: answer, episode: record.episode, receipt: receipt,
                    isStored: isStored))
            let outcome = outcome(of: plugin, status: status, body: body)
            var isFailure = false
            if case .failure = outcome { isFailure = true }
            note(index, visit: visit, isAnswered: true, isFailure ? .failed : .done)
            end(plugin, element, outcome)
        }
    }

    private mutating func park(_ frame: Frame, _ reason: String) {
        record.parked += agenda + [frame]
        agenda.removeAll(keepingCapacity: true)
        record.waitingFor = reason
    }

    /// What came of a call: the output or the error to store.
    private enum CallOutcome {
        case output(Value)
        case failure(String)
    }

    private mutating func outcome(of plugin: Plugin, status: Int, body: Value) -> CallOutcome {
        guard (200..<300).contains(status) else {
            return .failure(
                "Request Failed: \(HTTPStatus.reason(status)) Error: \(JSONWriter.line(body))")
        }
        let body =
            status == 204 || status == 202
            ? arena.object(["statusCode": .integer(status)]) : body
        do throws(TransformError) {
            let output = try plugin.call.response.apply(to: body, now: now, in: arena)
            guard let schema = plugin.call.responseSchema else { return .output(output) }
            do throws(CallError) {
                try SchemaCheck.check(output, schema, in: arena)
                return .output(output)
            } catch { return .failure(error.message) }
        } catch {
            return .failure(error.message)
        }
    }

    /// Stores what came of a call and sends the plugin's event. In an iteration the result is
    /// dropped in Ballerine; Docket keeps it as evidence.
    private mutating func end(_ plugin: Plugin, _ element: Value?, _ outcome: CallOutcome) {
        if let look = monitoring, look.isLooking, case .failure(let message) = outcome {
            return failMonitor(workflow.monitors[look.index], message)
        }
        if element != nil { return storeIterated(plugin, outcome) }
        let hasBoth = plugin.successAction != nil && plugin.errorAction != nil
        if workflow.semantics == .ballerine && !hasBoth && monitoring?.isLooking != true { return }
        let own = plugin.output
        switch outcome {
        case .output(let body):
            let merged = ContextMerge.merge(
                ContextMerge.spread(body, in: arena), into: record.context,
                at: plugin.destination ?? own, in: arena)
            if workflow.semantics == .docket,
                let problem = schemaProblem(merged, after: plugin.destination ?? own)
            {
                // What a vendor answered is the plugin's error, as with its own response schema.
                return end(plugin, element, .failure(problem))
            }
            record.context = merged
            succeed(plugin)
        case .failure(let message):
            let error = arena.object([
                "name": .string(plugin.name), "error": arena.string(message),
                "status": .string("ERROR"),
            ])
            record.context = ContextMerge.merge(error, into: record.context, at: own, in: arena)
            guard keepsSchema(after: own) else { return }
            if let action = plugin.errorAction { deliver(action, payload: nil, origin: .plugin) }
        }
    }

    /// Natively the results of an iteration stand in a list under the called plugin's name, in the
    /// order of the elements.
    private mutating func storeIterated(_ plugin: Plugin, _ outcome: CallOutcome) {
        if workflow.semantics == .ballerine { return }
        let result: Value
        switch outcome {
        case .output(let body): result = body
        case .failure(let message):
            result = arena.object([
                "name": .string(plugin.name), "error": arena.string(message),
                "status": .string("ERROR"),
            ])
        }
        let path =
            plugin.destination ?? plugin.output
        var results: [Value] = []
        if case .iteration(_, _, let next)? = agenda.last, next > 1 {
            results = record.context.at(path)?.array.map { Array($0) } ?? []
        }
        results.append(result)
        record.context = record.context.setting(path, to: arena.array(results), in: arena)
        _ = keepsSchema(after: path)
    }
}
