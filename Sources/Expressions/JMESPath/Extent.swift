extension JMESPath {
    /// How large the value of an instruction can get, roughly, whatever the data.
    struct Extent {
        /// How often parts of the data can stand in the value.
        var copies = 1.0
        /// How many levels the value can have above those of the data.
        var depth = 0

        /// One applied to what the other makes.
        func after(_ other: Extent) -> Extent {
            Extent(copies: copies * other.copies, depth: depth + other.depth)
        }

        /// Either of two.
        func or(_ other: Extent) -> Extent {
            Extent(copies: max(copies, other.copies), depth: max(depth, other.depth))
        }

        /// Both in one value.
        func and(_ other: Extent) -> Extent {
            Extent(copies: copies + other.copies, depth: max(depth, other.depth))
        }
    }
}

extension JMESPath.Draft {
    typealias Extent = JMESPath.Extent

    /// The extent of an instruction; literals count as data.
    func extent(_ index: Int32) -> Extent {
        guard index >= 0 else { return Extent() }
        let instruction = instructions[Int(index)]
        switch instruction.operation {
        case .current, .whole, .literal, .rootPath, .not, .compare, .fault: return Extent()
        case .path, .index, .slice, .reference: return extent(instruction.a)
        case .project, .projectValues, .filter, .flatten:
            // A projection over an object makes an array of it, which is no deeper.
            return extent(instruction.b).after(extent(instruction.a))
        case .pipe, .either, .both: return chainExtent(index)
        case .list: return items(of: instruction, stride: 1)
        case .hash: return items(of: instruction, stride: 2)
        case .call: return callExtent(instruction)
        }
    }

    /// A list or hash: the last of every `stride` extras is an instruction.
    private func items(of instruction: Instruction, stride: Int) -> Extent {
        var result = Extent(copies: 0)
        for i in 0..<Int(instruction.count) {
            let item = extras[Int(instruction.a) + stride * i + stride - 1]
            result = result.and(extent(item))
        }
        result.depth += 1
        return result
    }

    /// A function can apply one argument to another; `to_array` alone adds a level.
    private func callExtent(_ instruction: Instruction) -> Extent {
        let addsLevel = instruction.variant == JMESPath.Function.toArray.rawValue
        var result = Extent(copies: 0, depth: addsLevel ? 1 : 0)
        for i in 0..<Int(instruction.count) {
            let argument = extent(extras[Int(instruction.a) + i])
            result.copies = max(result.copies + argument.copies, result.copies * argument.copies)
            result.depth += argument.depth
        }
        return result
    }

    /// A chain nested to the right, which may be too long to recurse into.
    private func chainExtent(_ index: Int32) -> Extent {
        let operation = instructions[Int(index)].operation
        var index = index
        var result = Extent()
        while true {
            let instruction = instructions[Int(index)]
            let isLink = instruction.operation == operation
            let link = extent(isLink ? instruction.a : index)
            result = operation == .pipe ? link.after(result) : link.or(result)
            guard isLink else { return result }
            index = instruction.b
        }
    }
}
