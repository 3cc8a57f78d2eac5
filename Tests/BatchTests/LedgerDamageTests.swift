import Batch
import Foundation
import GitStorage
import Testing

/// A ledger branch that somebody else moved or wrote to.
@Suite struct LedgerDamageTests {
    /// A ledger with three cases and, on top, a commit by somebody else.
    private func damaged(_ change: (TestRepository) throws -> Void) throws -> TestRepository {
        let repository = try TestRepository(baseFiles)
        try repository.run()
        try repository.git("checkout", "-q", "ledger")
        try change(repository)
        try repository.commit()
        try repository.git("checkout", "-q", "main")
        return repository
    }

    private func code(_ repository: TestRepository, ledger: String = "ledger") -> GitError.Code? {
        do {
            try repository.run(at: clock.plus(seconds: 1)) { $0.ledger = ledger }
        } catch RunError.git(let error) {
            return error.code
        } catch {}
        return nil
    }

    @Test func `a branch of sources is not written over`() throws {
        let repository = try TestRepository(baseFiles)
        try repository.git("branch", "other")
        let before = try repository.git("rev-parse", "other")
        #expect(code(repository, ledger: "other") == .notALedger)
        #expect(try repository.git("rev-parse", "other") == before)
    }

    @Test func `a ledger without manifests is not begun anew`() throws {
        let repository = try damaged { try $0.remove("runs") }
        let before = try repository.git("rev-parse", "ledger")
        #expect(code(repository) == .corruptObject)
        #expect(try repository.git("rev-parse", "ledger") == before)
    }

    @Test func `a case whose record is damaged is not decided anew`() throws {
        let repository = try damaged { try $0.write("results/people/bo.json", "{") }
        try repository.write("cases/people/bo.yaml", applicant("bo", score: 60))
        try repository.commit()
        let before = try repository.git("rev-parse", "ledger")
        #expect(code(repository) == .corruptObject)
        #expect(try repository.git("rev-parse", "ledger") == before)
    }

    @Test(.enabled(if: DocketProgram.path != nil, "the program 'docket' is not built"))
    func `verbs that read a damaged record name it and end with 4`() throws {
        let repository = try damaged { try $0.write("results/people/bo.json", "{") }
        let program = try #require(DocketProgram.path)
        for verb in [
            ["case", "list"], ["case", "show", "people/bo"],
            ["case", "decide", "people/bo", "approve"],
            ["explain", "people/bo"], ["diagram", "screening", "--case", "people/bo"],
        ] {
            let result = try TestRepository.execute([program] + verb, in: repository.directory)
            #expect(result.status == 4, "\(verb)")
            #expect(result.output.contains("results/people/bo.json:1: "), "\(verb)")
        }
    }
}
