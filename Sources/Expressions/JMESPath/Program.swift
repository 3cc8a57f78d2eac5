internal import Documents

/// A compiled expression as it lies in the arena: a tree in one flat array, children by index.
///
/// An instruction is evaluated against a current value. Those whose current value is the root are
/// told apart when the program is finished, because the root is a ``Scope`` and no value.
extension JMESPath {
    /// What an instruction does; `a`, `b`, `c` and `count` name its fields.
    enum Operation: UInt8 {
        /// The current value.
        case current
        /// The whole scope as one value.
        case whole
        /// The literal at `a`.
        case literal
        /// `count` keys from `b` on, looked up in turn from the value of `a` or, when that is
        /// `none`, from the current value.
        case path
        /// The same from the scope.
        case rootPath
        /// Element `b` of `a`.
        case index
        /// A slice of `a`: three numbers at `b` of the extras, bit i of `count` set when given.
        case slice
        /// `b` for each element of `a`.
        case project
        /// `b` for each member's value of `a`.
        case projectValues
        /// `b` for each element of `a` for which `c` holds.
        case filter
        /// `b` for each element of `a`, arrays among them taken apart first.
        case flatten
        /// `count` instructions at `a` of the extras.
        case list
        /// `count` pairs of key and instruction at `a` of the extras.
        case hash
        /// `a` when it is true-like, else `b`.
        case either
        /// `a` when it is false-like, else `b`.
        case both
        /// Whether `a` is false-like.
        case not
        /// `a` compared to `b`.
        case compare
        /// `b` with the value of `a` as its current value.
        case pipe
        /// A function with `count` arguments at `a` of the extras; `c` its name among the literals.
        case call
        /// A reference to the expression `a`, for a function to apply.
        case reference
        /// Nothing, which jmespath.js notices only when it gets there.
        case fault
    }

    enum Comparison: UInt8 {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    }

    struct Instruction: BitwiseCopyable {
        /// No child; the current value as it is.
        static let none: Int32 = -1

        var operation: Operation
        /// The ``Comparison``, or the ``Function``.
        var variant: UInt8 = 0
        /// Whether the current value is the scope (lists and hashes).
        var isRoot = false
        /// Whether a call has the wrong number of arguments.
        var hasWrongArity = false
        var count: UInt32 = 0
        var a = Instruction.none
        var b = Instruction.none
        var c = Instruction.none

        init(
            _ operation: Operation, a: Int32 = none, b: Int32 = none, c: Int32 = none,
            count: Int = 0, variant: UInt8 = 0
        ) {
            self.operation = operation
            self.variant = variant
            self.count = UInt32(truncatingIfNeeded: count)
            self.a = a
            self.b = b
            self.c = c
        }
    }

    struct Program: BitwiseCopyable {
        var instructions: UnsafePointer<Instruction>
        var instructionCount: Int
        var keys: UnsafePointer<Key>
        var literals: UnsafePointer<Value>
        var extras: UnsafePointer<Int32>
        var root: Int32
        var dialect: Dialect
        /// Whether the result may repeat parts of the data so often that its size must be measured.
        var mayExplode: Bool
    }

    /// Collects a program while it is parsed.
    struct Draft {
        var instructions: [Instruction] = []
        /// Height of the tree below each instruction.
        var heights: [Int32] = []
        var keys: [Key] = []
        var literals: [Value] = []
        var extras: [Int32] = []

        mutating func add(_ instruction: Instruction, height: Int32) -> Int32 {
            instructions.append(instruction)
            heights.append(height)
            return Int32(instructions.count - 1)
        }

        func height(_ index: Int32) -> Int32 { index < 0 ? 0 : heights[Int(index)] }

        mutating func add(list items: [Int32]) -> Int32 {
            extras.append(contentsOf: items)
            return Int32(extras.count - items.count)
        }
    }
}

extension JMESPath.Draft {
    typealias Instruction = JMESPath.Instruction

    /// `left.right`: the right side with the left as its current value.
    ///
    /// Where the right side begins with a field, the two become one longer path.
    mutating func chain(_ left: Int32, _ right: Int32) -> Int32 {
        let before = instructions[Int(left)]
        if before.operation == .current { return right }
        var leaf = right
        while [.index, .slice, .project, .projectValues, .filter]
            .contains(instructions[Int(leaf)].operation)
        {
            leaf = instructions[Int(leaf)].a
        }
        let start = instructions[Int(leaf)]
        guard start.operation == .path, start.a == Instruction.none else {
            return pipe(left, right)
        }
        if before.operation == .path, before.b + Int32(before.count) == start.b {
            instructions[Int(leaf)].a = before.a
            instructions[Int(leaf)].b = before.b
            instructions[Int(leaf)].count += before.count
        } else {
            instructions[Int(leaf)].a = left
        }
        heights[Int(right)] += before.operation == .path ? 0 : height(left)
        return right
    }

    /// `left | right`, nested to the right so that a long chain needs no deep recursion.
    mutating func pipe(_ left: Int32, _ right: Int32) -> Int32 {
        instructions[Int(left)].operation == .current ? right : nest(.pipe, left, right)
    }

    /// `left || right` and `left && right`, nested to the right; they and the pipe are associative.
    mutating func nest(
        _ operation: JMESPath.Operation, _ left: Int32, _ right: Int32
    ) -> Int32 {
        let height = max(height(left), height(right) + 1)
        guard instructions[Int(left)].operation == operation else {
            return add(Instruction(operation, a: left, b: right), height: height + 1)
        }
        // `c` of the first remembers the last.
        let first = Int(left)
        let last = instructions[first].c < 0 ? first : Int(instructions[first].c)
        let next = Instruction(operation, a: instructions[last].b, b: right)
        instructions[last].b = add(next, height: 0)
        instructions[first].c = instructions[last].b
        heights[first] = height
        return left
    }

    /// Marks the instructions that see the scope itself, from the root down.
    mutating func markRoot(_ index: Int32) {
        guard index >= 0 else { return }
        var index = index
        while true {
            let at = Int(index)
            let instruction = instructions[at]
            switch instruction.operation {
            case .current: instructions[at].operation = .whole
            case .path:
                if instruction.a >= 0 { return markRoot(instruction.a) }
                instructions[at].operation = .rootPath
            case .index, .slice, .project, .projectValues, .filter, .flatten, .not, .pipe:
                index = instruction.a
                continue
            case .either, .both, .compare:
                markRoot(instruction.a)
                index = instruction.b
                continue
            case .list, .call:
                instructions[at].isRoot = true
                for i in 0..<Int(instruction.count) { markRoot(extras[Int(instruction.a) + i]) }
            case .hash:
                instructions[at].isRoot = true
                for i in 0..<Int(instruction.count) {
                    markRoot(extras[Int(instruction.a) + 2 * i + 1])
                }
            case .literal, .reference, .whole, .rootPath, .fault: break
            }
            return
        }
    }

    /// The program, in the arena.
    func finish(
        root: Int32, dialect: JMESPath.Dialect, in arena: Arena
    ) throws(ExpressionError) -> UnsafePointer<JMESPath.Program> {
        let extent = extent(root)
        if extent.depth > JMESPath.Limits.depth {
            throw ExpressionError(
                .limit, "makes values deeper than \(JMESPath.Limits.depth) levels")
        }
        let program = JMESPath.Program(
            instructions: copy(instructions, arena), instructionCount: instructions.count,
            keys: copy(keys, arena), literals: copy(literals, arena),
            extras: copy(extras, arena), root: root, dialect: dialect,
            mayExplode: extent.copies > 64)
        return copy([program], arena)
    }

    private func copy<T: BitwiseCopyable>(_ items: [T], _ arena: Arena) -> UnsafePointer<T> {
        items.withUnsafeBytes { bytes in
            arena.copy(bytes).assumingMemoryBound(to: T.self)
        }
    }
}
