internal import CLibYAML

/// What a YAML stream holds.
public struct YAMLStream: Sendable {
    /// One source a document, in order; all share one arena. Empty for a stream without documents.
    public let documents: [Source]
    /// Warnings: identifiers that read as numbers (`DOC010`), tags that were ignored (`DOC011`).
    public let findings: [Finding]
}

/// Parses YAML 1.2 with the core schema (YAML 1.2.2, section 10.3) into values with positions.
///
/// Plain scalars are `null`, booleans, integers (decimal, `0o`, `0x`) and floats exactly as the core
/// schema says, so `NO`, `on` and dates are strings. Numbers keep their spelling where that is JSON.
/// Anchors, aliases and merge keys (`<<`) are resolved; what aliases repeat counts towards
/// ``ParseLimits/nodes``. Keys are scalars; a number, boolean or null as key becomes its JSON text.
/// `.inf`, `.nan`, keys that are collections and recursive aliases are refused. A tag that is not of
/// the core schema is ignored with a warning, and its scalar is a string.
public struct YAMLParser: Sendable {
    /// Bounds on the input.
    public var limits: ParseLimits
    /// What happens to a key that a mapping has twice.
    public var duplicateKeys: JSONParser.DuplicateKeys

    /// A parser with its limits.
    public init(
        limits: ParseLimits = ParseLimits(), duplicateKeys: JSONParser.DuplicateKeys = .refused
    ) {
        self.limits = limits
        self.duplicateKeys = duplicateKeys
    }

    /// Parses a stream of documents. The bytes are UTF-8, or UTF-16 with a byte order mark; they
    /// need not outlive the call.
    ///
    /// - Parameters:
    ///   - bytes: the text.
    ///   - file: the repository path that findings and positions name.
    ///   - arena: where the values are made; a new one when nil.
    public func parse(
        _ bytes: UnsafeRawBufferPointer, file: String, into arena: Arena? = nil
    ) throws(ParseError) -> YAMLStream {
        if bytes.count > limits.bytes {
            throw ParseError(
                .tooLarge, "\(bytes.count) bytes, more than the limit of \(limits.bytes)",
                at: Position(line: 1, column: 1))
        }
        if let decoded = try YAMLBytes.decodeUTF16(bytes) {
            return try parse(decoded, file: file, into: arena)
        }
        try YAMLBytes.check(bytes)
        let arena = arena ?? Arena(chunkBytes: max(1024, min(bytes.count * 4, 1 << 20)))
        var builder = YAMLBuilder(
            arena: arena, file: file, limits: limits, duplicateKeys: duplicateKeys)
        try run(bytes, &builder)
        return YAMLStream(documents: builder.documents, findings: builder.findings)
    }

    /// Parses the UTF-8 of a Swift string.
    public func parse(
        _ text: String, file: String = "", into arena: Arena? = nil
    ) throws(ParseError) -> YAMLStream {
        try parse(Array(text.utf8), file: file, into: arena)
    }

    /// Parses an array of bytes.
    public func parse(
        _ bytes: [UInt8], file: String = "", into arena: Arena? = nil
    ) throws(ParseError) -> YAMLStream {
        let result = bytes.withUnsafeBytes { raw -> Result<YAMLStream, ParseError> in
            do throws(ParseError) {
                return .success(try parse(raw, file: file, into: arena))
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    // MARK: Events

    private func run(
        _ bytes: UnsafeRawBufferPointer, _ builder: inout YAMLBuilder
    ) throws(ParseError) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else { throw YAMLErrors.outOfMemory }
        defer { yaml_parser_delete(parser) }
        let start = bytes.baseAddress ?? Value.noBytes
        yaml_parser_set_input_string(
            parser, start.assumingMemoryBound(to: UInt8.self), bytes.count)
        var event = yaml_event_t()
        var isRunning = true
        while isRunning {
            guard yaml_parser_parse(parser, &event) == 1 else {
                throw YAMLErrors.error(of: parser.pointee, in: bytes)
            }
            defer { yaml_event_delete(&event) }
            isRunning = event.type != YAML_STREAM_END_EVENT
            try handle(event, &builder)
        }
    }

    private func handle(
        _ event: yaml_event_t, _ builder: inout YAMLBuilder
    ) throws(ParseError) {
        let mark = event.start_mark
        let position = Position(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: try builder.beginDocument(at: position)
        case YAML_DOCUMENT_END_EVENT: builder.endDocument()
        case YAML_ALIAS_EVENT:
            try builder.addAlias(Text(cString: event.data.alias.anchor) ?? Text(""), at: position)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = Text(
                start: scalar.value.map { UnsafeRawPointer($0) } ?? Value.noBytes,
                count: scalar.length)
            try builder.addScalar(
                text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE,
                tag: Text(cString: scalar.tag),
                anchor: Text(cString: scalar.anchor), at: position)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            try builder.begin(
                .sequence, tag: Text(cString: start.tag), anchor: Text(cString: start.anchor),
                at: position)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            try builder.begin(
                .mapping, tag: Text(cString: start.tag), anchor: Text(cString: start.anchor),
                at: position)
        case YAML_SEQUENCE_END_EVENT: try builder.endSequence()
        case YAML_MAPPING_END_EVENT: try builder.endMapping()
        default: break
        }
    }
}

extension Text {
    /// The bytes of a C string, or nil for none.
    init?(cString: UnsafePointer<UInt8>?) {
        guard let cString else { return nil }
        var count = 0
        while cString[count] != 0 { count += 1 }
        self.init(start: UnsafeRawPointer(cString), count: count)
    }
}
