import Documents
import Foundation

/// SplitMix64: the same seed gives the same values everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// The seed of this process's generated tests: `DOCKET_SEED`, or one of its own, printed.
let seed: UInt64 = {
    let given = ProcessInfo.processInfo.environment["DOCKET_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...UInt64.max)
    print("DOCKET_SEED=\(seed)")
    return seed
}()

/// Makes values that a writer may stumble over.
struct RandomValues {
    var generator: SeededGenerator
    let arena: Arena

    mutating func value(depth: Int = 0) -> Value {
        switch Int.random(in: 0..<(depth > 5 ? 6 : 10), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2, 3: return number()
        case 4, 5: return arena.string(string())
        case 6, 7:
            let count = Int.random(in: 0..<5, using: &generator)
            return arena.array((0..<count).map { _ in value(depth: depth + 1) })
        default:
            var builder = ObjectBuilder()
            let large = Int.random(in: 0..<40, using: &generator) == 0
            for _ in 0..<Int.random(in: 0..<(large ? 40 : 5), using: &generator) {
                builder[arena.key(string())] = value(depth: depth + 1)
            }
            return builder.finish(in: arena)
        }
    }

    private mutating func number() -> Value {
        let spelled = [
            "-0", "0.0", "1.50", "1e3", "-1E-7", "123456789012345678901234567890", "1e400", "0e0",
            "999999999999999999", "1000000000000000000", "-0.0e-0", "5e-324", "1.0000000000000001",
        ]
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return .integer(Int.random(in: -1000...1000, using: &generator))
        case 1:
            return .integer(Int.random(in: -999_999_999...999_999_999, using: &generator) * 1000)
        case 2:
            let bits = UInt64.random(in: 0...UInt64.max, using: &generator)
            let double = Double(bitPattern: bits)
            return .number(double.isFinite ? double : 0.1)
        default:
            let text = arena.text(spelled.randomElement(using: &generator) ?? "0")
            return arena.decimal(spelling: text, nearest: Numbers.double(text))
        }
    }

    private static let pieces = [
        "a", "b", "Zoë", "no", "on", "Yes", "null", "true", "~", "y", "123", "0o17", "1e3", "007",
        "-", "- ", "? ", ": ", ":", " #", "#", "'", "\"", "\\", "\n", "\n\n", " ", "  ", "\t", "\r",
        "\r\n", ",", "[", "]", "{", "}", "&a", "*a", "!t", "|", ">", "%", "@", "`", "<<", "=",
        "...",
        "---", "\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFE}", "\u{7F}", "\u{0}", "\u{1}",
        "\u{1B}", "😀", "\u{A0}", "é", "e\u{301}", "2026-11-22", "12:30:45", ".inf", "+1", ".5",
        "日本", "\u{9F}", "\u{10FFFF}", "/", "$x", "(",
    ]

    mutating func string() -> String {
        let count = Int.random(in: 0..<6, using: &generator)
        var result = ""
        for _ in 0..<count { result += Self.pieces.randomElement(using: &generator) ?? "" }
        if Int.random(in: 0..<200, using: &generator) == 0 {
            result += String(repeating: "long ", count: 300)
        }
        return result
    }
}
