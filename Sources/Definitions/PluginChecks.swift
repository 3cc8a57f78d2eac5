import Documents

/// Checks the plugins of a workflow by their written shape, before they are compiled.
struct PluginChecks {
    let semantics: Semantics
    let kinds: PluginKinds

    private static let shape = Shape(
        whole: "a plugin",
        members: [
            ("name", .string), ("pluginKind", .string), ("displayName", .string),
            ("stateNames", .names), ("successAction", .string), ("errorAction", .string),
            ("vendor", .string), ("url", .any), ("method", .string), ("headers", .object),
            ("request", .object), ("response", .object), ("persistResponseDestination", .string),
            ("template", .string), ("templateId", .string), ("reportType", .string),
            ("dataMapping", .string), ("defaultCountry", .string), ("withAml", .bool),
            ("rulesSource", .object), ("rules", .string), ("scorecard", .string),
            ("table", .string),
            ("iterateOn", .list), ("filter", .list),
            ("actionPluginName", .string), ("transformers", .list), ("eventName", .string),
            ("payload", .object), ("definitionId", .string), ("initEvent", .string),
            ("uiDefinitionId", .string), ("expireInMinutes", .number), ("isBlocking", .bool),
            ("description", .string), ("params", .object), ("options", .object),
            // Ballerine's screens and older versions of its engine read these.
            ("logo", .string), ("strategy", .string), ("when", .string),
            ("successCallback", .string), ("errorCallback", .string), ("action", .any),
        ],
        unknown: "WF056", type: "WF057")

    /// What is wrong with the lists of plugins and their members.
    func check(_ extensions: Node) -> [Finding] {
        guard extensions.value.kind == .object else {
            return [
                extensions.finding("WF057", .error, "extensions is an object of lists of plugins")
            ]
        }
        var findings: [Finding] = []
        for (key, _, list) in extensions.members {
            guard list.value.kind == .array else {
                if !list.value.isNull {
                    findings.append(list.finding("WF057", .error, "\(key) is a list of plugins"))
                }
                continue
            }
            for plugin in list.elements {
                if plugin.value.kind == .object {
                    findings += shape(of: plugin).check(plugin)
                } else {
                    findings.append(plugin.finding("WF057", .error, "a plugin is an object"))
                }
            }
        }
        if semantics == .ballerine {
            for plugin in extensions["apiPlugins"]?.elements ?? [] {
                findings += refusal(plugin)
            }
        }
        return findings
    }

    /// The fields of a plugin, the parameters of its kind among them.
    private func shape(of plugin: Node) -> Shape {
        var shape = Self.shape
        guard let name = plugin["pluginKind"]?.value.string,
            let kind = kinds.find(name, semantics)
        else { return shape }
        shape.own = kinds.parameters(of: kind, semantics)
        return shape
    }

    /// What Ballerine's own engine refuses to construct, and why.
    private func refusal(_ plugin: Node) -> [Finding] {
        let name = plugin["name"]?.value.string ?? ""
        let kind = plugin["pluginKind"]?.value.text
        if let kind, kind == "kyc" {
            return [
                (plugin["pluginKind"] ?? plugin).finding(
                    "WF054", .error,
                    "Ballerine's engine does not construct a workflow with the plugin '\(name)': "
                        + "it has no plugin kind 'kyc', though its documentation names one; "
                        + "use 'kyc-session', or 'api' with a url")
            ]
        }
        let isCallable = isSet(plugin["successAction"]) && isSet(plugin["errorAction"])
        let isWebhook = kind.map { $0 == "webhook" } ?? !isCallable
        guard isWebhook else { return [] }
        let cause =
            kind == nil
            ? "it has no pluginKind and not both a successAction and an errorAction, which makes it "
                + "a webhook, and webhook plugins fail there"
            : "webhook plugins fail there"
        return [
            (plugin["pluginKind"] ?? plugin).finding(
                "WF055", .error,
                "Ballerine's engine does not construct a workflow with the plugin '\(name)': "
                    + "\(cause); write 'pluginKind: webhook' and 'semantics: docket', which sends it"
            )
        ]
    }

    private func isSet(_ node: Node?) -> Bool { (node?.value.count ?? 0) > 0 }
}
