import ArgumentParser
import Batch
import Documents
import GitStorage
import Vendors

/// `docket vendor calls`.
struct VendorCallsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calls",
        abstract: "List calls to vendors that left and that no commit holds yet.",
        discussion: """
            Of each: the first digits of its key, when it left, the vendor, the case, the plugin with \
            its visit and position, and its fate. 'answered': the next run uses the answer. \
            'repeated': no answer is known, and the next run asks again, which is safe. 'unknown': no \
            answer is known and it is not safe to ask again, so the case waits until somebody has \
            asked the vendor and says what came of it with 'docket vendor settle'. While a run is at \
            work, calls under way are listed too.

            docket vendor calls --unknown

            \(ExitStatus.help([(.done, "done"), (.usage, "usage")]))
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

    @Flag(help: "Only calls whose fate is not known.")
    var unknown = false

    @Option(name: [.customShort("C")], help: "A directory in the repository.")
    var directory = "."

    @Option(name: .shortAndLong, help: "pretty or json.")
    var output = Format.pretty

    func run() throws {
        let calls = try VendorCalls.list(in: Repository.open(directory))
            .filter { !unknown || $0.fate == .unknown }
        switch output {
        case .pretty: for line in Self.lines(calls) { Output.line(line) }
        case .json:
            let arena = Arena()
            let values = calls.map { call in
                arena.object([
                    "call": arena.string(call.intent.key), "fate": arena.string(call.fate.rawValue),
                    "vendor": arena.string(call.intent.vendor),
                    "case": arena.string(call.intent.caseID),
                    "place": arena.string(call.intent.place),
                    "left": arena.string("\(call.intent.at)"),
                ])
            }
            let value = arena.object(["calls": arena.array(values)])
            withExtendedLifetime(arena) { Output.write(JSONFindings.file(value)) }
        }
    }

    private static func lines(_ calls: [VendorCalls.Call]) -> [String] {
        guard !calls.isEmpty else { return ["0 calls"] }
        var lines = [columns("CALL", "LEFT", "FATE", "VENDOR", "CASE")]
        for call in calls {
            let intent = call.intent
            lines.append(
                PrettyFindings.printable(
                    columns(
                        String(intent.key.prefix(12)), "\(intent.at)", call.fate.rawValue,
                        intent.vendor, "\(intent.caseID) \(intent.place)")))
        }
        return lines + [CheckedFiles.count(calls.count, "call")]
    }

    private static func columns(
        _ call: String, _ left: String, _ fate: String, _ vendor: String, _ subject: String
    ) -> String {
        [(call, 14), (left, 26), (fate, 10), (vendor, 20)].map { text, width in
            text + String(repeating: " ", count: max(1, width - text.count))
        }.joined() + subject
    }
}

/// `docket vendor settle`.
struct VendorSettleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle",
        abstract: "Say what came of a call whose fate is not known.",
        discussion: """
            CALL is what 'docket vendor calls' shows, or the beginning of it. Ask the vendor first. \
            With --answer its case goes on with that answer in the next run, with --failed as if the \
            vendor had failed, and with --resend the next run sends the request again, and pays \
            again if the vendor had done it. Who says so and why is part of the evidence of an \
            answer or a failure.

            docket vendor settle 3f8a01c2d4e5 --answer answer.json --reason 'From their support desk'
            docket vendor settle 3f8a01c2d4e5 --resend --reason 'They have no trace of it'

            \(ExitStatus.help([
                (.done, "done"), (.usage, "usage, or no such call"),
                (.conflict, "a run is at work; try again"),
            ]))
            """)

    @Argument(help: "The call's key, or the beginning of it.")
    var call: String

    @Flag(help: "Nothing was done: send it again.")
    var resend = false

    @Flag(help: "It failed: the plugin's errorAction follows.")
    var failed = false

    @Option(
        help: "The vendor's answer, a JSON file; '-' for standard input.", completion: .file())
    var answer: String?

    @Option(help: "The status of the answer.")
    var status = 200

    @Option(help: "What the vendor said, in a sentence.")
    var reason: String

    @Option(help: "Who says so (default: git's user.email).")
    var by: String?

    @Option(name: [.customShort("C")], help: "A directory in the repository.")
    var directory = "."

    func validate() throws {
        let ways = [resend, failed, answer != nil].count { $0 }
        guard ways == 1 else {
            throw ValidationError("say one of --resend, --failed and --answer FILE")
        }
        guard (200...599).contains(status) else {
            throw ValidationError("--status is from 200 to 599")
        }
    }

    func run() throws {
        let repository = try Repository.open(directory)
        let settled = try VendorCalls.settle(
            call, as: settlement(), by: by ?? repository.identity.email, because: reason,
            at: SystemClock.now, in: repository)
        switch settled {
        case .failure(let refusal): throw CommandError(.usage, refusal.message)
        case .success(let call):
            let next =
                resend
                ? "the next 'docket run' sends it again" : "the next 'docket run' goes on with it"
            Output.line(
                PrettyFindings.printable(
                    "settled \(call.intent.key.prefix(12)) of \(call.intent.caseID); \(next)"))
        }
    }

    private func settlement() throws -> VendorCalls.Settlement {
        guard let answer else { return resend ? .resend : .failed }
        let bytes = answer == "-" ? try WorkTree.readStandardInput() : try WorkTree.read(answer)
        let arena = Arena()
        var parser = JSONParser(limits: ParseLimits(bytes: 1 << 28))
        do throws(ParseError) {
            var compact = JSONWriter(.compact)
            compact.write(try parser.parse(bytes, into: arena))
            return withExtendedLifetime(arena) { .answer(status: status, body: compact.bytes) }
        } catch { throw CommandError(.usage, "\(answer) is no JSON: \(error.message)") }
    }
}
