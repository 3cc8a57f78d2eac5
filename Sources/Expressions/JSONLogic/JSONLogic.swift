public import Documents

/// A compiled JSONLogic rule: a handle to a flat program in the arena it was compiled into.
///
/// The semantics are those of json-logic-js 2.0.5, with ECMAScript's coercions and doubles for
/// numbers. An object with exactly one key is an operation, any other object is data; an operator
/// that does not exist is an error only when it is reached. Differences from json-logic-js:
/// - properties that ECMAScript objects inherit (`constructor`, `toString`) are not found by `var`;
/// - `missing` takes its keys as data and never evaluates what it finds in them;
/// - half of a surrogate pair, cut out by `substr` or an index, becomes U+FFFD;
/// - an empty array is `===` to no array, itself included;
/// - `undefined` inside an array is `null`;
/// - `log` returns its argument and writes nothing.
///
/// An evaluation visits at most 10,000,000 elements and makes at most 64 MiB of strings and arrays;
/// past that, and past 128 arrays in arrays made by a `reduce`, it ends with `.limit`.
///
/// A program is shared between workers without cost. It must not outlive its arena.
@frozen
public struct JSONLogic: BitwiseCopyable, @unchecked Sendable {
    @usableFromInline let start: UnsafeRawPointer

    /// Operations nested deeper than this are refused.
    public static let nestingLimit = 200

    /// Compiles a rule, copying what it needs of it.
    ///
    /// - Parameters:
    ///   - rule: any JSON value; one that is no operation stands for itself.
    ///   - lists: what `in_list` and `lookup` find lists in; nil where there are no such operators, as
    ///     in json-logic-js.
    ///   - arena: holds the program.
    /// - Throws: `.limit` when operations nest deeper than ``nestingLimit``.
    public static func compile(
        _ rule: Value, lists: ListLibrary? = nil, in arena: Arena
    ) throws(ExpressionError) -> JSONLogic {
        let compiler = JSONLogicCompiler(arena: arena, lists: lists)
        let draft = try compiler.draft(rule, depth: 0)
        return JSONLogic(start: UnsafeRawPointer(compiler.emit(draft)))
    }

    /// The value of the rule.
    ///
    /// - Parameters:
    ///   - scope: what `var` reads.
    ///   - arena: holds what the rule makes; values of the scope are shared, not copied.
    /// - Returns: a value that may be a number which is not finite; `undefined` is `null`.
    /// - Throws: `.unknownOperator`, `.invalidType` where json-logic-js throws a type error
    ///   (`{"*": []}`, `{"missing_some": [1, null]}`), `.limit`.
    public func evaluate(_ scope: Scope, in arena: Arena) throws(ExpressionError) -> Value {
        var machine = Machine(arena)
        do throws(Fault) {
            return ECMAScript.defined(try machine.value(program, Frame(scope)))
        } catch { throw ExpressionError(error) }
    }

    /// Whether the value of the rule is true as json-logic counts truth: `null`, `false`, 0, NaN,
    /// `""` and `[]` are not.
    ///
    /// - Throws: as ``evaluate(_:in:)``.
    public func holds(_ scope: Scope, in arena: Arena) throws(ExpressionError) -> Bool {
        var machine = Machine(arena)
        do throws(Fault) {
            return try machine.holds(program, Frame(scope))
        } catch { throw ExpressionError(error) }
    }
}

extension JSONLogic {
    @inline(__always)
    var program: UnsafePointer<Instruction> { start.assumingMemoryBound(to: Instruction.self) }
}

extension ExpressionError {
    @inline(never)
    init(_ fault: Fault) {
        switch fault.reason {
        case .unknownOperator:
            let name = fault.place?.pointee.literal.string ?? ""
            self.init(.unknownOperator, "there is no operator '\(name)'")
        case .emptyProduct:
            self.init(.invalidType, "'*' needs at least one argument")
        case .missingOptions:
            self.init(.invalidType, "'missing_some' needs a list of names as its second argument")
        case .steps:
            self.init(.limit, "the rule visits more than \(Machine.stepLimit) elements")
        case .bytes:
            self.init(.limit, "the rule makes more than \(Machine.byteLimit) bytes of results")
        case .depth:
            self.init(.limit, "the rule nests arrays deeper than \(Machine.nestingLimit)")
        }
    }
}
