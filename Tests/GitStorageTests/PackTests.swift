import Foundation
import Testing

@testable import GitStorage

@Suite struct PackTests {
    @Test func objectsHaveGitsIds() throws {
        let test = try TestRepository.with(["a": "a"])
        for text in ["", "x", String(repeating: "long ", count: 5000)] {
            let id = try test.git("hash-object", "--stdin", input: Array(text.utf8))
            #expect(ObjectBytes(.blob, Array(text.utf8)).id.description == id)
        }
        let other = try TestRepository.with(["a": "a"], format: "sha256")
        let id = try other.git("hash-object", "--stdin", input: Array("x".utf8))
        #expect(ObjectBytes(.blob, Array("x".utf8), format: .sha256).id.description == id)
    }

    @Test func aPackHoldsEachObjectOnceAndReadsBack() throws {
        let test = try TestRepository.with(["a": "known"])
        let repository = try test.open()
        let writer = try PackWriter(location: repository.location, existing: .skip)
        let sizes = [0, 1, 15, 16, 17, 2047, 2048, 300_000, 5_000_000]
        var made: [(BlobID, [UInt8])] = []
        var random = SplitMix(state: 7)
        for size in sizes {
            let bytes = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next() & 0x3F) }
            let object = try PackObject.make(.blob, bytes)
            #expect(try writer.add(object))
            #expect(try !writer.add(object))
            made.append((object.blob, bytes))
        }
        // What the repository has already is left out.
        #expect(try !writer.add(PackObject.make(.blob, Array("known".utf8))))
        #expect(
            gitError { _ = try repository.blob(made[1].0, limitBytes: 10) }?.code == .objectMissing)
        let summary = try writer.finish()
        #expect(summary.objectCount == sizes.count)
        for (id, bytes) in made {
            #expect(try repository.blob(id, limitBytes: bytes.count) == bytes)
        }
        try test.verify()
        let name = try #require(summary.name)
        for ending in ["pack", "idx"] {
            let path = "\(try test.packDirectory)/\(name).\(ending)"
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let mode = try #require(attributes[.posixPermissions] as? NSNumber)
            #expect(mode.intValue & 0o333 == 0, "read-only, as git leaves them")
        }
        #expect(gitError { _ = try writer.finish() }?.code == .inputOutput)
    }

    @Test func knownObjectsAreWrittenAgainWhenAsked() throws {
        let test = try TestRepository.with(["a": "known"])
        let writer = try PackWriter(location: test.open().location)
        #expect(try writer.add(PackObject.make(.blob, Array("known".utf8))))
        #expect(try writer.finish().objectCount == 1)
        try test.verify()
    }

    @Test func anEmptyPackIsNoPack() throws {
        let test = try TestRepository.with(["a": "a"])
        let writer = try PackWriter(location: test.open().location)
        #expect(try writer.finish() == .init(objectCount: 0, packBytes: 0, name: nil))
        #expect(try FileManager.default.contentsOfDirectory(atPath: test.packDirectory).isEmpty)
    }

    @Test func offsetsBeyondTheThresholdGoTo64Bits() throws {
        let test = try TestRepository.with(["a": "a"])
        let repository = try test.open()
        let writer = try PackWriter(
            location: repository.location, existing: .skip, indexThreshold: 200)
        var ids: [BlobID] = []
        for number in 0..<100 {
            let object = try PackObject.make(.blob, Array("content \(number)".utf8))
            try writer.add(object)
            ids.append(object.blob)
        }
        _ = try writer.finish()
        try test.verify()
        for (number, id) in ids.enumerated() {
            #expect(try repository.blob(id, limitBytes: 20) == Array("content \(number)".utf8))
            #expect(try test.git("cat-file", "blob", "\(id)") == "content \(number)")
        }
    }

    @Test func theIndexEncodesOffsetsPastTwoGibibytes() throws {
        let id = ObjectBytes(.blob, []).id
        let far: UInt64 = 5 << 32 | 7
        let bytes = PackIndex.encode(
            [PackIndexEntry(id: id, offset: far, crc: 0xDEAD_BEEF)], packChecksum: id)
        #expect(bytes.count == 8 + 1024 + 20 + 4 + 4 + 8 + 40)
        let tail = Array(bytes[(8 + 1024 + 20)...])
        #expect(Array(tail[..<8]) == [0xDE, 0xAD, 0xBE, 0xEF, 0x80, 0, 0, 0])
        #expect(Array(tail[8..<16]) == [0, 0, 0, 5, 0, 0, 0, 7])
        let below = PackIndex.encode(
            [PackIndexEntry(id: id, offset: 0x7FFF_FFFF, crc: 0)], packChecksum: id)
        #expect(below.count == bytes.count - 8)
    }

    @Test func manyEntriesOfAnIndexAreSortedById() {
        var random = SplitMix(state: 11)
        let entries = (0..<20_000).map { number in
            let bytes = (0..<20).map { at in
                at < 2 && number % 2 == 0 ? 7 : UInt8(truncatingIfNeeded: random.next())
            }
            return PackIndexEntry(
                id: ObjectID(bytes: bytes) ?? ObjectID(zero: .sha1), offset: UInt64(number), crc: 0)
        }
        let sorted = PackIndex.sorted(entries)
        #expect(sorted.map(\.offset) == entries.sorted { $0.id < $1.id }.map(\.offset))
    }

    @Test func theSameObjectsGiveTheSamePackAtEveryNumberOfThreads() throws {
        let objects = (0..<3000).map { ObjectBytes(.blob, Array("object \($0)".utf8)) }
        var names: [String?] = []
        for jobs in [1, 2, 5] {
            let test = try TestRepository.with(["a": "a"])
            let writer = try PackWriter(location: test.open().location)
            try writer.add(objects, jobs: jobs)
            names.append(try writer.finish().name)
            try test.verify()
        }
        #expect(Set(names).count == 1)
    }

    @Test func manyThreadsAddToOneWriter() async throws {
        let test = try TestRepository.with(["a": "a"])
        let writer = try PackWriter(location: test.open().location)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    for number in 0..<500 {
                        try writer.add(
                            PackObject.make(.blob, Array("object \(number + worker * 250)".utf8)))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try writer.finish().objectCount == 1250)
        try test.verify()
    }

    @Test func twoWritersAtOnceBothSucceed() async throws {
        let test = try TestRepository.with(["a": "a"])
        let location = try test.open().location
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let writer = try PackWriter(location: location)
                    for number in 0..<300 {
                        try writer.add(PackObject.make(.blob, Array("object \(number)".utf8)))
                    }
                    return try writer.finish().objectCount
                }
            }
            for try await count in group { #expect(count == 300 || count == 0) }
        }
        try test.verify()
    }

    @Test func anAbortedWriterLeavesNothing() throws {
        let test = try TestRepository.with(["a": "a"])
        let location = try test.open().location
        func files() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: test.packDirectory)
        }
        let aborted = try PackWriter(location: location)
        try aborted.add(PackObject.make(.blob, [1, 2, 3]))
        #expect(try files().count == 1)
        aborted.abort()
        #expect(try files().isEmpty)
        #expect(gitError { _ = try aborted.finish() }?.code == .inputOutput)
        do {
            let forgotten = try PackWriter(location: location)
            try forgotten.add(PackObject.make(.blob, [1, 2, 3]))
        }
        #expect(try files().isEmpty)
    }

    @Test func leftoversOfAKilledRunAreRemovedAndNothingElse() throws {
        let test = try TestRepository.with(["a": "a"])
        let repository = try test.open()
        try repository.commit(["x": "1"])
        try test.git("repack", "-q", "-a", "-d")
        let directory = try test.packDirectory
        let kept = try FileManager.default.contentsOfDirectory(atPath: directory)
        let orphan = String(repeating: "ab", count: 20)
        let left = ["tmp_docket_pack_1_2", "tmp_docket_idx_\(orphan)_5", "pack-\(orphan).pack"]
        for name in left + ["tmp_pack_git"] { try write("\(directory)/\(name)") }
        // The file system's clock is coarse.
        usleep(20_000)
        let lock = try RunLock.acquire(in: repository.location)
        usleep(20_000)
        try write("\(directory)/tmp_docket_pack_3_4")
        #expect(PackLeftovers.remove(in: repository.location, olderThan: lock) == left.sorted())
        let now = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(Set(now) == Set(kept + ["tmp_pack_git", "tmp_docket_pack_3_4"]))
    }

    @Test func commitsHaveGitsBytes() throws {
        let test = try TestRepository.with(["a": "a"])
        let repository = try test.open()
        let head = try repository.resolve("HEAD")
        let tree = try repository.tree(of: head)
        let signature = Signature(
            identity: Identity(name: "Tester", email: "tester@example.com"),
            seconds: 1_700_000_000, offsetMinutes: 60)
        let draft = CommitDraft(
            tree: tree, parents: [head, head], author: signature, message: "two\n\nparents")
        let id = try test.git(
            "hash-object", "-t", "commit", "--stdin", "-w", input: draft.bytes)
        #expect(ObjectBytes(.commit, draft.bytes).id.description == id)
        let single = CommitDraft(tree: tree, parents: [head], author: signature, message: "m")
        let expected = try test.git("commit-tree", "-p", "\(head)", "-m", "m", "\(tree)")
        #expect(ObjectBytes(.commit, single.bytes).id.description == expected)
        let west = Signature(identity: .docket, seconds: 0, offsetMinutes: -210)
        #expect(west.line == "Docket <docket@localhost> 0 -0330")
    }

    private func write(_ path: String) throws {
        try Data("x".utf8).write(to: URL(fileURLWithPath: path))
    }
}
