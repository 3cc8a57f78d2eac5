/// Builds documents out of libyaml's events, with an explicit stack so that depth costs no stack.
struct YAMLBuilder {
    enum Collection { case sequence, mapping }

    struct Frame {
        let kind: Collection
        /// First of this collection in `values` or `members`.
        let base: Int
        /// Its entry in `places`.
        let place: Int
        /// Into `anchors`, or -1.
        let anchor: Int
        let nodesBefore: Int
        /// The levels below, those of aliases included.
        var height = 0
        var key: Key?
        /// Whether a small mapping has met a key again that is not refused.
        var hasRepeats = false
        /// Members, relative to `base`, whose key is a merge key.
        var merges: [Int] = []
    }

    struct Anchor {
        /// Nil while the anchored collection is open.
        var value: Value?
        var place: Int
        var nodes = 1
        var height = 0
        /// The places, where a merge took them out of the table.
        var saved: [Source.Place]?
    }

    static let findingsLimit = 100
    static let documentsLimit = 10_000

    let arena: Arena
    let file: String
    let limits: ParseLimits
    let duplicateKeys: JSONParser.DuplicateKeys

    var documents: [Source] = []
    var findings: [Finding] = []

    var frames: [Frame] = []
    var values: [Value] = []
    var members: [Member] = []
    var places: [Source.Place] = []
    var anchors: [Anchor] = []
    var anchorNames: [Text: Int] = [:]
    var nodes = 0
    private var root = Value.null

    init(
        arena: Arena, file: String, limits: ParseLimits, duplicateKeys: JSONParser.DuplicateKeys
    ) {
        self.arena = arena
        self.file = file
        self.limits = limits
        self.duplicateKeys = duplicateKeys
    }

    // MARK: Documents

    mutating func beginDocument(at position: Position) throws(ParseError) {
        if documents.count == Self.documentsLimit {
            throw ParseError(
                .tooManyNodes, "more than \(Self.documentsLimit) documents; split the file",
                at: position)
        }
        places.removeAll(keepingCapacity: false)
        anchors.removeAll()
        anchorNames.removeAll()
        root = .null
    }

    mutating func endDocument() {
        documents.append(Source(file: file, arena: arena, value: root, places: places))
    }

    // MARK: Nodes

    mutating func addScalar(
        _ text: Text, isPlain: Bool, tag: Text?, anchor: Text?, at position: Position
    ) throws(ParseError) {
        let isKey = expectsKey
        if isKey, isPlain, text == "<<", tag == nil || tag == Text("tag:yaml.org,2002:merge") {
            let top = frames.count - 1
            frames[top].merges.append(members.count - frames[top].base)
        }
        try count(1, at: position)
        let value = try resolve(text, isPlain: isPlain, tag: tag, isKey: isKey, at: position)
        if let anchor { define(anchor, Anchor(value: value, place: places.count)) }
        places.append(Source.Place(position))
        if isKey {
            try setKey(keyText(value, spelled: text), at: position)
        } else {
            try place(value, height: 0)
        }
    }

    mutating func addAlias(_ name: Text, at position: Position) throws(ParseError) {
        guard let index = anchorNames[name] else {
            throw ParseError(
                .syntax, "the alias '*\(name)' has no anchor '&\(name)' above it", at: position)
        }
        let anchor = anchors[index]
        guard let value = anchor.value else {
            throw ParseError(
                .unsupported, "the alias '*\(name)' stands inside what it repeats", at: position)
        }
        try count(anchor.nodes, at: position)
        if expectsKey {
            guard value.kind != .array && value.kind != .object else { throw complexKey(position) }
            places.append(Source.Place(position))
            try setKey(keyText(value, spelled: nil), at: position)
            return
        }
        guard frames.count + anchor.height <= limits.depth else { throw tooDeep(position) }
        let start = places.count
        if let saved = anchor.saved {
            places.append(contentsOf: saved)
        } else {
            // One by one: a slice of itself would make the append copy the whole table.
            for entry in anchor.place..<(anchor.place + Int(places[anchor.place].subtree)) {
                places.append(places[entry])
            }
        }
        places[start].line = UInt32(truncatingIfNeeded: position.line)
        places[start].column = UInt32(truncatingIfNeeded: position.column)
        try place(value, height: anchor.height)
    }

    mutating func begin(
        _ kind: Collection, tag: Text?, anchor: Text?, at position: Position
    ) throws(ParseError) {
        if expectsKey { throw complexKey(position) }
        try check(tag, of: kind, at: position)
        try count(1, at: position)
        guard frames.count < limits.depth else { throw tooDeep(position) }
        if let anchor { define(anchor, Anchor(value: nil, place: places.count)) }
        frames.append(
            Frame(
                kind: kind, base: kind == .sequence ? values.count : members.count,
                place: places.count, anchor: anchor == nil ? -1 : anchors.count - 1,
                nodesBefore: nodes - 1))
        places.append(Source.Place(position))
    }

    mutating func endSequence() throws(ParseError) {
        guard let frame = frames.popLast() else { return }
        let value = arena.array(values[frame.base...])
        values.removeSubrange(frame.base...)
        try finish(frame, value)
    }

    mutating func endMapping() throws(ParseError) {
        guard let frame = frames.popLast() else { return }
        places[frame.place].subtree = UInt32(places.count - frame.place)
        var value = Value.emptyObject
        if frame.merges.isEmpty && !frame.hasRepeats {
            value = arena.object(members[frame.base...])
            if value.hasRepeatedKeys { value = try resolveKeys(frame) }
        } else {
            value = try resolveKeys(frame)
        }
        members.removeSubrange(frame.base...)
        try finish(frame, value)
    }

    private mutating func finish(_ frame: Frame, _ value: Value) throws(ParseError) {
        places[frame.place].subtree = UInt32(places.count - frame.place)
        if frame.anchor >= 0 {
            anchors[frame.anchor].value = value
            anchors[frame.anchor].nodes = nodes - frame.nodesBefore
            anchors[frame.anchor].height = frame.height + 1
        }
        try place(value, height: frame.height + 1)
    }

    private mutating func place(_ value: Value, height: Int) throws(ParseError) {
        let top = frames.count - 1
        guard top >= 0 else {
            root = value
            return
        }
        frames[top].height = max(frames[top].height, height)
        if frames[top].kind == .sequence {
            values.append(value)
        } else if let key = frames[top].key {
            frames[top].key = nil
            members.append(Member(key, value))
        }
    }

    // MARK: Keys

    var expectsKey: Bool {
        guard let frame = frames.last else { return false }
        return frame.kind == .mapping && frame.key == nil
    }

    /// Keeps the key for the value to come. Small mappings look for the same key at once, large
    /// ones when they end.
    private mutating func setKey(_ text: Text, at position: Position) throws(ParseError) {
        let key = Key(text)
        let top = frames.count - 1
        if members.count - frames[top].base <= Member.indexThreshold {
            for index in frames[top].base..<members.count
            where members[index].keyHash == key.hash && members[index].key == text {
                if duplicateKeys == .refused { throw duplicate(text, at: position) }
                frames[top].hasRepeats = true
            }
        }
        frames[top].key = key
    }

    /// The text of a scalar as a key: zeros in front of a number stay, other spellings that are
    /// not JSON become JSON.
    private func keyText(_ value: Value, spelled: Text?) -> Text {
        switch value.kind {
        case .string: return value.text.unsafelyUnwrapped
        case .null: return Text("null")
        case .bool: return value.bool == true ? Text("true") : Text("false")
        default: break
        }
        if let spelled, spelled.count > 1, spelled[0] == 0x30, spelled[1] &- 0x30 <= 9 {
            return Text(start: arena.copy(spelled.bytes), count: spelled.count)
        }
        return value.spelling ?? arena.text(String(value.integer ?? 0))
    }

    // MARK: Anchors and limits

    private mutating func define(_ name: Text, _ anchor: Anchor) {
        let key =
            anchorNames[name] == nil ? Text(start: arena.copy(name.bytes), count: name.count) : name
        anchorNames[key] = anchors.count
        anchors.append(anchor)
    }

    private mutating func count(_ more: Int, at position: Position) throws(ParseError) {
        nodes += more
        if nodes > limits.nodes {
            throw ParseError(
                .tooManyNodes,
                "more than \(limits.nodes) values, those that aliases repeat included; "
                    + "split the file",
                at: position)
        }
    }

    private func tooDeep(_ position: Position) -> ParseError {
        ParseError(.tooDeep, "nested deeper than \(limits.depth) levels", at: position)
    }

    private func complexKey(_ position: Position) -> ParseError {
        ParseError(
            .unsupported,
            "a key cannot be a list or a mapping; quote it if it is text, such as \"{name}\"",
            at: position)
    }

    func duplicate(_ key: Text, at position: Position) -> ParseError {
        ParseError(
            .duplicateKey, "the key '\(key)' stands twice in one mapping; remove one",
            at: position)
    }

    mutating func warn(_ code: String, _ message: String, at position: Position) {
        guard findings.count < Self.findingsLimit else { return }
        findings.append(Finding(code, .warning, message, file: file, at: position))
    }
}

extension Source.Place {
    init(_ position: Position, subtree: UInt32 = 1) {
        self.init(
            line: UInt32(truncatingIfNeeded: position.line),
            column: UInt32(truncatingIfNeeded: position.column), subtree: subtree)
    }

    var position: Position { Position(line: Int(line), column: Int(column)) }
}

extension Value {
    /// Whether a large object, whose members carry an index, has two members of one key.
    var hasRepeatedKeys: Bool {
        guard count > Member.indexThreshold, let members, let first = members.baseAddress else {
            return false
        }
        let order = UnsafeRawPointer(first + count).assumingMemoryBound(to: UInt32.self)
        for index in 1..<count {
            let (a, b) = (members[Int(order[index - 1])], members[Int(order[index])])
            if a.keyHash == b.keyHash && a.key == b.key { return true }
        }
        return false
    }
}
