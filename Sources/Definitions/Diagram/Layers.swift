/// The layers of a ``LayeredGraph``: every node in a row, every edge a chain of cells, one a row,
/// the edge's label one of them; and the order of cells within rows.
struct Layers {
    struct Cell {
        var width: Double
        var height: Double
        var row: Int
        /// Whether it is only an edge passing by.
        var isPassing: Bool
    }

    struct Chain {
        /// From the upper node to the lower.
        var cells: [Int]
        /// The cell of its label.
        var label: Int
        var isReversed: Bool
    }

    private(set) var cells: [Cell] = []
    private(set) var chains: [Chain] = []
    /// The cells of each row, from left to right.
    private(set) var rows: [[Int]] = []
    /// Cells in the row above and below that each is joined to.
    private(set) var above: [[Int]] = []
    private(set) var below: [[Int]] = []

    private static let sweeps = 24
    private static let passingWidth = 14.0

    init(_ graph: LayeredGraph) {
        let reversed = Self.reversed(graph)
        let rank = Self.ranks(graph, reversed)
        for (index, node) in graph.nodes.enumerated() {
            cells.append(
                Cell(width: node.width, height: node.height, row: rank[index], isPassing: false))
        }
        for (index, edge) in graph.edges.enumerated() {
            let (upper, lower) = reversed[index] ? (edge.to, edge.from) : (edge.from, edge.to)
            addChain(edge, upper, lower, isReversed: reversed[index])
        }
        rows = [[Int]](repeating: [], count: (cells.map(\.row).max() ?? -1) + 1)
        above = [[Int]](repeating: [], count: cells.count)
        below = above
        for chain in chains {
            for (upper, lower) in zip(chain.cells, chain.cells.dropFirst()) {
                below[upper].append(lower)
                above[lower].append(upper)
            }
        }
        for cell in Self.depthFirst(cells.count, from: graph.starts, below) {
            rows[cells[cell].row].append(cell)
        }
    }

    /// The label stands next to the state that the edge leaves.
    private mutating func addChain(
        _ edge: LayeredGraph.Edge, _ upper: Int, _ lower: Int, isReversed: Bool
    ) {
        var chain = Chain(cells: [upper], label: upper, isReversed: isReversed)
        let (first, last) = (cells[upper].row + 1, cells[lower].row - 1)
        let labelled = isReversed ? last : first
        for row in first...last {
            let isLabel = row == labelled
            if isLabel { chain.label = cells.count }
            chain.cells.append(cells.count)
            cells.append(
                Cell(
                    width: isLabel ? max(edge.labelWidth, Self.passingWidth) : Self.passingWidth,
                    height: isLabel ? edge.labelHeight : 0, row: row, isPassing: !isLabel))
        }
        chain.cells.append(lower)
        chains.append(chain)
    }

    // MARK: Ranks

    /// Cells in the order of a walk that goes deep first.
    private static func depthFirst(_ count: Int, from starts: [Int], _ next: [[Int]]) -> [Int] {
        var seen = [Bool](repeating: false, count: count)
        var order: [Int] = []
        for start in starts + Array(0..<count) where !seen[start] {
            var stack = [start]
            while let cell = stack.popLast() {
                if seen[cell] { continue }
                seen[cell] = true
                order.append(cell)
                for other in next[cell].reversed() where !seen[other] { stack.append(other) }
            }
        }
        return order
    }

    /// The edges that close a circle, seen from the starts.
    private static func reversed(_ graph: LayeredGraph) -> [Bool] {
        var reversed = [Bool](repeating: false, count: graph.edges.count)
        var out = [[Int]](repeating: [], count: graph.nodes.count)
        for (index, edge) in graph.edges.enumerated() { out[edge.from].append(index) }
        // 0 new, 1 on the path, 2 done.
        var mark = [UInt8](repeating: 0, count: graph.nodes.count)
        for start in graph.starts + Array(graph.nodes.indices) where mark[start] == 0 {
            var stack = [(node: start, next: 0)]
            mark[start] = 1
            while let (node, next) = stack.last {
                guard next < out[node].count else {
                    mark[node] = 2
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let edge = out[node][next]
                let to = graph.edges[edge].to
                if mark[to] == 1 {
                    reversed[edge] = true
                } else if mark[to] == 0 {
                    mark[to] = 1
                    stack.append((to, 0))
                }
            }
        }
        return reversed
    }

    /// The longest way from a source, two rows an edge, so that each edge has a row for its label.
    private static func ranks(_ graph: LayeredGraph, _ reversed: [Bool]) -> [Int] {
        var rank = [Int](repeating: 0, count: graph.nodes.count)
        var incoming = rank
        var out = [[Int]](repeating: [], count: graph.nodes.count)
        for (index, edge) in graph.edges.enumerated() {
            let (upper, lower) = reversed[index] ? (edge.to, edge.from) : (edge.from, edge.to)
            out[upper].append(lower)
            incoming[lower] += 1
        }
        let sources = incoming.indices.filter { incoming[$0] == 0 }
        var queue = sources
        var at = 0
        while at < queue.count {
            let node = queue[at]
            at += 1
            for other in out[node] {
                rank[other] = max(rank[other], rank[node] + 2)
                incoming[other] -= 1
                if incoming[other] == 0 { queue.append(other) }
            }
        }
        for node in sources {
            // A source stands right above what it leads to.
            if let nearest = out[node].map({ rank[$0] }).min() { rank[node] = nearest - 2 }
        }
        return rank
    }

    // MARK: Order

    /// Orders the cells of each row so that few edges cross: sweeps down and up by barycentres,
    /// then exchanges of neighbours; the best order met is kept.
    mutating func order() {
        guard cells.count <= 6000 else { return }
        var best = rows
        var fewest = crossings()
        for sweep in 0..<Self.sweeps where fewest > 0 {
            let down = sweep % 2 == 0
            for row in down ? Array(rows.indices) : Array(rows.indices.reversed()) {
                sort(row, by: down ? above : below)
            }
            if cells.count <= 1500 { exchange() }
            let count = crossings()
            if count < fewest { (best, fewest) = (rows, count) }
        }
        rows = best
    }

    private func places(_ row: Int) -> [Int: Int] {
        Dictionary(uniqueKeysWithValues: rows[row].enumerated().map { ($1, $0) })
    }

    private mutating func sort(_ row: Int, by neighbours: [[Int]]) {
        guard
            let other = rows[row].first(where: { !neighbours[$0].isEmpty })
                .map({ cells[neighbours[$0][0]].row })
        else { return }
        let place = places(other)
        let keyed = rows[row].enumerated().map { at, cell in
            let list = neighbours[cell].compactMap { place[$0] }
            let mean =
                list.isEmpty ? Double(at) : Double(list.reduce(0, +)) / Double(list.count)
            return (mean, at, cell)
        }
        rows[row] = keyed.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    private mutating func exchange() {
        for row in rows.indices where rows[row].count > 1 {
            let upper = row > 0 ? places(row - 1) : [:]
            let lower = row + 1 < rows.count ? places(row + 1) : [:]
            var improved = true
            var rounds = 0
            while improved, rounds < 8 {
                improved = false
                rounds += 1
                for at in 0..<(rows[row].count - 1) {
                    let (a, b) = (rows[row][at], rows[row][at + 1])
                    let now =
                        Self.crossings(above[a], above[b], upper)
                        + Self.crossings(below[a], below[b], lower)
                    let then =
                        Self.crossings(above[b], above[a], upper)
                        + Self.crossings(below[b], below[a], lower)
                    if then < now {
                        rows[row].swapAt(at, at + 1)
                        improved = true
                    }
                }
            }
        }
    }

    /// How often edges of two neighbours cross, the first of them to the left.
    private static func crossings(_ a: [Int], _ b: [Int], _ place: [Int: Int]) -> Int {
        var count = 0
        for first in a {
            for second in b where (place[first] ?? 0) > (place[second] ?? 0) { count += 1 }
        }
        return count
    }

    private func crossings() -> Int {
        var count = 0
        for row in rows.indices.dropLast() {
            let place = places(row + 1)
            // Counts the pairs out of order by inserting into a sorted list from the left.
            var seen: [Int] = []
            for cell in rows[row] {
                let ends = below[cell].compactMap { place[$0] }
                for end in ends { count += seen.count { $0 > end } }
                seen += ends
            }
        }
        return count
    }
}
