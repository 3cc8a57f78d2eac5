import ArgumentParser
import GitStorage

/// `docket init`.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Start a repository that runs.",
        discussion: """
            Writes a small repository: docket.yaml, one workflow with its rules, a vendor with \
            recorded answers, a form and three cases; and commits it, so that 'docket run' works at \
            once. A directory that has a docket.yaml, or another file in the way, is left as it is.

              docket init
              docket init ../risk --project acme-risk

            Exit codes: 0 done; 2 usage, files in the way, or no git.
            """)

    @Argument(help: "Where; made if it is not there.", completion: .directory)
    var directory = "."

    @Option(help: "The project's name; the directory's by default.")
    var project: String?

    func validate() throws {
        if let project, !Self.isName(project) {
            throw ValidationError(
                "--project is letters, digits, '.', '_' and '-', and starts with a letter")
        }
    }

    func run() throws {
        try checkFree(StarterFiles.files(project: "").map(\.path))
        try WorkTree.makeFolder(directory)
        let files = StarterFiles.files(project: project ?? name(of: directory))
        for file in files {
            try WorkTree.write(
                Array(file.text.utf8), to: directory + "/" + file.path, replacing: false)
            Output.line("wrote \(file.path)")
        }
        try commit(files.map(\.path))
        let place = directory == "." ? "" : "cd \(directory)\n  "
        Output.line("\nNext:\n  \(place)docket check\n  docket run\n  docket case list")
    }

    /// Nothing of ours may be there already.
    private func checkFree(_ paths: [String]) throws {
        if WorkTree.kind(directory + "/docket.yaml") != nil {
            throw CommandError(
                .usage, "\(directory) has a docket.yaml already; nothing was written")
        }
        for path in paths where WorkTree.kind(directory + "/" + path) != nil {
            throw CommandError(
                .usage, "\(path) is in the way in \(directory); nothing was written")
        }
    }

    private func commit(_ paths: [String]) throws {
        // A repository above does not count: docket.yaml stands at the root of its own.
        if WorkTree.kind(directory + "/.git") == nil {
            try Git.run(["init", "--quiet", "--initial-branch=main"], in: directory)
        }
        try Git.run(["add", "--"] + paths, in: directory)
        let identity = try Repository.open(directory).identity
        let author = ["-c", "user.name=\(identity.name)", "-c", "user.email=\(identity.email)"]
        let commit = ["commit", "--quiet", "--no-verify", "-m", "Start with Docket", "--"]
        try Git.run(author + commit + paths, in: directory)
    }

    /// The directory's own name, as far as it can name a project.
    private func name(of directory: String) -> String {
        let path = WorkTree.absolute(directory)
        let last = BallerineImport.safeName(String(path.split(separator: "/").last ?? "docket"))
        return Self.isName(last) ? last : "docket"
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, (first | 0x20) >= 0x61, (first | 0x20) <= 0x7A else {
            return false
        }
        return text.utf8.elementsEqual(BallerineImport.safeName(text).utf8)
    }
}
