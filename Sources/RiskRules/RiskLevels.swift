public import Documents

/// Names of risk levels and the lowest score of each: `risk.levels` of `docket.yaml`.
///
/// A trivially copyable handle into the arena it was compiled in.
public struct RiskLevels: BitwiseCopyable, @unchecked Sendable {
    struct Level: BitwiseCopyable, @unchecked Sendable {
        let name: Text
        let lowest: Double
    }

    let levels: UnsafeBufferPointer<Level>

    /// No levels: every score is without one.
    public static let none = RiskLevels(
        levels: UnsafeBufferPointer(start: nil, count: 0))

    /// Compiles `{low: 0, medium: 30, high: 60, critical: 85}`.
    ///
    /// - Returns: nil when there is an error; and the findings RR030 to RR033.
    public static func compile(_ node: Node, in arena: Arena) -> (RiskLevels?, [Finding]) {
        var findings: [Finding] = []
        var levels: [Level] = []
        if node.value.kind != .object || node.value.count == 0 {
            let message = "Risk levels are an object of each level's name and its lowest score."
            return (nil, [node.finding("RR030", .error, message)])
        }
        for (key, keyPosition, value) in node.members {
            guard let lowest = value.value.number, lowest.isFinite, !key.isEmpty else {
                findings.append(
                    value.finding("RR031", .error, "The lowest score of a level is a number."))
                continue
            }
            if let last = levels.last, lowest <= last.lowest {
                findings.append(
                    value.finding(
                        "RR032", .error,
                        "Risk levels ascend, and `\(key)` does not start above `\(last.name)`."))
            }
            if levels.isEmpty, lowest > 0 {
                findings.append(
                    Finding(
                        "RR033", .warning, "Scores below `\(key)` have no level; start at 0.",
                        file: node.file, at: keyPosition))
            }
            let name = Text(start: arena.copy(key.bytes), count: key.count)
            levels.append(Level(name: name, lowest: lowest))
        }
        if findings.contains(where: { $0.level == .error }) { return (nil, findings) }
        let room = arena.allocate(levels.count * MemoryLayout<Level>.stride)
            .assumingMemoryBound(to: Level.self)
        for (at, level) in levels.enumerated() { (room + at).initialize(to: level) }
        return (RiskLevels(levels: UnsafeBufferPointer(start: room, count: levels.count)), findings)
    }

    /// The level of a score: the last that starts at or below it.
    public func level(of score: Double) -> Text? {
        var name: Text?
        for level in levels where level.lowest <= score { name = level.name }
        return name
    }

    /// The names, ascending.
    public var names: [Text] { levels.map(\.name) }
}
