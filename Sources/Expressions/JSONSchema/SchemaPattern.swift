internal import Documents

/// A pattern of a schema: the regular expression and, for the plain ones, a form that is matched
/// byte by byte.
struct SchemaPattern: BitwiseCopyable {
    let pattern: Unmanaged<Pattern>
    /// The steps of a plain pattern; nil for all others.
    let steps: UnsafePointer<PlainStep>?
    let stepCount: Int
    /// Whether the match ends at the end of the text.
    let isWhole: Bool

    /// Whether a plain pattern matches.
    @inline(__always)
    func matchesPlainly(_ text: Text, _ steps: UnsafePointer<PlainStep>) -> Bool {
        var at = 0
        for index in 0..<stepCount {
            let step = steps + index
            let start = at
            let end = min(text.count, start &+ Int(step.pointee.maximum))
            while at < end, step.pointee.contains(text[at]) { at &+= 1 }
            if at &- start < Int(step.pointee.minimum) { return false }
        }
        return !isWhole || at == text.count
    }
}

/// A set of ASCII characters that stands so many times.
struct PlainStep: BitwiseCopyable {
    var low: UInt64 = 0
    var high: UInt64 = 0
    var minimum: UInt32 = 1
    var maximum: UInt32 = 1

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        byte < 64
            ? (low &>> UInt64(byte)) & 1 == 1
            : byte < 128 && (high &>> UInt64(byte &- 64)) & 1 == 1
    }

    mutating func insert(_ range: ClosedRange<UInt8>) {
        for byte in range {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
    }

    func overlaps(_ other: PlainStep) -> Bool { low & other.low | high & other.high != 0 }
}

/// Reads the patterns that most schemas have: `^`, then characters, classes and escapes of ASCII,
/// each with a count, then perhaps `$`.
///
/// Taking as many characters as a count allows is only right when what follows cannot start with
/// one of them. Where it can, and for all that is not listed here, there is no plain form.
struct PlainPatternReader {
    private let source: Text
    private var at = 0
    private(set) var steps: [PlainStep] = []
    private(set) var isWhole = false

    /// Nil when the pattern has no plain form. The pattern is one that compiles.
    init?(_ source: Text) {
        self.source = source
        guard source.count > 1, source[0] == UInt8(ascii: "^") else { return nil }
        at = 1
        while at < source.count {
            if source[at] == UInt8(ascii: "$"), at == source.count - 1 {
                isWhole = true
                break
            }
            guard var step = set(), count(&step) else { return nil }
            steps.append(step)
        }
        for index in steps.indices where !isSeparate(index) { return nil }
    }

    private func isSeparate(_ index: Int) -> Bool {
        guard steps[index].minimum != steps[index].maximum else { return true }
        for next in steps[(index + 1)...] {
            if steps[index].overlaps(next) { return false }
            if next.minimum > 0 { break }
        }
        return true
    }

    /// A character, class or escape.
    private mutating func set() -> PlainStep? {
        var step = PlainStep()
        let byte = source[at]
        if byte == UInt8(ascii: "[") {
            at += 1
            guard members(&step) else { return nil }
            return step
        }
        if byte == UInt8(ascii: "\\") { return escape(&step, inClass: false) != nil ? step : nil }
        let special: StaticString = "^$.*+?()[]{}|/"
        guard (0x20...0x7E).contains(byte), !Text(special).bytes.contains(byte) else { return nil }
        step.insert(byte...byte)
        at += 1
        return step
    }

    private mutating func members(_ step: inout PlainStep) -> Bool {
        while at < source.count {
            let byte = source[at]
            if byte == UInt8(ascii: "]") {
                at += 1
                return step.low | step.high != 0
            }
            guard (0x20...0x7E).contains(byte), byte != UInt8(ascii: "["),
                byte != UInt8(ascii: "^")
            else { return false }
            var low = byte
            if byte == UInt8(ascii: "\\") {
                guard let single = escape(&step, inClass: true) else { return false }
                if single == 0 { continue }
                low = single
            } else {
                at += 1
            }
            guard at + 1 < source.count, source[at] == UInt8(ascii: "-"),
                source[at + 1] != UInt8(ascii: "]")
            else {
                step.insert(low...low)
                continue
            }
            let high = source[at + 1]
            guard high.isLetter || high.isDigit, low <= high else { return false }
            step.insert(low...high)
            at += 2
        }
        return false
    }

    /// Adds what an escape stands for; the character it is, or 0 for a set.
    private mutating func escape(_ step: inout PlainStep, inClass: Bool) -> UInt8? {
        guard at + 1 < source.count else { return nil }
        let letter = source[at + 1]
        at += 2
        switch letter {
        case UInt8(ascii: "d"), UInt8(ascii: "w"):
            step.insert(0x30...0x39)
            if letter == UInt8(ascii: "w") {
                step.insert(0x41...0x5A)
                step.insert(0x5F...0x5F)
                step.insert(0x61...0x7A)
            }
            // A range cannot start with a set.
            let isRange = inClass && at < source.count && source[at] == UInt8(ascii: "-")
            return isRange ? nil : 0
        default:
            guard (0x21...0x7E).contains(letter), !letter.isLetter, !letter.isDigit else {
                return nil
            }
            step.insert(letter...letter)
            return letter
        }
    }

    /// The count after a set; false when it has no plain form.
    private mutating func count(_ step: inout PlainStep) -> Bool {
        guard at < source.count else { return true }
        switch source[at] {
        case UInt8(ascii: "*"): (step.minimum, step.maximum) = (0, .max)
        case UInt8(ascii: "+"): (step.minimum, step.maximum) = (1, .max)
        case UInt8(ascii: "?"): (step.minimum, step.maximum) = (0, 1)
        case UInt8(ascii: "{"):
            at += 1
            guard let low = number() else { return false }
            var high: UInt32? = low
            if at < source.count, source[at] == UInt8(ascii: ",") {
                at += 1
                let isOpen = at < source.count && source[at] == UInt8(ascii: "}")
                high = isOpen ? .max : number()
            }
            guard let high, at < source.count, source[at] == UInt8(ascii: "}") else {
                return false
            }
            (step.minimum, step.maximum) = (low, high)
        default: return true
        }
        at += 1
        // A reluctant count matters only to where a match ends.
        return at == source.count || source[at] != UInt8(ascii: "?")
    }

    private mutating func number() -> UInt32? {
        var result: UInt32 = 0
        let start = at
        while at < source.count, source[at].isDigit, at - start < 6 {
            result = result * 10 + UInt32(source[at] - 0x30)
            at += 1
        }
        return at > start ? result : nil
    }
}
