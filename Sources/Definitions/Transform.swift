public import Documents
public import Expressions
import RiskRules

/// A list of transforms, each over the result of the one before: how plugins shape what they send,
/// what they got, and what they iterate on.
public struct Transforms: BitwiseCopyable, Sendable {
    /// One transform.
    public enum Step: BitwiseCopyable, Sendable {
        /// A JMESPath expression with its text as written.
        case jmesPath(JMESPath, mapping: Text)
        /// Ballerine's helper methods, in order.
        case helpers(Table<HelperMethod>)
        /// A JMESPath expression that does not parse; it fails when it is reached.
        case invalid(message: Text, mapping: Text)
    }

    /// The transforms in order.
    public let steps: Table<Step>

    /// Whether what they make may hold slots for the request's own members (``RequestSlots``).
    public let hasSlots: Bool

    /// Transforms in order.
    public init(steps: Table<Step>, hasSlots: Bool = false) {
        self.steps = steps
        self.hasSlots = hasSlots
    }

    /// No transforms: the identity.
    public static let identity = Transforms(steps: Table())

    /// What they make of a value.
    ///
    /// - Throws: ``TransformError`` of the step that failed.
    public func apply(
        to value: Value, now: Instant, in arena: Arena
    ) throws(TransformError) -> Value {
        var result = value
        for step in steps {
            switch step {
            case .jmesPath(let program, let mapping):
                do throws(ExpressionError) {
                    result = try program.evaluate(Scope(result), in: arena)
                } catch {
                    throw TransformError(reason: error.message, mapping: mapping)
                }
            case .invalid(let message, let mapping):
                throw TransformError(reason: String(message), mapping: mapping)
            case .helpers(let methods):
                for method in methods {
                    result = try method.apply(to: result, now: now, in: arena)
                }
            }
        }
        return result
    }
}

/// Why a transform failed.
public struct TransformError: Error, Sendable {
    /// What the expression or method says.
    public var reason: String
    /// The mapping as written.
    public var mapping: Text

    /// The sentence Ballerine stores with the plugin's output.
    public var message: String {
        "Error transforming data: \(reason) for transformer mapping: "
            + JSONWriter.line(.string(mapping))
    }
}

/// One entry of a helper transform: `{source, target, method, value?, options?}`.
public struct HelperMethod: BitwiseCopyable, Sendable {
    /// Ballerine's methods.
    public enum Method: BitwiseCopyable, Sendable {
        /// Leaves the target out.
        case remove
        /// The source as it is.
        case copy
        /// The run's clock in milliseconds.
        case timeOfRecord
        /// The first match of a pattern in the source, else null.
        case pattern(PatternReference)
        /// The source object without some members.
        case omit(Table<Key>)
        /// Each element of one array with another value merged over it.
        case mergeEach(elements: JMESPath, addition: JMESPath)
        /// The country code, of two or three letters, of a code or an English name; else null.
        case country(letters: Int)
        /// A data URL of an image: needs the network, which the engine does not have.
        case imageToBase64
    }

    /// The path read.
    public let source: MemberPath
    /// The path written.
    public let target: MemberPath
    /// What is done.
    public let method: Method
    /// The method's name as written.
    public let name: Text

    func apply(to value: Value, now: Instant, in arena: Arena) throws(TransformError) -> Value {
        let input = read(value)
        switch method {
        case .remove: return removing(from: value, in: arena)
        case .copy:
            guard let input else { return removing(from: value, in: arena) }
            return value.setting(target, to: input, in: arena)
        case .timeOfRecord:
            return value.setting(target, to: .integer(now.milliseconds), in: arena)
        case .pattern(let pattern):
            guard let text = input?.text else { throw error("match on a value that is no string") }
            do throws(ExpressionError) {
                let match = try pattern.pattern.firstMatch(text)
                return value.setting(
                    target, to: match.map { .string(text[$0]) } ?? .null, in: arena)
            } catch { throw self.error(error.message) }
        case .country(let letters):
            let code = input?.text.flatMap { Countries.code(of: $0, letters: letters) }
            return value.setting(target, to: code.map { .string($0) } ?? .null, in: arena)
        case .omit(let keys):
            var kept = ObjectBuilder(input)
            for key in keys { kept[key] = nil }
            return value.setting(target, to: kept.finish(in: arena), in: arena)
        case .mergeEach(let elements, let addition):
            let merged = try mergeEach(elements, addition, over: value, else: input, in: arena)
            guard let merged else { return removing(from: value, in: arena) }
            return value.setting(target, to: merged, in: arena)
        case .imageToBase64:
            throw error("imageUrlToBase64 needs the network; attach the image to the case instead")
        }
    }

    private func error(_ reason: String) -> TransformError {
        TransformError(reason: reason, mapping: name)
    }

    /// The source: members of objects, elements of arrays by position. Past something absent or
    /// false it is null; nil is a member that its object does not have.
    private func read(_ value: Value) -> Value? {
        var current: Value? = value
        for key in source {
            guard let value = current, Condition.isTruthy(value) else {
                current = .null
                continue
            }
            let element = value.kind == .array ? Int(String(key.text)).flatMap { value[$0] } : nil
            current = element ?? value[key]
        }
        return current
    }

    private func removing(from value: Value, in arena: Arena) -> Value {
        guard let last = target.last, let parent = value.at(target.dropLast()) else { return value }
        let path = Array(target.dropLast())
        let without = parent.removing(last, in: arena)
        return path.isEmpty ? without : value.setting(path, to: without, in: arena)
    }

    private func mergeEach(
        _ elements: JMESPath, _ addition: JMESPath, over value: Value, else input: Value?,
        in arena: Arena
    ) throws(TransformError) -> Value? {
        do throws(ExpressionError) {
            let list = try elements.evaluate(Scope(value), in: arena)
            let addition = try addition.evaluate(Scope(value), in: arena)
            guard let items = list.array, items.count > 0, Condition.isTruthy(addition) else {
                return input
            }
            return arena.array(
                items.map { $0.deepMerged(with: addition, arrays: .byIndex, in: arena) })
        } catch { throw self.error(error.message) }
    }
}

/// A compiled pattern that its catalog keeps alive.
public struct PatternReference: BitwiseCopyable, @unchecked Sendable {
    private let reference: Unmanaged<Pattern>

    init(_ pattern: Pattern) { reference = .passUnretained(pattern) }

    var pattern: Pattern { reference.takeUnretainedValue() }
}
