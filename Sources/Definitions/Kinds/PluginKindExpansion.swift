import Documents

/// What a plugin becomes by its kind: fields, and how its request is sent.
struct ExpandedKind {
    /// Whether it is a message, for which nothing waits.
    var isWebhook = false
    /// Whether it is one when the plugin has no `errorAction`.
    var isMessageWithoutErrorAction = false
    /// Whether its expressions have Ballerine's leniencies.
    var isLenient = false
    /// Fields that the kind decides.
    var fields = Value.emptyObject
    /// Fields of plugins that do not write them.
    var defaults = Value.emptyObject
    /// `prepare`, `require`, `skip`, `path` and `body`.
    var send = Value.emptyObject
    /// Names of the plugin's members that are parameters.
    var parameters: [Text] = []
    /// The kinds it was made from.
    var kinds: [PluginKind] = []
}

/// Makes an ``ExpandedKind`` out of a kind and the plugin that names it.
///
/// A kind's texts name parameters as `${name}`. They are replaced once, in the kind's text: what
/// stands in a parameter is not looked at again, so that nothing can expand without end.
struct KindExpansion {
    let kinds: PluginKinds
    let semantics: Semantics
    let arena: Arena

    /// Bytes that the texts of a plugin may have when its parameters are in them.
    static let sizeLimitBytes = 1 << 20

    /// - Parameters:
    ///   - plugin: gives the parameters' values; nil to try the kind by itself, each parameter
    ///     with its default.
    ///   - variant: in place of what the plugin says.
    func expand(
        _ kind: PluginKind, for plugin: Node?, variant: Text? = nil
    ) throws(KindProblem) -> ExpandedKind {
        let chain = try kinds.chain(kind, semantics)
        var result = ExpandedKind()
        result.isWebhook = chain[0].base.utf8.elementsEqual("webhook".utf8)
        result.kinds = chain
        var parameters = Value.emptyObject
        var select: Text?
        for kind in chain {
            let root = kind.root.value
            result.isLenient = result.isLenient || root["dialect"]?.string == "ballerine"
            result.isMessageWithoutErrorAction =
                root["messageWithoutErrorAction"]?.bool ?? result.isMessageWithoutErrorAction
            select = root["select"]?.text ?? select
            lay(root, over: &result, &parameters)
            guard let select, let variants = root["variants"], variants.kind == .object else {
                continue
            }
            let name = variant ?? plugin?[select]?.value.text
            lay(try pick(name, of: variants, by: select, kind), over: &result, &parameters)
        }
        let values = try values(
            of: parameters, plugin,
            select.flatMap { key in
                variant.map { (key, $0) }
            })
        result.parameters = names(parameters) + (select.map { [$0] } ?? [])
        var size = 0
        result.fields = try fill(result.fields, values, &size)
        result.defaults = try fill(result.defaults, values, &size)
        result.send = try fill(result.send, values, &size)
        return result
    }

    /// One layer over what was there, member by member.
    private func lay(_ layer: Value, over result: inout ExpandedKind, _ parameters: inout Value) {
        func merged(_ old: Value, _ key: StaticString) -> Value {
            guard let new = layer[key], new.kind == .object else { return old }
            return old.assigning(new, in: arena)
        }
        result.fields = merged(result.fields, "fields")
        result.defaults = merged(result.defaults, "defaults")
        result.send = merged(result.send, "send")
        for member in layer["parameters"]?.members.map({ Array($0) }) ?? [] {
            let old = parameters[member.lookup] ?? .emptyObject
            guard old.kind == .object, member.value.kind == .object else { continue }
            parameters = parameters.setting(
                member.lookup, to: old.assigning(member.value, in: arena), in: arena)
        }
    }

    private func pick(
        _ name: Text?, of variants: Value, by select: Text, _ kind: PluginKind
    ) throws(KindProblem) -> Value {
        if let name, let found = variants[name] { return found }
        let members = variants.members.map { Array($0) } ?? []
        let known = members.map { "\($0.key)" }.joined(separator: ", ")
        guard let name else {
            throw KindProblem(
                code: "WF080", member: "\(select)",
                message: "a plugin of kind '\(kind.name)' needs \(select), one of \(known)")
        }
        throw KindProblem(
            code: "WF080", member: "\(select)",
            message: "the kind '\(kind.name)' has no \(select) '\(name)'; there is \(known)"
                + NearestName.hint(name, among: members.map(\.key)))
    }

    // MARK: Parameters

    private func names(_ parameters: Value) -> [Text] {
        (parameters.members.map { Array($0) } ?? []).map { $0.value["from"]?.text ?? $0.key }
    }

    private func values(
        of parameters: Value, _ plugin: Node?, _ selected: (key: Text, value: Text)?
    ) throws(KindProblem) -> [Member] {
        var result: [Member] = []
        for member in parameters.members.map({ Array($0) }) ?? [] {
            let source = member.value["from"]?.text ?? member.key
            let given = plugin?[source]?.value
            if let given, !given.isNull {
                result.append(Member(member.lookup, try value(member.value, given, source)))
            } else if let text = member.value["default"], text.kind == .string {
                result.append(Member(member.lookup, text))
            } else if let selected, selected.key == source {
                result.append(Member(member.lookup, .string(selected.value)))
            } else if plugin == nil {
                result.append(Member(member.lookup, .string(member.key)))
            } else {
                throw KindProblem(
                    code: "WF081", member: "\(source)",
                    message: "the plugin needs '\(source)', a parameter of its kind")
            }
        }
        return result
    }

    private func value(
        _ parameter: Value, _ given: Value, _ name: Text
    ) throws(KindProblem) -> Value {
        let text: Text
        switch given.kind {
        case .string: text = given.text ?? Text("")
        case .bool, .integer, .double, .decimal: text = arena.text(JSONWriter.line(given))
        default:
            throw KindProblem(
                code: "WF081", member: "\(name)",
                message: "'\(name)' is a parameter of the plugin's kind: a text, a number, true or "
                    + "false")
        }
        if let values = parameter["values"], values.kind == .object {
            return values[text] ?? parameter["default"] ?? .string(text)
        }
        guard let around = parameter["given"]?.text else { return .string(text) }
        return .string(substitute([Member("value", .string(text))], into: around))
    }

    // MARK: Texts

    private func fill(
        _ value: Value, _ values: [Member], _ size: inout Int
    ) throws(KindProblem) -> Value {
        switch value.kind {
        case .string:
            let text = value.text.unsafelyUnwrapped
            guard text.bytes.contains(UInt8(ascii: "$")) else { return value }
            let made = substitute(values, into: text)
            size += made.count
            guard size <= Self.sizeLimitBytes else {
                throw KindProblem(
                    code: "WF081", member: "pluginKind",
                    message: "the plugin's parameters make its kind larger than "
                        + "\(Self.sizeLimitBytes) bytes")
            }
            return .string(made)
        case .array:
            var elements: [Value] = []
            for element in value.array.unsafelyUnwrapped {
                elements.append(try fill(element, values, &size))
            }
            return arena.array(elements)
        case .object:
            var members: [Member] = []
            for member in value.members.unsafelyUnwrapped {
                members.append(Member(member.lookup, try fill(member.value, values, &size)))
            }
            return arena.object(members)
        default: return value
        }
    }

    /// The text with each `${name}` of a known name replaced.
    private func substitute(_ values: [Member], into text: Text) -> Text {
        var output: [UInt8] = []
        var at = 0
        while at < text.count {
            if let found = KindParameters.next(in: text, at: at),
                let value = values.first(where: { $0.key == found.name })
            {
                output.append(contentsOf: value.value.text?.bytes ?? Text("").bytes)
                at = found.end
            } else {
                output.append(text[at])
                at += 1
            }
        }
        return output.withUnsafeBytes { Text(start: arena.copy($0), count: $0.count) }
    }
}

/// `${name}` in the texts of a kind.
enum KindParameters {
    /// The parameter that stands at a place, and where the text goes on after it.
    static func next(in text: Text, at start: Int) -> (name: Text, end: Int)? {
        guard text.count - start > 3, text[start] == UInt8(ascii: "$"),
            text[start + 1] == UInt8(ascii: "{"),
            let end = (start + 2..<text.count).first(where: { text[$0] == UInt8(ascii: "}") })
        else { return nil }
        return (text[(start + 2)..<end], end + 1)
    }

    /// All names that a value's texts mention, with the value each stands in.
    static func mentioned(in node: Node) -> [(name: Text, node: Node)] {
        switch node.value.kind {
        case .string:
            let text = node.value.text.unsafelyUnwrapped
            return (0..<text.count).compactMap { at in
                next(in: text, at: at).map { ($0.name, node) }
            }
        case .array: return node.elements.flatMap { mentioned(in: $0) }
        case .object: return node.members.flatMap { mentioned(in: $0.node) }
        default: return []
        }
    }
}
