internal import CLibYAML

/// Says what libyaml's errors mean and what to do about them.
enum YAMLErrors {
    static let outOfMemory = ParseError(
        .tooLarge, "there is no memory left to read this", at: Position(line: 1, column: 1))

    /// The error a parser stopped with.
    static func error(of parser: yaml_parser_t, in bytes: UnsafeRawBufferPointer) -> ParseError {
        let problem = parser.problem.map { String(cString: $0) } ?? ""
        let context = parser.context.map { String(cString: $0) } ?? ""
        switch parser.error {
        case YAML_MEMORY_ERROR: return outOfMemory
        case YAML_READER_ERROR: return readerError(parser, problem, bytes)
        default: break
        }
        if let (message, atContext) = explanation(problem, context, parser, bytes) {
            let mark = atContext ? parser.context_mark : parser.problem_mark
            return ParseError(.syntax, message, at: position(mark, in: bytes))
        }
        let message = context.isEmpty ? problem : "\(problem) (\(context))"
        return ParseError(.syntax, message, at: position(parser.problem_mark, in: bytes))
    }

    private static func position(_ mark: yaml_mark_t) -> Position {
        Position(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    /// libyaml ends every text with a line break; a place past the text is its end.
    private static func position(
        _ mark: yaml_mark_t, in bytes: UnsafeRawBufferPointer
    ) -> Position {
        min(position(mark), Position(of: bytes.count, in: bytes))
    }

    private static func readerError(
        _ parser: yaml_parser_t, _ problem: String, _ bytes: UnsafeRawBufferPointer
    ) -> ParseError {
        ParseError(
            .encoding, "the text cannot be read as it is encoded (\(problem)); save it as UTF-8",
            at: Position(of: parser.problem_offset, in: bytes))
    }

    /// The sentence for a problem, and whether it stands where the context began.
    private static func explanation(
        _ problem: String, _ context: String, _ parser: yaml_parser_t,
        _ bytes: UnsafeRawBufferPointer
    ) -> (String, atContext: Bool)? {
        switch problem {
        case "found character that cannot start any token":
            return (badStart(parser, bytes), false)
        case "found a tab character that violates indentation",
            "found a tab character where an indentation space is expected":
            return (tab, false)
        case "mapping values are not allowed in this context":
            return (
                "a ':' is not expected here; check the indentation, or quote the text if the "
                    + "colon belongs to it", false
            )
        case "could not find expected ':'":
            return (
                "expected ': ' after this key; a key takes a colon and a space, on its own line",
                true
            )
        case "did not find expected key":
            return (
                "expected a key here; keys of one mapping start in the same column, and a value "
                    + "with a quote, ': ' or '#' in it is quoted whole", false
            )
        case "did not find expected '-' indicator":
            return ("expected '- ' here; the items of one list start in the same column", false)
        case "block sequence entries are not allowed in this context":
            return ("a list cannot start here; put '- ' on a line of its own", false)
        case "block mapping keys are not allowed in this context":
            return ("a mapping cannot start here; put its key on a line of its own", false)
        case "did not find expected ',' or ']'":
            return ("the list opened with '['\(line(parser)) needs ',' or ']' here", false)
        case "did not find expected ',' or '}'":
            return ("the mapping opened with '{'\(line(parser)) needs ',' or '}' here", false)
        default: return rarerExplanation(problem, context)
        }
    }

    private static func line(_ parser: yaml_parser_t) -> String {
        parser.context_mark.line == parser.problem_mark.line
            ? "" : " on line \(parser.context_mark.line + 1)"
    }

    private static func rarerExplanation(
        _ problem: String, _ context: String
    ) -> (String, atContext: Bool)? {
        switch problem {
        case "found unexpected end of stream":
            return ("the quote opened here is never closed", true)
        case "found unexpected document indicator":
            return ("the quote opened here is not closed before the end of the document", true)
        case "did not find expected <document start>":
            return (
                "expected the end of the document; check the indentation, or start another "
                    + "document with '---'", false
            )
        case "found unknown escape character":
            return (
                "this escape does not exist; write '\\\\' for a backslash, or use single quotes",
                false
            )
        case "did not find expected node content":
            return ("expected a value here", false)
        case "found undefined tag handle":
            return ("this tag's prefix is not declared by a %TAG line; remove the tag", true)
        case "did not find expected alphabetic or numeric character":
            return (
                context.contains("alias")
                    ? "expected a name after '*'; quote the text if it starts with an asterisk"
                    : "expected a name after '&'; quote the text if it starts with an ampersand",
                false
            )
        case "found incompatible YAML document", "found duplicate %YAML directive":
            return ("the %YAML line must stand once and say 1.1 or 1.2; remove it", false)
        default: return nil
        }
    }

    private static let tab = "a tab cannot indent; use spaces"

    private static func badStart(
        _ parser: yaml_parser_t, _ bytes: UnsafeRawBufferPointer
    ) -> String {
        guard let pointer = parser.buffer.pointer, pointer < parser.buffer.last else {
            return "a value cannot start here"
        }
        switch pointer.pointee {
        case 0x09: return tab
        case 0x40, 0x60, 0x25:
            let character = String(UnicodeScalar(pointer.pointee))
            return "a value cannot start with '\(character)'; put it in quotes"
        default: return "a value cannot start with this character; put it in quotes"
        }
    }
}
