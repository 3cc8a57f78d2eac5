import Documents
import Foundation
import Testing

/// Real processes at once on one ledger. They skip when the program is not built beside the tests.
@Suite struct RaceTests {
    private static let lines = 600

    /// Cases enough for a run to take a while.
    private static func files(_ extra: [String: String] = [:]) -> [String: String] {
        var files = baseFiles.merging(extra) { $1 }
        files["cases/bulk/list.ndjson"] = (0..<lines).map {
            #"{"id":"L-\#($0)","entity":{"id":"L-\#($0)","data":{"score":\#($0 % 100)}}}"# + "\n"
        }.joined()
        return files
    }

    /// The ledger is whole: its objects are sound, and each commit has the one before it and the
    /// source it read as parents, back to the beginning.
    private func expectWhole(
        _ repository: TestRepository, runs: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(
            try repository.git("fsck", "--strict", "--full", "--no-dangling") == "",
            sourceLocation: sourceLocation)
        let log = try repository.git("log", "--first-parent", "--format=%P", "ledger")
            .split(separator: "\n", omittingEmptySubsequences: false)
        #expect(log.count == runs + 1, sourceLocation: sourceLocation)
        let parents = log.map { $0.split(separator: " ").count }
        #expect(
            parents == Array(repeating: 2, count: runs) + [0], sourceLocation: sourceLocation)
        // No commit of the ledger is off the line of first parents.
        #expect(
            try repository.git("rev-list", "--count", "ledger", "^main")
                == repository.git("rev-list", "--count", "--first-parent", "ledger"),
            sourceLocation: sourceLocation)
    }

    /// Records on a ledger, by their paths.
    private func records(_ repository: TestRepository) throws -> [String] {
        try repository.files().filter {
            $0.hasPrefix("results/") && !$0.hasSuffix(".data.json")
        }
    }

    @Test(.enabled(if: DocketProgram.path != nil, "the program docket is not built or has no run"))
    func `of two processes at once one wins, the other says so or comes after, nothing is lost`()
        throws
    {
        let program = try #require(DocketProgram.path)
        let repository = try TestRepository(Self.files())
        var runs = 0
        var refused = 0
        for round in 0..<5 {
            try repository.write("cases/people/new\(round).yaml", applicant("n\(round)", score: 1))
            try repository.commit()
            let time = clock.plus(seconds: round)
            let pipes = [Pipe(), Pipe()]
            let processes = try pipes.map {
                try DocketProgram.run(program, repository.directory, at: time, errors: $0)
            }
            let errors = pipes.map {
                String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            }
            let codes = processes.map { $0.wait() }
            #expect(codes.contains(0) && codes.allSatisfy { $0 == 0 || $0 == 5 }, "\(codes)")
            runs += codes.count { $0 == 0 }
            for (code, error) in zip(codes, errors) where code == 5 {
                refused += 1
                #expect(error.contains("run"), "the one that gave way says why: \(error)")
            }
            try expectWhole(repository, runs: runs)
            #expect(try records(repository).count == 3 + Self.lines + round + 1)
            // The one that was refused finds nothing to do.
            let tree = try repository.git("rev-parse", "ledger:results")
            #expect(try DocketProgram.run(program, repository.directory, at: time).wait() == 0)
            runs += 1
            #expect(try repository.git("rev-parse", "ledger:results") == tree)
        }
        try expectWhole(repository, runs: runs)
        // What came of it is what one run alone comes to.
        #expect(
            try DocketProgram.run(
                program, repository.directory, ledger: "alone", at: clock
            ).wait() == 0)
        let alone = try repository.files("alone").filter { $0.hasPrefix("results/") }
        #expect(try repository.files().filter { $0.hasPrefix("results/") } == alone)
    }

    @Test(.enabled(if: DocketProgram.path != nil, "the program docket is not built or has no run"))
    func `a push that moves the ledger under a run makes it plan again`() throws {
        let program = try #require(DocketProgram.path)
        let origin = try TestRepository(Self.files())
        try origin.git("switch", "-q", "--detach")
        #expect(try DocketProgram.run(program, origin.directory).wait() == 0)
        var state = UInt64.random(in: 0...UInt64.max)
        let seed = state
        var runs = 1
        for round in 1...5 {
            // A clone has its own run ready, and pushes while the origin runs.
            let clone = try TestRepository()
            try clone.git("remote", "add", "origin", origin.directory)
            try clone.git("fetch", "-q", "origin", "main", "ledger:ledger")
            try clone.git("reset", "-q", "--hard", "FETCH_HEAD")
            try origin.git("switch", "-q", "main")
            try origin.write("cases/people/o\(round).yaml", applicant("o\(round)", score: 1))
            try origin.commit()
            try origin.git("switch", "-q", "--detach")
            let time = clock.plus(seconds: round)
            #expect(try DocketProgram.run(program, clone.directory, at: time).wait() == 0)
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let process = try DocketProgram.run(program, origin.directory, at: time)
            usleep(UInt32(state >> 33) % 60_000)
            let push = try TestRepository.execute(
                ["git", "push", "-q", "origin", "ledger"], in: clone.directory)
            let code = process.wait()
            #expect(code == 0 || code == 5, "seed \(seed), round \(round): \(code)")
            runs += (code == 0 ? 1 : 0) + (push.status == 0 ? 1 : 0)
            if code == 5 {
                #expect(try DocketProgram.run(program, origin.directory, at: time).wait() == 0)
                runs += 1
            }
            try expectWhole(origin, runs: runs)
            #expect(try records(origin).contains("results/people/o\(round).json"))
        }
        #expect(try records(origin).count == 3 + Self.lines + 5)
    }

    @Test(.enabled(if: DocketProgram.path != nil, "the program docket is not built or has no run"))
    func `two clones that push to one ledger lose nothing when the second takes the first's`()
        throws
    {
        let program = try #require(DocketProgram.path)
        let origin = try TestRepository(baseFiles)
        try origin.git("switch", "-q", "--detach")
        let clones = try (0..<2).map { _ in try TestRepository() }
        for clone in clones { try clone.git("remote", "add", "origin", origin.directory) }
        var pushed = 0
        for round in 0..<3 {
            try origin.git("switch", "-q", "main")
            try origin.write("cases/people/r\(round).yaml", applicant("r\(round)", score: 1))
            try origin.commit()
            try origin.git("switch", "-q", "--detach")
            // At one clock both would make the same commit, byte for byte.
            var waiting = Array(clones.enumerated())
            for pass in 0..<2 {
                let processes = try waiting.map { index, clone in
                    try clone.git("fetch", "-q", "origin", "main")
                    try clone.git("reset", "-q", "--hard", "FETCH_HEAD")
                    // A run whose push was refused is given up for the ledger that won.
                    if pushed > 0 { try clone.git("fetch", "-q", "origin", "+ledger:ledger") }
                    return try DocketProgram.run(
                        program, clone.directory, at: clock.plus(seconds: 2 * round + index))
                }
                #expect(processes.map { $0.wait() }.allSatisfy { $0 == 0 })
                waiting = try waiting.filter { _, clone in
                    let push = try TestRepository.execute(
                        ["git", "push", "-q", "origin", "ledger"], in: clone.directory)
                    if push.status == 0 { pushed += 1 }
                    return push.status != 0
                }
                #expect(waiting.map(\.offset) == (pass == 0 ? [1] : []))
            }
            try expectWhole(origin, runs: pushed)
            #expect(try records(origin).count == 3 + round + 1)
        }
    }
}
