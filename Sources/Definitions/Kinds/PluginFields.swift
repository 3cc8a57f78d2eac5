import Documents
import Expressions

/// The fields of a plugin: what its kind decides, else what it writes, else what its kind says for
/// want of that.
struct PluginFields {
    /// As written.
    let node: Node
    private let fixed: Node?
    private let defaults: Node?
    /// How the kind sends the request.
    let send: Node?
    private let made: Source?
    private let isLenient: Bool
    /// The kind's name, nil for those that all others build on.
    let kindName: Text?

    init(_ node: Node, _ kind: ExpandedKind?, in arena: Arena) {
        self.node = node
        kindName = kind == nil ? nil : node["pluginKind"]?.value.text
        isLenient = kind?.isLenient ?? false
        guard let kind else {
            (fixed, defaults, send, made) = (nil, nil, nil, nil)
            return
        }
        let whole = arena.object([
            "fields": kind.fields, "defaults": kind.defaults, "send": kind.send,
        ])
        let source = Source(file: Self.file, arena: arena, value: whole)
        made = source
        fixed = source.root["fields"]
        defaults = source.root["defaults"]
        send = source.root["send"]
    }

    /// Stands for the kind's own text, which has no place in the workflow.
    private static let file = "plugin kind"

    subscript(key: StaticString) -> Node? {
        if let fixed = fixed?[key] { return fixed }
        if let own = node[key], !own.value.isNull || defaults == nil { return own }
        return defaults?[key]
    }

    /// The meaning of expressions in the kind's own text; nil for those of the workflow.
    func dialect(of node: Node) -> JMESPath.Dialect? {
        guard let made, node.source === made else { return nil }
        return isLenient ? .ballerine : .standard
    }

    /// A finding in the kind's text, moved to where the plugin names its kind.
    ///
    /// What is wrong with Ballerine's own texts goes wrong there only when it is reached.
    func placed(_ finding: Finding, _ semantics: Semantics) -> Finding {
        guard finding.file == Self.file else { return finding }
        return (node["pluginKind"] ?? node).finding(
            finding.code, semantics == .ballerine ? .warning : finding.level,
            "in the plugin's kind, with this plugin's parameters: \(finding.message)")
    }
}
