/// A set of code points as ranges, for the classes of a pattern.
struct CharacterSet {
    private(set) var ranges: [ClosedRange<UInt32>] = []

    static let last: UInt32 = 0x10FFFF

    /// `\d`.
    static let digits = CharacterSet([0x30...0x39])
    /// `\w`.
    static let wordCharacters = CharacterSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    /// `\s`: WhiteSpace and LineTerminator (ECMA-262, 12.2 and 12.3).
    static let spaces = CharacterSet([
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
        0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])
    /// What `.` does not match.
    static let lineEnds = CharacterSet([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029])

    init(_ ranges: [ClosedRange<UInt32>] = []) { self.ranges = ranges }

    mutating func insert(_ range: ClosedRange<UInt32>) { ranges.append(range) }

    mutating func formUnion(_ other: CharacterSet) { ranges += other.ranges }

    /// All code points that are not in the set.
    var complement: CharacterSet {
        var result = CharacterSet()
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.insert(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= CharacterSet.last { result.insert(next...CharacterSet.last) }
        return result
    }

    /// The ranges as the inside of a PCRE2 class, without surrogates, which no text has.
    var spelled: String {
        var result = ""
        for range in ranges {
            result += CharacterSet.spell(range.clamped(to: 0...0xD7FF), within: range)
            result += CharacterSet.spell(
                range.clamped(to: 0xE000...CharacterSet.last), within: range)
        }
        return result
    }

    private static func spell(
        _ part: ClosedRange<UInt32>, within range: ClosedRange<UInt32>
    ) -> String {
        guard range.overlaps(part) else { return "" }
        let low = "\\x{\(String(part.lowerBound, radix: 16))}"
        guard part.count > 1 else { return low }
        return "\(low)-\\x{\(String(part.upperBound, radix: 16))}"
    }
}
