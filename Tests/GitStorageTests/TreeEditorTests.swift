import GitStorage
import Testing

@Suite struct TreeEditorTests {
    @Test func filesAreAddedReplacedAndRemoved() throws {
        let test = try TestRepository.with(["main.txt": "m"])
        let repository = try test.open()
        try repository.commit(["a/b/c.json": "1", "a/d.json": "2", "z.json": "3"])
        try repository.commit(["a/b/c.json": "4", "a/e.json": "5"], removing: ["z.json"])
        try test.verify()
        #expect(try names(test) == ["a/b/c.json", "a/d.json", "a/e.json"])
        #expect(try test.git("show", "ledger:a/b/c.json") == "4")
    }

    @Test func removingTheLastFileRemovesItsDirectories() throws {
        let test = try TestRepository.with(["main.txt": "m"])
        let repository = try test.open()
        try repository.commit(["a/b/c/d": "1", "a/x": "2"])
        try repository.commit([:], removing: ["a/b/c/d"])
        #expect(try test.list("ledger").map { $0.split(separator: "\t").last } == ["a", "a/x"])
        try repository.commit([:], removing: ["a/x"])
        #expect(try test.list("ledger").isEmpty)
        #expect(
            try test.git("rev-parse", "ledger^{tree}").hasPrefix("4b825dc642cb6eb9a060e54bf8d6"))
        try test.verify()
    }

    @Test func removingWhatIsNotThereChangesNothing() throws {
        let test = try TestRepository.with(["main.txt": "m"])
        let repository = try test.open()
        let first = try repository.tree(of: repository.commit(["a/x": "1"]))
        let edited = try TreeEditor.apply(
            ["a/y", "b/c", "a/x/z"].map { try change($0) }, to: first, in: repository)
        #expect(edited.root == first)
        #expect(edited.objects.isEmpty)
    }

    @Test func sameContentWritesNoTrees() throws {
        let test = try TestRepository.with(["main.txt": "m"])
        let repository = try test.open()
        let root = try repository.tree(of: repository.commit(["a/x": "1", "b/y": "2"]))
        let edited = try TreeEditor.apply([try change("a/x", "1")], to: root, in: repository)
        #expect(edited.root == root)
        #expect(edited.objects.isEmpty)
    }

    @Test func onlyTouchedDirectoriesAreWritten() throws {
        let test = try TestRepository.with(["main.txt": "m"])
        let repository = try test.open()
        let root = try repository.tree(
            of: repository.commit(["a/x": "1", "b/y": "2", "c/d/z": "3"]))
        let edited = try TreeEditor.apply([try change("c/d/z", "4")], to: root, in: repository)
        #expect(edited.objects.count == 3)
        #expect(edited.objects.last?.id == edited.root.object)
    }

    @Test func aFileBecomesADirectoryOnlyWhenItIsRemoved() throws {
        let test = try TestRepository.with(["main.txt": "m"])
        let repository = try test.open()
        try repository.commit(["a": "1", "a-b": "2", "a.txt": "3"])
        let error = gitError { try repository.commit(["a/x": "4"]) }
        #expect(error?.code == .pathConflict)
        #expect(error?.message.contains("a is both") == true)
        try repository.commit(["a/x": "4"], removing: ["a"])
        #expect(try names(test) == ["a-b", "a.txt", "a/x"])
        #expect(gitError { try repository.commit(["a": "5"]) }?.code == .pathConflict)
        #expect(gitError { try repository.commit([:], removing: ["a"]) }?.code == .pathConflict)
        try repository.commit(["a": "5"], removing: ["a/x"])
        #expect(try names(test) == ["a", "a-b", "a.txt"])
        try test.verify()
    }

    @Test func changesThatContradictEachOtherAreErrors() throws {
        let test = try TestRepository.with(["main.txt": "m"])
        let repository = try test.open()
        for changes in [
            [("a", "1"), ("a/b", "2")], [("a/b", "2"), ("a", "1")], [("a", "1"), ("a", "2")],
            [("a", "1"), ("a", nil)],
        ] as [[(String, String?)]] {
            let error = gitError {
                let changes = try changes.map { try change($0.0, $0.1) }
                _ = try TreeEditor.apply(changes, to: nil, in: repository)
            }
            #expect(error?.code == .pathConflict)
        }
    }

    @Test func aPathNeverLeadsThroughALinkOrASubmodule() throws {
        let test = try TestRepository.with(["main.txt": "m"])
        let link = try test.git("hash-object", "-w", "--stdin", input: Array("/etc".utf8))
        try test.git("update-index", "--add", "--cacheinfo", "120000,\(link),link")
        let commit = String(repeating: "1", count: 40)
        try test.git("update-index", "--add", "--cacheinfo", "160000,\(commit),module")
        try test.git("commit", "-q", "-m", "kinds")
        let repository = try test.open()
        let root = try repository.tree(of: repository.resolve("HEAD"))
        for path in ["link/passwd", "module/x"] {
            let error = gitError {
                _ = try TreeEditor.apply([try change(path, "1")], to: root, in: repository)
            }
            #expect(error?.code == .pathConflict)
        }
        // A link itself is replaced by a regular file, never followed.
        let edited = try TreeEditor.apply([try change("link", "1")], to: root, in: repository)
        #expect(edited.objects.count == 1)
    }

    @Test func randomEditsGiveTheTreesThatGitGives() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix(state: seed)
        let test = try TestRepository.with(["main.txt": "m"])
        let repository = try test.open()
        var files: [String: String] = [:]
        var base: TreeID?
        let segments = ["a", "a.", "a-", "a0", "b", "B", "é", "aa"]
        for round in 0..<30 {
            var changes: [String: String?] = [:]
            for _ in 0..<Int(random.next() % 12) {
                let depth = Int(random.next() % 4) + 1
                let path = (0..<depth).map { _ in
                    segments[Int(random.next() % UInt64(segments.count))]
                }.joined(separator: "/")
                changes[path] =
                    random.next() % 3 == 0 ? .some(nil) : "\(random.next() % 4)"
            }
            var next = files
            for (path, text) in changes { next[path] = text }
            let list = try changes.map { try change($0.key, $0.value) }.shuffled(using: &random)
            let isSound = next.keys.allSatisfy { path in
                !next.keys.contains { $0.hasPrefix(path + "/") }
            }
            // Removing a directory by its name is refused as well.
            let removesDirectory = changes.contains { path, text in
                text == nil && files.keys.contains { $0.hasPrefix(path + "/") }
            }
            guard isSound, !removesDirectory else {
                let error = gitError { _ = try TreeEditor.apply(list, to: base, in: repository) }
                #expect(error?.code == .pathConflict, "seed \(seed), round \(round)")
                continue
            }
            let edited = try TreeEditor.apply(list, to: base, in: repository)
            let writer = try PackWriter(location: repository.location)
            try writer.add(edited.objects, jobs: 1)
            for text in next.values { try writer.add(PackObject.make(.blob, Array(text.utf8))) }
            _ = try writer.finish()
            files = next
            base = edited.root
            let expected = try gitTree(files, test)
            #expect(edited.root.description == expected, "seed \(seed), round \(round)")
        }
        try test.verify()
    }

    @Test func everyNumberOfThreadsMakesTheSameTrees() throws {
        let test = try TestRepository.with(["main.txt": "m"])
        let repository = try test.open()
        var random = SplitMix(state: 3)
        var first: [TreeChange] = []
        for number in 0..<6000 {
            let shard = String(random.next() % 40 + 16, radix: 16)
            first.append(
                try change("results/bulk/\(shard)/\(number % 7)/c\(number).json", "\(number % 9)"))
            if number % 3 == 0 { first.append(try change("outbox/\(shard)/m\(number)", "1")) }
        }
        var base: TreeID?
        for changes in [first, Array(first.prefix(5000)).map(removed)] {
            let expected = try TreeEditor.apply(changes, to: base, in: repository)
            for jobs in [2, 3, 8] {
                let edited = try TreeEditor.apply(
                    changes.shuffled(using: &random), to: base, in: repository, jobs: jobs)
                #expect(edited.root == expected.root)
                #expect(edited.objects == expected.objects)
            }
            let writer = try PackWriter(location: repository.location)
            try writer.add(expected.objects, jobs: 2)
            _ = try writer.finish()
            base = expected.root
        }
        let conflict = try change("results/bulk/10", "a file")
        let error = gitError {
            _ = try TreeEditor.apply(first + [conflict], to: base, in: repository, jobs: 4)
        }
        #expect(error?.code == .pathConflict)
    }

    private func removed(_ change: TreeChange) -> TreeChange { TreeChange(change.path, .remove) }

    private func gitTree(_ files: [String: String], _ test: TestRepository) throws -> String {
        try test.git("read-tree", "--empty")
        let lines = files.map { path, text in
            "100644 \(ObjectBytes(.blob, Array(text.utf8)).id)\t\(path)\0"
        }
        try test.git("update-index", "-z", "--index-info", input: Array(lines.joined().utf8))
        return try test.git("write-tree")
    }

    private func change(_ path: String, _ text: String? = nil) throws -> TreeChange {
        let blob = text.map { BlobID(ObjectBytes(.blob, Array($0.utf8)).id) }
        return TreeChange(try RepositoryPath(path), blob.map { .write($0) } ?? .remove)
    }

    private func names(_ test: TestRepository) throws -> [String] {
        try test.git("ls-tree", "-r", "--name-only", "ledger").split(separator: "\n").map(
            String.init)
    }
}

/// A small seeded generator, so that a failure can be run again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
