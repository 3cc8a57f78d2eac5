import Documents
import Foundation
import Testing

@testable import Vendors

/// A directory for one test, with programs in Python.
final class Workshop: Sendable {
    static let python = "/usr/bin/python3"
    static var hasPython: Bool { FileManager.default.isExecutableFile(atPath: python) }
    let directory: String

    init() throws {
        directory = NSTemporaryDirectory() + "docket-external-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    @discardableResult
    func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let path = "\(directory)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    func read(_ name: String) -> String? {
        try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
    }

    /// A program that greets, then does `body` for each request `r`, with `say(object)` to answer.
    func program(
        _ body: String, idempotent: Bool = false, greeting: String? = nil,
        _ change: (inout ExternalProgram) -> Void = { _ in }
    ) throws -> ExternalProgram {
        let hello = greeting ?? "say({'docket': 1, 'idempotent': \(idempotent ? "True" : "False")})"
        let script = try write(
            "program.py",
            """
            import json, os, signal, subprocess, sys, time
            HERE = "\(directory)"
            def say(value):
                sys.stdout.write(json.dumps(value) + "\\n"); sys.stdout.flush()
            def note(name, text):
                with open(HERE + "/" + name, "a") as f: f.write(text)
            note("starts", "x")
            hello = json.loads(sys.stdin.readline())
            \(hello)
            for line in sys.stdin:
                r = json.loads(line)
                note("requests", line)
                n = r["request"].get("body")
            \(body.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))

            """)
        var program = ExternalProgram(name: "checker", path: Self.python)
        program.arguments = ["-S", "-E", script]
        program.limits.graceMilliseconds = 300
        change(&program)
        return program
    }

    var starts: Int { read("starts")?.count ?? 0 }
    var requests: Int { read("requests")?.split(separator: "\n").count ?? 0 }
}

func request(_ number: Int, body: String? = nil) -> VendorRequest {
    VendorRequest(
        vendor: "registry", key: String(repeating: "0", count: 63) + "\(number % 10)",
        method: "POST", url: "https://registry.example.com/check",
        headers: [("X-Trace", "1"), ("Accept", "a"), ("Accept", "b")],
        body: Array((body ?? "\(number)").utf8))
}

/// A reply in a word, for comparing.
func word(_ reply: VendorReply) -> String {
    switch reply {
    case .response(let status, _, let body, _, _):
        "\(status) \(String(decoding: body, as: UTF8.self))"
    case .failure(let message, _): "failure \(message)"
    case .unavailable(let reason): "unavailable \(reason)"
    case .unknown(let reason): "unknown \(reason)"
    }
}

extension ExternalVendor {
    func word(_ number: Int, body: String? = nil) async -> String {
        VendorsTests.word(await answer(request(number, body: body)))
    }
}
