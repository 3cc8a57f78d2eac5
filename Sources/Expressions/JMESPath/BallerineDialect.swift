internal import Documents

extension JMESPath.Machine {
    /// ECMAScript's conversions, for Ballerine's dialect (ECMA-262, 7.1 and 7.2.12).
    enum ECMAScript {
        enum Primitive {
            case text(String)
            case number(Double)

            var number: Double {
                switch self {
                case .text(let text): ECMAScript.number(text)
                case .number(let number): number
                }
            }
        }

        static func primitive(_ value: Value) -> Primitive {
            switch value.kind {
            case .null: .number(0)
            case .bool: .number(value.bool == true ? 1 : 0)
            case .integer, .double, .decimal: .number(value.number ?? .nan)
            case .string, .array, .object: .text(string(value))
            }
        }

        /// `String(value)`.
        static func string(_ value: Value) -> String {
            switch value.kind {
            case .null: "null"
            case .bool: value.bool == true ? "true" : "false"
            case .integer, .double, .decimal: Numbers.spell(value.number ?? .nan)
            case .string: value.string ?? ""
            case .array:
                value.array.unsafelyUnwrapped.prefix(1000)
                    .map { $0.isNull ? "" : $0.kind == .array ? "" : string($0) }
                    .joined(separator: ",")
            case .object: "[object Object]"
            }
        }

        /// `Number(text)`; NaN when it is none.
        static func number(_ text: String) -> Double {
            let bytes = text.utf8
            guard let first = bytes.firstIndex(where: { !isSpace($0) }),
                let last = bytes.lastIndex(where: { !isSpace($0) })
            else { return 0 }
            let core = String(decoding: bytes[first...last], as: UTF8.self)
            switch core {
            case "Infinity", "+Infinity": return .infinity
            case "-Infinity": return -.infinity
            case _ where core.hasPrefix("0x") || core.hasPrefix("0X"):
                return UInt64(core.dropFirst(2), radix: 16).map { Double($0) } ?? .nan
            default:
                let isPlain = core.utf8.allSatisfy {
                    $0 &- 0x30 <= 9 || $0 == 0x2E || $0 | 0x20 == 0x65 || $0 == 0x2B || $0 == 0x2D
                }
                return isPlain ? Double(core) ?? .nan : .nan
            }
        }

        private static func isSpace(_ byte: UInt8) -> Bool {
            byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
        }

        /// The value with every number as a double, which prints as ECMAScript prints it.
        static func normalised(_ value: Value, in arena: Arena) -> Value {
            switch value.kind {
            case .decimal: return .number(value.number ?? .nan)
            case .array:
                return arena.array(value.array.unsafelyUnwrapped.map { normalised($0, in: arena) })
            case .object:
                return arena.object(
                    value.members.unsafelyUnwrapped.map {
                        Member($0.lookup, normalised($0.value, in: arena))
                    })
            default: return value
            }
        }
    }
}
