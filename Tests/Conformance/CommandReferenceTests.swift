import ArgumentParser
import Foundation
import Testing

@testable import DocketCommand

/// `docs/commands.md` is what `--help` says, verb by verb. `UPDATE_GOLDEN=1` writes it.
@Suite struct CommandReferenceTests {
    private static let page = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs/commands.md")

    private static func reference() -> String {
        var text = "# Commands\n\nWhat `docket --help` and `docket VERB --help` say.\n"
        text += section("docket", Docket.self)
        return text
    }

    private static func section(_ name: String, _ command: any ParsableCommand.Type) -> String {
        var text = "\n## \(name)\n\n```text\n"
        text += Docket.helpMessage(for: command, columns: 100)
        text += "\n```\n"
        for verb in command.configuration.subcommands {
            text += section("\(name) \(verb._commandName)", verb)
        }
        return text
    }

    @Test func `the command reference is what help says`() throws {
        let text = Self.reference()
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try text.write(to: Self.page, atomically: true, encoding: .utf8)
        }
        let written = try? String(contentsOf: Self.page, encoding: .utf8)
        #expect(
            written == text, "run the tests once with UPDATE_GOLDEN=1 to write docs/commands.md")
    }

    @Test func `every verb explains itself with an example and its exit codes`() {
        for verb in Docket.configuration.subcommands
        where verb.configuration.subcommands.isEmpty {
            #expect(verb.configuration.discussion.contains("docket "), "\(verb._commandName)")
            #expect(verb.configuration.discussion.contains("Exit codes: "), "\(verb._commandName)")
        }
    }

    @Test func `wrong usage ends with 2`() {
        #expect(Docket.execute(["no-such-verb"]) == 2)
        #expect(Docket.execute(["check", "--output", "xml"]) == 2)
        #expect(Docket.execute(["check", "-C", "/no/such/directory"]) == 2)
        #expect(Docket.execute(["eval", "--language", "jmespath"]) == 2)
    }
}
