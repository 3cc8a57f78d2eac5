import Casework
import Definitions
import Documents

/// Checks a bulk file line by line: each parses, has the shape of a case and an id of its own.
struct BulkFileCheck {
    let file: String
    /// The workflow of lines that name none; nil when there is none.
    let defaultWorkflow: String?
    /// Nil when workflows are not looked up.
    let catalog: Catalog?
    private(set) var findings: [Finding] = []
    /// The lines read.
    private(set) var count = 0

    /// Lines by their id, which a second one may not have.
    private var lines: [String: Int] = [:]
    /// A file that is wrong throughout need not say so more often than this.
    private static let findingLimit = 100

    init(file: String, defaultWorkflow: String?, catalog: Catalog?) {
        self.file = file
        self.defaultWorkflow = defaultWorkflow
        self.catalog = catalog
    }

    /// Checks the bytes of the file.
    mutating func check(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { raw in
            if file.hasSuffix(".csv") { checkRows(raw) } else { checkLines(raw) }
        }
        if findings.count > Self.findingLimit {
            let more = findings.count - Self.findingLimit
            findings.removeLast(more)
            findings.append(
                Finding(
                    "CS055", .error, "\(more) more findings in this file are not shown", file: file)
            )
        }
    }

    private mutating func checkLines(_ bytes: UnsafeRawBufferPointer) {
        let arena = Arena()
        var parser = JSONParser(
            limits: ParseLimits(bytes: catalog?.settings.limits.caseBytes ?? 16 << 20))
        for line in NDJSONLines(bytes) {
            arena.reset()
            count += 1
            do throws(ParseError) {
                check(try line.parse(with: &parser, into: arena), line: line.number, arena)
            } catch {
                findings.append(error.finding(file: file))
            }
        }
    }

    private mutating func checkRows(_ bytes: UnsafeRawBufferPointer) {
        let names = Arena()
        let arena = Arena()
        do throws(ParseError) {
            var reader = try CSVReader(bytes, names: names)
            while let row = reader.next() {
                arena.reset()
                count += 1
                do throws(ParseError) {
                    check(try reader.parse(row, into: arena), line: row.line, arena)
                } catch {
                    findings.append(error.finding(file: file))
                }
            }
        } catch {
            findings.append(error.finding(file: file))
        }
    }

    private mutating func check(_ value: Value, line: Int, _ arena: Arena) {
        let root = Source(file: file, arena: arena, value: value).root
        let position = Position(line: line, column: 1)
        let shape = CaseInput.read(root, isLine: true, digest: Digest(of: ""))
        // A line without a context is its context.
        let isBare = root["context"] == nil
        for finding in shape.1 where !(isBare && finding.code == "CS006") {
            var placed = finding
            placed.position = position
            findings.append(placed)
        }
        checkID(root["id"]?.value, at: position)
        if let input = shape.0 { checkWorkflow(input.workflow, at: position) }
    }

    private mutating func checkID(_ value: Value?, at position: Position) {
        let id = value?.string ?? value?.integer.map { String($0) }
        guard let id, !id.contains("/"), CaseID(id) != nil else {
            findings.append(
                Finding(
                    "CS054", .error,
                    "a line needs an id of letters, digits, '.', '_' and '-', at most 100 of them",
                    file: file, at: position))
            return
        }
        if let first = lines.updateValue(position.line, forKey: id) {
            findings.append(
                Finding(
                    "CS033", .error,
                    "the id '\(id)' stands on line \(first) too; ids are unique", file: file,
                    at: position))
        }
    }

    private mutating func checkWorkflow(_ workflow: String?, at position: Position) {
        guard let catalog else { return }
        guard let name = workflow ?? defaultWorkflow else {
            findings.append(
                Finding(
                    "CS036", .error,
                    "the line names no workflow, and docket.yaml gives none for its file",
                    file: file, at: position))
            return
        }
        guard workflow != nil, catalog.workflow(name) == nil,
            !catalog.brokenWorkflows.contains(name)
        else { return }
        findings.append(
            Finding(
                "CS037", .error, "there is no workflow '\(name)' in workflows/", file: file,
                at: position))
    }
}
