internal import Documents

/// `uuid` (RFC 4122, 3), `json-pointer` (RFC 6901) and `relative-json-pointer`.
enum TokenFormats {
    static func isUUID(_ text: Text) -> Bool {
        guard text.count == 36 else { return false }
        for offset in 0..<36 {
            let isDash = offset == 8 || offset == 13 || offset == 18 || offset == 23
            guard isDash ? text[offset] == 0x2D : text[offset].isHexadecimal else { return false }
        }
        return true
    }

    static func isJSONPointer(_ text: Text) -> Bool {
        guard text.isEmpty || text[0] == 0x2F else { return false }
        for offset in 0..<text.count where text[offset] == 0x7E {
            guard offset + 1 < text.count, text[offset + 1] == 0x30 || text[offset + 1] == 0x31
            else { return false }
        }
        return true
    }

    static func isRelativeJSONPointer(_ text: Text) -> Bool {
        var scanner = ByteScanner(text)
        let count = scanner.skip(\.isDigit)
        guard count == 1 || count > 1 && text[0] != 0x30 else { return false }
        if scanner.take("#") { return scanner.isAtEnd }
        return isJSONPointer(text[count..<text.count])
    }
}
