import Documents

/// The lines that Docket and an external program exchange: `docs/external-plugins.md`.
enum ExternalProtocol {
    /// The version spoken.
    static let version = 1

    /// What a program says of itself.
    struct Greeting {
        var version: Int
        /// Whether asking again with the same key costs and does nothing more.
        var isIdempotent: Bool
        /// The most requests it takes at once.
        var concurrency: Int?
    }

    /// A program's answer to one request.
    struct Reply {
        enum Content {
            case response(status: Int, headers: [(String, String)], body: [UInt8])
            case error(String)
            case unavailable
        }

        var id: Int
        var content: Content
    }

    /// A line that is none of the protocol, without its content.
    struct Fault: Error {
        let message: String
    }

    // MARK: What Docket writes

    static func hello(_ program: ExternalProgram) -> [UInt8] {
        let arena = Arena(chunkBytes: 512)
        return line(
            arena.object([
                "docket": .integer(version), "program": arena.string(program.name),
                "concurrency": .integer(program.limits.concurrency),
            ]))
    }

    static func request(_ id: Int, _ request: VendorRequest, timeout: Int) -> [UInt8] {
        let arena = Arena()
        var body: Value?
        var text: Value?
        if let bytes = request.body {
            var parser = JSONParser(duplicateKeys: .lastWins)
            body = try? parser.parse(bytes, into: arena)
            if body == nil { text = arena.string(String(decoding: bytes, as: UTF8.self)) }
        }
        var headers = ObjectBuilder()
        for (name, value) in request.headers {
            let key = arena.key(name)
            let before = headers[key]?.string
            headers[key] = arena.string(before.map { "\($0), \(value)" } ?? value)
        }
        return line(
            arena.object([
                "id": .integer(id), "key": arena.string(request.key),
                "vendor": arena.string(request.vendor), "timeoutMilliseconds": .integer(timeout),
                "request": arena.object([
                    "method": arena.string(request.method), "url": arena.string(request.url),
                    "headers": headers.finish(in: arena), "body": body, "text": text,
                ]),
            ]))
    }

    private static func line(_ value: Value) -> [UInt8] {
        Array(JSONWriter.line(value).utf8) + [0x0A]
    }

    // MARK: What a program writes

    static func greeting(_ line: ArraySlice<UInt8>) throws(Fault) -> Greeting {
        let arena = Arena(chunkBytes: 1024)
        let value = try object(line, arena)
        guard let version = value["docket"]?.integer else {
            throw Fault(message: "its first line is no greeting {\"docket\": 1}")
        }
        return Greeting(
            version: version, isIdempotent: value["idempotent"]?.bool ?? false,
            concurrency: value["concurrency"]?.integer)
    }

    static func reply(_ line: ArraySlice<UInt8>) throws(Fault) -> Reply {
        let arena = Arena()
        let value = try object(line, arena)
        guard let id = value["id"]?.integer else {
            throw Fault(message: "a line of its output has no id")
        }
        if let error = value["error"] {
            guard let text = error.string else { throw Fault(message: "an error is no text") }
            return Reply(id: id, content: .error(String(text.prefix(500))))
        }
        if let unavailable = value["unavailable"] {
            guard unavailable.text != nil || unavailable.bool == true else {
                throw Fault(message: "an unavailable is neither a text nor true")
            }
            return Reply(id: id, content: .unavailable)
        }
        guard let status = value["status"]?.integer, (100..<600).contains(status) else {
            throw Fault(message: "an answer has no status from 100 to 599, error or unavailable")
        }
        let headers = (value["headers"]?.members).map { Array($0) } ?? []
        guard headers.allSatisfy({ $0.value.text != nil }), headers.count <= 100 else {
            throw Fault(message: "an answer's headers are not texts, or more than 100")
        }
        let body = value["body"].map { Array(JSONWriter.line($0).utf8) } ?? []
        return Reply(
            id: id,
            content: .response(
                status: status,
                headers: headers.map { (String($0.key), $0.value.string ?? "") }, body: body))
    }

    private static func object(
        _ line: ArraySlice<UInt8>, _ arena: Arena
    ) throws(Fault) -> Value {
        var parser = JSONParser(limits: ParseLimits(bytes: line.count))
        let parsed = try? parser.parse(Array(line), into: arena)
        guard let parsed, parsed.kind == .object else {
            throw Fault(message: "a line of its output is no JSON object")
        }
        return parsed
    }
}
