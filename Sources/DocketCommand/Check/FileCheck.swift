import Batch
import Casework
import Definitions
import Documents
import Vendors

/// Checks files by themselves, each taken for what it holds.
struct FileCheck {
    private(set) var findings: [Finding] = []
    private(set) var checked = CheckedFiles()

    mutating func check(_ path: String) throws {
        let bytes = path == "-" ? try WorkTree.readStandardInput() : try WorkTree.read(path)
        if path.hasSuffix(".ndjson") || path.hasSuffix(".jsonl") || path.hasSuffix(".csv") {
            let bulk = SourceCheck.checkBulk(path, bytes)
            findings += bulk.findings
            checked.cases += bulk.cases
            return
        }
        let parsed = parse(path, bytes)
        findings += parsed.findings
        guard let source = parsed.source else { return }
        if let kind = DefinitionKind(content: source.root.value) {
            let catalog = Catalog(alone: source, as: kind)
            findings += ExpressionPlaces.refine(
                catalog.findings, in: [RepositoryFile(path: path, bytes: bytes)])
            if kind == .answers { findings += RecordedVendors.check(catalog) }
            checked.definitions += 1
        } else if source.root["context"] != nil {
            findings += CaseInput.read(source.root, digest: Digest(of: bytes)).1
            checked.cases += 1
        } else if source.root["type"] != nil {
            findings += CaseEvent.read(source.root).1
            checked.events += 1
        } else {
            findings.append(
                source.root.finding(
                    "DOC014", .error,
                    "this is no definition, case or event: it has neither definition, rules, "
                        + "uiSchema, answers, context nor type"))
        }
    }

    /// A file without a known ending is read as YAML, which JSON is too.
    private func parse(_ path: String, _ bytes: [UInt8]) -> (source: Source?, findings: [Finding]) {
        if DocumentFormat(path: path) != nil {
            let parsed = Source.parse(path, bytes)
            return (parsed.source, parsed.findings)
        }
        do throws(ParseError) {
            let stream = try YAMLParser().parse(bytes, file: path)
            return (stream.documents.first, stream.findings)
        } catch {
            return (nil, [error.finding(file: path)])
        }
    }

    /// The findings in order.
    var sorted: [Finding] { findings.sorted() }
}
