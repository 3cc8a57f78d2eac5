import DecisionTables
import Documents
import Testing

/// Files that people, spreadsheets and attackers write.
@Suite struct HostileTableTests {
    private let head = """
        id: trial
        hitPolicy: first
        inputs: [{name: x, type: string}]
        outputs: [{name: y, type: string}]

        """

    private func trial(_ csv: [UInt8], file: String = "trial.csv") -> Trial {
        Trial(head + "file: \"\(file)\"\n", csv: csv)
    }

    private func found(_ csv: String) -> [String] {
        trial(Array(csv.utf8)).findings.filter { $0.level == .error }.map {
            "\($0.code) \($0.position?.line ?? 0):\($0.position?.column ?? 0)"
        }
    }

    @Test func `spreadsheets' files are read, with line endings, marks, notes and empty rows`()
        throws
    {
        let text = "\u{FEFF}#,x,note,y\r\n1,a,why,b\r\n,,,\r\n\r\n2,-,\"two\r\nlines\",c\r\n"
        let trial = trial(Array(text.utf8))
        #expect(trial.findings.isEmpty)
        #expect(try trial.outputs(#"{"x": "a"}"#) == #"{"y":"b"}"#)
        #expect(try trial.outputs(#"{"x": "q"}"#) == #"{"y":"c"}"#)
        #expect(trial.table?.place(ofRow: 1) == "rules/trial.csv:5")
    }

    @Test func `headers and rows that do not fit are findings at their place`() {
        #expect(found("x,x,y\n") == ["DT007 1:3"])
        #expect(found("x,z,y\n") == ["DT007 1:3"])
        #expect(found("x\n") == ["DT007 1:1"])
        #expect(found("x;y\n") == ["DT007 1:1"])
        #expect(found("") == ["DOC001 1:1"])
        #expect(found("x,y\na\n") == ["DT008 2:1"])
        #expect(found("x,y\na,b,c\n") == ["DT008 2:1"])
        #expect(found("x,y\n\"a,b\n") == ["DOC001 2:1"])
        #expect(found("x,y\na\"b,c\n") == ["DOC001 2:2"])
    }

    @Test func `bytes that are no text are refused`() {
        #expect(trial(Array("x,y\n".utf8) + [0xFF, 0x2C, 0x61, 0x0A]).codes == ["DOC002"])
    }

    @Test func `files outside the folder of rules are not read`() {
        for name in [
            "../docket.csv", "/etc/passwd.csv", "limits.yaml", "../../a.csv", "a//b.csv", "..",
            "..\\\\a.csv", "missing.csv",
        ] {
            #expect(trial([], file: name).codes == ["DT006"], "\(name)")
        }
    }

    @Test func `definitions of any shape end in findings`() {
        for text in [
            "5", "[]", "id: a", "{id: a, inputs: 5, outputs: 5, rows: 5}",
            "{id: a, inputs: [5], outputs: [5], rows: [5]}",
            "{id: a, inputs: [{name: x}], outputs: [{name: x}], rows: []}",
            "{id: a, inputs: [{name: x, type: float}], outputs: [{name: y}], rows: []}",
            "{id: a, inputs: [{name: x, expression: '['}], outputs: [{name: y}], rows: []}",
            "{id: a, inputs: [{name: x}], outputs: [{name: y}], rows: [[1], {z: 1}, 7]}",
            "{id: a, inputs: [{name: x}], outputs: [{name: y, type: integer}], rows: [{y: 1.5}]}",
            "{id: a, inputs: [{name: x}], outputs: [{name: y, values: [b]}], rows: [{y: a}]}",
            "{id: a, inputs: [{name: x}], outputs: [{name: y}], rows: [], file: a.csv}",
            "{id: a, inputs: [{name: '#'}], outputs: [{name: y}], rows: []}",
        ] {
            let trial = Trial(text)
            #expect(trial.findings.contains { $0.level == .error }, "\(text)")
            #expect(trial.table == nil, "\(text)")
        }
    }

    @Test func `a table without rows or inputs is a table`() throws {
        let empty = Trial("{id: a, inputs: [{name: x}], outputs: [{name: y}], rows: []}")
        #expect(try empty.outputs(#"{"x": "a"}"#) == "null")
        let blind = Trial(
            "{id: a, hitPolicy: first, inputs: [], outputs: [{name: y}], rows: [{y: b}]}")
        #expect(try blind.outputs("{}") == #"{"y":"b"}"#)
    }

    @Test func `too many columns and rows are refused`() {
        let names = (0..<65).map { "{name: c\($0)}" }.joined(separator: ", ")
        #expect(
            Trial("{id: a, inputs: [\(names)], outputs: [{name: y}], rows: []}").codes
                .contains("DT015"))
        let many = "x,y\n" + String(repeating: "a,b\n", count: DecisionTable.Limits.rows + 1)
        #expect(trial(Array(many.utf8)).codes == ["DOC004"])
    }
}
