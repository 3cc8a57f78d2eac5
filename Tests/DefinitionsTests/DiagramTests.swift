import Definitions
import Documents
import Foundation
import FoundationXML
import Statecharts
import Testing

/// Diagrams of workflows. `docs/example.md` holds those of the example; `UPDATE_GOLDEN=1` writes it.
@Suite struct DiagramTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func workflow(_ yaml: String) throws -> (Workflow, Catalog) {
        let source = try #require(Source.parse("w.yaml", Array(yaml.utf8)).source)
        let catalog = Catalog(alone: source, as: .workflow)
        return (try #require(catalog.workflows.first), catalog)
    }

    /// States and events named to break out of a diagram's language.
    private static let hostile = """
        docket: 1
        id: hostile
        name: "Hostile <b>&\\"name\\" %%{init}%% ]]>"
        definition:
          id: root
          initial: "end"
          on: {RESET: "end", "note: x": {target: ".parallel state"}}
          states:
            "end":
              on: {"GO; drop": "state", "a --> b": "[*]", "say \\"hi\\" <script>": "note right of x",
                "new\\nline": "class", "y": "direction LR"}
            "state": {on: {done: "end"}, after: {"P30D": "end", 1000: "[*]", "2 hours": "class"}}
            "[*]": {on: {"}": "{", "": "end"}}
            "{": {type: final}
            "note right of x": {on: {"#59;": "end", "%% comment": "state"}}
            "class": {always: [{target: "end", cond: {type: jmespath, options: {rule: "a == `1`"}}}, state]}
            "direction LR": {on: {to: "#deep", hist: "parallel state.r1.h"}}
            "parallel state":
              type: parallel
              onDone: "end"
              states:
                "r1":
                  initial: "one"
                  states:
                    "one": {on: {N: "two", OUT: "#root.end", AGAIN: "one"}}
                    "two": {id: deep, type: final}
                    "h": {type: history, history: deep}
                "日本語":
                  initial: "style"
                  on: {SELF: ".style"}
                  states: {"style": {on: {"__proto__": "x"}}, "x": {type: final}}

        """

    @Test func `the example's page holds the diagrams of its workflows`() throws {
        var files: [RepositoryFile] = []
        for name in ["docket.yaml", "workflows", "rules", "vendors"] {
            let url = Self.root.appendingPathComponent(name)
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
            let names =
                isFolder.boolValue
                ? try FileManager.default.contentsOfDirectory(atPath: url.path).map {
                    "\(name)/\($0)"
                }
                : [name]
            for path in names {
                let data = try Data(contentsOf: Self.root.appendingPathComponent(path))
                files.append(RepositoryFile(path: path, bytes: Array(data)))
            }
        }
        let catalog = Catalog(loading: files)
        var page = """
            # The example's workflows

            As `docket diagram` draws them, from `workflows/` of this repository. A state lists the plugins that it
            runs on entry; an arrow has its event, then its guard in brackets; "otherwise" is what is left when no
            guard before it holds. `docket diagram WORKFLOW -o svg` gives a picture file, `--case` marks a case's state.

            """
        #expect(catalog.workflows.count == 5)
        for workflow in catalog.workflows {
            page += "\n## \(workflow.name)\n\n[\(workflow.file)](../\(workflow.file))\n\n"
            page += "```mermaid\n\(Diagram(workflow).mermaid())```\n"
        }
        let url = Self.root.appendingPathComponent("docs/example.md")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try page.write(to: url, atomically: true, encoding: .utf8)
        }
        let written = try? String(contentsOf: url, encoding: .utf8)
        #expect(written == page, "run the tests once with UPDATE_GOLDEN=1 to write docs/example.md")
    }

    @Test func `no name ends a Mermaid statement or begins another`() throws {
        let (workflow, catalog) = try workflow(Self.hostile)
        let text = withExtendedLifetime(catalog) { Diagram(workflow).mermaid() }
        let lines = text.split(separator: "\n").map { String($0) }
        #expect(lines[0].hasPrefix("%% ") && !lines[0].contains("{"))
        let id = "[A-Za-z][A-Za-z0-9_]*"
        let label = "[^:;\"<>`{}%&\\\\*$~]"
        let escape = "(?:#[0-9]+;)"
        let shapes = [
            "stateDiagram-v2", "direction TB", "--", "\\}",
            "state \"(?:\(label)|\(escape))*\" as \(id)(?: \\{)?",
            "(?:\\[\\*\\]|\(id)) --> (?:\\[\\*\\]|\(id))(?: : (?:\(label)|\(escape))+)?",
            "\(id) : (?:\(label)|\(escape))+",
        ]
        for line in lines.dropFirst() {
            let statement = line.drop { $0 == " " }
            let fits = shapes.contains {
                statement.range(of: "^(?:\($0))$", options: .regularExpression) != nil
            }
            #expect(fits, "\(line)")
        }
        #expect(!text.dropFirst(80).lowercased().contains("direction lr"))
        #expect(text.contains("after 30 days") && text.contains("after 2 hours"))
        #expect(text.contains("H#42; (h)"))
    }

    @Test func `a drawing is XML without scripts whatever the names are`() throws {
        let (workflow, catalog) = try workflow(Self.hostile)
        let svg = try #require(withExtendedLifetime(catalog) { Diagram(workflow).svg() })
        final class Names: NSObject, XMLParserDelegate {
            var elements: Set<String> = []
            func parser(
                _: XMLParser, didStartElement name: String, namespaceURI: String?,
                qualifiedName: String?, attributes: [String: String]
            ) { elements.insert(name) }
        }
        let names = Names()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = names
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(
            names.elements.isSubset(of: [
                "svg", "title", "desc", "style", "defs", "marker", "path", "rect", "text", "g",
                "circle",
            ]))
        #expect(svg.contains("prefers-color-scheme"))
        #expect(!svg.contains("http://") || svg.components(separatedBy: "http").count == 2)
    }

    @Test func `no two boxes of a drawing overlap`() throws {
        let (workflow, catalog) = try workflow(Self.hostile)
        let svg = try #require(withExtendedLifetime(catalog) { Diagram(workflow).svg() })
        let pattern = try NSRegularExpression(
            pattern:
                "<g class=\"b(?: any)?\"><title>[^<]*</title><rect x=\"(-?\\d+)\" y=\"(-?\\d+)\" "
                + "width=\"(\\d+)\" height=\"(\\d+)\"")
        let range = NSRange(svg.startIndex..., in: svg)
        let boxes = pattern.matches(in: svg, range: range).map { match in
            (1...4).map { Int((svg as NSString).substring(with: match.range(at: $0))) ?? -1 }
        }
        #expect(boxes.count > 10)
        for (at, a) in boxes.enumerated() {
            #expect(a[0] >= 0 && a[1] >= 0)
            for b in boxes[..<at] {
                let apart =
                    a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1]
                    || b[1] + b[3] <= a[1]
                #expect(apart, "\(a) \(b)")
            }
        }
    }

    @Test func `the same workflow gives the same bytes`() throws {
        let (first, one) = try workflow(Self.hostile)
        let (second, two) = try workflow(Self.hostile)
        withExtendedLifetime((one, two)) {
            #expect(Diagram(first).mermaid() == Diagram(second).mermaid())
            #expect(Diagram(first).svg() == Diagram(second).svg())
        }
    }

    @Test func `the states of a case are marked, all of them in a parallel one`() throws {
        let (workflow, catalog) = try workflow(Self.hostile)
        let arena = Arena()
        let state = arena.object([
            "parallel state": arena.object(["r1": arena.string("one"), "日本語": arena.string("x")])
        ])
        let configuration = try workflow.chart.configuration(from: state)
        let diagram = Diagram(workflow, marking: configuration, of: "case a/b")
        withExtendedLifetime((arena, catalog)) {
            let text = diagram.mermaid()
            #expect(text.contains("case a/b"))
            #expect(text.contains("classDef current"))
            let marked = text.split(separator: "\n").last { $0.contains(" class ") } ?? ""
            #expect(marked.split(separator: ",").count == 2, "\(marked)")
            #expect(diagram.svg()?.components(separatedBy: ">here<").count == 3)
        }
    }

    @Test func `a chart of very many states is no picture, and Mermaid still writes it`() throws {
        let states = (0..<1500).map { "    a\($0): {on: {N: a\(($0 + 1) % 1500)}}" }
        let text =
            "docket: 1\nid: many\ndefinition:\n  initial: a0\n  states:\n"
            + states.joined(separator: "\n")
        let (workflow, catalog) = try workflow(text)
        withExtendedLifetime(catalog) {
            #expect(Diagram(workflow).svg() == nil)
            #expect(Diagram(workflow).mermaid().utf8.count > 10_000)
        }
    }

    @Test func `a chart where all leads to all is drawn or refused in good time`() throws {
        for (count, isDrawn) in [(40, true), (140, false)] {
            let names = (0..<count).map { "a\($0)" }
            let states = names.map { name in
                "    \(name): {on: {"
                    + names.map { "E\($0): \($0)" }.joined(separator: ", ") + "}}"
            }
            let text =
                "docket: 1\nid: many\ndefinition:\n  initial: a0\n  states:\n"
                + states.joined(separator: "\n")
            let (workflow, catalog) = try workflow(text)
            withExtendedLifetime(catalog) {
                #expect((Diagram(workflow).svg() != nil) == isDrawn)
            }
        }
    }

    @Test func `guards are said as a person would`() throws {
        let cases: [(String, String)] = [
            (#"{">=": [{"var": "a.b"}, 85]}"#, "a.b >= 85"),
            (
                #"{"and": [{"var": "x"}, {"or": [{"var": "y"}, {"!": {"var": "z"}}]}]}"#,
                "x and (y or not (z))"
            ),
            (#"{"!": {"missing": ["a", "b"]}}"#, "all there: a, b"),
            (#"{"in": [{"var": "c"}, ["DE", "FR"]]}"#, #"c in ["DE", "FR"]"#),
            (#"{"some": [{"var": "d"}, {"==": [{"var": "s"}, "x"]}]}"#, #"some(d, s == "x")"#),
            (#"{"if": []}"#, "if()"), ("true", "true"),
        ]
        for (rule, words) in cases {
            let source = try #require(Source.parse("r.json", Array(rule.utf8)).source)
            withExtendedLifetime(source) { #expect(ConditionText.logic(source.value) == words) }
        }
    }
}
