import Documents
import Expressions
import RiskRules

/// Checks a form: a collection flow in Ballerine's UI-definition shape.
struct FormCheck {
    let knownWorkflows: Set<String>
    /// What rules of native forms, those with `docket`, may name.
    let vocabulary: Vocabulary

    private static let shape = Shape(
        whole: "a form",
        members: [
            ("docket", .number), ("id", .string), ("name", .string), ("description", .string),
            ("version", .number), ("type", .string), ("workflow", .string),
            ("uiContext", .string), ("uiSchema", .object), ("definition", .object),
            ("schemaOptions", .object), ("uiOptions", .object), ("theme", .object),
            ("locales", .object), ("page", .any), ("state", .any),
            // Fields of Ballerine's own files.
            ("workflowDefinitionId", .string), ("projectId", .string), ("crossEnvKey", .string),
        ],
        unknown: "FM008", type: "FM009")

    func check(_ root: Node) -> [Finding] {
        guard root.value.kind == .object else {
            return [root.finding("FM001", .error, "a form holds pages by name")]
        }
        var findings = Self.shape.check(root)
        if let node = root["workflow"], let id = node.value.string, !knownWorkflows.contains(id) {
            findings.append(
                node.finding("FM003", .error, "there is no workflow '\(id)' in workflows/"))
        }
        guard let pages = root["uiSchema"]?["elements"], pages.value.kind == .array else {
            findings.append(
                root.finding("FM002", .error, "a form needs uiSchema.elements, its pages"))
            return findings
        }
        checkPages(pages, &findings)
        for page in pages.elements { checkElement(page, depth: 0, &findings) }
        return findings
    }

    /// Pages need a state name each, different from the others'.
    private func checkPages(_ pages: Node, _ findings: inout [Finding]) {
        var seen: Set<Text> = []
        for page in pages.elements {
            guard let node = page["stateName"], let name = node.value.text else {
                findings.append(page.finding("FM004", .error, "a page needs a stateName"))
                continue
            }
            if !seen.insert(name).inserted {
                findings.append(
                    node.finding("FM005", .error, "two pages have the stateName '\(name)'"))
            }
        }
    }

    /// Rules at any depth must parse.
    private func checkElement(_ node: Node, depth: Int, _ findings: inout [Finding]) {
        guard depth < 64 else {
            findings.append(node.finding("FM006", .error, "elements are nested deeper than 64"))
            return
        }
        for key: StaticString in ["visibleOn", "availableOn", "requiredOn"] {
            for rule in node[key]?.oneOrMore ?? [] { checkRule(rule, &findings) }
        }
        for element in node["elements"]?.elements ?? [] {
            checkElement(element, depth: depth + 1, &findings)
        }
    }

    private func checkRule(_ rule: Node, _ findings: inout [Finding]) {
        let engine = rule["engine"]?.value.text ?? rule["type"]?.value.text
        guard let engine, let value = rule["value"] else { return }
        let isNative = rule.source.root["docket"] != nil
        let lists = isNative ? vocabulary.lists : nil
        if engine == "json-logic" {
            findings += JSONLogic.check(value, lists: lists)
        } else if engine == "jmespath" {
            findings += JMESPath.check(value, lists: lists)
        } else if isNative, engine == "condition" {
            var reader = ConditionReader(vocabulary, dialect: .standard, rules: nil)
            _ = reader.read(value)
            findings += reader.findings
        }
    }
}
