import Casework
import Definitions
import Documents

/// Takes a definition of Ballerine's, JSON, into a file of this repository, YAML.
struct BallerineImport {
    /// The file to write and what was left out of it.
    struct Result {
        /// Path in the repository.
        var path: String
        /// The id in the file, which may differ from the one that was read.
        var id: String
        /// The YAML text.
        var text: [UInt8]
        /// Fields that mean something only to Ballerine's hosting, in order.
        var dropped: [String]
    }

    /// Fields of the hosting: whose project, whether it is public, the same file elsewhere.
    private static let hosting: [StaticString] = ["projectId", "isPublic", "crossEnvKey"]
    private static let workflowOrder: [StaticString] = [
        "id", "name", "version", "variant", "semantics", "definitionType", "definition",
        "extensions", "config",
        "contextSchema", "documentsSchema", "persistStates", "submitStates", "reviewMachineId",
    ]
    private static let formOrder: [StaticString] = [
        "id", "name", "version", "type", "workflow", "uiContext", "uiSchema", "definition",
        "schemaOptions", "uiOptions", "theme", "locales",
    ]

    let arena = Arena()

    /// The definitions in a file, which holds one or a list of them.
    ///
    /// - Throws: ``CommandError`` when it holds none.
    func results(of source: Source, named file: String) throws -> [Result] {
        let root = source.root.value
        if let alerts = alerts(root, named: file) { return [alerts] }
        if let list = root.array {
            guard !list.isEmpty else { throw CommandError(.usage, "\(file): the list is empty") }
            return try list.map { try result(of: $0, named: file) }
        }
        return [try result(of: root, named: file)]
    }

    private func result(of value: Value, named file: String) throws -> Result {
        switch DefinitionKind(content: value) {
        case .workflow: return workflow(value, named: file)
        case .form: return form(value, named: file)
        default:
            throw CommandError(
                .usage,
                "\(file): no Ballerine definition; a workflow definition has 'definition', a UI "
                    + "definition has 'uiSchema', an alert definition has 'inlineRule'")
        }
    }

    // MARK: Alerts

    private static let alertOrder: [StaticString] = [
        "id", "description", "enabled", "defaultSeverity", "monitoringType", "semantics", "fnName",
        "subjects", "options", "dedupeStrategy",
    ]

    /// Alert definitions: groups of them by name, as Ballerine ships them, or one or a list as it stores
    /// them. Nil when the file holds none.
    private func alerts(_ root: Value, named file: String) -> Result? {
        var rules: [(name: String?, definition: Value)] = []
        if root["inlineRule"] != nil {
            rules = [(nil, root)]
        } else if let list = root.array, list.first?["inlineRule"] != nil {
            rules = list.map { (nil, $0) }
        } else {
            for group in root.members ?? .init(start: nil, count: 0) {
                for member in group.value.members ?? .init(start: nil, count: 0)
                where member.value["inlineRule"] != nil {
                    rules.append((String(member.key), member.value))
                }
            }
        }
        guard !rules.isEmpty else { return nil }
        let standard = root["ALERT_DEDUPE_STRATEGY_DEFAULT"] ?? .null
        let list = rules.map { alert($0.definition, named: $0.name, standard) }
        let id = rules.count == 1 ? Self.safeName(list[0]["id"]?.string ?? "alerts") : "alerts"
        let known: [StaticString] = [
            "enabled", "defaultSeverity", "description", "inlineRule", "monitoringType",
            "dedupeStrategy", "name", "correlationId", "id",
        ]
        var dropped: [String] = []
        for rule in rules {
            for member in rule.definition.members ?? .init(start: nil, count: 0) {
                let name = String(member.key)
                if !known.contains(where: { member.key == $0 }), !dropped.contains(name) {
                    dropped.append(name)
                }
            }
        }
        return Result(
            path: "rules/\(id).yaml", id: id,
            text: YAMLWriter.file(
                arena.object(["docket": .integer(1), "alerts": arena.array(list)])),
            dropped: dropped)
    }

    /// A rule is named by its group's name for it: Ballerine's own ids are not all different.
    private func alert(_ definition: Value, named name: String?, _ standard: Value) -> Value {
        let inline = definition["inlineRule"] ?? .null
        let id = name ?? definition["correlationId"]?.string ?? inline["id"]?.string ?? "alert"
        var fields = ObjectBuilder(.emptyObject)
        fields["id"] = arena.string(Self.safeName(id))
        for key in ["description", "enabled", "defaultSeverity", "monitoringType"] as [StaticString]
        {
            fields[key] = definition[key]
        }
        fields["semantics"] = .string("ballerine")
        for key in ["fnName", "subjects", "options"] as [StaticString] { fields[key] = inline[key] }
        fields["dedupeStrategy"] =
            definition["dedupeStrategy"].map {
                $0.isNull ? $0 : standard.assigning($0, in: arena)
            } ?? (standard.kind == .object ? standard : nil)
        let made = fields.finish(in: arena)
        return arena.object(
            Self.alertOrder.compactMap { key in made[key].map { Member(key, $0) } })
    }

    private func workflow(_ value: Value, named file: String) -> Result {
        var fields = kept(value)
        let id = Self.safeName(value["id"]?.string ?? value["name"]?.string ?? Self.stem(file))
        fields["id"] = arena.string(id)
        fields["semantics"] = .string("ballerine")
        return Result(
            path: "workflows/\(id).yaml", id: id,
            text: text(fields, Self.workflowOrder), dropped: dropped(value))
    }

    private func form(_ value: Value, named file: String) -> Result {
        var fields = kept(value)
        let workflow = value["workflowDefinitionId"] ?? value["workflow"]
        let id = Self.safeName(
            value["id"]?.string ?? value["name"]?.string
                ?? workflow?.string.map { "\($0)-\(value["uiContext"]?.string ?? "form")" }
                ?? Self.stem(file))
        fields["id"] = arena.string(id)
        fields["workflowDefinitionId"] = nil
        if let workflow = workflow?.string {
            fields["workflow"] = arena.string(Self.safeName(workflow))
        }
        let context = value["uiContext"]?.text
        if context.map({ $0 == "collection_flow" }) ?? true, fields["type"] == nil {
            fields["type"] = .string("collection_flow")
        }
        return Result(
            path: "forms/\(id).yaml", id: id,
            text: text(fields, Self.formOrder),
            dropped: dropped(value))
    }

    // MARK: Fields

    private func kept(_ value: Value) -> ObjectBuilder {
        var fields = ObjectBuilder(value)
        for key in Self.hosting { fields[key] = nil }
        fields["docket"] = nil
        fields["semantics"] = nil
        return fields
    }

    private func dropped(_ value: Value) -> [String] {
        Self.hosting.filter { value[$0] != nil }.map { "\($0)" }
    }

    /// The file: its format's version, the known fields in their order, then the others.
    private func text(_ fields: ObjectBuilder, _ order: [StaticString]) -> [UInt8] {
        var rest = fields
        var members = [Member("docket", .integer(1))]
        for key in order {
            guard let value = rest[key] else { continue }
            // null means the same as nothing, and nothing is easier to read.
            if !value.isNull { members.append(Member(key, value)) }
            rest[key] = nil
        }
        members += rest.finish(in: arena).members.map { Array($0) } ?? []
        return YAMLWriter.file(arena.object(members))
    }

    // MARK: Names

    /// An id that is a file name: letters, digits, `.`, `_`, `-`, at most 100; all else becomes `-`.
    static func safeName(_ name: String) -> String {
        var result: [UInt8] = []
        for byte in name.utf8.prefix(100) {
            let isKept =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || byte == 0x5F || byte == 0x2D || byte == 0x2E
            let new = isKept ? byte : 0x2D
            if result.isEmpty && (new == 0x2D || new == 0x2E) { continue }
            if new == 0x2D && !isKept && result.last == 0x2D { continue }
            result.append(new)
        }
        while let last = result.last, last == 0x2D || last == 0x2E { result.removeLast() }
        return result.isEmpty ? "imported" : String(decoding: result, as: UTF8.self)
    }

    private static func stem(_ path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        return String(name.split(separator: ".").first ?? "")
    }
}
