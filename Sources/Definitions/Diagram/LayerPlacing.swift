/// Horizontal places of the cells of layers: Brandes and Köpf's method ("Fast and Simple Horizontal
/// Coordinate Assignment", 2001), with cells of different widths. Long edges come out straight.
struct LayerPlacing {
    private let layers: Layers
    private var place: [Int]
    /// Edges that cross an inner segment of a long edge and give way to it: upper cell, lower cell.
    private var conflicts: Set<[Int]> = []

    init(_ layers: Layers) {
        self.layers = layers
        place = [Int](repeating: 0, count: layers.cells.count)
        for row in layers.rows {
            for (at, cell) in row.enumerated() { place[cell] = at }
        }
        findConflicts()
    }

    /// The centre of each cell: of four ways to align, the mean of the two in the middle.
    func positions() -> [Double] {
        var results: [[Double]] = []
        for down in [true, false] {
            for leftward in [true, false] {
                results.append(compact(down: down, leftward: leftward))
            }
        }
        let widths = results.map { ($0.max() ?? 0) - ($0.min() ?? 0) }
        let narrowest = widths.indices.min { widths[$0] < widths[$1] } ?? 0
        let low = results[narrowest].min() ?? 0
        let high = results[narrowest].max() ?? 0
        for index in results.indices {
            let shift =
                index % 2 == 0
                ? low - (results[index].min() ?? 0) : high - (results[index].max() ?? 0)
            for cell in results[index].indices { results[index][cell] += shift }
        }
        return layers.cells.indices.map { cell in
            let sorted = results.map { $0[cell] }.sorted()
            return (sorted[1] + sorted[2]) / 2
        }
    }

    private mutating func findConflicts() {
        for row in layers.rows.indices.dropLast() {
            let upper = layers.rows[row]
            let lower = layers.rows[row + 1]
            var scanned = 0
            var left = 0
            for (at, cell) in lower.enumerated() {
                let inner = innerNeighbour(cell)
                guard inner != nil || at == lower.count - 1 else { continue }
                let right = inner.map { place[$0] } ?? upper.count
                while scanned <= at {
                    let other = lower[scanned]
                    for neighbour in layers.above[other]
                    where (place[neighbour] < left || place[neighbour] > right)
                        && innerNeighbour(other) != neighbour
                    {
                        conflicts.insert([neighbour, other])
                    }
                    scanned += 1
                }
                left = right
            }
        }
    }

    /// The cell above one that belongs to a long edge, when both only pass by.
    private func innerNeighbour(_ cell: Int) -> Int? {
        guard layers.cells[cell].isPassing, let above = layers.above[cell].first,
            layers.cells[above].isPassing
        else { return nil }
        return above
    }

    // MARK: One way to align

    private func compact(down: Bool, leftward: Bool) -> [Double] {
        let count = layers.cells.count
        var root = Array(0..<count)
        var align = root
        let rows = down ? layers.rows : layers.rows.reversed()
        let sign = leftward ? 1 : -1
        for row in rows.dropFirst() {
            var limit = leftward ? -1 : Int.max
            for cell in leftward ? row : row.reversed() {
                let list = (down ? layers.above[cell] : layers.below[cell])
                    .sorted { place[$0] < place[$1] }
                guard !list.isEmpty else { continue }
                let middles = [(list.count - 1) / 2, list.count / 2]
                for middle in leftward ? middles : middles.reversed() where align[cell] == cell {
                    let other = list[middle]
                    let pair = down ? [other, cell] : [cell, other]
                    let isFree = leftward ? place[other] > limit : place[other] < limit
                    guard isFree, !conflicts.contains(pair) else { continue }
                    align[other] = cell
                    root[cell] = root[other]
                    align[cell] = root[cell]
                    limit = place[other]
                }
            }
        }
        return blocks(root, sign: sign)
    }

    /// Places blocks of aligned cells as far to one side as their neighbours let them: longest ways
    /// through the graph of blocks, then each block as far back as those behind it leave room.
    private func blocks(_ root: [Int], sign: Int) -> [Double] {
        let count = layers.cells.count
        var after = [[(block: Int, gap: Double)]](repeating: [], count: count)
        var incoming = [Int](repeating: 0, count: count)
        for row in layers.rows {
            let row = sign > 0 ? row : row.reversed()
            for (a, b) in zip(row, row.dropFirst()) {
                let gap =
                    (layers.cells[a].width + layers.cells[b].width) / 2
                    + LayeredGraph.horizontalGap
                after[root[a]].append((root[b], gap))
                incoming[root[b]] += 1
            }
        }
        var position = [Double](repeating: 0, count: count)
        var queue = (0..<count).filter { root[$0] == $0 && incoming[$0] == 0 }
        var at = 0
        while at < queue.count {
            let block = queue[at]
            at += 1
            for (next, gap) in after[block] {
                position[next] = max(position[next], position[block] + gap)
                incoming[next] -= 1
                if incoming[next] == 0 { queue.append(next) }
            }
        }
        for block in queue.reversed() {
            let room = after[block].map { position[$0.block] - $0.gap }.min()
            if let room, room > position[block] {
                position[block] = room
            }
        }
        return (0..<count).map { Double(sign) * position[root[$0]] }
    }
}
