extension Diagram {
    /// The diagram as one SVG file: no scripts, nothing from outside, light or dark as the reader
    /// prefers. nil when it has more than ``stateLimit`` states or ``arrowLimit`` arrows, which no
    /// picture would show.
    public func svg() -> String? {
        guard states.count <= Self.stateLimit, edges.count <= Self.arrowLimit else { return nil }
        var writer = SVGWriter(self)
        return writer.write()
    }
}

/// Writes SVG. Coordinates are whole pixels; the same diagram gives the same bytes.
private struct SVGWriter {
    private let diagram: Diagram
    private let boxes: [SVGBoxes.Box]
    private var text = ""
    private var labels = ""

    private static let margin = 24.0
    private static let header = 56.0

    init(_ diagram: Diagram) {
        self.diagram = diagram
        boxes = SVGBoxes(diagram).boxes
    }

    mutating func write() -> String {
        let titleWidth = max(
            SVGText.width(diagram.title, size: 18, bold: true),
            SVGText.width(diagram.subtitle, size: 12))
        let width = px(max(boxes[0].width, titleWidth) + 2 * Self.margin)
        let height = px(boxes[0].height + Self.header + 2 * Self.margin)
        let title = SVGText.escaped(diagram.title)
        text =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
            + "viewBox=\"0 0 \(width) \(height)\" role=\"img\">\n"
        text += "<title>\(title)</title>\n<desc>\(SVGText.escaped(diagram.subtitle))</desc>\n"
        text += SVGStyle.sheet
        text += "<rect class=\"bg\" width=\"\(width)\" height=\"\(height)\"/>\n"
        text += "<text class=\"h\" x=\"24\" y=\"40\">\(title)</text>\n"
        text += "<text class=\"w\" x=\"24\" y=\"58\">\(SVGText.escaped(diagram.subtitle))</text>\n"
        let left = (Double(width) - boxes[0].width) / 2
        drawContents(of: 0, at: Point(x: left, y: Self.margin + Self.header))
        return text + labels + "</svg>\n"
    }

    private func px(_ value: Double) -> Int { Int(value < 0 ? value - 0.5 : value + 0.5) }

    private func pair(_ point: Point) -> String { "\(px(point.x)),\(px(point.y))" }

    // MARK: Contents

    private mutating func drawContents(of container: Int, at origin: Point) {
        let box = boxes[container]
        guard let inner = box.inner else { return }
        let base = Point(x: origin.x + box.innerOrigin.x, y: origin.y + box.innerOrigin.y)
        for (at, route) in inner.routes.enumerated() {
            draw(
                route, box.edges[at], from: base,
                initial: diagram.states[container].initial ?? container)
            let centre = Point(x: base.x + route.label.x, y: base.y + route.label.y)
            drawLabel(box.labels[at], at: centre)
        }
        for (at, child) in box.members.enumerated() {
            let centre = inner.nodes[at]
            let own = boxes[child]
            let corner = Point(
                x: base.x + centre.x - (own.width + own.loopWidth) / 2,
                y: base.y + centre.y - own.height / 2)
            drawState(child, at: corner)
        }
        if box.hasStart, let start = inner.nodes.last {
            text +=
                "<circle class=\"s\" cx=\"\(px(base.x + start.x))\" "
                + "cy=\"\(px(base.y + start.y))\" r=\"7\"/>\n"
        }
    }

    /// A curve through the layers; it moves with a box that a self transition pushes aside.
    private mutating func draw(
        _ route: LayeredGraph.Route, _ edge: Int, from base: Point, initial: Int
    ) {
        var points = route.points.map { Point(x: base.x + $0.x, y: base.y + $0.y) }
        guard points.count > 1 else { return }
        if edge >= 0 {
            let (from, to) = (diagram.edges[edge].from, diagram.edges[edge].to)
            let (upper, lower) = route.isReversed ? (to, from) : (from, to)
            points[0].x -= boxes[upper].loopWidth / 2
            points[points.count - 1].x -= boxes[lower].loopWidth / 2
        } else {
            points[points.count - 1].x -= boxes[initial].loopWidth / 2
        }
        if route.isReversed { points.reverse() }
        var path = "M\(pair(points[0]))"
        var at = 1
        while at < points.count {
            let (a, b) = (points[at - 1], points[at])
            let middle = (a.y + b.y) / 2
            path +=
                "C\(pair(Point(x: a.x, y: middle))) \(pair(Point(x: b.x, y: middle))) \(pair(b))"
            if at + 1 < points.count { path += "L\(pair(points[at + 1]))" }
            at += 2
        }
        text += "<path class=\"l\" d=\"\(path)\"/>\n"
    }

    private mutating func drawLabel(_ label: SVGLabel, at centre: Point) {
        guard !label.lines.isEmpty else { return }
        let corner = Point(x: centre.x - label.width / 2, y: centre.y - label.height / 2)
        labels += "<g><title>\(SVGText.escaped(label.whole.joined(separator: "\n")))</title>"
        labels +=
            "<rect class=\"lb\" x=\"\(px(corner.x))\" y=\"\(px(corner.y))\" "
            + "width=\"\(px(label.width))\" height=\"\(px(label.height))\" rx=\"3\"/>"
        labels += lines(label.lines, x: centre.x, y: corner.y + 2, anchor: "middle")
        labels += "</g>\n"
    }

    private func lines(_ lines: [SVGLine], x: Double, y: Double, anchor: String) -> String {
        var result = ""
        var at = y
        for line in lines {
            at += line.height
            result +=
                "<text class=\"\(line.style.rawValue)\" x=\"\(px(x))\" y=\"\(px(at - 4))\" "
                + "text-anchor=\"\(anchor)\">\(SVGText.escaped(line.text))</text>"
        }
        return result
    }

    // MARK: States

    private mutating func drawState(_ index: Int, at corner: Point) {
        let state = diagram.states[index]
        let box = boxes[index]
        let (x, y) = (px(corner.x), px(corner.y))
        let (width, height) = (px(box.width), px(box.height))
        var style = "b"
        if state.kind == .anywhere { style += " any" }
        if box.inner != nil { style += " box" }
        if let tone = SVGStyle.tone(of: state) { style += " " + tone }
        if state.isActive { style += state.isCurrent ? " cur" : " act" }
        let whole = ([state.path] + state.tags + state.work).joined(separator: "\n")
        text += "<g class=\"\(style)\"><title>\(SVGText.escaped(whole))</title>"
        switch state.kind {
        case .shallowHistory, .deepHistory:
            text += "<circle cx=\"\(x + 17)\" cy=\"\(y + 17)\" r=\"16\"/>"
        default:
            text +=
                "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" rx=\"9\"/>"
        }
        if state.kind == .final {
            text +=
                "<rect class=\"in\" x=\"\(x + 4)\" y=\"\(y + 4)\" width=\"\(width - 8)\" "
                + "height=\"\(height - 8)\" rx=\"6\"/>"
        }
        let textHeight = box.lines.map(\.height).reduce(0, +)
        let top = box.inner == nil ? corner.y + (box.height - textHeight) / 2 : corner.y + 8
        text += lines(box.lines, x: corner.x + box.width / 2, y: top, anchor: "middle")
        text += "</g>\n"
        if state.isCurrent { drawMark(x + width, y) }
        drawContents(of: index, at: corner)
        if let loop = box.loop { drawLoop(loop, box, corner) }
    }

    /// Says that the case is here, in words as well as in colour.
    private mutating func drawMark(_ right: Int, _ top: Int) {
        labels +=
            "<g class=\"mk\"><rect x=\"\(right - 38)\" y=\"\(top - 9)\" width=\"44\" height=\"17\" "
            + "rx=\"8\"/><text class=\"m\" x=\"\(right - 16)\" y=\"\(top + 3)\" "
            + "text-anchor=\"middle\">here</text></g>\n"
    }

    private mutating func drawLoop(_ label: SVGLabel, _ box: SVGBoxes.Box, _ corner: Point) {
        let right = px(corner.x + box.width)
        let middle = px(corner.y + box.height / 2)
        text +=
            "<path class=\"l\" d=\"M\(right),\(middle - 9)C\(right + 24),\(middle - 16) "
            + "\(right + 24),\(middle + 16) \(right),\(middle + 9)\"/>\n"
        drawLabel(
            label, at: Point(x: Double(right) + 22 + label.width / 2, y: Double(middle)))
    }
}
