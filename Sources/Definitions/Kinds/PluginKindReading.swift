import Documents
import Expressions
import RiskRules

/// Reads and checks the repository's own plugin kinds: `plugins/*.yaml`.
struct PluginKindReader {
    private(set) var kinds = PluginKinds()
    private(set) var findings: [Finding] = []

    private static let shape = Shape(
        whole: "a plugin kind",
        members: [
            ("docket", .number), ("kind", .string), ("description", .string), ("base", .string),
            ("semantics", .string), ("dialect", .string), ("select", .string),
            ("messageWithoutErrorAction", .bool), ("parameters", .object), ("defaults", .object),
            ("fields", .object), ("send", .object), ("variants", .object),
        ],
        unknown: "PK002", type: "PK003")
    private static let variant = Shape(
        whole: "a variant of a plugin kind",
        members: [
            ("parameters", .object), ("defaults", .object), ("fields", .object), ("send", .object),
        ],
        unknown: "PK002", type: "PK003")
    private static let fields = Shape(
        whole: "what a plugin kind says of a plugin",
        members: [
            ("name", .string), ("displayName", .string), ("vendor", .string), ("url", .any),
            ("method", .string), ("headers", .object), ("request", .object), ("response", .object),
            ("persistResponseDestination", .string), ("stateNames", .names),
            ("successAction", .string), ("errorAction", .string), ("description", .string),
        ],
        unknown: "PK002", type: "PK003")
    private static let send = Shape(
        whole: "send",
        members: [
            ("prepare", .list), ("require", .list), ("skip", .string), ("path", .string),
            ("body", .list),
        ],
        unknown: "PK002", type: "PK003")
    private static let parameter = Shape(
        whole: "a parameter",
        members: [
            ("from", .string), ("default", .string), ("given", .string), ("values", .object),
            ("description", .string),
        ],
        unknown: "PK002", type: "PK003")

    /// - Parameter files: in path order.
    init(_ files: [Source]) {
        var own: [PluginKind] = []
        for file in files {
            guard let kind = read(file) else { continue }
            if let other = own.first(where: { $0.name.utf8.elementsEqual(kind.name.utf8) }) {
                clash(kind, "'\(kind.name)' stands in \(other.source.file) too; kinds are unique")
            } else if PluginKinds.isBuiltIn(kind.name) {
                clash(kind, "'\(kind.name)' is a kind that Docket has; give yours another name")
            } else {
                own.append(kind)
            }
        }
        kinds = PluginKinds(own: own)
        for kind in own { check(kind) }
    }

    private mutating func clash(_ kind: PluginKind, _ message: String) {
        findings.append((kind.root["kind"] ?? kind.root).finding("PK006", .error, message))
    }

    private mutating func read(_ file: Source) -> PluginKind? {
        let root = file.root
        guard root.value.kind == .object, let name = root["kind"]?.value.text, Self.isName(name)
        else {
            findings.append(
                (root["kind"] ?? root).finding(
                    "PK001", .error,
                    "a plugin kind needs kind, its name: lower-case letters, digits and hyphens, "
                        + "a letter first"))
            return nil
        }
        findings += Self.shape.check(root)
        for (_, _, variant) in root["variants"]?.members ?? [] {
            findings += Self.variant.check(variant)
        }
        return PluginKind(file, isOwn: true)
    }

    private static func isName(_ name: Text) -> Bool {
        guard !name.isEmpty, name.count <= 64, name[0] >= 0x61, name[0] <= 0x7A else {
            return false
        }
        return name.bytes.allSatisfy {
            ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: "-")
        }
    }

    // MARK: One kind

    private mutating func check(_ kind: PluginKind) {
        checkWords(kind)
        let root = kind.root
        let variants = root["variants"]?.members.map(\.node) ?? []
        for layer in [root] + variants { checkLayer(layer) }
        if !variants.isEmpty, root["select"] == nil, !inheritsSelect(kind) {
            findings.append(
                (root["variants"] ?? root).finding(
                    "PK003", .error,
                    "variants need select, the plugin's field that says which of them it is"))
        }
        let semantics = kind.semantics ?? .docket
        let arena = Arena()
        do throws(KindProblem) {
            _ = try kinds.chain(kind, semantics)
        } catch {
            findings.append(
                (root[arena.text(error.member)] ?? root).finding(error.code, .error, error.message))
            return
        }
        checkParameters(kind, semantics)
        checkExpressions(kind, semantics, arena)
    }

    private mutating func checkWords(_ kind: PluginKind) {
        for key: StaticString in ["semantics", "dialect"] {
            guard let node = kind.root[key], let text = node.value.string else { continue }
            let known =
                key.description == "semantics"
                ? ["docket", "ballerine"]
                : ["standard", "ballerine"]
            if known.contains(where: { $0.utf8.elementsEqual(text.utf8) }) { continue }
            findings.append(
                node.finding("PK003", .error, "\(key) is \(known.joined(separator: " or "))"))
        }
    }

    private func inheritsSelect(_ kind: PluginKind) -> Bool {
        do throws(KindProblem) {
            return try kinds.chain(kind, kind.semantics ?? .docket).contains {
                $0.root["select"] != nil
            }
        } catch { return true }
    }

    private mutating func checkLayer(_ layer: Node) {
        for key: StaticString in ["defaults", "fields"] {
            if let fields = layer[key], fields.value.kind == .object {
                findings += Self.fields.check(fields)
            }
        }
        if let send = layer["send"], send.value.kind == .object {
            findings += Self.send.check(send)
            for entry in send["require"]?.elements ?? []
            where entry["rule"]?.value.text == nil || entry["message"]?.value.text == nil {
                findings.append(
                    entry.finding("PK003", .error, "an entry of require is {rule, message}"))
            }
        }
        for (_, _, parameter) in layer["parameters"]?.members ?? [] {
            guard parameter.value.kind == .object else {
                findings.append(
                    parameter.finding(
                        "PK003", .error, "a parameter is {from?, default?, given?, values?}"))
                continue
            }
            findings += Self.parameter.check(parameter)
        }
    }

    /// `${name}` names a parameter of the kind, of its variant or of a kind it builds on.
    private mutating func checkParameters(_ kind: PluginKind, _ semantics: Semantics) {
        var known: [Text] = []
        do throws(KindProblem) {
            for kind in try kinds.chain(kind, semantics) {
                let variants = kind.root["variants"]?.members.map(\.node) ?? []
                for layer in [kind.root] + variants {
                    known += (layer["parameters"]?.members ?? []).map(\.key)
                }
            }
        } catch { return }
        let variants = kind.root["variants"]?.members.map(\.node) ?? []
        for layer in [kind.root] + variants {
            for key: StaticString in ["fields", "defaults", "send"] {
                guard let part = layer[key] else { continue }
                for (name, node) in KindParameters.mentioned(in: part)
                where !known.contains(where: { $0 == name }) {
                    findings.append(
                        node.finding(
                            "PK008", .error,
                            "'${\(name)}' names no parameter of the kind"
                                + NearestName.hint(name, among: known)))
                }
            }
        }
    }

    // MARK: Expressions

    /// Compiles every part of the kind as a plugin would, with its parameters' defaults.
    private mutating func checkExpressions(
        _ kind: PluginKind, _ semantics: Semantics, _ arena: Arena
    ) {
        let names = kind.root["variants"]?.members.map(\.key) ?? []
        let variants: [Text?] = names.isEmpty ? [nil] : names.map { $0 }
        for variant in variants {
            do throws(KindProblem) {
                let expanded = try KindExpansion(kinds: kinds, semantics: semantics, arena: arena)
                    .expand(kind, for: nil, variant: variant)
                checkURL(kind, expanded, variant)
                checkPlugin(kind, expanded, semantics, arena, variant)
            } catch {
                // A base with variants of its own: the plugin says which.
                if error.code == "WF080" { continue }
                findings.append(kind.root.finding(error.code, .error, error.message))
            }
        }
    }

    private mutating func checkURL(_ kind: PluginKind, _ expanded: ExpandedKind, _ variant: Text?) {
        if expanded.fields["url"] != nil || expanded.defaults["url"] != nil { return }
        let isGiven = expanded.kinds.dropLast().contains { !$0.isOwn }
        if isGiven { return }
        findings.append(
            (kind.root["fields"] ?? kind.root["defaults"] ?? kind.root).finding(
                "PK007", .error,
                "the kind has no url\(variant.map { " for '\($0)'" } ?? ""): write it in fields, or "
                    + "in defaults when plugins may have another"))
    }

    private mutating func checkPlugin(
        _ kind: PluginKind, _ expanded: ExpandedKind, _ semantics: Semantics, _ arena: Arena,
        _ variant: Text?
    ) {
        let plugin = arena.object([
            "name": .string("kind"), "pluginKind": arena.string(kind.name),
            "successAction": .string("A"), "errorAction": .string("B"),
        ])
        let source = Source(file: kind.source.file, arena: arena, value: plugin)
        var reader = PluginReader(
            vocabulary: Vocabulary(lists: ListLibrary(openIn: arena), in: arena),
            semantics: semantics, kinds: kinds, rules: { _ in nil })
        reader.read(expanded, as: source.root)
        // The parts that are written as they are have a place of their own.
        let layers =
            [kind.root] + (variant.flatMap { kind.root["variants"]?[$0] }.map { [$0] } ?? [])
        for finding in reader.findings {
            findings.append(place(finding, among: layers, reader.dialect, arena))
        }
        withExtendedLifetime(reader) {}
    }

    /// A finding about an expression, at the first text of the kind in which it is found too.
    private func place(
        _ finding: Finding, among layers: [Node], _ dialect: JMESPath.Dialect, _ arena: Arena
    ) -> Finding {
        var moved = finding
        for layer in layers {
            for key: StaticString in ["fields", "defaults", "send"] {
                guard let part = layer[key] else { continue }
                moved.position = moved.position ?? part.position
                if let found = failing(part, finding, dialect, arena) {
                    moved.position = found
                    return moved
                }
            }
        }
        moved.position = moved.position ?? layers[0].position
        return moved
    }

    private func failing(
        _ node: Node, _ finding: Finding, _ dialect: JMESPath.Dialect, _ arena: Arena
    ) -> Position? {
        for (key, _, member) in node.members {
            if key == "schema", finding.code == "EX030" {
                var found: [Finding] = []
                _ = SchemaReading.compile(member, into: &found, in: arena)
                if let position = found.first?.position { return position }
            }
            if key == "mapping" || key == "rule" || key == "skip", finding.code == "EX010",
                let text = member.value.text
            {
                do throws(ExpressionError) {
                    _ = try JMESPath.compile(text, in: arena, dialect: dialect)
                } catch {
                    let isThis = finding.message.utf8.reversed().starts(
                        with: error.message.utf8.reversed())
                    if isThis { return member.position }
                }
            }
            if let found = failing(member, finding, dialect, arena) { return found }
        }
        for element in node.elements {
            if let found = failing(element, finding, dialect, arena) { return found }
        }
        return nil
    }
}
