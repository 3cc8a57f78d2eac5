import Documents
import Expressions

/// Reads lists of transforms out of definitions.
struct TransformReader {
    let arena: Arena
    let dialect: JMESPath.Dialect
    /// What expressions of the standard dialect may name.
    var lists: ListLibrary?
    /// Whether `{secret.NAME}` in mappings stands for a secret: in what is sent to vendors only.
    var acceptsSecrets = false
    /// Whether a mapping of the list just read holds slots for the request's own members.
    private var hasSlots = false
    private(set) var findings: [Finding] = []
    private(set) var patterns: [Pattern] = []

    init(arena: Arena, dialect: JMESPath.Dialect, lists: ListLibrary? = nil) {
        self.arena = arena
        self.lists = lists
        self.dialect = dialect
    }

    /// The transforms of a list; anything but a list is the identity, as in Ballerine.
    mutating func read(_ node: Node?) -> Transforms {
        guard let node, node.value.kind == .array else { return .identity }
        var steps: [Transforms.Step] = []
        hasSlots = false
        for entry in node.elements {
            if let step = readStep(entry) { steps.append(step) }
        }
        return Transforms(steps: Table(steps, in: arena), hasSlots: hasSlots)
    }

    private mutating func readStep(_ entry: Node) -> Transforms.Step? {
        guard let kind = entry["transformer"]?.value.text, let mapping = entry["mapping"] else {
            findings.append(
                entry.finding(
                    "WF030", .error,
                    "a transform needs a transformer (jmespath or helper) and a mapping"))
            return nil
        }
        if kind == "jmespath" { return readPath(mapping) }
        if kind == "helper" || kind == "helpers" { return readHelpers(mapping) }
        findings.append(
            (entry["transformer"] ?? entry).finding(
                "WF031", .error, "'\(kind)' is no transformer; use jmespath or helper"))
        return nil
    }

    private mutating func readPath(_ mapping: Node) -> Transforms.Step? {
        guard let text = mapping.value.text else {
            findings.append(mapping.finding("EX010", .error, "a JMESPath mapping is a string"))
            return nil
        }
        let folded = foldSpace(text)
        var source = folded
        if acceptsSecrets {
            let sealed = SecretSlots.marking(folded, in: arena)
            source = RequestSlots.marking(sealed, in: arena)
            hasSlots = hasSlots || source != sealed
        }
        do throws(ExpressionError) {
            let program = try JMESPath.compile(
                source, in: arena, dialect: dialect, lists: lists)
            return .jmesPath(program, mapping: folded)
        } catch {
            findings.append(
                mapping.finding(
                    error.isAboutLists ? "LS010" : "EX010", .error,
                    "the mapping does not parse: \(error.message)"))
            return .invalid(message: arena.text(error.message), mapping: folded)
        }
    }

    /// Every run of white space as one space: how Ballerine reads and quotes a mapping.
    private func foldSpace(_ text: Text) -> Text {
        var output: [UInt8] = []
        var space = false
        for byte in text.bytes {
            if byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) {
                space = true
                continue
            }
            if space { output.append(0x20) }
            space = false
            output.append(byte)
        }
        if space { output.append(0x20) }
        return output.withUnsafeBytes { Text(start: arena.copy($0), count: $0.count) }
    }

    private mutating func readHelpers(_ mapping: Node) -> Transforms.Step? {
        var methods: [HelperMethod] = []
        for entry in mapping.elements {
            guard let source = entry["source"]?.value.text,
                let target = entry["target"]?.value.text,
                let name = entry["method"]?.value.text
            else {
                findings.append(
                    entry.finding("WF032", .error, "a helper needs source, target and method"))
                continue
            }
            guard let method = readMethod(name, entry) else { continue }
            methods.append(
                HelperMethod(
                    source: MemberPath(dotted: source, in: arena),
                    target: MemberPath(dotted: target, in: arena), method: method, name: name))
        }
        return .helpers(Table(methods, in: arena))
    }

    private mutating func readMethod(_ name: Text, _ entry: Node) -> HelperMethod.Method? {
        switch String(name) {
        case "remove": return .remove
        case "copy": return .copy
        case "setTimeToRecordUTC": return .timeOfRecord
        case "imageUrlToBase64": return .imageToBase64
        case "countryAlpha2": return .country(letters: 2)
        case "countryAlpha3": return .country(letters: 3)
        case "omit":
            let keys = entry["value"]?.oneOrMore.compactMap { $0.value.text } ?? []
            return .omit(Table(keys.map { Key($0) }, in: arena))
        case "regex": return readPattern(entry)
        case "mergeArrayEachItemWithValue": return readMergeEach(entry)
        default:
            findings.append(
                (entry["method"] ?? entry).finding(
                    "WF033", .error,
                    "'\(name)' is no helper method; use remove, copy, omit, regex, "
                        + "setTimeToRecordUTC, countryAlpha2, countryAlpha3, imageUrlToBase64 or "
                        + "mergeArrayEachItemWithValue"))
            return nil
        }
    }

    private mutating func readPattern(_ entry: Node) -> HelperMethod.Method? {
        guard let value = entry["value"], let text = value.value.text else {
            findings.append(entry.finding("WF034", .error, "regex needs a pattern in value"))
            return nil
        }
        do throws(ExpressionError) {
            let pattern = try Pattern.compile(text)
            patterns.append(pattern)
            return .pattern(PatternReference(pattern))
        } catch {
            findings.append(value.finding("EX020", .error, error.message))
            return nil
        }
    }

    private mutating func readMergeEach(_ entry: Node) -> HelperMethod.Method? {
        guard let list = entry["options"]?["mapJmespath"]?.value.text,
            let addition = entry["options"]?["mergeWithJmespath"]?.value.text
        else {
            findings.append(
                entry.finding(
                    "WF035", .error,
                    "mergeArrayEachItemWithValue needs options.mapJmespath and "
                        + "options.mergeWithJmespath"))
            return nil
        }
        do throws(ExpressionError) {
            return .mergeEach(
                elements: try JMESPath.compile(list, in: arena, dialect: dialect),
                addition: try JMESPath.compile(addition, in: arena, dialect: dialect))
        } catch {
            findings.append((entry["options"] ?? entry).finding("EX010", .error, error.message))
            return nil
        }
    }
}
