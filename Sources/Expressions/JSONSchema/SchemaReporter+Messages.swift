internal import Documents

/// The keyword `errorMessage`: words of one's own in the place of the errors, as in ajv-errors 3.
///
/// A string replaces all errors of the schema and of what stands in it. An object replaces by
/// keyword (for `required` also by property), by member (`properties`), by element (`items`), and
/// with `_` what is left. `${/pointer}` and `${1/relative}` in the words are replaced by that part
/// of the value.
extension SchemaReporter {
    mutating func reword(_ message: Value, from first: Int, _ evaluation: Int, _ value: Value) {
        guard first < errors.count else { return }
        if message.kind == .string {
            replace(from: first, with: message) { _ in true }
        } else {
            rewordKeywords(message, from: first, evaluation)
            rewordParts(message["properties"], from: first)
            rewordParts(message["items"], from: first)
            if let rest = message["_"], rest.kind == .string {
                replace(from: first, with: rest) { _ in true }
            }
        }
        let kept = errors[first...].filter { !$0.isReplaced }
        errors.replaceSubrange(first..., with: kept)
    }

    private mutating func rewordKeywords(_ message: Value, from first: Int, _ evaluation: Int) {
        guard let members = message.members else { return }
        for member in members where member.value.kind == .string && member.key != Text("_") {
            let keyword = String(member.key)
            replace(from: first, with: member.value) {
                $0.evaluation == evaluation && $0.error.keyword.utf8.elementsEqual(keyword.utf8)
            }
        }
        for member in members where member.value.kind == .object {
            let isParts = member.key == Text("properties") || member.key == Text("items")
            guard !isParts, let properties = member.value.members else { continue }
            let keyword = String(member.key)
            for property in properties where property.value.kind == .string {
                let name = String(property.key)
                replace(from: first, with: property.value, property: name) {
                    $0.evaluation == evaluation && $0.error.keyword.utf8.elementsEqual(keyword.utf8)
                        && $0.error.property?.utf8.elementsEqual(name.utf8) == true
                }
            }
        }
    }

    private mutating func rewordParts(_ parts: Value?, from first: Int) {
        var steps: [(Step, Value)] = []
        if let members = parts?.members { steps = members.map { (.key($0.key), $0.value) } }
        if let elements = parts?.array {
            steps = elements.enumerated().map { (.index($0.offset), $0.element) }
        }
        for (step, message) in steps where message.kind == .string {
            path.append(step)
            let prefix = spelledPath
            replace(from: first, with: message) { found in
                found.error.path.utf8.starts(with: prefix.utf8)
                    && (found.error.path.utf8.count == prefix.utf8.count
                        || found.error.path.utf8.dropFirst(prefix.utf8.count).first == 0x2F)
            }
            path.removeLast()
        }
    }

    /// Puts one error at the current path in the place of those that fit.
    private mutating func replace(
        from first: Int, with message: Value, property: String? = nil, _ fits: (Found) -> Bool
    ) {
        var isFound = false
        for index in first..<errors.count
        where !errors[index].isReplaced && !isReworded(errors[index]) && fits(errors[index]) {
            errors[index].isReplaced = true
            isFound = true
        }
        guard isFound else { return }
        errors.append(
            Found(
                error: SchemaError(
                    path: spelledPath, keyword: "errorMessage",
                    message: filled(message.string ?? ""), property: property),
                evaluation: 0))
    }

    private func isReworded(_ found: Found) -> Bool {
        found.error.keyword.utf8.elementsEqual("errorMessage".utf8)
    }

    // MARK: Templates

    /// The words with the parts of the value they ask for.
    private func filled(_ template: String) -> String {
        var result = ""
        var rest = template[...]
        while let start = rest.utf8.firstIndex(of: 0x24) {
            let open = rest.utf8.index(after: start)
            guard open < rest.endIndex, rest.utf8[open] == 0x7B,
                let close = rest[open...].utf8.firstIndex(of: 0x7D)
            else {
                result += rest[...start]
                rest = rest[open...]
                continue
            }
            result += rest[..<start]
            result += spelled(String(rest[rest.utf8.index(after: open)..<close]))
            rest = rest[rest.utf8.index(after: close)...]
        }
        return result + rest
    }

    /// A part of the value as JSON; `undefined`, as in JavaScript, when there is none.
    private func spelled(_ pointer: String) -> String {
        let digits = pointer.prefix { $0.isASCII && $0.isNumber }
        var tokens: [String] = []
        if !digits.isEmpty {
            let up = Int(digits) ?? .max
            guard up <= path.count else { return "undefined" }
            tokens = path.dropLast(up).map { step in
                switch step {
                case .key(let key): String(key)
                case .index(let index): String(index)
                }
            }
        }
        guard let rest = JSONPointer(parsing: String(pointer.dropFirst(digits.count))),
            let value = JSONPointer(tokens + rest.tokens).resolve(in: root)
        else { return "undefined" }
        return JSONWriter.line(value)
    }
}
