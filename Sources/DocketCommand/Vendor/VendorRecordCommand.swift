import ArgumentParser
import Batch
import Documents
import GitStorage
import Vendors

/// `docket vendor record`.
struct VendorRecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Keep real answers of a vendor as a file of recorded ones.",
        discussion: """
            Takes the answers of VENDOR out of the evidence on the ledger and adds them to a file that \
            'simulate --vendors recorded', tests and an environment with {kind: recorded} use. Of two \
            answers to one request the later one stands. Secrets are in no evidence; members of \
            requests that held one are left out.

            An answer that the file has already, with another content, is left as it is and named; \
            --replace takes the new one, if 'record' wrote the file. A file that a person wrote keeps \
            its text, and new answers come first.

            --mask-personal puts made-up names, numbers, dates and addresses in the place of what \
            looks personal by the name of its member, and of the same words elsewhere; --mask names \
            further members. The same word always becomes the same one, by a salt that stays in the \
            git directory. It knows names of members, not people: read the file before you commit it.

            docket vendor record sanctions --case 'onboarding/**' --mask-personal
            docket vendor record registry --mask 'body.company.owners.*.share,reference'

            \(ExitStatus.help([
                (.done, "done"), (.findings, "some answers differ from those in the file"),
                (.usage, "usage, or no such evidence"),
            ]))
            """)

    @Argument(help: "The vendor's name in docket.yaml.")
    var vendor: String

    @Option(name: [.customShort("C")], help: "A directory in the repository.")
    var directory = "."

    @Option(help: "The ledger branch.")
    var ledger = "ledger"

    @Option(help: "A commit of the ledger instead of its tip.")
    var fromLedger: String?

    @Option(
        name: .customLong("case"),
        help: "Only of cases whose ids match: '*' within a segment, '**' across.")
    var glob: String?

    @Option(
        help: "Members to mask: names, or paths such as body.hits.*.title, with commas between.")
    var mask: String?

    @Flag(help: "Mask what looks like personal data.")
    var maskPersonal = false

    @Option(
        help:
            "A file, outside the repository or ignored by git, whose bytes make the made-up data.",
        completion: .file())
    var maskSalt: String?

    @Flag(help: "Take the new answer where the file has another one to the same request.")
    var replace = false

    @Option(
        name: .customLong("out"), help: "The file (default: vendors/VENDOR.yaml).",
        completion: .file())
    var file: String?

    func validate() throws {
        guard vendor.utf8.first.map({ $0 != 0x2E }) ?? false, !vendor.contains("/") else {
            throw ValidationError("VENDOR is a name of docket.yaml")
        }
    }

    func run() throws {
        let repository = try Repository.open(directory)
        guard let found = try Ledger.open(directory, branch: ledger, at: fromLedger) else {
            throw CommandError(.usage, "there was no run yet: no branch '\(ledger)'")
        }
        let arena = Arena()
        var recording = Recording(of: vendor, in: arena)
        try found.forEachEvidence(matching: glob.map { CaseGlob($0) }, into: arena) {
            recording.add($1, at: $0)
        }
        guard recording.count > 0 else {
            throw CommandError(
                .usage,
                "the ledger has no answers of the vendor '\(vendor)'"
                    + (glob == nil ? "" : " on these cases"))
        }
        if maskPersonal || mask != nil {
            recording.mask(
                Masking(
                    personal: maskPersonal,
                    paths: mask?.split(separator: ",").map { String($0) } ?? [],
                    salt: try salt(repository)))
        }
        try write(recording, repository, arena)
    }

    private func write(_ recording: Recording, _ repository: Repository, _ arena: Arena) throws {
        guard let path = file ?? repository.workTree.map({ "\($0)/vendors/\(vendor).yaml" }) else {
            throw CommandError(.usage, "this repository is bare; name a file with --out")
        }
        let shown = file ?? "vendors/\(vendor).yaml"
        if let kind = WorkTree.kind(path), kind != .file {
            throw CommandError(.usage, "\(shown) is no plain file")
        }
        let existing = WorkTree.kind(path) == nil ? nil : (shown, try WorkTree.read(path))
        let result: RecordedFile
        do throws(RecordedFile.Refusal) {
            result = try RecordedFile(
                adding: recording.answers, to: existing, replacing: replace, in: arena)
        } catch { throw CommandError(.usage, error.message) }
        if let bytes = result.bytes { try WorkTree.write(bytes, to: path, replacing: true) }
        for conflict in result.conflicts {
            let line = conflict.position.map { ":\($0.line):\($0.column)" } ?? ""
            Output.error(
                "\(shown)\(line): the ledger has another answer to this request; it was left")
        }
        var parts = ["\(result.added) added", "\(result.known) there already"]
        if result.replaced > 0 { parts.append("\(result.replaced) replaced") }
        if recording.superseded > 0 { parts.append("\(recording.superseded) older ones left out") }
        Output.line("\(shown): " + parts.joined(separator: ", "))
        if !result.conflicts.isEmpty {
            throw ExitCode(ExitStatus.findings.rawValue)
        }
    }

    /// The bytes that make pseudonyms: of the file named, else of one in the git directory, made at
    /// the first use.
    private func salt(_ repository: Repository) throws -> [UInt8] {
        if let maskSalt {
            let bytes = try WorkTree.read(maskSalt, limit: 1 << 20)
            guard bytes.count >= 16 else {
                throw CommandError(.usage, "\(maskSalt) has fewer than 16 bytes")
            }
            return bytes
        }
        let path = try repository.location.createDocketDirectory() + "/mask-salt"
        if WorkTree.kind(path) == .file {
            let bytes = try WorkTree.read(path, limit: 1 << 20)
            if bytes.count >= 16 { return bytes }
        }
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        try WorkTree.writePrivate(bytes, to: path)
        return bytes
    }
}
