/// A place in a drawing, in pixels from the upper left.
struct Point: Equatable {
    var x: Double
    var y: Double
}

/// A graph to be drawn in layers from top to bottom (Sugiyama's method): boxes of given sizes, and
/// edges with labels of given sizes. The same graph gives the same drawing.
struct LayeredGraph {
    struct Node {
        var width: Double
        var height: Double
    }

    struct Edge {
        var from: Int
        var to: Int
        var labelWidth: Double
        var labelHeight: Double
    }

    /// An edge as drawn: a curve through points, straight down between the two of a pair.
    struct Route {
        /// Start, then the upper and lower point of each layer crossed, then the end, top down.
        var points: [Point]
        /// Whether the edge goes against the layers: its arrow is at the first point.
        var isReversed: Bool
        /// The centre of its label.
        var label: Point
    }

    struct Drawing {
        /// The centres of the nodes.
        var nodes: [Point]
        var routes: [Route]
        var width: Double
        var height: Double
    }

    var nodes: [Node]
    var edges: [Edge]
    /// Nodes that come first where a circle has to begin somewhere.
    var starts: [Int] = []

    static let horizontalGap = 26.0
    static let verticalGap = 24.0

    /// Where everything goes.
    func drawing() -> Drawing {
        var layers = Layers(self)
        layers.order()
        let x = LayerPlacing(layers).positions()
        return route(layers, x)
    }

    // MARK: Routes

    private func route(_ layers: Layers, _ x: [Double]) -> Drawing {
        var tops: [Double] = []
        var bottoms: [Double] = []
        var at = 0.0
        for layer in layers.rows {
            let height = layer.map { layers.cells[$0].height }.max() ?? 0
            tops.append(at)
            bottoms.append(at + height)
            at += height + Self.verticalGap
        }
        let left =
            layers.cells.indices.map { x[$0] - layers.cells[$0].width / 2 }.min() ?? 0
        let right =
            layers.cells.indices.map { x[$0] + layers.cells[$0].width / 2 }.max() ?? 0
        func centre(_ cell: Int) -> Point {
            let row = layers.cells[cell].row
            return Point(x: x[cell] - left, y: (tops[row] + bottoms[row]) / 2)
        }
        let ports = ports(layers, x)
        var routes: [Route] = []
        for (index, chain) in layers.chains.enumerated() {
            guard let first = chain.cells.first, let last = chain.cells.last else {
                routes.append(Route(points: [], isReversed: false, label: Point(x: 0, y: 0)))
                continue
            }
            var points: [Point] = []
            let start = centre(first)
            points.append(
                Point(x: start.x + ports.lower[index], y: start.y + nodes[first].height / 2))
            for cell in chain.cells.dropFirst().dropLast() {
                let row = layers.cells[cell].row
                points.append(Point(x: x[cell] - left, y: tops[row]))
                points.append(Point(x: x[cell] - left, y: bottoms[row]))
            }
            let end = centre(last)
            points.append(Point(x: end.x + ports.upper[index], y: end.y - nodes[last].height / 2))
            routes.append(
                Route(points: points, isReversed: chain.isReversed, label: centre(chain.label)))
        }
        return Drawing(
            nodes: nodes.indices.map { centre($0) }, routes: routes, width: right - left,
            height: max(0, at - Self.verticalGap))
    }

    /// How far from its node's centre each edge begins and ends, so that edges of one side do not
    /// share a point.
    private func ports(
        _ layers: Layers, _ x: [Double]
    ) -> (lower: [Double], upper: [Double]) {
        var lower = [Double](repeating: 0, count: layers.chains.count)
        var upper = lower
        for node in nodes.indices {
            let below = layers.chains.indices.filter { layers.chains[$0].cells.first == node }
                .sorted {
                    (x[layers.chains[$0].cells[1]], $0) < (x[layers.chains[$1].cells[1]], $1)
                }
            spread(below, nodes[node].width, &lower)
            let above = layers.chains.indices.filter { layers.chains[$0].cells.last == node }
                .sorted {
                    let (a, b) = (layers.chains[$0].cells, layers.chains[$1].cells)
                    return (x[a[a.count - 2]], $0) < (x[b[b.count - 2]], $1)
                }
            spread(above, nodes[node].width, &upper)
        }
        return (lower, upper)
    }

    private func spread(_ edges: [Int], _ width: Double, _ ports: inout [Double]) {
        let step = min(26, width * 0.7 / Double(max(1, edges.count)))
        for (at, edge) in edges.enumerated() {
            ports[edge] = (Double(at) - Double(edges.count - 1) / 2) * step
        }
    }
}
