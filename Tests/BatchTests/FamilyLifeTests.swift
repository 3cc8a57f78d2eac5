import Batch
import Documents
import Foundation
import GitStorage
import Testing

/// Families of cases over many runs, whatever comes: see ``FamilyLife``.
@Suite struct FamilyLifeTests {
    private static let rounds = 10

    private func run(
        _ life: FamilyLife, _ round: FamilyLife.Round, jobs: Int, ledger: String
    ) throws -> RunReport {
        try life.repository.run(at: life.time) {
            ($0.jobs, $0.ledger) = (jobs, ledger)
            if case .migrate(let workflow) = round { $0.migrate = workflow }
        }
    }

    /// What a ledger holds hangs together.
    private func expectWhole(_ repository: TestRepository, _ seed: UInt64) throws {
        let paths = try repository.files().filter {
            $0.hasPrefix("results/") && !$0.hasSuffix(".data.json")
        }
        var records: [String: [String: Any]] = [:]
        for path in paths {
            let record = try repository.json(path)
            records[record["case"] as? String ?? path] = record
        }
        for (id, record) in records {
            for child in record["children"] as? [String] ?? [] {
                let parent = records[child]?["parent"] as? [String: Any]
                #expect(parent?["case"] as? String == id, "seed \(seed): \(child)")
            }
            guard let parent = (record["parent"] as? [String: Any])?["case"] as? String else {
                continue
            }
            let listed = records[parent]?["children"] as? [String] ?? []
            #expect(listed.filter { $0 == id }.count == 1, "seed \(seed): \(id)")
            if records[parent]?["status"] as? String == "withdrawn" {
                #expect(record["status"] as? String == "withdrawn", "seed \(seed): \(id)")
            }
        }
    }

    @Test func `one worker and eight write the same trees, decisions stay, every run replays`()
        throws
    {
        let seed = UInt64.random(in: 0...UInt64.max)
        let life = try FamilyLife(seed: seed, companies: 8)
        let repository = life.repository
        var round = FamilyLife.Round.run
        for number in 0..<Self.rounds {
            if number > 0 { round = try life.live(number, ledger: "ledger") }
            let report = try run(life, round, jobs: 1, ledger: "ledger")
            #expect(report.faults.isEmpty, "seed \(seed), round \(number): \(report.faults)")
            _ = try run(life, round, jobs: 8, ledger: "eight")
            #expect(
                try repository.git("rev-parse", "ledger^{tree}")
                    == repository.git("rev-parse", "eight^{tree}"), "seed \(seed), round \(number)")
            try expectWhole(repository, seed)
        }
        let commits = try repository.git(
            "rev-list", "--first-parent", "--reverse", "ledger"
        ).split(separator: "\n").dropFirst()
        #expect(commits.count == Self.rounds)
        for commit in commits {
            let changed = try repository.git(
                "diff", "--name-status", "--diff-filter=MDRT", "\(commit)~1", String(commit), "--",
                "decisions", "evidence", "outbox", "runs")
            #expect(changed == "", "seed \(seed)")
            var options = RunOptions(directory: repository.directory, now: clock, jobs: 3)
            options.replay = String(commit)
            let replay = try BatchRun(options: options).perform().replay
            #expect(replay?.isSame == true, "seed \(seed): \(replay?.differences ?? [])")
        }
    }

    @Test(.enabled(if: DocketProgram.path != nil, "the program docket is not built or has no run"))
    func `a family's life with kills at any moment is the one without`() throws {
        let program = try #require(DocketProgram.path)
        let seed = UInt64.random(in: 0...UInt64.max)
        let life = try FamilyLife(seed: seed, companies: 40)
        let repository = life.repository
        var round = FamilyLife.Round.run
        var state = seed
        var killed = 0
        func arguments(_ ledger: String) -> [String] {
            let verb: [String]
            if case .migrate(let workflow) = round {
                verb = ["migrate", workflow]
            } else {
                verb = ["run"]
            }
            return [program] + verb
                + ["-C", repository.directory, "--at", "\(life.time)", "--ledger", ledger]
        }
        for number in 0..<Self.rounds {
            if number > 0 { round = try life.live(number, ledger: "ledger") }
            let start = ContinuousClock.now
            #expect(try TestRepository.execute(arguments("ledger"), in: "/tmp").status == 0)
            let milliseconds = max(1, Int((ContinuousClock.now - start) / .milliseconds(1)))
            for _ in 0..<2 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let process = Process()
                process.executableURL = URL(fileURLWithPath: program)
                process.arguments = Array(arguments("stormy").dropFirst())
                process.environment = TestRepository.environment
                process.standardInput = FileHandle.nullDevice
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
                usleep(UInt32(Int(state >> 33) % milliseconds) * 1000)
                if process.isRunning {
                    kill(process.processIdentifier, SIGKILL)
                    killed += 1
                }
                process.waitUntilExit()
            }
            #expect(try TestRepository.execute(arguments("stormy"), in: "/tmp").status == 0)
            for part in ["results", "decisions", "evidence", "outbox"] {
                #expect(
                    try repository.git("rev-parse", "ledger:\(part)")
                        == repository.git("rev-parse", "stormy:\(part)"),
                    "seed \(seed), round \(number), \(part)")
            }
            #expect(
                try repository.git("ls-tree", "-r", "ledger", "index")
                    == repository.git("ls-tree", "-r", "stormy", "index"), "seed \(seed)")
        }
        #expect(try repository.git("fsck", "--strict", "--full", "--no-dangling") == "")
        #expect(killed > 0)
    }
}
