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
            program, of secrets their names and which have no value here, never a value. Nothing is \
            asked and nothing is started.

            docket vendor list --operator ~/.config/docket/operator.yaml

            \(ExitStatus.help([(.done, "done"), (.usage, "usage, or vendors of docket.yaml with errors")]))
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
        /// Names of the secrets that it is given, and of those without a value here.
        var secrets: [String] = []
        var missing: [String] = []
    }

    func run() throws {
        let repository = try Repository.open(directory)
        let vendors = try host.vendorOptions(for: repository)
        guard let workTree = repository.workTree else {
            throw CommandError(.usage, "this repository is bare; use a clone")
        }
        let bytes = try WorkTree.read("\(workTree)/docket.yaml")
        let parsed = bytes.withUnsafeBytes { Source.parse("docket.yaml", $0) }
        guard let source = parsed.source else {
            throw CommandError(.usage, parsed.findings.first?.description ?? "docket.yaml")
        }
        let catalog = Catalog(alone: source, as: .settings)
        let errors = catalog.findings.filter { $0.level == .error }
        Output.errorBytes(PrettyFindings(isColoured: false).lines(errors))
        let reader = Reach(
            workTree: workTree, secrets: vendors.options.secrets, file: vendors.file,
            trustRoots: vendors.options.trustRoots)
        var rows: [Row] = []
        for vendor in catalog.settings.vendors {
            rows.append(reader.row(vendor.name, nil, vendor.reach))
            for (environment, reach) in vendor.environments {
                rows.append(reader.row(vendor.name, environment, reach))
            }
        }
        show(rows)
        if !errors.isEmpty { throw ExitCode(ExitStatus.usage.rawValue) }
    }

    /// Says how vendors are reached on this machine.
    private struct Reach {
        let workTree: String
        let secrets: Secrets
        let file: OperatorFile?
        let trustRoots: [String: String]

        func row(_ vendor: String, _ environment: String?, _ reach: VendorReach) -> Row {
            switch reach {
            case .recorded(let path):
                let count = answers(in: "\(workTree)/\(path)", path)
                return Row(
                    vendor: vendor, environment: environment, kind: "recorded",
                    reach: path + count)
            case .http(let settings):
                var reach = settings.hosts.joined(separator: ", ")
                if let roots = trustRoots[vendor] ?? settings.trustRoots {
                    reach += "; trusts \(roots)"
                }
                return with(
                    settings.secrets,
                    Row(vendor: vendor, environment: environment, kind: "http", reach: reach))
            case .external(let settings):
                let name = settings.program
                let program = file?.externals.first { $0.name.utf8.elementsEqual(name.utf8) }
                let reach =
                    program.map { "program \(name): \($0.path)" }
                    ?? "program \(name), which no operator's file allows here"
                return with(
                    settings.secrets,
                    Row(vendor: vendor, environment: environment, kind: "external", reach: reach))
            }
        }

        /// Names only: a value is shown nowhere.
        private func with(_ names: [String], _ row: Row) -> Row {
            var row = row
            row.secrets = names
            row.missing = secrets.granted(names).missing
            if !names.isEmpty { row.reach += "; secrets \(names.joined(separator: ", "))" }
            if !row.missing.isEmpty {
                row.reach += "; no value here for \(row.missing.joined(separator: ", "))"
            }
            return row
        }

        private func answers(in file: String, _ path: String) -> String {
            guard let bytes = try? WorkTree.read(file),
                let source = bytes.withUnsafeBytes({ Source.parse(path, $0) }).source,
                let count = source.root["answers"]?.value.array?.count
            else { return ", which cannot be read" }
            return count == 1 ? ", 1 answer" : ", \(count) answers"
        }
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
                    "secrets": arena.array(row.secrets.map { arena.string($0) }),
                    "missing": arena.array(row.missing.map { arena.string($0) }),
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
