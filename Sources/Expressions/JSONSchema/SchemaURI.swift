/// A URI reference in its five parts (RFC 3986, 3), kept as written.
struct SchemaURI {
    var scheme: String?
    var authority: String?
    var path = ""
    var query: String?
    var fragment: String?

    init(_ text: String) {
        var rest = text[...]
        if let hash = rest.utf8.firstIndex(of: 0x23) {
            fragment = String(rest[rest.utf8.index(after: hash)...])
            rest = rest[..<hash]
        }
        if let mark = rest.utf8.firstIndex(of: 0x3F) {
            query = String(rest[rest.utf8.index(after: mark)...])
            rest = rest[..<mark]
        }
        if let colon = rest.utf8.firstIndex(where: { $0 == 0x3A || $0 == 0x2F }),
            rest.utf8[colon] == 0x3A, SchemaURI.isScheme(rest[..<colon])
        {
            scheme = String(rest[..<colon])
            rest = rest[rest.utf8.index(after: colon)...]
        }
        if rest.utf8.starts(with: "//".utf8) {
            let start = rest.utf8.index(rest.startIndex, offsetBy: 2)
            let end = rest[start...].utf8.firstIndex(of: 0x2F) ?? rest.endIndex
            authority = String(rest[start..<end])
            rest = rest[end...]
        }
        path = String(rest)
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first | 0x20 >= 0x61, first | 0x20 <= 0x7A else {
            return false
        }
        return text.utf8.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
            default: false
            }
        }
    }

    /// The reference seen from a base (RFC 3986, 5.2.2).
    func resolved(against base: SchemaURI) -> SchemaURI {
        if scheme != nil { return self }
        var result = self
        result.scheme = base.scheme
        if authority != nil { return result }
        result.authority = base.authority
        if path.isEmpty {
            result.path = base.path
            result.query = query ?? base.query
        } else if path.utf8.first == 0x2F {
            result.path = SchemaURI.withoutDots(path)
        } else {
            let slash = base.path.utf8.lastIndex(of: 0x2F)
            let folder =
                slash.map { String(base.path[...$0]) }
                ?? (base.authority != nil && base.path.isEmpty ? "/" : "")
            result.path = SchemaURI.withoutDots(folder + path)
        }
        return result
    }

    private static func withoutDots(_ path: String) -> String {
        var kept: [Substring] = []
        let parts = path.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
            .map { Substring($0) }
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            if part.utf8.elementsEqual(".".utf8) {
                if isLast { kept.append("") }
            } else if part.utf8.elementsEqual("..".utf8) {
                if kept.count > 1 { kept.removeLast() }
                if isLast { kept.append("") }
            } else {
                kept.append(part)
            }
        }
        return kept.joined(separator: "/")
    }

    /// The URI without its fragment.
    var withoutFragment: String {
        var result = ""
        if let scheme { result += scheme + ":" }
        if let authority { result += "//" + authority }
        result += path
        if let query { result += "?" + query }
        return result
    }

    /// The fragment with its percent encoding undone.
    var decodedFragment: String {
        guard let fragment else { return "" }
        var bytes: [UInt8] = []
        let text = Array(fragment.utf8)
        var index = 0
        while index < text.count {
            if text[index] == 0x25, index + 2 < text.count,
                let byte = UInt8(
                    String(decoding: text[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                bytes.append(byte)
                index += 3
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
