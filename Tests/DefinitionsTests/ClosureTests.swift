import Definitions
import Documents
import Testing

/// The digest of a workflow with everything it uses.
@Suite struct ClosureTests {
    private static func workflow(_ id: String, child: String = "", form: String = "") -> String {
        """
        docket: 1
        id: \(id)
        definition: {initial: a, states: {a: {}}}
        extensions:
          childWorkflowPlugins: [\(child.isEmpty ? "" : "{name: c, definitionId: \(child), stateNames: [a]}")]
          commonPlugins: [\(form.isEmpty ? "" : "{name: f, pluginKind: attach-ui-definition, uiDefinitionId: \(form), stateNames: [a]}")]
        """
    }

    private func closure(_ files: [String: String]) throws -> Digest {
        var all = files
        all["docket.yaml"] = "docket: 1\n"
        let catalog = Catalog(
            loading: all.map { RepositoryFile(path: $0.key, bytes: Array($0.value.utf8)) })
        return try #require(catalog.workflow("top")).closure
    }

    @Test func `it holds child workflows at any depth, in a circle too`() throws {
        let files = [
            "workflows/top.yaml": Self.workflow("top", child: "middle"),
            "workflows/middle.yaml": Self.workflow("middle", child: "bottom"),
            "workflows/bottom.yaml": Self.workflow("bottom", child: "top"),
        ]
        let first = try closure(files)
        var edited = files
        edited["workflows/bottom.yaml"] = Self.workflow("bottom", child: "middle")
        #expect(try closure(edited) != first)
        var commented = files
        commented["workflows/bottom.yaml"] = "# words\n" + Self.workflow("bottom", child: "top")
        #expect(try closure(commented) == first)
        var other = files
        other["workflows/other.yaml"] = Self.workflow("other")
        #expect(try closure(other) == first)
    }

    @Test func `it holds the forms that plugins attach`() throws {
        let files = [
            "workflows/top.yaml": Self.workflow("top", form: "intake"),
            "forms/intake.yaml": "docket: 1\nid: intake\nworkflow: top\n",
        ]
        let first = try closure(files)
        var edited = files
        edited["forms/intake.yaml"] = "docket: 1\nid: intake\nworkflow: top\nname: Intake\n"
        #expect(try closure(edited) != first)
    }
}
