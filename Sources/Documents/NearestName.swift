/// The name that was probably meant, for findings about names that are unknown.
public enum NearestName {
    /// `; did you mean 'NAME'?`, or nothing when no name is near.
    public static func hint(_ name: Text, among known: [StaticString]) -> String {
        hint(name, among: known.map { Text($0) })
    }

    /// `; did you mean 'NAME'?`, or nothing when no name is near.
    public static func hint(_ name: Text, among known: [Text]) -> String {
        nearest(name, among: known).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// The nearest of some names: at most a third of the letters, and three, are wrong.
    public static func nearest(_ name: Text, among known: [Text]) -> Text? {
        guard name.count <= 64 else { return nil }
        let bound = min(3, max(1, name.count / 3))
        var best: (name: Text, distance: Int)?
        for candidate in known where abs(candidate.count - name.count) <= bound {
            let distance = distance(lowered(name), lowered(candidate))
            if distance <= bound, distance < best?.distance ?? Int.max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    private static func lowered(_ text: Text) -> [UInt8] {
        text.bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    }

    /// Letters inserted, left out, replaced, or swapped with their neighbour.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
