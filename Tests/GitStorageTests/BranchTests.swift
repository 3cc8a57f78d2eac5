import Foundation
import Testing

@testable import GitStorage

@Suite struct BranchTests {
    @Test func aBranchIsCreatedOnceAndMovedFromWhereItIs() throws {
        let test = try TestRepository.with(["a": "1"])
        try test.write("a", "2")
        try test.commitAll("second")
        let repository = try test.open()
        let ledger = try BranchName("ledger")
        let (old, new) = (try repository.resolve("HEAD~1"), try repository.resolve("HEAD"))
        func move(_ target: CommitID, from expected: CommitID?) throws -> BranchUpdate {
            try repository.moveBranch(ledger, to: target, from: expected, message: "docket run")
        }
        #expect(try move(new, from: old) == .moved(current: nil))
        #expect(try move(old, from: nil) == .updated)
        #expect(try move(new, from: nil) == .moved(current: old))
        #expect(try move(new, from: new) == .moved(current: old))
        #expect(try test.git("rev-parse", "ledger") == old.description)
        try test.git("pack-refs", "--all", "--prune")
        #expect(try move(new, from: new) == .moved(current: old))
        #expect(try move(new, from: old) == .updated)
        #expect(try test.git("rev-parse", "ledger") == new.description)
        #expect(try test.git("reflog", "show", "ledger").contains("docket run"))
    }

    @Test func oneOfManyWritersWins() async throws {
        let test = try TestRepository.with(["a": "1"])
        let location = try test.open().location
        for name in ["fresh", "old"] {
            let branch = try BranchName(name)
            let start: CommitID? = try name == "old" ? test.open().resolve("HEAD") : nil
            if name == "old" { try test.git("branch", "old") }
            var updates: [BranchUpdate] = []
            try await withThrowingTaskGroup(of: BranchUpdate.self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        let repository = try Repository(location: location)
                        let writer = try PackWriter(location: location)
                        let head = try repository.commit(repository.resolve("HEAD"))
                        let id = try writer.add(
                            CommitDraft(
                                tree: head.tree, parents: [head.id], author: testSignature,
                                message: "\(name) \(worker)"))
                        _ = try writer.finish()
                        while true {
                            do {
                                return try repository.moveBranch(
                                    branch, to: id, from: start, message: "race")
                            } catch let error as GitError where error.code == .locked {
                                continue
                            }
                        }
                    }
                }
                for try await update in group { updates.append(update) }
            }
            #expect(updates.count { $0 == .updated } == 1)
            #expect(updates.count == 8)
        }
        try test.verify()
    }

    @Test func aBranchThatIsCheckedOutIsNotMoved() throws {
        let test = try TestRepository.with(["a": "1"])
        try test.git("worktree", "add", "-q", "-b", "ledger", "linked")
        let repository = try test.open()
        let head = try repository.resolve("HEAD")
        for name in ["main", "ledger"] {
            let error = gitError {
                _ = try repository.moveBranch(
                    BranchName(name), to: head, from: head, message: "no")
            }
            #expect(error?.code == .branchCheckedOut)
            #expect(error?.message.contains(name) == true)
        }
        // An unborn branch that HEAD names counts too.
        try test.git("checkout", "-q", "--orphan", "fresh")
        let unborn = gitError {
            _ = try repository.moveBranch(BranchName("fresh"), to: head, from: nil, message: "no")
        }
        #expect(unborn?.code == .branchCheckedOut)
    }

    @Test func aBareRepositorysHeadIsNoCheckout() throws {
        let test = try TestRepository.with(["a": "1"])
        try test.git("clone", "-q", "--bare", ".", "bare.git")
        let repository = try Repository.open(test.path("bare.git"))
        try repository.commit(["x": "y"], on: "main")
        #expect(try test.git("show", "main:x", in: test.path("bare.git")) == "y")
    }

    @Test(arguments: ["", "-x", "a..b", "a b", "x.lock", "HEAD", "a/", "/a", "a\\b", "refs/heads/"])
    func aNameThatNoBranchCanHaveIsRefused(_ name: String) {
        #expect(gitError { _ = try BranchName(name) }?.code == .invalidBranchName)
    }

    @Test func aFullNameIsTakenToo() throws {
        #expect(try BranchName("refs/heads/a/b").name == "a/b")
        #expect(try BranchName("a/b").reference == "refs/heads/a/b")
    }

    @Test func aLockedReferenceIsSaidSo() throws {
        let test = try TestRepository.with(["a": "1"])
        try test.git("branch", "ledger")
        try test.write(".git/refs/heads/ledger.lock", "")
        let repository = try test.open()
        let head = try repository.resolve("HEAD")
        let error = gitError {
            _ = try repository.moveBranch(BranchName("ledger"), to: head, from: head, message: "x")
        }
        #expect(error?.code == .locked)
        #expect(error?.advice.contains("ledger.lock") == true)
    }

    @Test func oneRunAtATimeHoldsTheLock() throws {
        let test = try TestRepository.with(["a": "1"])
        let location = try test.open().location
        do {
            let lock = try RunLock.acquire(in: location)
            #expect(lock.leftBehind == nil)
            let error = gitError { _ = try RunLock.acquire(in: location) }
            #expect(error?.code == .locked)
            #expect(error?.message.contains("process \(getpid()) on ") == true)
        }
        let next = try RunLock.acquire(in: location)
        #expect(next.leftBehind == nil)
    }

    @Test(.enabled(if: access("/usr/bin/flock", X_OK) == 0, "needs flock(1)"))
    func theLockGoesWithAKilledProcess() async throws {
        let test = try TestRepository.with(["a": "1"])
        let location = try test.open().location
        let file = try location.createDocketDirectory() + "/run.lock"
        try test.write(".git/docket/run.lock", "pid 99\nhost tern\nstarted 1700000000\n")
        let other = Process()
        other.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        other.arguments = ["--no-fork", file, "sleep", "600"]
        try other.run()
        var refusal: GitError?
        for _ in 0..<500 where refusal == nil {
            refusal = gitError { _ = try RunLock.acquire(in: location) }
            if refusal == nil {
                // Not started yet; put back what our own turn wiped out.
                try test.write(".git/docket/run.lock", "pid 99\nhost tern\nstarted 1700000000\n")
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        #expect(refusal?.code == .locked)
        #expect(refusal?.message.contains("process 99 on tern") == true)
        kill(other.processIdentifier, SIGKILL)
        other.waitUntilExit()
        let lock = try RunLock.acquire(in: location)
        #expect(lock.leftBehind?.processID == 99)
    }

    @Test func aLockLeftByAKilledProcessIsTakenAndExplained() throws {
        let test = try TestRepository.with(["a": "1"])
        let location = try test.open().location
        try location.createDocketDirectory()
        try test.write(".git/docket/run.lock", "pid 4711\nhost tern\nstarted 1700000000\n")
        let lock = try RunLock.acquire(in: location)
        #expect(
            lock.leftBehind?.description == "process 4711 on tern, since 2023-11-14T22:13:20Z")
    }
}
