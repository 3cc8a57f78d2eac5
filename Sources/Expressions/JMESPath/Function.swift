internal import Documents

extension JMESPath {
    /// The built-in functions of the specification.
    enum Function: UInt8 {
        case abs, avg, ceil, contains, endsWith, floor, join, keys, length, map, max, maxBy
        case merge, min, minBy, notNull, reverse, sort, sortBy, startsWith, sum, toArray
        case toNumber, toString, type, values
        /// Docket's own, where there are lists.
        case inList, lookup
        /// A name that is none of them.
        case unknown

        init(_ name: Text) {
            for index in 0..<Function.inList.rawValue {
                let function = Function(rawValue: index) ?? .unknown
                if name == function.name {
                    self = function
                    return
                }
            }
            self = .unknown
        }

        var name: StaticString {
            switch self {
            case .abs: "abs"
            case .avg: "avg"
            case .ceil: "ceil"
            case .contains: "contains"
            case .endsWith: "ends_with"
            case .floor: "floor"
            case .join: "join"
            case .keys: "keys"
            case .length: "length"
            case .map: "map"
            case .max: "max"
            case .maxBy: "max_by"
            case .merge: "merge"
            case .min: "min"
            case .minBy: "min_by"
            case .notNull: "not_null"
            case .reverse: "reverse"
            case .sort: "sort"
            case .sortBy: "sort_by"
            case .startsWith: "starts_with"
            case .sum: "sum"
            case .toArray: "to_array"
            case .toNumber: "to_number"
            case .toString: "to_string"
            case .type: "type"
            case .values: "values"
            case .inList: "in_list"
            case .lookup: "lookup"
            case .unknown: ""
            }
        }

        /// How many arguments it takes; `merge` and `not_null` take more as well.
        var arity: Int {
            switch self {
            case .contains, .endsWith, .join, .map, .maxBy, .minBy, .sortBy, .startsWith,
                .inList, .lookup:
                2
            default: 1
            }
        }

        var isVariadic: Bool { self == .merge || self == .notNull || self == .lookup }

        /// `in_list` and `lookup`, which only native definitions have.
        static func overLists(_ name: Text) -> Function? {
            if name == "in_list" { return .inList }
            return name == "lookup" ? .lookup : nil
        }

        /// The types an argument may have, in jmespath.js's words and order.
        func expected(_ argument: Int) -> StaticString {
            switch self {
            case .abs, .ceil, .floor: "number"
            case .avg, .sum: "Array<number>"
            case .contains: argument == 0 ? "string,array" : "any"
            case .endsWith, .startsWith: "string"
            case .join: argument == 0 ? "string" : "Array<string>"
            case .keys, .merge, .values: "object"
            case .length: "string,array,object"
            case .map: argument == 0 ? "expression" : "array"
            case .max, .min: "Array<number>,Array<string>"
            case .maxBy, .minBy, .sortBy: argument == 0 ? "array" : "expression"
            case .reverse: "string,array"
            case .sort: "Array<string>,Array<number>"
            case .notNull, .toArray, .toNumber, .toString, .type, .unknown, .inList, .lookup: "any"
            }
        }

        /// What is wrong with a call of this function under a name, before it is evaluated.
        func problem(_ name: Text, arguments: Int) -> ExpressionError? {
            if self == .unknown {
                return ExpressionError(.unknownFunction, "Unknown function: \(name)()")
            }
            if isVariadic ? arguments >= arity : arguments == arity { return nil }
            let takes = isVariadic ? "takes at least\(arity)" : "takes \(arity)"
            return ExpressionError(
                .invalidArity,
                "ArgumentError: \(name)() \(takes) argument\(arity == 1 ? "" : "s") "
                    + "but received \(arguments)")
        }
    }

    /// The name of a value's type, as `type()` gives it.
    static func typeName(_ value: Value) -> StaticString {
        switch value.kind {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .double, .decimal: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    static func sliceStep(at offset: Int?) -> ExpressionError {
        ExpressionError(.invalidValue, "Invalid slice, step cannot be 0", offset: offset)
    }
}
