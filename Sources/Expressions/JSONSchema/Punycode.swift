/// Punycode (RFC 3492).
enum Punycode {
    private static let base = 36

    /// The code points of an encoded label without its `xn--`; nil when it is not well-formed.
    static func decode(_ text: some BidirectionalCollection<UInt8>) -> [UInt32]? {
        var output: [UInt32] = []
        var rest = text[...]
        if let dash = text.lastIndex(of: 0x2D) {
            output = text[..<dash].map { UInt32($0) }
            rest = text[text.index(after: dash)...]
        }
        var (n, i, bias) = (128, 0, 72)
        while !rest.isEmpty {
            let old = i
            var weight = 1
            var k = base
            while true {
                guard let byte = rest.popFirst(), let digit = digit(byte) else { return nil }
                i += digit * weight
                guard i < 1 << 32 else { return nil }
                let threshold = threshold(k, bias)
                if digit < threshold { break }
                weight *= base - threshold
                guard weight < 1 << 32 else { return nil }
                k += base
            }
            bias = adapt(i - old, output.count + 1, old == 0)
            n += i / (output.count + 1)
            i %= output.count + 1
            guard n <= 0x10FFFF, !(0xD800...0xDFFF).contains(n) else { return nil }
            output.insert(UInt32(n), at: i)
            i += 1
        }
        return output
    }

    /// The encoded form of code points, without `xn--`.
    static func encode(_ scalars: [UInt32]) -> [UInt8] {
        var output = scalars.filter { $0 < 128 }.map { UInt8($0) }
        let basic = output.count
        if basic > 0 { output.append(0x2D) }
        var (n, delta, bias, done) = (UInt32(128), 0, 72, basic)
        while done < scalars.count {
            let next = scalars.filter { $0 >= n }.min() ?? n
            delta += Int(next - n) * (done + 1)
            n = next
            for scalar in scalars {
                if scalar < n { delta += 1 }
                guard scalar == n else { continue }
                append(delta, bias, to: &output)
                bias = adapt(delta, done + 1, done == basic)
                delta = 0
                done += 1
            }
            delta += 1
            n += 1
        }
        return output
    }

    private static func append(_ delta: Int, _ bias: Int, to output: inout [UInt8]) {
        var rest = delta
        var k = base
        while true {
            let threshold = threshold(k, bias)
            if rest < threshold { break }
            let digit = threshold + (rest - threshold) % (base - threshold)
            output.append(letter(digit))
            rest = (rest - threshold) / (base - threshold)
            k += base
        }
        output.append(letter(rest))
    }

    private static func threshold(_ k: Int, _ bias: Int) -> Int { min(max(k - bias, 1), 26) }

    private static func adapt(_ delta: Int, _ points: Int, _ isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / points
        var k = 0
        while delta > 455 {
            delta /= base - 1
            k += base
        }
        return k + base * delta / (delta + 38)
    }

    private static func digit(_ byte: UInt8) -> Int? {
        if byte.isDigit { return Int(byte) - 0x30 + 26 }
        return byte.isLetter ? Int(byte | 0x20) - 0x61 : nil
    }

    private static func letter(_ digit: Int) -> UInt8 {
        UInt8(digit < 26 ? 0x61 + digit : 0x30 + digit - 26)
    }
}
