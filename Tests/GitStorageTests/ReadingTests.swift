import Foundation
import GitStorage
import Testing

@Suite struct ReadingTests {
    @Test func revisionsResolveAsGitDoes() throws {
        let test = try TestRepository.with(["a": "1"])
        try test.write("a", "2")
        try test.commitAll("second\n\nbody")
        try test.git("tag", "-a", "v1", "-m", "tag")
        try test.git("branch", "feature/x")
        let repository = try test.open()
        let head = try test.git("rev-parse", "HEAD")
        for revision in ["HEAD", "main", "v1", "feature/x", head, String(head.prefix(10))] {
            #expect(try repository.resolve(revision).description == head)
        }
        #expect(try repository.resolve("HEAD~1").description == test.git("rev-parse", "HEAD~1"))
        #expect(gitError { _ = try repository.resolve("nothing") }?.code == .revisionNotFound)
        #expect(gitError { _ = try repository.resolve("bad..name^{") }?.code == .revisionNotFound)
        #expect(gitError { _ = try repository.resolve("HEAD:a") }?.code == .wrongKind)
    }

    @Test func aCommitsMetadataIsRead() throws {
        let test = try TestRepository.with(["a": "1"])
        try test.write("a", "2")
        try test.commitAll("second\n\nbody")
        let repository = try test.open()
        let commit = try repository.commit(repository.resolve("HEAD"))
        #expect(commit.tree.description == (try test.git("rev-parse", "HEAD^{tree}")))
        #expect(commit.parents.map(\.description) == [try test.git("rev-parse", "HEAD~1")])
        #expect(commit.message == "second\n\nbody\n")
        #expect(commit.author.identity.description == "Tester <tester@example.com>")
        #expect(commit.committer.seconds == 1_700_000_000)
        #expect(commit.committer.offsetMinutes == 60)
        let wrong = gitError { _ = try repository.commit(CommitID(commit.tree.object)) }
        #expect(wrong?.code == .wrongKind)
    }

    @Test func anEmptyRepositoryHasNoCommitsAndCanGetALedger() throws {
        let test = try TestRepository()
        try test.git("init", "-q", "-b", "trunk")
        let repository = try test.open()
        #expect(repository.defaultBranch == "trunk")
        #expect(gitError { _ = try repository.resolve("HEAD") }?.code == .noCommits)
        #expect(try repository.tip(of: BranchName("ledger")) == nil)
        try repository.commit(["runs/1.json": "{}\n"])
        try test.verify()
        #expect(try test.git("ls-tree", "-r", "--name-only", "ledger") == "runs/1.json")
    }

    @Test func branchTipsAreReadLooseAndPacked() throws {
        let test = try TestRepository.with(["a": "1"])
        try test.git("branch", "ledger")
        let head = try test.git("rev-parse", "HEAD")
        let branch = try BranchName("ledger")
        #expect(try test.open().tip(of: branch)?.description == head)
        try test.git("pack-refs", "--all", "--prune")
        #expect(try test.open().tip(of: branch)?.description == head)
        #expect(try test.open().tip(of: BranchName("other")) == nil)
    }

    @Test func theWalkListsWhatLsTreeLists() throws {
        let test = try TestRepository.with([
            "a": "1", "a.txt": "2", "a-b": "3", "dir/x": "4", "dir.x": "5", "dir/sub/y": "6",
            "z/ü/Ω.yaml": "7",
        ])
        try test.git("update-index", "--add", "--cacheinfo", "160000", ids(1), "module")
        let link = try test.git("hash-object", "-w", "--stdin", input: Array("/etc/passwd".utf8))
        try test.git("update-index", "--add", "--cacheinfo", "120000", link, "link")
        try test.git("update-index", "--chmod=+x", "a-b")
        try test.git("commit", "-q", "-m", "kinds")
        let repository = try test.open()
        let root = try repository.tree(of: repository.resolve("HEAD"))
        var walker = try TreeWalker(root, in: repository)
        var walked: [String] = []
        var kinds: [String: EntryKind] = [:]
        while let entry = try walker.next() {
            let mode = entry.kind == .tree ? "040000" : entry.kind.mode
            let type = entry.kind == .tree ? "tree" : entry.kind == .submodule ? "commit" : "blob"
            walked.append("\(mode) \(type) \(entry.id)\t\(entry.text)")
            kinds[entry.text] = entry.kind
            let found = try #require(try repository.entry(at: entry.path, in: root))
            #expect(found.id == entry.id && found.kind == entry.kind)
        }
        #expect(walked == (try test.list("HEAD")))
        #expect(kinds["module"] == .submodule)
        #expect(kinds["link"] == .symlink)
        #expect(kinds["a-b"] == .executable)
        #expect(try repository.entry(at: RepositoryPath("dir/none"), in: root) == nil)
        #expect(try repository.entry(at: RepositoryPath("a/x"), in: root) == nil)
        let directory = try repository.tree(at: RepositoryPath("dir"), in: root)
        #expect(directory?.map(\.text) == ["sub", "x"])
        #expect(try repository.tree(at: RepositoryPath("a"), in: root) == nil)
        #expect(try repository.entry(at: RepositoryPath("link/x"), in: root) == nil)
    }

    @Test func aSubtreeIsSkipped() throws {
        let test = try TestRepository.with(["a/x": "1", "b/x": "2", "c": "3"])
        let repository = try test.open()
        var walker = try TreeWalker(
            repository.tree(of: repository.resolve("HEAD")), in: repository)
        var names: [String] = []
        while let entry = try walker.next() {
            names.append(entry.text)
            if entry.text == "a" { walker.skipSubtree() }
        }
        #expect(names == ["a", "b", "b/x", "c"])
    }

    @Test func aWalkStopsAtItsLimits() throws {
        // Ten levels of ten names for the same tree: 10 to the 10 entries in a few objects.
        let test = try TestRepository.with(["a": "1"])
        var tree = try test.git("rev-parse", "HEAD^{tree}")
        for _ in 0..<10 {
            let lines = (0..<10).map { "040000 tree \(tree)\tn\($0)\n" }.joined()
            tree = try test.git("mktree", input: Array(lines.utf8))
        }
        let repository = try test.open()
        let root = TreeID(try #require(ObjectID(hex: tree)))
        var walker = try TreeWalker(root, in: repository, entryLimit: 5000)
        let error = gitError { while try walker.next() != nil {} }
        #expect(error?.code == .limitExceeded)
        for _ in 0..<TreeWalker.depthLimit {
            tree = try test.git("mktree", input: Array("040000 tree \(tree)\tn\n".utf8))
        }
        var deep = try TreeWalker(TreeID(try #require(ObjectID(hex: tree))), in: repository)
        #expect(gitError { while try deep.next() != nil {} }?.code == .limitExceeded)
    }

    @Test func aBlobAboveTheLimitIsNotRead() throws {
        let test = try TestRepository.with(["a": String(repeating: "x", count: 5000)])
        let repository = try test.open()
        let root = try repository.tree(of: repository.resolve("HEAD"))
        let entry = try #require(try repository.entry(at: RepositoryPath("a"), in: root))
        #expect(try repository.header(of: entry.id) == (.blob, 5000))
        #expect(try repository.blob(BlobID(entry.id), limitBytes: 5000).count == 5000)
        let error = gitError { _ = try repository.blob(BlobID(entry.id), limitBytes: 4999) }
        #expect(error?.code == .objectTooLarge)
        #expect(
            gitError { _ = try repository.blob(BlobID(root.object), limitBytes: 4999) }?.code
                == .wrongKind)
    }

    @Test func aDamagedObjectIsNoticed() throws {
        let test = try TestRepository.with(["a": "right"])
        let id = try test.git("rev-parse", "HEAD:a")
        let wrong = try test.git("hash-object", "-w", "--stdin", input: Array("wrong".utf8))
        func file(_ id: String) -> String {
            test.path(".git/objects/\(id.prefix(2))/\(id.dropFirst(2))")
        }
        try FileManager.default.removeItem(atPath: file(id))
        try FileManager.default.moveItem(atPath: file(wrong), toPath: file(id))
        let blob = BlobID(try #require(ObjectID(hex: id)))
        #expect(gitError { _ = try test.open().blob(blob, limitBytes: 10) }?.code == .corruptObject)
        try Data("rubbish".utf8).write(to: URL(fileURLWithPath: file(id)))
        #expect(gitError { _ = try test.open().blob(blob, limitBytes: 10) }?.code == .corruptObject)
    }

    @Test func idsAreReadAndShown() throws {
        let hex = "00ff10a0b0c0d0e0f0123456789abcdef0011223"
        let id = try #require(ObjectID(hex: hex))
        #expect(id.description == hex)
        #expect(id.bytes.count == 20)
        #expect(ObjectID(bytes: id.bytes) == id)
        #expect(ObjectID(hex: hex.uppercased()) == id)
        #expect(ObjectID(hex: hex + hex.prefix(24))?.format == .sha256)
        #expect(ObjectID(hex: hex.dropLast()) == nil)
        #expect(ObjectID(hex: "xx" + hex.dropFirst(2)) == nil)
        #expect(try #require(ObjectID(hex: "01" + hex.dropFirst(2))) > id)
    }

    private func ids(_ digit: Int) -> String { String(repeating: String(digit), count: 40) }
}
