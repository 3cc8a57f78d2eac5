import Documents
import Foundation
import Testing

@testable import Vendors

@Suite struct OperatorFileTests {
    private func read(
        _ text: String, mode: Int = 0o600, repository: [String] = ["/nonexistent/repository"]
    ) throws -> (OperatorFile?, [String]) {
        let shop = try Workshop()
        let path = try shop.write("operator.yaml", text, mode: mode)
        let (file, findings) = OperatorFile.read(path, outside: repository)
        #expect(findings.allSatisfy { $0.file == path })
        return (
            file,
            findings.map {
                let place = $0.position.map { "\($0.line):\($0.column) " } ?? ""
                return place + "\($0.code) \($0.message)"
            }
        )
    }

    @Test func `it names the certificates trusted for vendors`() throws {
        let (file, findings) = try read("docket: 1\ntrustRoots: {lists: /etc/hostname}")
        #expect(findings == [])
        #expect(file?.trustRoots.map { "\($0.vendor) \($0.path)" } == ["lists /etc/hostname"])
        let (_, problems) = try read(
            "docket: 1\ntrustRoots: {a: roots.pem, b: 7, c: /etc/x/roots.pem}",
            repository: ["/etc/x"])
        #expect(
            problems.map { String($0.prefix(10)) } == ["2:17 OP006", "2:31 OP005", "2:37 OP006"])
        #expect(try read("docket: 1\ntrustRoots: []").1.count == 1)
    }

    @Test func `it names programs, the environment and where secrets stand`() throws {
        setenv("DOCKET_TEST_PROXY", "http://proxy.example.com", 1)
        let (file, findings) = try read(
            """
            docket: 1
            environment: staging
            secretsFile: /etc/hostname
            externals:
              registry:
                path: /bin/sh
                arguments: [-c, "exit"]
                environment: {LANG: C.UTF-8}
                inherit: [DOCKET_TEST_PROXY, DOCKET_TEST_NOT_SET]
                workingDirectory: /tmp
                concurrency: 3
                timeoutSeconds: 2.5
                startSeconds: 1
                graceSeconds: 0.5
                maxLineBytes: 2048
                maxOutputBytes: 4096
                restarts: 0
                idempotent: true
              other: {path: /bin/ls}
            """)
        #expect(findings == [])
        #expect(file?.environment == "staging")
        #expect(file?.secretsFile == "/etc/hostname")
        let program = try #require(file?.externals.first)
        #expect(file?.externals.map(\.name) == ["registry", "other"])
        #expect(program.arguments == ["-c", "exit"])
        #expect(
            program.environment.map { "\($0.name)=\($0.value)" } == [
                "DOCKET_TEST_PROXY=http://proxy.example.com", "LANG=C.UTF-8",
            ])
        #expect(program.workingDirectory == "/tmp")
        #expect(program.isIdempotent)
        #expect(ExternalVendors(file).isIdempotent(program: "registry"))
        #expect(!ExternalVendors(file).isIdempotent(program: "other"))
        let limits = program.limits
        #expect(limits.concurrency == 3 && limits.timeoutMilliseconds == 2500)
        #expect(limits.startMilliseconds == 1000 && limits.graceMilliseconds == 500)
        #expect(limits.lineBytes == 2048 && limits.outputBytes == 4096 && limits.restarts == 0)
    }

    @Test(arguments: [
        ("docket: 1\nexternals: [", "2:13 DOC001"),
        ("- 1", "1:1 OP003"), ("externals: {}", "1:1 OP003"),
        ("docket: 2", "1:9 OP003"),
        ("docket: 1\nsecretsFile: secrets.yaml", "2:14 OP006"),
        ("docket: 1\nenvironment: 4", "2:14 OP005"),
        ("docket: 1\nexternals: 4", "2:12 OP005"),
        ("docket: 1\nexternals: {a: sh}", "2:16 OP005"),
        ("docket: 1\nexternals: {a: {}}", "2:16 OP005"),
        ("docket: 1\nexternals: {\"a b\": {path: /bin/sh}}", "2:13 OP005"),
        ("docket: 1\nexternals: {a: {path: sh}}", "2:23 OP006"),
        ("docket: 1\nexternals: {a: {path: /nonexistent/sh}}", "2:23 OP006"),
        ("docket: 1\nexternals: {a: {path: /etc}}", "2:23 OP006"),
        ("docket: 1\nexternals: {a: {path: /etc/passwd}}", "2:23 OP006"),
        ("docket: 1\nexternals: {a: {path: /bin/sh, arguments: [1]}}", "2:43 OP005"),
        ("docket: 1\nexternals: {a: {path: /bin/sh, environment: {A: 1}}}", "2:49 OP005"),
        ("docket: 1\nexternals: {a: {path: /bin/sh, environment: {\"A=B\": x}}}", "2:53 OP005"),
        ("docket: 1\nexternals: {a: {path: /bin/sh, timeoutSeconds: 0}}", "2:48 OP005"),
        ("docket: 1\nexternals: {a: {path: /bin/sh, concurrency: many}}", "2:45 OP005"),
        ("docket: 1\nexternals: {a: {path: /bin/sh, workingDirectory: tmp}}", "2:50 OP006"),
    ])
    func `what is wrong has a code and a place, and the file is not used`(
        _ text: String, _ expected: String
    ) throws {
        let (file, findings) = try read(text)
        #expect(file == nil)
        #expect(findings.contains { $0.hasPrefix(expected) }, "\(findings)")
    }

    @Test func `a field without a meaning is warned about`() throws {
        let (file, findings) = try read("docket: 1\nexternal: {}")
        #expect(file != nil)
        #expect(findings.map { $0.prefix(9) } == ["2:1 OP004"])
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o666, 0o644])
    func `a file that others may touch is refused`(_ mode: Int) throws {
        let (file, findings) = try read("docket: 1", mode: mode)
        #expect(file == nil)
        #expect(findings.map { $0.prefix(5) } == ["OP002"])
    }

    @Test func `nothing of it may lie in the repository, not through a link either`() throws {
        let shop = try Workshop()
        let path = try shop.write("operator.yaml", "docket: 1")
        let inside = OperatorFile.read(path, outside: [shop.directory])
        #expect(inside.file == nil && inside.findings.map(\.code) == ["OP001"])
        let other = try Workshop()
        let link = "\(other.directory)/operator.yaml"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let linked = OperatorFile.read(link, outside: [shop.directory])
        #expect(linked.file == nil && linked.findings.map(\.code) == ["OP001"])
        let tool = try shop.write("tool", "#!/bin/sh\n", mode: 0o700)
        let file = try other.write(
            "own.yaml",
            "docket: 1\nsecretsFile: \(path)\nexternals: {a: {path: \(tool)}, "
                + "b: {path: /bin/sh, workingDirectory: \(shop.directory)}}")
        let (read, findings) = OperatorFile.read(file, outside: [shop.directory])
        #expect(read == nil && findings.map(\.code) == ["OP006", "OP006", "OP006"])
        let beside = OperatorFile.read(file, outside: [shop.directory + "x"])
        #expect(beside.file != nil && beside.findings == [])
    }

    @Test func `a program that others may write is refused`() throws {
        let shop = try Workshop()
        let tool = try shop.write("tool", "#!/bin/sh\n", mode: 0o777)
        let (file, findings) = try read("docket: 1\nexternals: {a: {path: \(tool)}}")
        #expect(file == nil)
        #expect(findings.map { $0.prefix(10) } == ["2:23 OP006"])
    }

    @Test func `files that are missing, directories and devices are refused`() {
        for path in ["/nonexistent/operator.yaml", "/tmp", "/dev/null"] {
            let (file, findings) = OperatorFile.read(path, outside: [])
            #expect(file == nil && findings.map(\.code) == ["OP001"], "\(path)")
        }
    }

    @Test func `a program that the operator does not know is unavailable, with what to do`()
        async throws
    {
        let none = ExternalVendors(nil).vendor(program: "registry")
        let reply = word(await none.answer(request(1)))
        #expect(reply.contains("--operator") && reply.contains("'registry'"))
        let (file, _) = try read("docket: 1\nexternals: {other: {path: /bin/sh}}")
        let unknown = ExternalVendors(file).vendor(program: "../../bin/sh")
        #expect(
            word(await unknown.answer(request(1)))
                == "unavailable the operator's file has no external '../../bin/sh'; add it there under "
                + "externals")
    }
}
