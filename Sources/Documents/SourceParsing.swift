/// The languages that a definition or case file may be written in.
public enum DocumentFormat: Sendable {
    /// `.yaml` and `.yml`.
    case yaml
    /// `.json`.
    case json

    /// By the ending of a path's last segment, in any case; nil for other endings.
    public init?(path: String) {
        let name = path.utf8.suffix(5).map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        if name.elementsEqual(".yaml".utf8) || name.suffix(4).elementsEqual(".yml".utf8) {
            self = .yaml
        } else if name.elementsEqual(".json".utf8) {
            self = .json
        } else {
            return nil
        }
    }
}

extension Source {
    /// What reading a file gives: the source where there is one, and findings in reading order.
    public struct Parsed: Sendable {
        /// Nil when the text could not be read.
        public let source: Source?
        /// Errors (`DOC001` to `DOC009`) and warnings.
        public let findings: [Finding]
    }

    /// Parses a file of one document, YAML or strict JSON by its ending. Bad input gives findings.
    ///
    /// An empty file, or one of comments only, is `null`. A second document is `DOC008`, an ending
    /// that is neither YAML nor JSON `DOC009`.
    ///
    /// - Parameters:
    ///   - path: repository path; names the file in findings.
    ///   - bytes: the content; need not outlive the call.
    ///   - limits: bounds on the content.
    public static func parse(
        _ path: String, _ bytes: UnsafeRawBufferPointer, limits: ParseLimits = ParseLimits()
    ) -> Parsed {
        let parsed = parseAll(path, bytes, limits: limits)
        let start = Position(line: 1, column: 1)
        guard parsed.findings.allSatisfy({ $0.level != .error }) else {
            return Parsed(source: nil, findings: parsed.findings)
        }
        guard let first = parsed.sources.first else {
            let place = Place(start)
            let empty = Source(
                file: path, arena: Arena(chunkBytes: 256), value: .null, places: [place])
            return Parsed(source: empty, findings: parsed.findings)
        }
        guard parsed.sources.count == 1 else {
            let second = Finding(
                "DOC008", .error,
                "\(parsed.sources.count) documents in one file; put each in a file of its own",
                file: path, at: parsed.sources[1].root.position ?? start)
            return Parsed(source: first, findings: (parsed.findings + [second]).sorted())
        }
        return Parsed(source: first, findings: parsed.findings)
    }

    /// Parses every document of a file; JSON holds one.
    public static func parseAll(
        _ path: String, _ bytes: UnsafeRawBufferPointer, limits: ParseLimits = ParseLimits()
    ) -> (sources: [Source], findings: [Finding]) {
        guard let format = DocumentFormat(path: path) else {
            let finding = Finding(
                "DOC009", .error, "the name must end in .yaml, .yml or .json", file: path)
            return ([], [finding])
        }
        do throws(ParseError) {
            switch format {
            case .yaml:
                let stream = try YAMLParser(limits: limits).parse(bytes, file: path)
                return (stream.documents, stream.findings)
            case .json:
                var parser = JSONParser(limits: limits)
                return ([try parser.parseSource(bytes, file: path)], [])
            }
        } catch { return ([], [error.finding(file: path)]) }
    }

    /// Parses a file of one document from an array of bytes.
    public static func parse(
        _ path: String, _ bytes: [UInt8], limits: ParseLimits = ParseLimits()
    ) -> Parsed {
        bytes.withUnsafeBytes { parse(path, $0, limits: limits) }
    }
}
