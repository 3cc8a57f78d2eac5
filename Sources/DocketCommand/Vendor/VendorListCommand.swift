import ArgumentParser
import Batch
import Definitions
import Documents
import GitStorage
import Vendors

/// `docket vendor list`.
struct VendorListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the vendors of docket.yaml and how each is reached.",
        discussion: """
            Reads docket.yaml of the work tree. A vendor that is reached otherwise in some environment \
            has a line for each. Of external vendors it says whether the operator's file has their \
            program. Nothing is asked and nothing is started.

            docket vendor list --operator ~/.config/docket/operator.yaml

            \(ExitStatus.help([(.done, "done"), (.usage, "usage, or no docket.yaml that can be read")]))
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

    @Option(name: [.customShort("C")], help: "A directory in the repository.")
    var directory = "."

    @OptionGroup var host: OperatorOptions

    @Option(name: .shortAndLong, help: "pretty or json.")
    var output = Format.pretty

    /// A vendor in an environment.
    private struct Row {
        var vendor: String
        /// Nil for all that have no row of their own.
        var environment: String?
        var kind: String
        var reach: String
    }

    func run() throws {
        let repository = try Repository.open(directory)
        let allowed = try host.read(for: repository)
        guard let workTree = repository.workTree else {
            throw CommandError(.usage, "this repository is bare; use a clone")
        }
        let file = "\(workTree)/docket.yaml"
        let bytes = try WorkTree.read(file)
        let parsed = bytes.withUnsafeBytes { Source.parse("docket.yaml", $0) }
        guard let source = parsed.source else {
            throw CommandError(.usage, parsed.findings.first?.description ?? "docket.yaml")
        }
        var rows: [Row] = []
        for (key, _, node) in source.root["vendors"]?.members ?? [] {
            rows.append(row(String(key), nil, node, over: nil, workTree, allowed))
            for (environment, _, own) in node["environments"]?.members ?? [] {
                rows.append(
                    row(String(key), String(environment), own, over: node, workTree, allowed))
            }
        }
        show(rows)
    }

    /// An environment that names a kind stands alone; else it changes what it names.
    private func row(
        _ vendor: String, _ environment: String?, _ node: Node, over base: Node?,
        _ workTree: String, _ allowed: OperatorFile?
    ) -> Row {
        let isOwn = node["kind"] != nil || base == nil
        func member(_ name: StaticString) -> Value? {
            (node[name] ?? (isOwn ? nil : base?[name]))?.value
        }
        let kind = member("kind")?.string ?? "unknown"
        let reach: String
        switch kind {
        case "recorded":
            let path = member("answers")?.string ?? ""
            reach = "\(path)\(answers(in: "\(workTree)/\(path)", path))"
        case "http":
            let hosts = member("hosts")?.array?.compactMap { $0.string } ?? []
            reach = hosts.joined(separator: ", ")
        case "external":
            let name = member("program")?.string ?? ""
            let program = allowed?.externals.first { $0.name.utf8.elementsEqual(name.utf8) }
            reach =
                program.map { "program \(name): \($0.path)" }
                ?? "program \(name), which no operator's file allows here"
        default: reach = ""
        }
        return Row(vendor: vendor, environment: environment, kind: kind, reach: reach)
    }

    private func answers(in file: String, _ path: String) -> String {
        guard let bytes = try? WorkTree.read(file),
            let source = bytes.withUnsafeBytes({ Source.parse(path, $0) }).source,
            let count = source.root["answers"]?.value.array?.count
        else { return ", which cannot be read" }
        return count == 1 ? ", 1 answer" : ", \(count) answers"
    }

    private func show(_ rows: [Row]) {
        switch output {
        case .pretty:
            Output.line(Self.columns("VENDOR", "ENVIRONMENT", "KIND", "REACHED BY"))
            for row in rows {
                Output.line(
                    PrettyFindings.printable(
                        Self.columns(row.vendor, row.environment ?? "any", row.kind, row.reach)))
            }
        case .json:
            let arena = Arena()
            let values = rows.map { row in
                arena.object([
                    "vendor": arena.string(row.vendor),
                    "environment": row.environment.map { arena.string($0) },
                    "kind": arena.string(row.kind), "reach": arena.string(row.reach),
                ])
            }
            let value = arena.object(["vendors": arena.array(values)])
            withExtendedLifetime(arena) { Output.write(JSONFindings.file(value)) }
        }
    }

    private static func columns(
        _ vendor: String, _ environment: String, _ kind: String, _ reach: String
    ) -> String {
        [(vendor, 26), (environment, 14), (kind, 10)].map { text, width in
            text + String(repeating: " ", count: max(1, width - text.count))
        }.joined() + reach
    }
}
