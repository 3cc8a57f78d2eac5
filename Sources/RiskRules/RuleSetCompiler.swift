internal import Documents

/// Compiles a rule set's tree to its program.
struct RuleSetCompiler {
    let semantics: RuleSet.Semantics
    let vocabulary: Vocabulary?
    let arena: Arena
    private(set) var findings: [Finding] = []
    private var program: [Instruction] = []
    /// Whether something is so wrong that nothing can be evaluated.
    private var isUnusable = false

    init(semantics: RuleSet.Semantics, vocabulary: Vocabulary?, arena: Arena) {
        self.semantics = semantics
        self.vocabulary = vocabulary
        self.arena = arena
    }

    mutating func compile(_ node: Node) -> RuleSet? {
        if node.value.kind == .object, node.value["rules"] != nil {
            group(node, depth: 1)
        } else {
            unusable(node, "RR001", "A rule set is an object with `operator` and `rules`.")
        }
        let isFaulty = semantics == .docket && findings.contains { $0.level == .error }
        guard !isUnusable, !isFaulty, !program.isEmpty else { return nil }
        if program.count == 1 { program[0].operation = .all }
        let start = arena.allocate(program.count * MemoryLayout<Instruction>.stride)
            .assumingMemoryBound(to: Instruction.self)
        program.withUnsafeBufferPointer {
            guard let base = $0.baseAddress else { return }
            start.initialize(from: base, count: $0.count)
        }
        return RuleSet(start: UnsafePointer(start), count: program.count, semantics: semantics)
    }

    private mutating func unusable(_ node: Node, _ code: String, _ message: String) {
        findings.append(node.finding(code, .error, message))
        isUnusable = true
    }

    /// A rule set: its instruction, then its members'.
    private mutating func group(_ node: Node, depth: Int) {
        guard depth <= RuleSet.limits.depth else {
            return unusable(
                node, "RR006",
                "Rule sets nest deeper than \(RuleSet.limits.depth) levels; flatten them.")
        }
        guard let rules = node["rules"], rules.value.kind == .array else {
            return unusable(node["rules"] ?? node, "RR001", "`rules` must be a list.")
        }
        var instruction = Instruction(operation: .any)
        if let name = node["operator"]?.value.text, name == "and" || name == "or" {
            instruction.operation = name == "and" ? .all : .any
        } else {
            findings.append(
                (node["operator"] ?? node).finding(
                    "RR002", .error, "The `operator` of a rule set must be `and` or `or`."))
        }
        warnOfUnknown(node, ["operator", "rules"])
        let index = program.count
        program.append(instruction)
        for member in rules.elements where !isUnusable {
            if member.value.kind != .object {
                unusable(member, "RR001", "A rule must be an object.")
            } else if member.value["rules"] != nil {
                group(member, depth: depth + 1)
            } else {
                condition(member)
            }
        }
        program[index].end = UInt32(program.count)
    }

    private mutating func condition(_ node: Node) {
        guard program.count <= RuleSet.limits.conditions else {
            return unusable(
                node, "RR011",
                "A rule set has more than \(RuleSet.limits.conditions) conditions; split it.")
        }
        var reader = ConditionCompiler(semantics: semantics, vocabulary: vocabulary, arena: arena)
        var instruction = reader.compile(node)
        findings += reader.findings
        let own: [StaticString] = vocabulary == nil ? [] : ["list", "where"]
        warnOfUnknown(node, ["key", "operator", "value", "isPathComparison"] + own)
        instruction.end = UInt32(program.count + 1)
        program.append(instruction)
    }

    private mutating func warnOfUnknown(_ node: Node, _ known: [StaticString]) {
        for member in node.members where !known.contains(where: { member.key == $0 }) {
            findings.append(
                Finding(
                    "RR007", .warning, "`\(member.key)` means nothing here and is ignored.",
                    file: node.file, at: member.keyPosition))
        }
    }
}
