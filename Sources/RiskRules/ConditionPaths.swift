internal import DecisionTables
public import Documents
internal import Expressions

extension Condition {
    /// The paths that it reads, in order and once each; those of computed paths are not known.
    public func paths(in arena: Arena) -> [Text] {
        var found: [Text] = []
        collect(&found, arena, depth: 0)
        var once: [Text] = []
        for path in found where !once.contains(where: { $0 == path }) { once.append(path) }
        return once
    }

    private func collect(_ found: inout [Text], _ arena: Arena, depth: Int) {
        guard depth < 64 else { return }
        switch self {
        case .jsonLogic(let program): found += program.paths(in: arena)
        case .jmesPath(let program):
            found += program.referencedPaths.map { keys in
                arena.text(keys.map { String($0) }.joined(separator: "."))
            }
        case .ruleSet(let program): found += program.keys
        case .table(let test):
            found += test.table.inputs.flatMap(\.expression.referencedPaths).map { keys in
                arena.text(keys.map { String($0) }.joined(separator: "."))
            }
        case .group(let group):
            for member in group.members { member.collect(&found, arena, depth: depth + 1) }
        case .score(let test): found += test.card.evidence
        }
    }
}
