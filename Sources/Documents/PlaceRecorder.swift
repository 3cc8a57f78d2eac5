/// Records the place of each value and key while a text is parsed from front to back.
struct PlaceRecorder {
    private(set) var places: [Source.Place] = []
    private var offset = 0
    private var line: UInt32 = 1
    private var column: UInt32 = 1

    /// Starts the entry of what stands at an offset, at or after the one before; returns its index.
    mutating func begin(_ offset: Int, in bytes: UnsafeRawBufferPointer) -> Int {
        while self.offset < offset {
            let byte = bytes[self.offset]
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80, self.offset > 2 || !Self.isMark(bytes, self.offset) {
                column += 1
            }
            self.offset += 1
        }
        places.append(Source.Place(line: line, column: column, subtree: 1))
        return places.count - 1
    }

    /// Ends an entry after everything in it was recorded.
    mutating func end(_ entry: Int) {
        places[entry].subtree = UInt32(truncatingIfNeeded: places.count - entry)
    }

    /// Whether the byte is the first of a byte order mark at the front, which takes no column.
    private static func isMark(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Bool {
        offset == 0 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
    }
}
