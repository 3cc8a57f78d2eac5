public import Documents

/// What kind of definition a file is.
public enum DefinitionKind: String, Sendable {
    /// `docket.yaml`.
    case settings
    /// A statechart with its plugins.
    case workflow
    /// A list of risk rules.
    case rules
    /// A collection flow.
    case form
    /// Recorded answers of a vendor.
    case answers
    /// A plugin kind of one's own.
    case plugin

    /// By the path in a repository.
    public init?(path: String) {
        guard Catalog.isDefinition(path), !TableLibrary.isRowFile(path) else { return nil }
        switch path.split(separator: "/").first.map(String.init) {
        case "docket.yaml": self = .settings
        case "workflows": self = .workflow
        case "rules": self = .rules
        case "forms": self = .form
        case "vendors": self = .answers
        default: self = .plugin
        }
    }

    /// By what is in it; nil for what is no definition.
    public init?(content root: Value) {
        if root["uiSchema"] != nil || root["uiContext"] != nil {
            self = .form
        } else if root["definition"] != nil {
            self = .workflow
        } else if root["kind"]?.kind == .string, root["type"] == nil {
            // An event has a kind too, and a type.
            self = .plugin
        } else if root["rules"]?.kind == .array || root["conditions"]?.kind == .array
            || root["scorecards"]?.kind == .array || root["tables"]?.kind == .array
        {
            self = .rules
        } else if root["answers"]?.kind == .array {
            self = .answers
        } else if root["project"] != nil || root["vendors"] != nil || root["cases"] != nil {
            self = .settings
        } else {
            return nil
        }
    }
}
