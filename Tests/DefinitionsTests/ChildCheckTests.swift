import Definitions
import Documents
import Testing

/// What a catalog finds in what workflows say of their children.
@Suite struct ChildCheckTests {
    private static let child = """
        docket: 1
        id: person
        definition:
          initial: idle
          states:
            idle: {on: {START: review}}
            review: {on: {approve: done}}
            done: {type: final}
        """

    private func findings(config: String, child: String = child) -> [Finding] {
        let parent = """
            docket: 1
            id: company
            definition:
              initial: idle
              states:
                idle: {on: {START: owners}}
                owners: {on: {OWNER_DONE: done}}
                done: {type: final}
            extensions:
              commonPlugins:
                - {name: owner, pluginKind: iterative, stateNames: [owners], actionPluginName: owner_case,
                   iterateOn: [{transformer: jmespath, mapping: owners}]}
              childWorkflowPlugins:
                - {name: owner_case, definitionId: person, transformers: [{transformer: jmespath, mapping: '{entity: @}'}]}
            \(config)
            """
        return Self.load([("company", parent), ("person", child)])
    }

    private static func load(_ workflows: [(String, String)]) -> [Finding] {
        let files =
            [RepositoryFile(path: "docket.yaml", bytes: Array("docket: 1\nproject: test".utf8))]
            + workflows.map {
                RepositoryFile(path: "workflows/\($0.0).yaml", bytes: Array($0.1.utf8))
            }
        return Catalog(loading: files).findings
    }

    @Test func `sound callbacks have no findings`() {
        #expect(
            findings(
                config: """
                    config:
                      childCallbackResults:
                        - {definitionId: person, persistenceStates: [review], deliverEvent: OWNER_DONE, transformers: []}
                    """) == [])
        #expect(
            findings(
                config: "",
                child: Self.child
                    + "\nconfig: {callbackResult: {persistenceStates: [review], deliverEvent: OWNER_DONE}}"
            )
                == [])
    }

    @Test func `fields, states and workflows of callbacks that lead nowhere are found`() {
        let found = findings(
            config: """
                config:
                  childCallbackResults:
                    - {definitionId: person, persistanceStates: [review]}
                    - {definitionId: person, persistenceStates: [revew]}
                    - {definitionId: persn}
                    - {deliverEvent: OWNER_DONE}
                """)
        #expect(found.map(\.code) == ["WF100", "WF102", "WF103", "WF103"])
        #expect(found.allSatisfy { $0.level == .warning })
        #expect(found[0].message.hasSuffix("did you mean 'persistenceStates'?"))
        #expect(found[1].message.hasSuffix("did you mean 'review'?"))
        #expect(found[2].message.hasSuffix("did you mean 'person'?"))
        #expect(found.map { $0.position?.line } == [17, 18, 19, 20])
    }

    @Test func `values of callbacks of another type are errors`() {
        let found = findings(
            config: "config: {childCallbackResults: {}}",
            child: Self.child + "\nconfig: {callbackResult: {persistenceStates: review}}")
        #expect(found.map(\.code) == ["WF101", "WF101"])
        #expect(found.allSatisfy { $0.level == .error })
    }

    @Test func `an event of a child that its parent does not wait for is found in the child`() {
        let child = Self.child + "\nconfig: {callbackResult: {deliverEvent: OWNER_DON}}"
        let found = findings(config: "", child: child)
        #expect(found.map(\.code) == ["WF077"])
        #expect(found.first?.file == "workflows/person.yaml")
        // The parent says for itself what it hears.
        let own =
            "config: {childCallbackResults: [{definitionId: person, deliverEvent: OWNER_DONE}]}"
        #expect(findings(config: own, child: child) == [])
    }

    /// A workflow that starts another in its state `checks`.
    private func starting(_ id: String, _ other: String, cond: String = "") -> (String, String) {
        (
            id,
            """
            docket: 1
            id: \(id)
            definition:
              initial: idle
              states:
                idle: {on: {START: [{target: checks\(cond)}, {target: done}]}}
                checks: {on: {GO: done}}
                done: {type: final}
            extensions:
              childWorkflowPlugins:
                - {name: again, definitionId: \(other), stateNames: [checks], transformers: []}
            """
        )
    }

    @Test func `a workflow that starts itself whatever its data is found`() {
        func codes(_ workflows: (String, String)...) -> [String] {
            Self.load(workflows).map(\.code).filter { $0 == "WF104" }
        }
        #expect(codes(starting("a", "a")) == ["WF104"])
        #expect(codes(starting("a", "b"), starting("b", "a")) == ["WF104", "WF104"])
        #expect(codes(starting("a", "b"), starting("b", "b")) == ["WF104"])
        let guarded = ", cond: {type: jmespath, options: {rule: 'entity.data.parent'}}"
        #expect(codes(starting("a", "a", cond: guarded)) == [])
        #expect(codes(starting("a", "b"), starting("b", "a", cond: guarded)) == [])
    }
}
