public import Casework
public import Definitions
public import Documents

/// Vendors whose answers stand in files of the repository: `kind: recorded`.
///
/// A file holds `answers`, a list of `{when?, url?, status?, body?}` or `{when?, url?, networkError}`.
/// The first whose `when` members all equal the request's, and whose `url` ends the call's, is the
/// answer; none is a 404. Safe to share between
/// workers: it is never changed.
public final class RecordedVendors: Sendable {
    private struct Answer {
        var when: [Member]
        /// What the first of `when` must be, when that is a text: most answers differ there.
        var first: (key: Key, hash: UInt32)?
        /// How the URL before its query must end.
        var url: Text?
        var answer: VendorAnswer
    }

    private struct Recorded: @unchecked Sendable {
        var name: Text
        var answers: [Answer]
        /// Keeps the values alive.
        var source: Source
    }

    private let vendors: [Recorded]
    /// Keeps the vendors' names alive.
    private let names: Document

    /// The recorded vendors of a catalog.
    ///
    /// - Parameter environment: whose vendors; nil for that of `docket.yaml`.
    public init(_ catalog: Catalog, environment: String? = nil) {
        let names = Document { _ in .null }
        self.names = names
        vendors = catalog.settings.vendors.compactMap { vendor in
            guard
                case .recorded(let path) = vendor.reach(
                    in: environment ?? catalog.settings.environment)
            else { return nil }
            return catalog.answers[path].map {
                Recorded(name: names.arena.text(vendor.name), answers: Self.read($0), source: $0)
            }
        }
    }

    /// All vendors of a catalog by their recorded answers: those of `kind: recorded` by their own
    /// file, the others by `vendors/NAME.yaml` where there is one. Nothing is asked.
    public init(fixturesOf catalog: Catalog) {
        let own = RecordedVendors(catalog)
        let names = Document { _ in .null }
        self.names = names
        let known = own.vendors.map {
            (name: names.arena.text(String($0.name)), answers: $0.answers, source: $0.source)
        }
        let fixtures = catalog.settings.vendors.map(\.name).compactMap { name in
            catalog.answers["vendors/\(name).yaml"].map {
                (name: names.arena.text(name), answers: Self.read($0), source: $0)
            }
        }.filter { fixture in !known.contains { $0.name == fixture.name } }
        vendors = (known + fixtures).map {
            .init(name: $0.name, answers: $0.answers, source: $0.source)
        }
    }

    private static func read(_ source: Source) -> [Answer] {
        source.root["answers"]?.elements.map { node in
            let answer: VendorAnswer =
                if let message = node["networkError"]?.value.string {
                    .failure(message: message)
                } else {
                    .response(
                        status: node["status"]?.value.integer ?? 200,
                        body: node["body"]?.value ?? .null)
                }
            let when = node["when"]?.value.members.map { Array($0) } ?? []
            return Answer(
                when: when,
                first: when.first.flatMap { member in
                    member.value.text.map { (member.lookup, $0.hash) }
                },
                url: node["url"]?.value.text, answer: answer)
        } ?? []
    }

    private static func isMet(_ when: [Member], by request: Value) -> Bool {
        for member in when {
            guard let value = request[member.lookup], value == member.value else { return false }
        }
        return true
    }

    /// What is wrong with the answer files of a catalog.
    public static func check(_ catalog: Catalog) -> [Finding] {
        catalog.answers.values.flatMap { source -> [Finding] in
            guard let answers = source.root["answers"], answers.value.kind == .array else {
                return [
                    source.root.finding(
                        "VN001", .error, "a file of recorded answers needs answers, a list")
                ]
            }
            return answers.elements.flatMap(check)
        }.sorted()
    }

    private static func check(_ node: Node) -> [Finding] {
        var findings: [Finding] = []
        if let when = node["when"], when.value.kind != .object {
            findings.append(when.finding("VN002", .error, "when is an object of request members"))
        }
        if let url = node["url"], url.value.text?.isEmpty ?? true {
            findings.append(
                url.finding("VN005", .error, "url is how the call's URL must end, without a query"))
        }
        if let status = node["status"],
            !(status.value.integer.map { (100..<600).contains($0) } ?? false)
        {
            findings.append(status.finding("VN003", .error, "status is a number from 100 to 599"))
        }
        if node["body"] == nil && node["networkError"] == nil && node["status"] == nil {
            findings.append(
                node.finding("VN004", .error, "an answer needs a body, a status or a networkError"))
        }
        return findings
    }

    private static func ends(_ url: Text, with end: Text?) -> Bool {
        guard let end else { return true }
        let path = url.bytes.prefix { $0 != UInt8(ascii: "?") }
        return path.count >= end.count && path.suffix(end.count).elementsEqual(end.bytes)
    }

    /// The answer to a call.
    ///
    /// A call of a vendor that is not recorded has none: its case waits.
    public func answer(_ call: VendorCall, in arena: Arena) -> VendorAnswer {
        guard let name = call.vendor else {
            return .unavailable(
                reason: "the plugin '\(call.plugin)' names no vendor of docket.yaml")
        }
        guard let vendor = vendors.firstIndex(where: { $0.name == name }) else {
            return .unavailable(reason: "there are no recorded answers of the vendor '\(name)'")
        }
        let answers = vendors[vendor].answers
        var (key, hash) = (Text?.none, UInt32?.none)
        for index in answers.indices {
            if let first = answers[index].first {
                if first.key.text != key {
                    key = first.key.text
                    hash = call.asked[first.key]?.text?.hash
                }
                if first.hash != hash { continue }
            }
            if Self.isMet(answers[index].when, by: call.asked),
                Self.ends(call.url, with: answers[index].url)
            {
                return answers[index].answer
            }
        }
        return .response(status: 404, body: arena.object(["message": .string("not found")]))
    }
}
