import Documents

/// Findings as SARIF 2.1.0 (OASIS), one run.
enum SARIFFindings {
    /// The text.
    static func text(_ findings: [Finding]) -> [UInt8] {
        let arena = Arena()
        let codes = Set(findings.map(\.code)).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        let rules = codes.map { code in
            arena.object([
                "id": arena.string(code),
                "shortDescription": arena.object([
                    "text": arena.string("Docket finding \(code): see docs/findings/\(code).md")
                ]),
            ])
        }
        let driver = arena.object([
            "name": .string("docket"), "semanticVersion": arena.string(Docket.version),
            "rules": arena.array(rules),
        ])
        let run = arena.object([
            "tool": arena.object(["driver": driver]),
            "columnKind": .string("unicodeCodePoints"),
            "results": arena.array(findings.map { result($0, codes, arena) }),
        ])
        let log = arena.object([
            "$schema": .string("https://json.schemastore.org/sarif-2.1.0.json"),
            "version": .string("2.1.0"), "runs": arena.array([run]),
        ])
        return withExtendedLifetime(arena) { JSONFindings.file(log) }
    }

    private static func result(_ finding: Finding, _ codes: [String], _ arena: Arena) -> Value {
        let region = finding.position.map { place in
            arena.object([
                "startLine": .integer(place.line), "startColumn": .integer(place.column),
            ])
        }
        let location = arena.object([
            "physicalLocation": arena.object([
                "artifactLocation": arena.object(["uri": arena.string(uri(finding.file))]),
                "region": region,
            ])
        ])
        let index = codes.firstIndex { $0.utf8.elementsEqual(finding.code.utf8) } ?? 0
        return arena.object([
            "ruleId": arena.string(finding.code), "ruleIndex": .integer(index),
            "level": arena.string(finding.level.rawValue),
            "message": arena.object(["text": arena.string(text(finding.message))]),
            "locations": arena.array([location]),
        ])
    }

    /// A message string: braces stand for placeholders in SARIF (section 3.11.5), and `](` would end
    /// the text of a link (3.11.6), so literal ones are escaped.
    private static func text(_ message: String) -> String {
        var result: [UInt8] = []
        for byte in message.utf8 {
            if byte == 0x7B || byte == 0x7D { result.append(byte) }
            if byte == 0x28, result.last == 0x5D { result.insert(0x5C, at: result.count - 1) }
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// A path as a relative URI reference: what may not stand in one is percent-encoded.
    private static func uri(_ path: String) -> String {
        var result = ""
        for byte in path.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x2F:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }
}
