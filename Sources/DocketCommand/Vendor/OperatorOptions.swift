import ArgumentParser
import Batch
import Definitions
import Documents
import GitStorage
import Glibc
import Vendors

/// The operator's file on the command line, or in `DOCKET_OPERATOR_FILE`.
struct OperatorOptions: ParsableArguments {
    @Option(
        name: .customLong("operator"),
        help:
            "The operator's file, outside the repository: programs, secrets, environment (default: $DOCKET_OPERATOR_FILE).",
        completion: .file())
    var operatorFile: String?

    /// The file that was named; nil when none was.
    ///
    /// - Throws: ``CommandError`` when it must not be used, its findings written out first.
    func read(for repository: Repository) throws -> OperatorFile? {
        guard let path = operatorFile ?? Self.named else { return nil }
        let location = repository.location
        let (file, findings) = OperatorFile.read(
            path,
            outside: [repository.workTree, location.gitDirectory, location.commonDirectory]
                .compactMap { $0 })
        if !findings.isEmpty {
            Output.errorBytes(PrettyFindings(isColoured: false).lines(findings))
        }
        guard let file else {
            throw CommandError(.usage, "the operator's file is not used, see above")
        }
        return file
    }

    /// Runs with the vendors that the definitions name and the operator allows.
    func run(_ options: RunOptions) throws -> RunReport {
        var options = options
        let vendors = try vendorOptions(for: Repository.open(options.directory))
        options.environment = vendors.options.environment
        defer { Self.show(vendors.externals.reports, scrubbing: vendors.options.secrets) }
        do throws(RunError) {
            return try BatchRun(options: options) { catalog in
                let directory = VendorDirectory(catalog.settings, options: vendors.options)
                return directory.isEmpty ? nil : directory
            }.perform(progress: TerminalProgress())
        } catch { throw RunCommand.explain(error) }
    }

    /// What went wrong with external programs, and the end of what they wrote to standard error.
    private static func show(_ reports: [ExternalReport], scrubbing secrets: Secrets) {
        func say(_ text: String) { Output.error(PrettyFindings.printable(secrets.scrubbed(text))) }
        for report in reports where !report.troubles.isEmpty {
            let starts = report.starts == 1 ? "started once" : "started \(report.starts) times"
            say(
                "docket: the program \(report.program) was in trouble; \(starts), "
                    + CheckedFiles.count(report.answered, "answer"))
            for trouble in report.troubles.suffix(3) { say("  \(trouble)") }
            let lines = String(decoding: report.standardError, as: UTF8.self)
                .split(whereSeparator: \.isNewline)
            for line in lines.suffix(5) { say("  it wrote: \(line.prefix(500))") }
        }
    }

    /// What the operator's file and the environment give to the vendors of a run.
    struct Vendors {
        var options: VendorOptions
        var externals: ExternalVendors
        var file: OperatorFile?
    }

    /// What the operator says about vendors: programs, secrets, environment.
    func vendorOptions(for repository: Repository) throws -> Vendors {
        let file = try read(for: repository)
        let location = repository.location
        let inside = [repository.workTree, location.gitDirectory, location.commonDirectory]
            .compactMap { $0 }
        let externals = ExternalVendors(file)
        var options = VendorOptions(environment: file?.environment, repository: inside)
        do throws(SecretsError) {
            options.secrets = try Secrets.load(
                environment: Self.variables, file: file?.secretsFile, repository: inside)
        } catch { throw CommandError(.usage, error.message) }
        options.external = { _, settings in externals.vendor(program: settings.program) }
        options.isIdempotent = { externals.isIdempotent(program: $0) }
        options.close = { await externals.close() }
        for (vendor, path) in file?.trustRoots ?? [] { options.trustRoots[vendor] = path }
        return Vendors(options: options, externals: externals, file: file)
    }

    /// The environment; only variables that name secrets of Docket's are looked at.
    private static var variables: [String: String] {
        var result: [String: String] = [:]
        var at = environ
        while let entry = at.pointee {
            let text = String(cString: entry)
            if text.hasPrefix(Secrets.environmentPrefix), let end = text.firstIndex(of: "=") {
                result[String(text[..<end])] = String(text[text.index(after: end)...])
            }
            at += 1
        }
        return result
    }

    private static var named: String? {
        getenv("DOCKET_OPERATOR_FILE").flatMap {
            let path = String(cString: $0)
            return path.isEmpty ? nil : path
        }
    }
}
