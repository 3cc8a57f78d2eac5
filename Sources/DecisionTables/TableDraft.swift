internal import Documents

/// A table as read, before it is compiled.
struct TableDraft {
    struct Input {
        var name: Text
        var expression: Text
        var place: Node
        var type: CellType
        var isFolded = false
        var letsMismatchPass = false
        /// The values it may have; nil for all.
        var domain: CellTest?
    }

    struct Output {
        var name: Text
        var type: CellType
        var place: Node
        /// The values it may have, the best first; empty for all.
        var values: [Value] = []
        var fallback: Value?
    }

    struct Row {
        /// By input; nil where the cell is none.
        var tests: [CellTest?]
        /// By output.
        var outputs: [Value]
        var position: Position?
    }

    var id = Text("")
    var node: Node
    var policy = HitPolicy.unique
    var aggregation = Aggregation.list
    var inputs: [Input] = []
    var outputs: [Output] = []
    var rows: [Row] = []
    var rowFile: String
}
