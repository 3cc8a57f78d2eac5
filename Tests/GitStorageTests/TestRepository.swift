import Foundation
import GitStorage

/// A directory that goes with its owner, and the real git in it, cut off from the configuration of
/// the machine and its user.
final class TestRepository: Sendable {
    let directory: String

    /// An empty temporary directory; `git(…)` runs in it.
    init() throws {
        let base = FileManager.default.temporaryDirectory.path
        directory = "\(base)/docket-git-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        // Objects are read-only, their directories are not.
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A repository on branch `main` with one commit of these files.
    static func with(
        _ files: [String: String], bare: Bool = false, format: String = "sha1"
    ) throws -> TestRepository {
        let repository = try TestRepository()
        try repository.git("init", "-q", "-b", "main", "--object-format=\(format)")
        for (name, text) in files { try repository.write(name, text) }
        try repository.commitAll("first")
        if bare {
            try repository.git("config", "core.bare", "true")
        }
        return repository
    }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func write(_ name: String, _ text: String) throws {
        let path = path(name)
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    func commitAll(_ message: String) throws {
        try git("add", "-A")
        try git("commit", "-q", "--allow-empty", "-m", message)
    }

    /// Runs git and returns its output without the last line end; throws with its errors when it
    /// fails.
    @discardableResult
    func git(_ arguments: String..., input: [UInt8] = [], in place: String? = nil) throws -> String
    {
        try run(arguments, input: input, in: place)
    }

    @discardableResult
    func run(_ arguments: [String], input: [UInt8] = [], in place: String? = nil) throws -> String {
        let result = try Self.execute(arguments, input: input, in: place ?? directory)
        guard result.status == 0 else {
            throw GitFailure(arguments: arguments, status: result.status, errors: result.errors)
        }
        return result.output
    }

    static func execute(
        _ arguments: [String], input: [UInt8], in place: String
    ) throws -> (status: Int32, output: String, errors: String) {
        let base = FileManager.default.temporaryDirectory.path
        let scratch = "\(base)/docket-git-\(UUID().uuidString)"
        let files = ["in", "out", "err"].map { "\(scratch).\($0)" }
        defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
        for file in files {
            try Data(file == files[0] ? input : []).write(to: URL(fileURLWithPath: file))
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: place)
        process.environment = environment
        process.standardInput = FileHandle(forReadingAtPath: files[0])
        process.standardOutput = FileHandle(forWritingAtPath: files[1])
        process.standardError = FileHandle(forWritingAtPath: files[2])
        try process.run()
        process.waitUntilExit()
        func text(_ file: String) -> String {
            let data = FileManager.default.contents(atPath: file) ?? Data()
            let text = String(decoding: data, as: UTF8.self)
            return text.hasSuffix("\n") ? String(text.dropLast()) : text
        }
        return (process.terminationStatus, text(files[1]), text(files[2]))
    }

    private static var environment: [String: String] {
        [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Tester", "GIT_AUTHOR_EMAIL": "tester@example.com",
            "GIT_COMMITTER_NAME": "Tester", "GIT_COMMITTER_EMAIL": "tester@example.com",
            "GIT_AUTHOR_DATE": "1700000000 +0100", "GIT_COMMITTER_DATE": "1700000000 +0100",
            "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0",
        ]
    }

    func open() throws -> Repository { try Repository.open(directory) }

    /// `git fsck --strict` and `git verify-pack` of every pack find nothing to say.
    func verify() throws {
        let said = try git("fsck", "--strict", "--full", "--no-dangling")
        guard said.isEmpty else {
            throw GitFailure(arguments: ["fsck"], status: 0, errors: said)
        }
        let packs = try FileManager.default.contentsOfDirectory(atPath: packDirectory)
        for pack in packs where pack.hasSuffix(".idx") {
            try git("verify-pack", "\(packDirectory)/\(pack)")
        }
    }

    var packDirectory: String {
        get throws {
            let common = try git("rev-parse", "--git-common-dir")
            return (common.hasPrefix("/") ? common : path(common)) + "/objects/pack"
        }
    }

    /// The files of a revision by path, with mode and id, as `git ls-tree` lists them.
    func list(_ revision: String) throws -> [String] {
        try git("ls-tree", "-r", "-t", "-z", revision).split(separator: "\0").map(String.init)
    }
}

struct GitFailure: Error, CustomStringConvertible {
    let arguments: [String]
    let status: Int32
    let errors: String

    var description: String { "git \(arguments.joined(separator: " ")): \(status) \(errors)" }
}

/// The error that `body` throws, as ours.
func gitError(_ body: () throws -> Void) -> GitError? {
    do {
        try body()
        return nil
    } catch {
        return error as? GitError
    }
}

let testSignature = Signature(
    identity: Identity(name: "Docket", email: "docket@localhost"), seconds: 1_700_000_000)

extension Repository {
    /// Writes files on top of a branch's tip as one commit, the way a run does.
    @discardableResult
    func commit(
        _ files: [String: String], removing removed: [String] = [], on name: String = "ledger",
        parents: [CommitID]? = nil
    ) throws -> CommitID {
        let branch = try BranchName(name)
        let tip = try tip(of: branch)
        let writer = try PackWriter(location: location)
        var changes: [TreeChange] = []
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            let object = try PackObject.make(.blob, Array(text.utf8))
            try writer.add(object)
            changes.append(TreeChange(try RepositoryPath(path), .write(object.blob)))
        }
        for path in removed { changes.append(TreeChange(try RepositoryPath(path), .remove)) }
        let base = try tip.map { try tree(of: $0) }
        let edited = try TreeEditor.apply(changes, to: base, in: self)
        try writer.add(edited.objects, jobs: 2)
        let id = try writer.add(
            CommitDraft(
                tree: edited.root, parents: parents ?? tip.map { [$0] } ?? [],
                author: testSignature, message: "run"))
        _ = try writer.finish()
        let update = try moveBranch(branch, to: id, from: tip, message: "docket run")
        guard update == .updated else {
            throw GitError(.library, operation: "test", message: "the branch moved")
        }
        return id
    }
}
