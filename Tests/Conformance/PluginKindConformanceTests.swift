import Documents
import Testing

@testable import Definitions

/// `ballerine/definitions/vendor-plugins.json`: what Ballerine's factories make of each vendor kind.
@Suite(.enabled(if: SharedSuite.isPresent, "the shared suites are not beside this package"))
struct PluginKindConformanceTests {
    private static let compared: [StaticString] = [
        "name", "displayName", "url", "method", "headers", "persistResponseDestination",
        "stateNames", "successAction", "errorAction",
    ]

    @Test func `every vendor plugin is what Ballerine's factories make of it`() throws {
        let arena = Arena()
        let file = try SharedSuite.value(
            "ballerine/definitions/vendor-plugins.json", into: arena)
        var count = 0
        for entry in try #require(file["plugins"]?.array) {
            let name = try #require(entry["pluginKind"]?.string)
            let kinds = PluginKinds()
            let kind = try #require(kinds.find(name, .ballerine))
            var plugin = ObjectBuilder(entry["options"])
            let expected = try #require(entry["plugin"])
            plugin["template"] = entry["template"] ?? expected["template"]
            plugin["vendor"] = entry["vendor"]
            let source = Source(file: "p", arena: arena, value: plugin.finish(in: arena))
            let made = try KindExpansion(kinds: kinds, semantics: .ballerine, arena: arena)
                .expand(kind, for: source.root)
            for key in Self.compared {
                guard let want = expected[key] else { continue }
                let got = made.fields[key] ?? .null
                #expect(
                    got == Self.plain(want, arena), "\(name) \(key): \(JSONWriter.line(got))")
            }
            for part: StaticString in ["request", "response"] {
                let want = expected[part]?["transform"]?.array.map(Array.init) ?? []
                let got = made.fields[part]?["transform"]?.array.map(Array.init) ?? []
                // The answer of a mail service is dropped there by the plugin's class.
                if want.isEmpty, name == "template-email" { continue }
                #expect(got.map(Self.step) == want.map(Self.step), "\(name) \(part)")
            }
            count += 1
        }
        #expect(count == 26)
    }

    /// A URL with its options put in, as the plugin's runner does first.
    private static func plain(_ value: Value, _ arena: Arena) -> Value {
        guard let url = value["url"]?.string, let options = value["options"]?.members else {
            return value
        }
        return arena.string(
            options.reduce(url) { url, option in
                url.replacing("{\(option.key)}", with: option.value.string ?? "")
            })
    }

    /// A transform with its white space folded, as both read it.
    private static func step(_ transform: Value) -> String {
        let kind = transform["transformer"]?.string ?? ""
        guard let mapping = transform["mapping"]?.string else {
            let methods = transform["mapping"]?.array.map(Array.init) ?? []
            return kind
                + methods.map { method in
                    ["method", "source", "target"].map { method[$0]?.string ?? "" }
                        .joined(separator: ",")
                }.joined(separator: ";")
        }
        return kind + " " + mapping.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
