/// Merge keys, and mappings with a key twice: the members and places are put together anew.
extension YAMLBuilder {
    private struct Entry {
        var member: Member
        /// Entry of the key in the place table; the value's follow.
        var place: Int
    }

    /// The object of a mapping with merge keys or repeated keys. Merged members stand where the
    /// merge key stood; explicit ones win, then those of the earlier mapping.
    mutating func resolveKeys(_ frame: Frame) throws(ParseError) -> Value {
        let explicit = entries(of: frozen(frame), at: frame.place)
        let isMerge = Set(frame.merges)
        var seen: [Text: Int] = [:]
        for (index, entry) in explicit.enumerated() {
            let isKnown = seen[entry.member.key] != nil
            if isKnown && (duplicateKeys == .refused || isMerge.contains(index)) {
                throw duplicate(entry.member.key, at: places[entry.place].position)
            }
            seen[entry.member.key] = index
        }
        var kept: [Entry] = []
        var used: Set<Text> = []
        for (index, entry) in explicit.enumerated() {
            if isMerge.contains(index) {
                for merged in try mergedEntries(entry)
                where seen[merged.member.key] == nil && used.insert(merged.member.key).inserted {
                    kept.append(merged)
                }
            } else if used.insert(entry.member.key).inserted {
                kept.append(explicit[seen[entry.member.key] ?? index])
            }
        }
        rebuildPlaces(frame, kept, explicit: explicit)
        return arena.object(kept.map(\.member))
    }

    /// A copy of the members, in the arena so that the builder can change meanwhile.
    private func frozen(_ frame: Frame) -> UnsafeBufferPointer<Member> {
        let count = members.count - frame.base
        let start = arena.memberSpace(count)
        for index in 0..<count { (start + index).initialize(to: members[frame.base + index]) }
        return UnsafeBufferPointer(start: UnsafePointer(start), count: count)
    }

    private func entries(of members: UnsafeBufferPointer<Member>, at place: Int) -> [Entry] {
        var at = place + 1
        return members.map { member in
            defer { at += 1 + Int(places[at + 1].subtree) }
            return Entry(member: member, place: at)
        }
    }

    private func mergedEntries(_ merge: Entry) throws(ParseError) -> [Entry] {
        let value = merge.member.value
        if let members = value.members { return entries(of: members, at: merge.place + 1) }
        var result: [Entry] = []
        var at = merge.place + 2
        for element in value.array ?? UnsafeBufferPointer(start: nil, count: 0) {
            guard let members = element.members else {
                throw notAMapping(places[at].position)
            }
            result += entries(of: members, at: at)
            at += Int(places[at].subtree)
        }
        guard value.kind == .array else { throw notAMapping(places[merge.place + 1].position) }
        return result
    }

    private func notAMapping(_ position: Position) -> ParseError {
        ParseError(
            .unsupported,
            "the merge key '<<' takes a mapping or a list of mappings; quote it if it is a name",
            at: position)
    }

    /// Writes the place table of the mapping anew, and moves the anchors within it.
    private mutating func rebuildPlaces(_ frame: Frame, _ kept: [Entry], explicit: [Entry]) {
        var rebuilt = [places[frame.place]]
        var moved: [(old: Range<Int>, new: Int)] = []
        for entry in kept {
            let end = entry.place + 1 + Int(places[entry.place + 1].subtree)
            moved.append((entry.place..<end, frame.place + rebuilt.count))
            rebuilt.append(contentsOf: places[entry.place..<end])
        }
        moved.sort { $0.old.lowerBound < $1.old.lowerBound }
        for index in anchors.indices.reversed() {
            let place = anchors[index].place
            guard place >= frame.place else { break }
            guard place > frame.place, anchors[index].saved == nil else { continue }
            if let target = Self.target(of: place, in: moved) {
                anchors[index].place = target
            } else if anchors[index].value != nil {
                let end = place + Int(places[place].subtree)
                anchors[index].saved = Array(places[place..<end])
            }
        }
        places.replaceSubrange(frame.place..., with: rebuilt)
    }

    private static func target(
        of place: Int, in moved: [(old: Range<Int>, new: Int)]
    ) -> Int? {
        var low = 0
        var high = moved.count
        while low < high {
            let middle = (low + high) / 2
            if moved[middle].old.upperBound <= place { low = middle + 1 } else { high = middle }
        }
        guard low < moved.count, moved[low].old.contains(place) else { return nil }
        return moved[low].new + place - moved[low].old.lowerBound
    }
}
