/// A line of text in a drawing, with its style's class.
struct SVGLine {
    var text: String
    var style: Style

    enum Style: String {
        case name = "n"
        case tag = "t"
        case work = "w"
        case event = "e"
        case condition = "g"
        case note = "i"
    }

    var height: Double {
        switch style {
        case .name: 20
        case .event: 16
        case .tag, .work, .condition, .note: 14
        }
    }

    var width: Double {
        switch style {
        case .name: SVGText.width(text, size: 14, bold: true)
        case .event: SVGText.width(text, size: 12, bold: true)
        case .condition: SVGText.monospacedWidth(text, size: 11)
        case .tag, .work, .note: SVGText.width(text, size: 11)
        }
    }
}

/// The label of an edge: lines, and the whole of it for those who point at it.
struct SVGLabel {
    var lines: [SVGLine] = []
    var whole: [String] = []

    init(_ labels: [Diagram.Label]) {
        for label in labels {
            var event = label.event
            if event.isEmpty, label.condition == nil { event = "always" }
            if !event.isEmpty {
                for line in SVGText.wrapped(event, columns: 34, lines: 2) {
                    lines.append(SVGLine(text: line, style: .event))
                }
            }
            if let condition = label.condition {
                let isWord = condition.utf8.elementsEqual("otherwise".utf8)
                for line in SVGText.wrapped(condition, columns: 36, lines: 3) {
                    lines.append(SVGLine(text: line, style: isWord ? .note : .condition))
                }
            }
            if let note = label.note {
                for line in SVGText.wrapped("(\(note))", columns: 38, lines: 2) {
                    lines.append(SVGLine(text: line, style: .note))
                }
            }
            let parts = [
                event, label.condition.map { "[\($0)]" } ?? "", label.note.map { "(\($0))" } ?? "",
            ]
            whole.append(parts.filter { !$0.isEmpty }.joined(separator: " "))
        }
    }

    var width: Double { (lines.map(\.width).max() ?? 0) + 10 }
    var height: Double { lines.map(\.height).reduce(0, +) + 4 }
}

/// The boxes of a diagram: their texts, their sizes and what is in them, from the inside out.
struct SVGBoxes {
    struct Box {
        var lines: [SVGLine] = []
        /// The box alone.
        var width = 0.0
        var height = 0.0
        /// The space its self transition takes at its right.
        var loop: SVGLabel?
        /// Of a container: its drawing, where it begins in the box, and what its nodes are.
        var inner: LayeredGraph.Drawing?
        var innerOrigin = Point(x: 0, y: 0)
        /// Nodes of the drawing: states, then the mark where it begins, if there is one.
        var members: [Int] = []
        var hasStart = false
        /// Edges of the drawing, into the diagram's; -1 for the one from the start.
        var edges: [Int] = []
        var labels: [SVGLabel] = []

        var loopWidth: Double { loop.map { $0.width + 26 } ?? 0 }
    }

    let diagram: Diagram
    private(set) var boxes: [Box]
    static let startRadius = 7.0

    init(_ diagram: Diagram) {
        self.diagram = diagram
        boxes = [Box](repeating: Box(), count: diagram.states.count)
        for index in diagram.states.indices.reversed() { measure(index) }
    }

    private mutating func measure(_ index: Int) {
        let state = diagram.states[index]
        var box = Box()
        if state.parent != nil { box.lines = Self.lines(state) }
        for edge in diagram.edges where edge.from == index && edge.to == index {
            box.loop = SVGLabel(edge.labels)
        }
        let text = box.lines.map(\.width).max() ?? 0
        let height = box.lines.map(\.height).reduce(0, +)
        switch state.kind {
        case .shallowHistory, .deepHistory:
            (box.width, box.height) = (34, 34)
        default:
            (box.width, box.height) = (max(84, text + 28), max(36, height + 16))
        }
        if !state.children.isEmpty { fill(&box, index, text, height) }
        box.height = max(box.height, box.loop?.height ?? 0)
        boxes[index] = box
    }

    /// Draws what is in a container.
    private func fill(_ box: inout Box, _ index: Int, _ text: Double, _ header: Double) {
        let state = diagram.states[index]
        box.members = state.children
        var number: [Int: Int] = [:]
        for (at, child) in state.children.enumerated() { number[child] = at }
        var graph = LayeredGraph(nodes: [], edges: [])
        for child in state.children {
            let inner = boxes[child]
            graph.nodes.append(
                .init(width: inner.width + inner.loopWidth, height: inner.height))
        }
        if let initial = state.initial, let to = number[initial] {
            box.hasStart = true
            graph.nodes.append(.init(width: 2 * Self.startRadius, height: 2 * Self.startRadius))
            graph.edges.append(
                .init(from: graph.nodes.count - 1, to: to, labelWidth: 0, labelHeight: 0))
            graph.starts = [graph.nodes.count - 1, to]
            box.edges.append(-1)
            box.labels.append(SVGLabel([]))
        }
        for (at, edge) in diagram.edges.enumerated() where edge.from != edge.to {
            guard let from = number[edge.from], let to = number[edge.to] else { continue }
            let label = SVGLabel(edge.labels)
            graph.edges.append(
                .init(from: from, to: to, labelWidth: label.width, labelHeight: label.height))
            box.edges.append(at)
            box.labels.append(label)
        }
        let drawing = graph.drawing()
        let isRoot = state.parent == nil
        let padding = isRoot ? 0.0 : 18.0
        let top = isRoot ? 0 : header + 22
        box.width = max(drawing.width + 2 * padding, text + 28)
        box.height = top + drawing.height + padding
        box.innerOrigin = Point(x: (box.width - drawing.width) / 2, y: top)
        box.inner = drawing
    }

    private static func lines(_ state: Diagram.State) -> [SVGLine] {
        switch state.kind {
        case .shallowHistory: return [SVGLine(text: "H", style: .name)]
        case .deepHistory: return [SVGLine(text: "H*", style: .name)]
        default: break
        }
        var lines = SVGText.wrapped(state.name, columns: 40, lines: 2)
            .map { SVGLine(text: $0, style: .name) }
        if !state.tags.isEmpty {
            let tags = state.tags.joined(separator: ", ")
            lines += SVGText.wrapped(tags, columns: 44, lines: 2)
                .map { SVGLine(text: $0, style: .tag) }
        }
        let shown = state.work.count > 8 ? 7 : state.work.count
        for work in state.work.prefix(shown) {
            lines += SVGText.wrapped("▸ " + work, columns: 44, lines: 1)
                .map { SVGLine(text: $0, style: .work) }
        }
        if shown < state.work.count {
            lines.append(SVGLine(text: "▸ and \(state.work.count - shown) more", style: .work))
        }
        return lines
    }
}
