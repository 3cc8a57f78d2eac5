import Definitions
import Documents
import Expressions

/// Why a request could not be made.
struct CallError: Error {
    let message: String
}

/// Checks requests and outputs against the schemas of a plugin.
enum SchemaCheck {
    /// - Throws: ``CallError`` with every error, as Ballerine writes them.
    static func check(
        _ value: Value, _ schema: JSONSchema, in arena: Arena
    ) throws(CallError) {
        do throws(ExpressionError) {
            if try schema.isValid(value, in: arena) { return }
            let errors = try schema.errors(value, in: arena)
            throw ExpressionError(.invalidValue, errors.ajvText)
        } catch { throw CallError(message: error.message) }
    }
}

/// Makes the request of an API or webhook plugin out of a context.
struct CallBuilder {
    let plugin: Plugin
    /// Whether data is percent-encoded in a URL, so that it cannot change the host or the path.
    /// Ballerine puts it there as it is.
    let encodesData: Bool
    let now: Instant
    let arena: Arena

    init(_ plugin: Plugin, of workflow: Workflow, now: Instant, in arena: Arena) {
        self.plugin = plugin
        self.encodesData = workflow.semantics == .docket
        self.now = now
        self.arena = arena
    }

    /// The call, or nil when the plugin's kind says that nothing is sent.
    func build(over context: Value) throws(CallError) -> VendorCall? {
        let definition = plugin.call
        var request = Value.null
        if definition.hasRequest {
            request = try transform(context, by: definition.request)
            if let schema = definition.requestSchema {
                // As in Ballerine the schema sees placeholders as they are written.
                let written =
                    definition.request.hasSlots
                    ? RequestSlots.showing(request, in: arena) : request
                let shown = SecretSlots.showing(written, in: arena)
                try SchemaCheck.check(shown, schema, in: arena)
            }
            if definition.request.hasSlots { request = RequestSlots.fill(request, in: arena) }
        }
        let asked: Value
        var url = definition.url?.fill(context, escape: encodesData, in: arena).text ?? Text("")
        if let sending = definition.sending {
            request = try transform(request, by: sending.prepare)
            try check(request, sending.requirements)
            if let skip = sending.skip, try holds(skip, request) { return nil }
            if let path = sending.path?.fill(request, escape: encodesData, in: arena).text {
                url = joined(url, path)
            }
            asked = request
            request = try transform(request, by: sending.body)
            if sending.body.hasSlots { request = RequestSlots.fill(request, in: arena) }
        } else {
            asked = request
        }
        let isGet = definition.method == "GET"
        if isGet && definition.hasRequest { url = appendQuery(request, to: url) }
        guard !Self.holdsControl(url) else {
            throw CallError(message: "the URL would hold a line break or another control character")
        }
        if case .other = URLScheme(of: url) {
            throw CallError(message: "the URL is neither https nor http")
        }
        return VendorCall(
            plugin: plugin.name, vendor: definition.vendor, visit: 0, call: 0,
            method: definition.method, url: url, headers: try headers(over: context),
            asked: asked, request: request, hasBody: definition.hasRequest && !isGet)
    }

    private func transform(
        _ value: Value, by transforms: Transforms
    ) throws(CallError) -> Value {
        do throws(TransformError) {
            return try transforms.apply(to: value, now: now, in: arena)
        } catch { throw CallError(message: error.message) }
    }

    private func check(
        _ request: Value, _ requirements: Table<Sending.Requirement>
    ) throws(CallError) {
        for requirement in requirements where !(try holds(requirement.rule, request)) {
            throw CallError(message: String(requirement.message))
        }
    }

    private func holds(_ rule: JMESPath, _ request: Value) throws(CallError) -> Bool {
        do throws(ExpressionError) {
            return JMESPath.isTruthy(try rule.evaluate(Scope(request), in: arena))
        } catch { throw CallError(message: error.message) }
    }

    /// Data must not end a header and begin another one.
    private func headers(
        over context: Value
    ) throws(CallError) -> [(name: Text, value: Text)] {
        var headers: [(name: Text, value: Text)] = []
        headers.reserveCapacity(plugin.call.headers.count)
        for header in plugin.call.headers {
            let value = header.value.fill(context, in: arena).text ?? Text("")
            guard !Self.holdsControl(value) else {
                throw CallError(
                    message: "the header '\(header.name)' would hold a line break or another "
                        + "control character")
            }
            headers.append((header.name, value))
        }
        return headers
    }

    /// Whether a text holds a control character of ASCII other than a tab.
    private static func holdsControl(_ text: Text) -> Bool {
        var at = 0
        while at &+ 8 <= text.count {
            let word = text.start.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            if mayHoldControl(word), holdsControl(text.start + at, 8) { return true }
            at &+= 8
        }
        return holdsControl(text.start + at, text.count - at)
    }

    /// Whether any of eight bytes is below 0x20 or 0x7F: sure when it says no.
    private static func mayHoldControl(_ word: UInt64) -> Bool {
        let low = (word &- 0x2020_2020_2020_2020) & ~word
        let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
        return (low | (delete &- 0x0101_0101_0101_0101) & ~delete) & 0x8080_8080_8080_8080 != 0
    }

    private static func holdsControl(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        UnsafeRawBufferPointer(start: start, count: count).contains {
            $0 < 0x20 && $0 != 0x09 || $0 == 0x7F
        }
    }

    private func joined(_ first: Text, _ second: Text) -> Text {
        (Array(first.bytes) + Array(second.bytes)).withUnsafeBytes {
            Text(start: arena.copy($0), count: $0.count)
        }
    }

    /// `application/x-www-form-urlencoded`, as `URLSearchParams` writes it.
    private func appendQuery(_ request: Value, to url: Text) -> Text {
        var output = TextSpace(url.count + 128, in: arena)
        output.append(url)
        output.append(UInt8(ascii: "?"))
        for (index, member) in (request.members ?? .init(start: nil, count: 0)).enumerated() {
            if index > 0 { output.append(UInt8(ascii: "&")) }
            encode(member.key, to: &output)
            output.append(UInt8(ascii: "="))
            if let text = member.value.text {
                encode(text, to: &output)
            } else {
                var text = TextSpace(32, in: arena)
                ECMAScriptText.append(member.value, to: &text)
                encode(text.finish(), to: &output)
            }
        }
        return output.finish()
    }

    private func encode(_ text: Text, to output: inout TextSpace) {
        var slot = false
        for byte in text.bytes {
            if byte == 0xFF { slot = true }
            switch byte {
            case _ where slot: output.append(byte)
            case 0x20: output.append(UInt8(ascii: "+"))
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2A, 0x2D, 0x2E, 0x5F: output.append(byte)
            default: output.append(percentEncoded: byte)
            }
            if byte == 0xFE { slot = false }
        }
    }
}

extension VendorCall {
    func numbered(visit: Int, position: Int) -> VendorCall {
        var call = self
        call.visit = visit
        call.call = position
        return call
    }
}

/// Reason phrases of HTTP (RFC 9110, section 15).
enum HTTPStatus {
    static func reason(_ status: Int) -> String {
        switch status {
        case 300: "Multiple Choices"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Entity"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "HTTP \(status)"
        }
    }
}
