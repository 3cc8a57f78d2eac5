import Documents

/// Takes the values of secrets out of what vendors answer, however they are written there: as they
/// are, percent-encoded, in hexadecimal, in Base64 alone or within something longer.
struct Scrubber: Sendable {
    private struct Pattern {
        var bytes: [UInt8]
        var replacement: [UInt8]
    }

    /// By first byte, the longest first.
    private let patterns: [[Pattern]]
    private let isEmpty: Bool

    init(_ secrets: GrantedSecrets) {
        var patterns = [[Pattern]](repeating: [], count: 256)
        for name in secrets.names {
            guard let value = secrets.values[name] else { continue }
            let replacement = Array("{secret.\(name)}".utf8)
            for form in Self.forms(of: value) {
                patterns[Int(form[0])].append(Pattern(bytes: form, replacement: replacement))
            }
        }
        for index in patterns.indices {
            patterns[index].sort { $0.bytes.count > $1.bytes.count }
        }
        self.patterns = patterns
        isEmpty = patterns.allSatisfy(\.isEmpty)
    }

    /// The bytes with `{secret.NAME}` for each value.
    func scrub(_ bytes: [UInt8]) -> [UInt8] {
        guard holdsSecret(bytes) else { return bytes }
        var output: [UInt8] = []
        var at = 0
        while at < bytes.count {
            if let pattern = match(bytes, at) {
                output += pattern.replacement
                at += pattern.bytes.count
            } else {
                output.append(bytes[at])
                at += 1
            }
        }
        return output
    }

    /// The text with `{secret.NAME}` for each value.
    func scrub(_ text: String) -> String {
        isEmpty ? text : String(decoding: scrub(Array(text.utf8)), as: UTF8.self)
    }

    /// The same of JSON, where escapes hide nothing and the result is JSON again. Anything that is no
    /// JSON is scrubbed as bytes.
    func scrub(json bytes: [UInt8]) -> [UInt8] {
        guard !isEmpty, bytes.contains(UInt8(ascii: "\\")) || holdsSecret(bytes) else {
            return bytes
        }
        let arena = Arena(chunkBytes: 4096)
        var parser = JSONParser(
            limits: ParseLimits(bytes: bytes.count), duplicateKeys: .lastWins)
        guard let value = try? parser.parse(bytes, into: arena) else { return scrub(bytes) }
        guard holdsSecret(value) else {
            // A value that a later one of the same name hides is still in the bytes.
            return holdsSecret(bytes) ? Array(JSONWriter.line(value).utf8) : bytes
        }
        return Array(JSONWriter.line(scrub(value, in: arena)).utf8)
    }

    /// The reply without the values of secrets.
    func scrub(_ reply: VendorReply) -> VendorReply {
        guard !isEmpty else { return reply }
        switch reply {
        case .response(let status, let headers, let body, let at, let milliseconds):
            return .response(
                status: status, headers: headers.map { (scrub($0.0), scrub($0.1)) },
                body: scrub(json: body), at: at, milliseconds: milliseconds)
        case .failure(let message, let at): return .failure(scrub(message), at: at)
        case .unavailable(let reason): return .unavailable(scrub(reason))
        case .unknown(let reason): return .unknown(scrub(reason))
        }
    }

    // MARK: Values

    private func holdsSecret(_ value: Value) -> Bool {
        switch value.kind {
        case .array: value.array.unsafelyUnwrapped.contains { holdsSecret($0) }
        case .object:
            value.members.unsafelyUnwrapped.contains {
                holdsSecret(Array($0.key.bytes)) || holdsSecret($0.value)
            }
        default: holdsSecret(text(of: value))
        }
    }

    private func scrub(_ value: Value, in arena: Arena) -> Value {
        switch value.kind {
        case .array:
            return arena.array(value.array.unsafelyUnwrapped.map { scrub($0, in: arena) })
        case .object:
            return arena.object(
                value.members.unsafelyUnwrapped.map {
                    let key = Array($0.key.bytes)
                    guard holdsSecret(key) else {
                        return Member($0.lookup, scrub($0.value, in: arena))
                    }
                    return Member(Key(text(scrub(key), in: arena)), scrub($0.value, in: arena))
                })
        default:
            let bytes = text(of: value)
            return holdsSecret(bytes) ? .string(text(scrub(bytes), in: arena)) : value
        }
    }

    private func text(of value: Value) -> [UInt8] {
        value.text.map { Array($0.bytes) } ?? Array(JSONWriter.line(value).utf8)
    }

    private func text(_ bytes: [UInt8], in arena: Arena) -> Text {
        bytes.withUnsafeBytes { Text(start: arena.copy($0), count: $0.count) }
    }

    // MARK: Bytes

    private func holdsSecret(_ bytes: [UInt8]) -> Bool {
        !isEmpty && bytes.indices.contains { match(bytes, $0) != nil }
    }

    private func match(_ bytes: [UInt8], _ at: Int) -> Pattern? {
        let candidates = patterns[Int(bytes[at])]
        guard !candidates.isEmpty else { return nil }
        return candidates.first { bytes[at...].starts(with: $0.bytes) }
    }

    // MARK: Forms

    private static func forms(of value: [UInt8]) -> [[UInt8]] {
        var forms = [value]
        for isUpper in [true, false] {
            forms.append(percentEncoded(value, isUpper: isUpper))
            forms.append(value.flatMap { hexadecimal($0, isUpper: isUpper) })
        }
        for offset in 0..<3 {
            let core = base64Core(value, offset: offset)
            guard core.count >= 5 else { continue }
            forms.append(core)
            forms.append(
                core.map {
                    switch $0 {
                    case UInt8(ascii: "+"): UInt8(ascii: "-")
                    case UInt8(ascii: "/"): UInt8(ascii: "_")
                    default: $0
                    }
                })
        }
        var distinct: [[UInt8]] = []
        for form in forms where !distinct.contains(form) { distinct.append(form) }
        return distinct
    }

    private static func percentEncoded(_ value: [UInt8], isUpper: Bool) -> [UInt8] {
        value.flatMap { byte -> [UInt8] in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: [byte]
            default: [UInt8(ascii: "%")] + hexadecimal(byte, isUpper: isUpper)
            }
        }
    }

    private static func hexadecimal(_ byte: UInt8, isUpper: Bool) -> [UInt8] {
        let digits = Array((isUpper ? "0123456789ABCDEF" : "0123456789abcdef").utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    /// The digits of Base64 that a value alone decides when so many bytes stand before it.
    private static func base64Core(_ value: [UInt8], offset: Int) -> [UInt8] {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let bytes = [UInt8](repeating: 0, count: offset) + value
        let first = (offset * 8 + 5) / 6
        let end = bytes.count * 8 / 6
        guard first < end else { return [] }
        return (first..<end).map { digit in
            let bit = digit * 6
            let high = UInt16(bytes[bit / 8]) << 8
            let low = bit / 8 + 1 < bytes.count ? UInt16(bytes[bit / 8 + 1]) : 0
            return alphabet[Int((high | low) >> UInt16(10 - bit % 8) & 63)]
        }
    }
}

/// A vendor whose replies hold no secrets of its own.
struct ScrubbedVendor: Vendor {
    let vendor: any Vendor
    let scrubber: Scrubber

    func answer(_ request: VendorRequest) async -> VendorReply {
        scrubber.scrub(await vendor.answer(request))
    }
}
