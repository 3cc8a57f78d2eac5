import Casework
import Definitions
import Documents
import Testing

/// Plugin kinds at work: what they send, what they refuse to send, what they keep.
@Suite struct PluginKindWorkTests {
    private static func bench(
        _ plugin: String, list: String = "apiPlugins", semantics: String = "docket",
        more: String = ""
    ) -> CaseBench {
        CaseBench(
            """
            docket: 1
            id: w
            semantics: \(semantics)
            definition:
              id: w
              initial: idle
              states:
                idle: {on: {START: checks}}
                checks: {on: {DONE: done, FAILED: failed}}
                done: {on: {CALLED_BACK: [{target: end, cond: {type: jmespath, options: {rule: "ok"}}}]}}
                failed: {}
                end: {type: final}
            extensions:
              \(list):
                - {name: p, stateNames: [checks], \(plugin)}
            \(more)
            """)
    }

    private static let actions = "successAction: DONE, errorAction: FAILED"

    /// The calls of one run over a context, answered with a status and a body.
    private func calls(
        _ bench: CaseBench, _ context: String, status: Int = 200, body: String = "{}",
        then check: (borrowing CaseMachine) -> Void = { _ in }
    ) -> [VendorCall] {
        var made: [VendorCall] = []
        var machine = bench.start(context)
        machine.add(bench.event("START"))
        bench.settle(&machine) { call in
            made.append(call)
            return .response(status: status, body: bench.value(body))
        }
        check(machine)
        return made
    }

    private func shown(_ text: Text) -> String {
        String(decoding: SecretSlots.showing(Array(text.bytes)), as: UTF8.self)
    }

    // MARK: E-mail

    private static let mail = """
        request: {transform: [{transformer: jmespath, mapping: "{from: 'a@example.com', \
        subject: 'Hello {firstName}', firstName: person.name, receivers: [person.mail], \
        templateId: 't-1', adapter: ADAPTER}"}]}
        """

    @Test func `an email is a call with the mail service's body`() {
        let bench = Self.bench(
            "pluginKind: email, \(Self.mail.replacing("ADAPTER", with: "'api'")), \(Self.actions)")
        let made = calls(
            bench, #"{"person": {"name": "{secret.X} Ann", "mail": "ann@example.com"}}"#
        ) {
            #expect(bench.state($0) == "done")
            #expect(bench.json($0.record.context["pluginsOutput"]) == #"{"p":{}}"#)
        }
        #expect(made.count == 1 && made[0].vendor.map { $0 == "email" } == true)
        #expect(shown(made[0].url) == "{secret.EMAIL_API_URL}")
        #expect(
            bench.json(made[0].request)
                == #"{"from":{"email":"a@example.com"},"personalizations":[{"subject":"Hello {secret.X} Ann","to":[{"email":"ann@example.com"}],"dynamic_template_data":{"from":"a@example.com","subject":"Hello {secret.X} Ann","firstName":"{secret.X} Ann","receivers":["ann@example.com"],"templateId":"t-1","adapter":"api"}}],"template_id":"t-1"}"#
        )
    }

    @Test func `an email without an errorAction is a message, and the case goes on`() {
        let bench = Self.bench(
            "pluginKind: email, \(Self.mail.replacing("ADAPTER", with: "'api'")), successAction: DONE"
        )
        let made = calls(bench, #"{"person": {"name": "Ann", "mail": "ann@example.com"}}"#) {
            #expect(bench.state($0) == "done")
            #expect($0.messages.contains { $0.event == "p" })
        }
        #expect(made.isEmpty)
    }

    @Test func `an email whose adapter is log is not sent`() {
        let bench = Self.bench(
            "pluginKind: email, \(Self.mail.replacing("ADAPTER", with: "'log'")), \(Self.actions)")
        let made = calls(bench, #"{"person": {"mail": "ann@example.com"}}"#) {
            #expect(bench.state($0) == "done" && $0.evidence.isEmpty)
        }
        #expect(made.isEmpty)
    }

    // MARK: Registers

    private static let kyb = """
        pluginKind: kyb, url: "https://register.example/companies", \(actions), \
        request: {transform: [{transformer: jmespath, mapping: "@.company"}]}
        """

    @Test func `kyb asks by the country's code and the number`() {
        let bench = Self.bench(Self.kyb)
        let context =
            #"{"company": {"countryOfIncorporation": "united states", "state": "DE", "companyNumber": "1/2"}}"#
        let made = calls(bench, context)
        #expect(
            made.map { shown($0.url) } == [
                "https://register.example/companies/US-DE/1%2F2?vendor=open-corporates"
            ])
        #expect(bench.json(made.first?.asked["number"]) == #""1/2""#)
    }

    @Test func `kyb says which of its two parts is not there`() {
        let bench = Self.bench(Self.kyb)
        for (company, error) in [
            (#"{"companyNumber": "1"}"#, "Invalid countryOfIncorporation for KYB process"),
            (
                #"{"countryOfIncorporation": "GB", "companyNumber": 1}"#,
                "Invalid companyNumber for KYB process"
            ),
        ] {
            let made = calls(bench, #"{"company": \#(company)}"#) {
                #expect(bench.state($0) == "failed")
                #expect(
                    $0.record.context["pluginsOutput"]?["p"]?["error"]?.string == error)
            }
            #expect(made.isEmpty)
        }
    }

    @Test func `a merchant is screened with its country in three letters`() {
        let bench = Self.bench(
            """
            pluginKind: mastercard-merchant-screening, vendor: mc, \(Self.actions), \
            request: {transform: [{transformer: jmespath, mapping: "{merchant: m, principals: [p]}"}]}
            """)
        let made = calls(
            bench,
            #"{"m": {"name": "M", "address": {"country": "US", "countrySubdivision": "CA"}}, "p": {"lastName": "Q", "address": {"country": "France", "countrySubdivision": "X"}}}"#
        )
        let body = made.first?.request
        #expect(
            bench.json(body?["merchant"])
                == #"{"name":"M","address":{"country":"USA","countrySubdivision":"CA","city":"Singapore"}}"#
        )
        #expect(
            bench.json(body?["principals"])
                == #"[{"lastName":"Q","address":{"country":"FRA","countrySubdivision":null,"city":"Singapore"}}]"#
        )
        #expect(body?["consumerKey"]?.text.map { shown($0) } == "{secret.mastercardConsumerKey}")
    }

    @Test func `a person is screened with the date of birth`() {
        let bench = Self.bench(
            "pluginKind: individual-sanctions, vendor: dow-jones, person: owner, \(Self.actions)")
        let made = calls(
            bench,
            #"{"entity": {"id": "e-1"}, "owner": {"lastName": "Q", "dateOfBirth": "1980-02-01"}}"#)
        let body = made.first?.request
        #expect(body?["dateOfBirth"]?.string == "1980-02-01")
        #expect(body?["vendor"]?.string == "dow-jones" && body?["endUserId"]?.string == "e-1")
        #expect(bench.json(body?["ongoingMonitoring"]) == "false")
    }

    @Test func `a session's callback names its process`() {
        let bench = Self.bench(
            "pluginKind: kyc-session, vendor: veriff, withAml: true, \(Self.actions)")
        let made = calls(
            bench, #"{"entity": {"data": {"id": "1", "firstName": "Ann", "lastName": "Q"}}}"#,
            body: #"{"url": "https://s.example"}"#
        ) {
            #expect(
                bench.json($0.record.context["pluginsOutput"])
                    == #"{"kyc_session":{"kyc_session_1":{"vendor":"veriff","type":"kyc","result":{"metadata":{"url":"https://s.example"}}}}}"#
            )
        }
        #expect(
            made.first?.request["callbackUrl"]?.text.map { shown($0) }
                == "{secret.APP_API_URL}/api/v1/external/workflows/onboarding/acme/hook/KYC_RESPONSE_RECEIVED?resultDestination=pluginsOutput.kyc_session.kyc_session_1.result&processName=kyc-unified-api"
        )
        #expect(made.first?.request["withAml"]?.bool == true)
    }

    @Test func `a request that breaks its schema is told as Ballerine tells it and not sent`() {
        let bench = Self.bench(
            "pluginKind: kyc-session, vendor: veriff, \(Self.actions)", semantics: "ballerine")
        let made = calls(bench, #"{"entity": {"data": {"id": "1", "firstName": "Ann"}}}"#) {
            #expect(
                $0.record.context["pluginsOutput"]?["kyc_session"]?["error"]?.string
                    == "/lastName - must be string")
        }
        #expect(made.isEmpty)
    }

    @Test func `an answer that breaks the response schema is the plugin's error`() {
        let bench = Self.bench(
            """
            pluginKind: api, url: u, method: GET, \(Self.actions), response: {transform: [], \
            schema: {type: object, required: [id], properties: {n: {type: number}}}}
            """)
        _ = calls(bench, "{}", body: #"{"n": "x"}"#) {
            #expect(bench.state($0) == "failed")
            #expect(
                $0.record.context["pluginsOutput"]?["p"]?["error"]?.string
                    == " - must have required property 'id' | /n - must be number")
        }
    }

    // MARK: Hostile data

    @Test func `data cannot add a header`() {
        let bench = Self.bench(
            #"pluginKind: api, url: u, method: GET, headers: {X-Name: "{name}"}, \#(Self.actions)"#)
        for name in [#"a\r\nX-Admin: 1"#, #"a\nb"#, #"a\u0000b"#] {
            let made = calls(bench, #"{"name": "\#(name)"}"#) {
                #expect(bench.state($0) == "failed")
                #expect(
                    $0.record.context["pluginsOutput"]?["p"]?["error"]?.string
                        == "the header 'X-Name' would hold a line break or another control character"
                )
            }
            #expect(made.isEmpty)
        }
        #expect(calls(bench, #"{"name": "Zoë\tA"}"#).count == 1)
    }

    @Test func `data cannot add a line to a URL, as it is there`() {
        let bench = Self.bench(
            #"pluginKind: api, url: "https://x.example/{name}", method: GET, \#(Self.actions)"#,
            semantics: "ballerine")
        let made = calls(bench, #"{"name": "a HTTP/1.1\r\nX-Admin: 1"}"#)
        #expect(made.isEmpty)
    }

    // MARK: Forms and callbacks

    @Test func `a form's token is the same in every replay and another at every visit`() {
        let plugin =
            "pluginKind: attach-ui-definition, uiDefinitionId: f, expireInMinutes: 90, \(Self.actions)"
        let bench = Self.bench(plugin, list: "commonPlugins")
        var tokens: [String] = []
        for _ in 0..<2 {
            _ = calls(bench, #"{"metadata": {"customerName": "C"}}"#) {
                #expect(bench.state($0) == "done")
                let metadata = $0.record.context["metadata"]
                #expect(metadata?["customerName"]?.string == "C")
                #expect(metadata?["tokenExpiresAt"]?.string == "1970-01-01T01:30:00.000Z")
                tokens.append(metadata?["token"]?.string ?? "")
            }
        }
        #expect(tokens[0] == tokens[1] && tokens[0].count == 40)
    }

    @Test func `a callback's payload is kept where it says once the callback is accepted`() {
        let bench = Self.bench("pluginKind: api, url: u, \(Self.actions)")
        var machine = bench.start()
        machine.add(bench.event("START"))
        bench.settle(&machine) { _ in
            .response(status: 200, body: bench.value(#"{"status": "IN_PROGRESS"}"#))
        }
        for (isAccepted, output) in [
            (false, #"{"p":{"status":"IN_PROGRESS"}}"#),
            (true, #"{"p":{"status":"SUCCESS","data":{"ok":true}}}"#),
        ] {
            var event = bench.event(
                "CALLED_BACK", kind: .callback, payload: #"{"ok": \#(isAccepted)}"#)
            event.resultDestination = Text("pluginsOutput.p.data")
            machine.add(event)
            bench.settle(&machine)
            #expect(bench.state(machine) == (isAccepted ? "end" : "done"))
            #expect(bench.json(machine.record.context["pluginsOutput"]) == output)
        }
    }

    // MARK: contextSchema

    private static let schema = """
        contextSchema:
          type: json-schema
          schema:
            type: object
            required: [entity]
            properties:
              entity: {type: object, properties: {name: {type: string}}}
              pluginsOutput: {properties: {p: {properties: {n: {type: number}}}}}
        """

    private static var checked: CaseBench {
        bench("pluginKind: api, url: u, \(actions)", more: schema)
    }

    @Test func `a new case whose context breaks the schema is not started`() {
        let bench = Self.checked
        let machine = bench.start(#"{"entity": {"name": 7}}"#)
        #expect(machine.record.fault?.code == "RUN015")
        #expect(
            machine.record.fault?.message
                == "the context does not satisfy the workflow's contextSchema: /entity/name must be "
                + "string (type)")
        #expect(machine.record.fault?.place == "workflows/w.yaml:17")
        #expect(bench.start(#"{"entity": {"name": "a"}}"#).record.fault == nil)
    }

    @Test func `an edit that breaks the schema is refused and noted`() {
        let bench = Self.checked
        var machine = bench.start(#"{"entity": {"name": "a"}}"#)
        let edit = { (context: String) in
            CaseInput(
                workflow: nil, context: bench.value(context), config: .emptyObject,
                digest: Digest(of: context))
        }
        machine.add(changed: edit(#"{"entity": {"name": false}}"#))
        bench.settle(&machine)
        #expect(machine.record.history.last?.result == .invalid)
        #expect(machine.record.fault == nil)
        #expect(machine.record.context["entity"]?["name"]?.string == "a")
        machine.add(changed: edit(#"{"entity": {"name": "b"}}"#))
        bench.settle(&machine)
        #expect(machine.record.context["entity"]?["name"]?.string == "b")
    }

    @Test(arguments: ["docket", "ballerine"])
    func `an event that merges what breaks the schema is refused`(_ semantics: String) {
        let bench = Self.bench(
            "pluginKind: api, url: u, \(Self.actions)", semantics: semantics, more: Self.schema)
        var machine = bench.start(#"{"entity": {"name": "a"}}"#)
        machine.add(
            bench.event(
                "DEEP_MERGE_CONTEXT", payload: #"{"newContext": {"entity": {"name": 1}}}"#))
        machine.add(bench.event("UPDATE_CONTEXT", payload: #"{"context": {"entity": 1}}"#))
        bench.settle(&machine)
        #expect(machine.record.history.map(\.result).suffix(2) == [.invalid, .invalid])
        #expect(bench.json(machine.record.context) == #"{"entity":{"name":"a"}}"#)
    }

    @Test func `an answer that breaks the context's schema is the plugin's error`() {
        let bench = Self.checked
        _ = calls(bench, #"{"entity": {}}"#, body: #"{"n": "x"}"#) {
            #expect(bench.state($0) == "failed")
            let error = $0.record.context["pluginsOutput"]?["p"]?["error"]?.string
            #expect(error?.hasSuffix("/pluginsOutput/p/n must be number (type)") == true)
        }
        let lenient = Self.bench(
            "pluginKind: api, url: u, \(Self.actions)", semantics: "ballerine", more: Self.schema)
        _ = calls(lenient, #"{"entity": {}}"#, body: #"{"n": "x"}"#) {
            #expect(lenient.state($0) == "done")
        }
    }
}
