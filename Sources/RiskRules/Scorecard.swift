public import Documents
public import Expressions

/// A scorecard: attributes of a case, each worth the points of the bin its value falls into, times the
/// attribute's weight, added to the base points. Exact decimals throughout.
///
/// A trivially copyable handle into the arena it was compiled in.
public struct Scorecard: BitwiseCopyable, @unchecked Sendable {
    /// What a bin takes.
    enum Take: BitwiseCopyable, @unchecked Sendable {
        /// Numbers between two bounds, either of which may be missing.
        case range(Bound?, Bound?)
        /// One of some values.
        case values(NamedList)
        /// No value, or null.
        case missing
        /// Whatever no bin before it takes; a value must be there.
        case other
    }

    /// A bound of a range.
    struct Bound: BitwiseCopyable, @unchecked Sendable {
        let value: Value
        let number: Double
        let isIncluded: Bool
    }

    struct Bin: BitwiseCopyable, @unchecked Sendable {
        let take: Take
        /// Points as written.
        let points: Value
        /// Points times weight, in units of the card's scale.
        let units: Int128
        /// The same as a value.
        let contribution: Value
        /// `from 2 below 5`, as people read it.
        let label: Text
        let reason: Text?
    }

    /// What an attribute is read by.
    enum Reading: BitwiseCopyable, @unchecked Sendable {
        case path(KeyPath)
        case jmesPath(JMESPath)
        case jsonLogic(JSONLogic)
    }

    struct Attribute: BitwiseCopyable, @unchecked Sendable {
        let id: Text
        let reading: Reading
        /// The path or expression as written.
        let evidence: Text
        let weight: Value?
        let bins: UnsafeBufferPointer<Bin>
        /// `file:line`.
        let location: Text
    }

    struct Header: BitwiseCopyable, @unchecked Sendable {
        let id: Text
        let reference: Text
        let location: Text
        let scale: Int
        let base: Int128
        let baseValue: Value
        let least: Int128?
        let most: Int128?
        let attributes: UnsafeBufferPointer<Attribute>
    }

    let header: UnsafePointer<Header>

    /// Attributes that a card may have, and bins that an attribute may have.
    public static let limits = (attributes: 200, bins: 500)

    /// Unique in the repository.
    public var id: Text { header.pointee.id }
    /// `rules/credit.yaml#company-age`: file and id.
    public var reference: Text { header.pointee.reference }
    /// `file:line` of the definition.
    public var location: Text { header.pointee.location }
    /// Ids of the attributes, in order.
    public var attributeIDs: [Text] { header.pointee.attributes.map(\.id) }
    /// The paths and expressions that are read, in order.
    public var evidence: [Text] { header.pointee.attributes.map(\.evidence) }

    // MARK: Evaluating

    /// The score alone.
    ///
    /// - Throws: as ``evaluate(_:in:)``.
    public func score(_ scope: Scope, in arena: Arena) throws(ExpressionError) -> Value {
        var units = header.pointee.base
        let whole = scope.whole(in: arena)
        for index in 0..<header.pointee.attributes.count {
            let attribute = attribute(index)
            units += try bin(of: attribute, scope, whole, arena).pointee.units
        }
        return ScaledDecimal(units: bounded(units), scale: header.pointee.scale).value(in: arena)
    }

    /// The score with the bin that each attribute falls into.
    ///
    /// - Throws: `invalidValue` when a value falls into no bin, and what an attribute's expression
    ///   throws; a case fails with it, since a score that leaves out an attribute would be a wrong
    ///   one.
    public func evaluate(_ scope: Scope, in arena: Arena) throws(ExpressionError) -> Scoring {
        let count = header.pointee.attributes.count
        let bins = arena.allocate(count * MemoryLayout<UnsafePointer<Bin>>.stride)
            .bindMemory(to: UnsafePointer<Bin>.self, capacity: count)
        let whole = scope.whole(in: arena)
        var units = header.pointee.base
        for index in 0..<count {
            let bin = try bin(of: attribute(index), scope, whole, arena)
            (bins + index).initialize(to: bin)
            units += bin.pointee.units
        }
        let sum = ScaledDecimal(units: units, scale: header.pointee.scale).value(in: arena)
        let bounded = bounded(units)
        let score =
            bounded == units
            ? sum
            : ScaledDecimal(units: bounded, scale: header.pointee.scale).value(in: arena)
        return Scoring(card: self, score: score, sum: sum, bins: UnsafePointer(bins))
    }

    private func attribute(_ index: Int) -> UnsafePointer<Attribute> {
        header.pointee.attributes.baseAddress.unsafelyUnwrapped + index
    }

    private func bounded(_ units: Int128) -> Int128 {
        if let most = header.pointee.most, units > most { return most }
        if let least = header.pointee.least, units < least { return least }
        return units
    }

    private func bin(
        of attribute: UnsafePointer<Attribute>, _ scope: Scope, _ whole: Value, _ arena: Arena
    ) throws(ExpressionError) -> UnsafePointer<Bin> {
        let value =
            switch attribute.pointee.reading {
            case .path(let path): path.resolve(in: whole) ?? .null
            case .jmesPath(let program): try program.evaluate(scope, in: arena)
            case .jsonLogic(let program): try program.evaluate(scope, in: arena)
            }
        let bins = attribute.pointee.bins
        var at = 0
        while at < bins.count {
            let bin = bins.baseAddress.unsafelyUnwrapped + at
            if Self.takes(bin.pointee.take, value) { return bin }
            at &+= 1
        }
        throw ExpressionError(
            .invalidValue,
            "\(attribute.pointee.location): the value of '\(attribute.pointee.evidence)' falls into no "
                + "bin of the attribute '\(attribute.pointee.id)'")
    }

    private static func takes(_ take: Take, _ value: Value) -> Bool {
        switch take {
        case .range(let low, let high):
            guard value.isNumber else { return false }
            if let low {
                let order = Comparison.order(value, low.value, low.number, .docket)
                guard order == .after || order == .same && low.isIncluded else { return false }
            }
            if let high {
                let order = Comparison.order(value, high.value, high.number, .docket)
                guard order == .before || order == .same && high.isIncluded else { return false }
            }
            return true
        case .values(let list): return list.contains(value)
        case .missing: return value.isNull
        case .other: return !value.isNull
        }
    }
}

/// What a scorecard makes of a case: the score and the bin of each attribute. Lives in the arena it
/// was evaluated in.
public struct Scoring: BitwiseCopyable, @unchecked Sendable {
    /// The card.
    public let card: Scorecard
    /// The score, within the card's bounds.
    public let score: Value
    /// The sum before the card's bounds.
    public let sum: Value
    let bins: UnsafePointer<UnsafePointer<Scorecard.Bin>>

    /// `{scorecard, score, base, attributes: [{attribute, evidence, bin, points, weight?, adds,
    /// reason?}], reasons: […], sum?}`; `sum` where a bound made the score another one. No values of
    /// the case.
    public func value(in arena: Arena) -> Value {
        let header = card.header
        let count = header.pointee.attributes.count
        let attributes = arena.array(count: count) { index in
            let (attribute, bin) = (header.pointee.attributes[index], bins[index].pointee)
            return arena.object([
                "attribute": .string(attribute.id), "evidence": .string(attribute.evidence),
                "bin": .string(bin.label), "points": bin.points, "weight": attribute.weight,
                "adds": bin.contribution, "reason": bin.reason.map { .string($0) },
            ])
        }
        let reasons = arena.array(
            (0..<count).compactMap { bins[$0].pointee.reason.map { .string($0) } })
        return arena.object([
            "scorecard": .string(header.pointee.reference), "score": score,
            "base": header.pointee.baseValue, "attributes": attributes, "reasons": reasons,
            "sum": sum == score ? nil : sum,
        ])
    }
}

/// A comparison of a scorecard's score with a number.
public struct ScoreTest: BitwiseCopyable, @unchecked Sendable {
    /// The card.
    public let card: Scorecard
    let operation: Operation
    let value: Value

    func holds(_ scope: Scope, in arena: Arena) throws(ExpressionError) -> Bool {
        let score = try card.score(scope, in: arena)
        let order = Comparison.order(score, value, value.number ?? .nan, .docket)
        return switch operation {
        case .equals: order == .same
        case .notEquals: order != .same
        case .greater: order == .after
        case .greaterOrEqual: order == .after || order == .same
        case .less: order == .before
        default: order == .before || order == .same
        }
    }
}
