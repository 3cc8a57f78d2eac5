import Casework
import Definitions
import Documents
import Testing

private let screening = """
    docket: 1
    id: screening
    definition:
      initial: idle
      states:
        idle: {on: {START: checking}}
        checking: {on: {CHECKED: people, CHECK_FAILED: manual}}
        people: {on: {PEOPLE_DONE: manual}}
        manual: {tags: [manual_review], on: {approve: approved}}
        approved: {tags: [approved], type: final}
    extensions:
      apiPlugins:
        - name: registry
          pluginKind: api
          vendor: companies
          url: "https://registry.example.com/{entity.country}/{entity.name}"
          method: GET
          headers: {Authorization: "Bearer {secret.REGISTRY_TOKEN}"}
          stateNames: [checking]
          successAction: CHECKED
          errorAction: CHECK_FAILED
          request: {transform: [{transformer: jmespath, mapping: "{number: entity.number, key: '{secret.KEY}'}"}]}
          response: {transform: [{transformer: jmespath, mapping: "{data: @}"}]}
        - name: person
          pluginKind: api
          vendor: sanctions
          url: "https://sanctions.example.com"
          method: POST
          stateNames: []
          successAction: X
          errorAction: Y
          request: {transform: [{transformer: jmespath, mapping: "{name: name}"}]}
        - name: decided
          pluginKind: webhook
          url: "https://hooks.example.com/{entity.number}"
          method: POST
          stateNames: [approved]
          request: {transform: [{transformer: jmespath, mapping: "{number: entity.number}"}]}
      commonPlugins:
        - name: people
          pluginKind: iterative
          actionPluginName: person
          stateNames: [people]
          iterateOn: [{transformer: jmespath, mapping: "people"}]
          successAction: PEOPLE_DONE
          errorAction: PEOPLE_FAILED
    """

private let context = #"""
    {"entity": {"number": "01", "country": "GB", "name": "Acme {secret.KEY} Ltd"}, "people": [{"name": "Ann"}, {"name": "Bo"}]}
    """#

@Suite struct PluginTests {
    let bench = CaseBench(screening)

    @Test func `a call carries secrets as slots, and braces in data stay data`() throws {
        var machine = bench.start(context)
        machine.add(bench.event("START"))
        guard case .call(let call) = machine.run() else {
            Issue.record("no call")
            return
        }
        let shown = { (text: Text) in
            String(decoding: SecretSlots.showing(Array(text.bytes)), as: UTF8.self)
        }
        #expect(
            shown(call.url)
                == "https://registry.example.com/GB/Acme%20%7Bsecret.KEY%7D%20Ltd?number=01&key={secret.KEY}"
        )
        #expect(shown(call.headers[2].value) == "Bearer {secret.REGISTRY_TOKEN}")
        let filled = SecretSlots.filling(Array(call.url.bytes)) { Array("<\($0)>".utf8) }
        #expect(
            String(decoding: filled, as: UTF8.self)
                == "https://registry.example.com/GB/Acme%20%7Bsecret.KEY%7D%20Ltd?number=01&key=<KEY>"
        )
    }

    @Test func `data cannot change the host or the path of a URL`() throws {
        var machine = bench.start(
            #"{"entity": {"country": "../../admin?x=1#", "name": "@evil.example/é"}}"#)
        machine.add(bench.event("START"))
        guard case .call(let call) = machine.run() else {
            Issue.record("no call")
            return
        }
        let path = String(decoding: call.url.bytes.prefix { $0 != 0x3F }, as: UTF8.self)
        #expect(
            path
                == "https://registry.example.com/..%2F..%2Fadmin%3Fx%3D1%23/%40evil.example%2F%C3%A9"
        )
    }

    @Test func `answers end in the context and the case goes on`() {
        var machine = bench.start(context)
        machine.add(bench.event("START"))
        var calls: [String] = []
        bench.settle(&machine) { call in
            calls.append("\(call.plugin)-\(call.visit)-\(call.call)")
            return .response(status: 200, body: bench.value(#"{"ok": true}"#))
        }
        #expect(calls == ["registry-1-1", "person-1-1", "person-1-2"])
        #expect(
            bench.json(machine.record.context["pluginsOutput"])
                == #"{"registry":{"data":{"ok":true}},"person":[{"ok":true},{"ok":true}]}"#)
        #expect(bench.state(machine) == "manual" && machine.evidence.count == 3)
    }

    @Test func `an answer that is no success ends in the error action`() {
        var machine = bench.start(context)
        machine.add(bench.event("START"))
        bench.settle(&machine) { _ in .response(status: 500, body: bench.value(#"{"m": 1}"#)) }
        #expect(
            bench.json(machine.record.context["pluginsOutput"]?["registry"])
                == #"{"name":"registry","error":"Request Failed: Internal Server Error Error: {\"m\":1}","status":"ERROR"}"#
        )
        #expect(bench.state(machine) == "manual")
    }

    @Test func `a vendor without an answer leaves the case waiting, and a later run asks again`() {
        var machine = bench.start(context)
        machine.add(bench.event("START"))
        bench.settle(&machine) { _ in .unavailable(reason: "down") }
        #expect(machine.record.status == .waiting && machine.record.waitingFor == "down")
        #expect(bench.state(machine) == "checking" && machine.record.parked.count == 1)
        var later = bench.next(machine)
        bench.settle(&later) { _ in .failure(message: "reset") }
        #expect(bench.state(later) == "manual" && later.record.status == .active)
        #expect(later.record.parked.isEmpty)
    }

    @Test func `a webhook plugin leaves a message with the same id in every replay`() {
        var ids: [String] = []
        for _ in 0..<2 {
            var machine = bench.start(context)
            machine.add(bench.event("START"))
            machine.add(bench.event("approve"))
            bench.settle(&machine) { _ in .response(status: 200, body: .null) }
            let messages = machine.messages.map { String($0.event) }
            #expect(messages.contains("decided") && messages.contains("workflow.completed"))
            #expect(Set(machine.messages.map(\.id)).count == machine.messages.count)
            ids.append(machine.messages.map { String($0.id) }.joined(separator: " "))
        }
        #expect(ids[0] == ids[1])
    }

    @Test func `a completion message has Ballerine's fields in their order`() {
        var machine = bench.start(context)
        machine.add(bench.event("START"))
        machine.add(bench.event("approve"))
        bench.settle(&machine) { _ in .response(status: 200, body: .null) }
        let body = machine.messages.first { $0.event == "workflow.completed" }?.body
        let keys = body?.members?.map { String($0.key) } ?? []
        #expect(
            keys == [
                "id", "eventName", "apiVersion", "timestamp", "workflowCreatedAt",
                "workflowResolvedAt", "workflowDefinitionId", "workflowRuntimeId",
                "workflowStatus", "workflowFinalState", "ballerineEntityId", "correlationId",
                "environment", "data",
            ])
        #expect(body?["workflowFinalState"]?.string == "approved")
    }
}

@Suite struct MessageTests {
    @Test func `two changes of context in two runs leave two messages`() {
        let bench = CaseBench(
            screening,
            settings: """
                docket: 1
                subscriptions:
                  - {url: "https://hooks.example.com/c", events: [workflow.context.changed]}
                """)
        var machine = bench.start(context)
        let change = #"{"newContext": {"note": 1}}"#
        machine.add(bench.event("DEEP_MERGE_CONTEXT", payload: change))
        bench.settle(&machine)
        let first = machine.messages.map { String($0.id) }
        var later = bench.next(machine)
        later.add(bench.event("DEEP_MERGE_CONTEXT", payload: #"{"newContext": {"note": 2}}"#))
        bench.settle(&later)
        let second = later.messages.map { String($0.id) }
        #expect(first.count == 1 && second.count == 1 && first != second)
    }
}
