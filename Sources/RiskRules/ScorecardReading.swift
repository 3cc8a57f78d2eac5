public import Documents
internal import Expressions

extension Scorecard {
    /// Compiles an entry of `scorecards`.
    ///
    /// - Returns: nil when there is an error; and the findings SD003 to SD009, SD012 to SD014, with those
    ///   of its expressions and lists.
    public static func compile(
        _ node: Node, vocabulary: Vocabulary
    ) -> (Scorecard?, [Finding]) {
        var reader = ScorecardReader(vocabulary: vocabulary)
        let card = reader.read(node)
        let isFaulty = reader.findings.contains { $0.level == .error }
        return (isFaulty ? nil : card, reader.findings)
    }
}

/// Reads one scorecard.
struct ScorecardReader {
    let vocabulary: Vocabulary
    private(set) var findings: [Finding] = []

    init(vocabulary: Vocabulary) { self.vocabulary = vocabulary }

    private var arena: Arena { vocabulary.arena }

    /// A bin before the scale of the card is known.
    struct DraftBin {
        var take: Scorecard.Take
        var points: Value
        var contribution: ScaledDecimal
        var label: String
        var reason: Text?
        var node: Node
    }

    private struct DraftAttribute {
        var id: Text
        var reading: Scorecard.Reading
        var evidence: Text
        var weight: Value?
        var bins: [DraftBin]
        var node: Node
    }

    mutating func report(
        _ node: Node, _ code: String, _ message: String, _ level: Finding.Level = .error
    ) {
        findings.append(node.finding(code, level, message))
    }

    mutating func warnOfUnknown(_ node: Node, _ known: [StaticString], _ whole: String) {
        for (key, position, _) in node.members where !known.contains(where: { key == $0 }) {
            findings.append(
                Finding(
                    "SD003", .warning,
                    "'\(key)' is no field of \(whole) and is not read"
                        + NearestName.hint(key, among: known),
                    file: node.file, at: position))
        }
    }

    mutating func read(_ node: Node) -> Scorecard? {
        warnOfUnknown(
            node, ["id", "description", "base", "weights", "attributes", "min", "max"],
            "a scorecard")
        guard let id = node["id"]?.value.text else { return nil }
        let base = decimal(node["base"], "base") ?? ScaledDecimal(units: 0, scale: 0)
        guard let list = node["attributes"], list.value.kind == .array, list.value.count > 0,
            list.value.count <= Scorecard.limits.attributes
        else {
            report(
                node["attributes"] ?? node, "SD004",
                "a scorecard has a list of `attributes`, at most \(Scorecard.limits.attributes)")
            return nil
        }
        var attributes: [DraftAttribute] = []
        for element in list.elements {
            guard let attribute = self.attribute(element) else { continue }
            if attributes.contains(where: { $0.id == attribute.id }) {
                report(
                    element["id"] ?? element, "SD004",
                    "the attribute '\(attribute.id)' stands twice")
            }
            attributes.append(attribute)
        }
        checkWeights(node["weights"], list.elements)
        let least = decimal(node["min"], "min")
        let most = decimal(node["max"], "max")
        guard !findings.contains(where: { $0.level == .error }) else { return nil }
        return place(node, id, base, least, most, attributes)
    }

    // MARK: Numbers

    /// A number whose products with others can be added exactly.
    private static func decimal(_ value: Value) -> ScaledDecimal? {
        ScaledDecimal(value, digits: 15, places: 9)
    }

    private mutating func decimal(_ node: Node?, _ name: String) -> ScaledDecimal? {
        guard let node, !node.value.isNull else { return nil }
        if let number = Self.decimal(node.value) { return number }
        report(
            node, "SD005",
            "`\(name)` is a number of at most fifteen digits, nine of them after the point")
        return nil
    }

    /// `weights: 1`: what the attributes' weights must add up to.
    private mutating func checkWeights(_ declared: Node?, _ attributes: [Node]) {
        guard let declared, let wanted = decimal(declared, "weights") else { return }
        var units: Int128 = 0
        for attribute in attributes {
            let weight =
                attribute["weight"].map { Self.decimal($0.value) }
                ?? ScaledDecimal(units: 1, scale: 0)
            units += weight?.units(at: 9) ?? 0
        }
        guard units != wanted.units(at: 9) else { return }
        let sum = ScaledDecimal(units: units, scale: 9).value(in: arena)
        report(
            declared, "SD006",
            "the weights add up to \(JSONWriter.line(sum)), not to "
                + "\(JSONWriter.line(declared.value)) as declared")
    }

    // MARK: Attributes

    private mutating func attribute(_ node: Node) -> DraftAttribute? {
        warnOfUnknown(
            node,
            ["id", "description", "key", "jmespath", "jsonLogic", "weight", "bins"], "an attribute")
        guard let id = node["id"]?.value.text, !id.isEmpty else {
            report(node, "SD004", "an attribute needs an `id`")
            return nil
        }
        guard let (reading, evidence) = reading(node) else { return nil }
        let weight = decimal(node["weight"], "weight") ?? ScaledDecimal(units: 1, scale: 0)
        guard let bins = node["bins"], bins.value.kind == .array, bins.value.count > 0,
            bins.value.count <= Scorecard.limits.bins
        else {
            report(
                node["bins"] ?? node, "SD004",
                "an attribute has a list of `bins`, at most \(Scorecard.limits.bins)")
            return nil
        }
        var drafts: [DraftBin] = []
        var isSound = true
        for element in bins.elements {
            if let bin = bin(element, weight) { drafts.append(bin) } else { isSound = false }
        }
        if isSound { findings += BinCheck(attribute: id, node: node, bins: drafts).check() }
        return DraftAttribute(
            id: copy(id), reading: reading, evidence: evidence,
            weight: node["weight"].map { arena.copy($0.value) }, bins: drafts, node: node)
    }

    private mutating func reading(_ node: Node) -> (Scorecard.Reading, Text)? {
        let written = ["key", "jmespath", "jsonLogic"].filter { (key: StaticString) in
            node[key] != nil
        }
        guard written.count == 1 else {
            report(
                node, "SD004",
                "an attribute is read by one of key, a path, jmespath and jsonLogic")
            return nil
        }
        if let key = node["key"] {
            guard let text = key.value.text, !text.isEmpty else {
                report(key, "SD004", "`key` is a path in the context")
                return nil
            }
            let own = copy(text)
            return (.path(KeyPath(own, in: arena)), own)
        }
        var reader = ConditionReader(vocabulary, dialect: .standard, rules: nil)
        let condition = reader.read(node)
        findings += reader.findings
        switch condition {
        case .jmesPath(let program):
            return (.jmesPath(program), copy(node["jmespath"]?.value.text ?? Text("")))
        case .jsonLogic(let program):
            return (
                .jsonLogic(program),
                arena.text(JSONWriter.line(node["jsonLogic"]?.value ?? .null))
            )
        default: return nil
        }
    }

    func copy(_ text: Text) -> Text {
        Text(start: arena.copy(text.bytes), count: text.count)
    }

    // MARK: Bins

    private mutating func bin(_ node: Node, _ weight: ScaledDecimal) -> DraftBin? {
        warnOfUnknown(
            node,
            [
                "from", "above", "to", "below", "in", "list", "where", "missing", "other", "points",
                "reason", "description",
            ], "a bin")
        guard let points = node["points"], let worth = Self.decimal(points.value),
            let contribution = worth.times(weight)
        else {
            report(
                node["points"] ?? node, "SD005",
                "a bin has `points`: a number of at most fifteen digits, nine of them after the point"
            )
            return nil
        }
        guard let (take, label) = take(node) else { return nil }
        return DraftBin(
            take: take, points: arena.copy(points.value),
            contribution: contribution, label: label,
            reason: node["reason"]?.value.text.map { copy($0) }, node: node)
    }

    private mutating func take(_ node: Node) -> (Scorecard.Take, String)? {
        let isRange = ["from", "above", "to", "below"].contains { (key: StaticString) in
            node[key] != nil
        }
        let forms =
            [isRange]
            + ["in", "list", "missing", "other"].map { (key: StaticString) in node[key] != nil }
        guard forms.filter({ $0 }).count == 1 else {
            report(
                node, "SD007",
                "a bin is a range (from or above, to or below), in: […], list: NAME, missing: true or "
                    + "other: true; one of them")
            return nil
        }
        if isRange { return range(node) }
        if let values = node["in"] { return self.values(values) }
        if node["list"] != nil {
            var reader = ListReader(vocabulary.lists, in: arena)
            let list = reader.read(node)
            findings += reader.findings
            return list.map { (.values($0), "in \($0.name)") }
        }
        let (key, label) =
            node["missing"].map { ($0, "missing") } ?? (node["other"] ?? node, "other")
        guard key.value.bool == true else {
            report(key, "SD007", "`\(label)` is true, or left out")
            return nil
        }
        return (node["missing"] != nil ? .missing : .other, label)
    }

    private mutating func range(_ node: Node) -> (Scorecard.Take, String)? {
        var bounds: [Scorecard.Bound?] = []
        var words: [String] = []
        let sides: [[(StaticString, Bool)]] = [
            [("from", true), ("above", false)], [("to", true), ("below", false)],
        ]
        for side in sides {
            let written = side.filter { node[$0.0] != nil }
            guard written.count < 2 else {
                report(
                    node, "SD007",
                    "write `\(side[0].0)`, which is included, or `\(side[1].0)`, not both")
                return nil
            }
            guard let (name, isIncluded) = written.first, let bound = node[name] else {
                bounds.append(nil)
                continue
            }
            guard let number = bound.value.number, number.isFinite else {
                report(bound, "SD007", "`\(name)` is a number")
                return nil
            }
            words.append("\(name) \(JSONWriter.line(bound.value))")
            bounds.append(
                Scorecard.Bound(
                    value: arena.copy(bound.value), number: number, isIncluded: isIncluded))
        }
        return (.range(bounds[0], bounds[1]), words.joined(separator: " "))
    }

    private mutating func values(_ node: Node) -> (Scorecard.Take, String)? {
        var rows: [(key: Value, row: Value)] = []
        for element in node.oneOrMore {
            guard Comparison.isPrimitive(element.value) else {
                report(element, "SD007", "`in` lists texts, numbers, true and false")
                return nil
            }
            if rows.contains(where: { Comparison.strictlyEqual($0.key, element.value, .docket) }) {
                report(
                    element, "SD009",
                    "\(JSONWriter.line(element.value)) stands twice in this bin", .warning)
            } else {
                rows.append((arena.copy(element.value), .null))
            }
        }
        let label = "in " + rows.map { JSONWriter.line($0.key) }.joined(separator: ", ")
        let list = NamedList(name: Text("in"), file: Text(""), rows: rows, in: arena)
        return (.values(list), label)
    }

    // MARK: Placing

    private mutating func place(
        _ node: Node, _ id: Text, _ base: ScaledDecimal, _ least: ScaledDecimal?,
        _ most: ScaledDecimal?, _ attributes: [DraftAttribute]
    ) -> Scorecard? {
        var scale = max(base.scale, least?.scale ?? 0, most?.scale ?? 0)
        for attribute in attributes {
            for bin in attribute.bins { scale = max(scale, bin.contribution.scale) }
        }
        guard let baseUnits = base.units(at: scale), let reach = reach(attributes, scale),
            reach < Int128.max / 4, baseUnits.magnitude < Int128.max.magnitude / 4
        else {
            report(
                node, "SD005",
                "the numbers of the scorecard have too many digits to be added exactly")
            return nil
        }
        let leastUnits = least.flatMap { $0.units(at: scale) }
        let mostUnits = most.flatMap { $0.units(at: scale) }
        if let leastUnits, let mostUnits, leastUnits > mostUnits {
            report(node["min"] ?? node, "SD005", "`min` is above `max`")
            return nil
        }
        let placed = attributes.map { attribute in
            Scorecard.Attribute(
                id: attribute.id, reading: attribute.reading, evidence: attribute.evidence,
                weight: attribute.weight,
                bins: buffer(
                    attribute.bins.map { bin in
                        Scorecard.Bin(
                            take: bin.take, points: bin.points,
                            units: bin.contribution.units(at: scale) ?? 0,
                            contribution: bin.contribution.value(in: arena),
                            label: arena.text(bin.label), reason: bin.reason)
                    }), location: arena.text(attribute.node.reference))
        }
        let header = Scorecard.Header(
            id: copy(id), reference: arena.text("\(node.file)#\(id)"),
            location: arena.text(node.reference), scale: scale, base: baseUnits,
            baseValue: base.value(in: arena), least: leastUnits, most: mostUnits,
            attributes: buffer(placed))
        return buffer([header]).baseAddress.map { Scorecard(header: $0) }
    }

    /// The largest sum of contributions, whatever their signs; nil when it is out of reach.
    private func reach(_ attributes: [DraftAttribute], _ scale: Int) -> Int128? {
        var sum: Int128 = 0
        for attribute in attributes {
            var largest: Int128 = 0
            for bin in attribute.bins {
                guard let units = bin.contribution.units(at: scale) else { return nil }
                largest = max(largest, units < 0 ? -units : units)
            }
            let (next, overflow) = sum.addingReportingOverflow(largest)
            if overflow { return nil }
            sum = next
        }
        return sum
    }

    private func buffer<Element: BitwiseCopyable>(
        _ elements: [Element]
    ) -> UnsafeBufferPointer<Element> {
        // An arena aligns to eight bytes, and 128-bit numbers want sixteen.
        let size = elements.count * MemoryLayout<Element>.stride
        let raw = arena.allocate(size + 16)
        let start = raw.alignedUp(for: Int128.self)
            .bindMemory(to: Element.self, capacity: elements.count)
        for (index, element) in elements.enumerated() { (start + index).initialize(to: element) }
        return UnsafeBufferPointer(start: start, count: elements.count)
    }
}
