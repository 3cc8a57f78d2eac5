import Documents

/// What a body has to be: JSON, in UTF-8, as it is.
enum ResponseBody {
    /// What is wrong with a body, to follow "with" in a sentence; nil when it is empty or JSON.
    static func problem(_ headers: [(String, String)], _ body: [UInt8]) -> String? {
        guard !body.isEmpty else { return nil }
        func value(_ name: StaticString) -> String? {
            headers.first { Text(name).bytes.elementsEqual($0.0.utf8) }?.1.lowercased()
        }
        if let encoding = value("content-encoding"), encoding != "identity" {
            return "a compressed body, which was not asked for"
        }
        if let type = value("content-type"), !isJSON(type) {
            return "a body that is not JSON by its content type"
        }
        var parser = JSONParser(
            limits: ParseLimits(bytes: body.count), duplicateKeys: .lastWins)
        do throws(ParseError) {
            _ = try parser.parse(body, into: Arena(chunkBytes: 4096))
            return nil
        } catch {
            return "a body that is not JSON"
        }
    }

    private static func isJSON(_ type: String) -> Bool {
        let essence = type.prefix { $0 != ";" }.filter { $0 != " " }
        return essence == "application/json" || essence == "text/json" || essence.hasSuffix("+json")
    }
}

/// The headers of an answer that matter afterwards.
enum ResponseHeaders {
    private static let names: Set<String> = [
        "content-type", "date", "etag", "last-modified", "request-id", "retry-after",
        "x-correlation-id", "x-request-id",
    ]

    /// Those, names in lower case, in the order in which they came; no cookie is among them.
    static func kept(_ headers: [(String, String)]) -> [(String, String)] {
        headers.filter { names.contains($0.0) && $0.1.utf8.count <= 1000 }
    }
}
