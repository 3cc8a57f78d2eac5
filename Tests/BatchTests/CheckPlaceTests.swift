import Foundation
import Testing

/// Where `docket check` looks.
@Suite(.enabled(if: DocketProgram.path != nil, "the program 'docket' is not built"))
struct CheckPlaceTests {
    private func check(
        _ directory: String, _ arguments: String...
    ) throws -> (status: Int32, output: String) {
        try TestRepository.execute(
            [try #require(DocketProgram.path), "check"] + arguments, in: directory)
    }

    @Test func `a directory in the work tree stands for the whole of it, as for a run`() throws {
        let repository = try TestRepository(baseFiles)
        let below = try check(repository.path("cases/people"))
        #expect(below.status == 0)
        #expect(below.output.hasPrefix("Checked 2 definitions, 3 cases,"))
    }

    @Test func `a bare repository is checked at a commit`() throws {
        let repository = try TestRepository(baseFiles)
        let git = repository.path(".git")
        try repository.git("config", "core.bare", "true")
        let bare = try check(git)
        #expect(bare.status == 2)
        #expect(bare.output.contains("docket check --rev HEAD"))
        #expect(try check(git, "--rev", "HEAD").status == 0)
    }
}
