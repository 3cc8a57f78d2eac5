import Foundation
import GitStorage
import Testing

@Suite struct RepositoryTests {
    @Test func opensAWorkTreeAndAnyDirectoryInIt() throws {
        let test = try TestRepository.with(["docket.yaml": "a", "cases/a/b.yaml": "b"])
        for place in ["", "/cases", "/cases/a"] {
            let repository = try Repository.open(test.directory + place)
            #expect(repository.location.gitDirectory.hasSuffix("/.git"))
            #expect(repository.location.commonDirectory == repository.location.gitDirectory)
            #expect(!repository.isBare)
            #expect(repository.workTree.map { $0.hasSuffix("/") } == false)
            #expect(repository.defaultBranch == "main")
            let head = try test.git("rev-parse", "HEAD")
            #expect(try repository.resolve("HEAD").description == head)
        }
    }

    @Test func opensABareRepository() throws {
        let test = try TestRepository.with(["docket.yaml": "a"])
        try test.git("clone", "-q", "--bare", ".", "bare.git")
        let repository = try Repository.open(test.path("bare.git"))
        #expect(repository.isBare)
        #expect(repository.workTree == nil)
        #expect(repository.defaultBranch == "main")
        #expect(try repository.resolve("main") == test.open().resolve("main"))
    }

    @Test func aLinkedWorkTreeSharesTheCommonDirectory() throws {
        let test = try TestRepository.with(["docket.yaml": "a"])
        try test.git("worktree", "add", "-q", "-b", "side", "linked")
        let repository = try Repository.open(test.path("linked"))
        #expect(repository.location.gitDirectory.hasSuffix("/.git/worktrees/linked"))
        #expect(repository.location.commonDirectory.hasSuffix("/.git"))
        #expect(repository.defaultBranch == "side")
        try repository.commit(["results/a.json": "{}"])
        try test.verify()
        #expect(try test.git("show", "ledger:results/a.json") == "{}")
        #expect(
            repository.location.docketDirectory == repository.location.commonDirectory + "/docket")
    }

    @Test func aPlaceWithoutARepositoryIsSaidSo() throws {
        let test = try TestRepository()
        let error = gitError { _ = try Repository.open(test.directory) }
        #expect(error?.code == .notARepository)
        #expect(gitError { _ = try Repository.open("/nonexistent/x") }?.code == .notARepository)
    }

    @Test func aSHA256RepositoryIsRefusedByName() throws {
        let test = try TestRepository.with(["a": "a"], format: "sha256")
        let error = try #require(gitError { _ = try Repository.open(test.directory) })
        #expect(error.code == .unsupportedRepository)
        #expect(error.message.contains("sha256"))
        #expect(error.advice.contains("--object-format=sha1"))
    }

    @Test func otherFormatExtensionsAreRefusedByNameOrKnownToBeHarmless() throws {
        let test = try TestRepository.with(["a": "a"])
        // Written by hand, since the git at hand may not know them all.
        let known =
            "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tworktreeConfig = true\n"
            + "\tpreciousObjects = true\n\trelativeWorktrees = true\n\tobjectFormat = sha1\n"
        try test.write(".git/config", known + "\trefStorage = files\n")
        _ = try test.open()
        try test.write(".git/config", known + "\trefStorage = reftable\n")
        let reftable = try #require(gitError { _ = try test.open() })
        #expect(reftable.code == .unsupportedRepository)
        #expect(reftable.message.contains("reftable"))
        let other = try TestRepository.with(["a": "a"])
        try other.write(
            ".git/config", "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tfuture = yes\n")
        let unknown = try #require(gitError { _ = try other.open() })
        #expect(unknown.code == .unsupportedRepository)
        #expect(unknown.message.contains("future"))
    }

    @Test func aCloneThatBorrowsObjectsIsReadAndWritten() throws {
        let test = try TestRepository.with(["a": "1"])
        try test.git("clone", "-q", "--shared", ".", "borrower")
        let repository = try Repository.open(test.path("borrower"))
        let root = try repository.tree(of: repository.resolve("HEAD"))
        #expect(try repository.entry(at: RepositoryPath("a"), in: root)?.kind == .file)
        try repository.commit(["results/a.json": "{}"], parents: [repository.resolve("HEAD")])
        try test.git("fsck", "--strict", in: test.path("borrower"))
        #expect(try test.git("show", "ledger:results/a.json", in: test.path("borrower")) == "{}")
    }

    @Test func aShallowCloneReadsItsTipAndSaysWhatIsMissing() throws {
        let test = try TestRepository.with(["a": "1"])
        try test.write("a", "2")
        try test.commitAll("second")
        try test.git("clone", "-q", "--depth", "1", "file://\(test.directory)", "shallow")
        let repository = try Repository.open(test.path("shallow"))
        #expect(repository.location.isShallow)
        let head = try repository.commit(repository.resolve("HEAD"))
        let parent = try #require(head.parents.first)
        let error = try #require(gitError { _ = try repository.commit(parent) })
        #expect(error.code == .objectMissing)
        #expect(error.message.contains("shallow"))
        #expect(error.advice.contains("--unshallow"))
        try repository.commit(["x": "y"], parents: [head.id])
        try test.git("fsck", "--strict", in: test.path("shallow"))
    }

    @Test func aPartialCloneOpensAndSaysWhatIsMissing() throws {
        let test = try TestRepository.with(["dir/a": "some content"])
        try test.git("config", "uploadpack.allowFilter", "true")
        try test.git(
            "clone", "-q", "--no-checkout", "--filter=blob:none", "file://\(test.directory)", "part"
        )
        let repository = try Repository.open(test.path("part"))
        #expect(repository.location.isPartialClone)
        let root = try repository.tree(of: repository.resolve("HEAD"))
        let entry = try #require(try repository.entry(at: RepositoryPath("dir/a"), in: root))
        let error = try #require(
            gitError { _ = try repository.blob(BlobID(entry.id), limitBytes: 100) })
        #expect(error.code == .objectMissing)
        #expect(error.message.contains("partial"))
        #expect(!repository.contains(entry.id))
    }

    @Test(.enabled(if: getuid() == 0, "needs root to give a directory away"))
    func anotherOwnersRepositoryIsRefused() throws {
        let test = try TestRepository.with(["a": "a"])
        for place in [test.directory, test.path(".git")] {
            #expect(chown(place, 12345, 12345) == 0)
        }
        let error = try #require(gitError { _ = try test.open() })
        #expect(error.code == .notOwner, "\(error)")
        #expect(error.advice.contains("safe.directory"))
    }

    @Test func theIdentityComesFromTheConfigurationOrIsDockets() throws {
        let test = try TestRepository.with(["a": "a"])
        try test.git("config", "user.name", " Rita <Risk>\u{1} ")
        #expect(try test.open().identity.email.isEmpty == false)
        try test.git("config", "user.email", "rita@example.com")
        #expect(
            try test.open().identity == Identity(name: "Rita Risk", email: "rita@example.com"))
        #expect(Identity.docket.description == "Docket <docket@localhost>")
        #expect(Identity(name: "\n", email: "").name == "Docket")
    }

    @Test func handlesOfWorkersReadAtTheSameTime() async throws {
        let files = Dictionary(
            uniqueKeysWithValues: (0..<200).map { ("d\($0 % 7)/f\($0)", "content \($0)") })
        let test = try TestRepository.with(files)
        let repository = try test.open()
        let root = try repository.tree(of: repository.resolve("HEAD"))
        let location = repository.location
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let own = try Repository(location: location)
                    var walker = try TreeWalker(root, in: own)
                    var count = 0
                    while let entry = try walker.next() {
                        guard entry.kind == .file else { continue }
                        _ = try own.blob(BlobID(entry.id), limitBytes: 100)
                        count += 1
                    }
                    return count
                }
            }
            for try await count in group { #expect(count == 200) }
        }
    }
}
