public import Documents

extension JSONLogic {
    /// The dotted paths that the program reads from its scope, in order, repetitions included; those
    /// read from elements of an array not, nor computed ones.
    public func paths(in arena: Arena) -> [Text] {
        var found: [Text] = []
        Self.collect(program, inElement: false, &found, arena)
        return found
    }

    /// Recurses as deep as rules nest, which the compiler bounds.
    private static func collect(
        _ at: UnsafePointer<Instruction>, inElement: Bool, _ found: inout [Text], _ arena: Arena
    ) {
        if at.pointee.operation == .path, !inElement, let path = at.pointee.path {
            let parts = (0..<Int(at.pointee.pathCount)).map { String(path[$0].key.text) }
            found.append(arena.text(parts.joined(separator: ".")))
        }
        if at.pointee.operation == .missing, !inElement,
            at.pointee.arguments.pointee.operation == .literal
        {
            let names = at.pointee.arguments.pointee.literal.array.map(Array.init) ?? []
            found += names.compactMap(\.text)
        }
        let iterates: Bool =
            switch at.pointee.operation {
            case .map, .filter, .reduce, .all, .none, .some: true
            default: false
            }
        for index in 0..<Int(at.pointee.count) {
            collect(
                at.pointee.arguments + index, inElement: inElement || iterates && index == 1,
                &found, arena)
        }
    }
}
