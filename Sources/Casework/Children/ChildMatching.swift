public import Documents

/// A child that a case has already, as the ledger knows it.
public struct KnownChild: Sendable {
    /// Its id.
    public var id: CaseID
    /// The plugin that wanted it.
    public var plugin: String
    /// The position that names it; nil when its element has an id of its own.
    public var position: Int?
    /// Digest of what it was asked to look at, in hexadecimal.
    public var input: String
    /// Whether its element is gone.
    public var isWithdrawn: Bool

    /// A child.
    public init(
        id: CaseID, plugin: String, position: Int?, input: String, isWithdrawn: Bool
    ) {
        self.id = id
        self.plugin = plugin
        self.position = position
        self.input = input
        self.isWithdrawn = isWithdrawn
    }
}

/// What has to be done with one child.
public enum ChildStep {
    /// A new one, of this id and position.
    case start(ChildRequest, CaseID, position: Int?, input: Digest)
    /// One that is there: a position in the list of known children.
    case ask(Int, ChildRequest, input: Digest)
    /// One whose element is gone: a position in the list of known children.
    case withdraw(Int)
}

/// Decides which child of a case stands for which element of a plugin's list.
///
/// An element with an id of its own (`id`, `entity.id` or `ballerineEntityId`) has the child that is
/// named by it, wherever it stands in the list. One without has the child that was asked to look at
/// the same data, else the one of its position, so that an element added or removed before it
/// changes nothing.
public struct ChildMatching {
    private let parent: CaseID
    private let set: ChildSet
    private let known: [KnownChild]
    private let prefix: String
    private var isClaimed: [Bool]
    private var taken: Set<String>

    /// - Parameter known: all children of the case, of whatever plugin.
    public init(_ set: ChildSet, of parent: CaseID, known: [KnownChild]) {
        self.set = set
        self.parent = parent
        self.known = known
        prefix = Self.prefix(String(set.plugin))
        isClaimed = known.map { _ in false }
        taken = Set(known.map { $0.id.path.lowercased() })
    }

    /// Whether ids of children of the case are not too long: each level adds to them.
    public var hasRoom: Bool { CaseID("\(parent)/\(String(repeating: "x", count: 100))") != nil }

    /// The steps: children of the list in its order, then those that are gone.
    public mutating func steps() -> [ChildStep] {
        let digests = set.requests.map { Self.digest($0) }
        var claims: [Int?] = set.requests.map { _ in nil }
        claimNamed(&claims)
        claimSame(digests, &claims)
        claimPositions(&claims)
        var steps: [ChildStep] = []
        for (index, request) in set.requests.enumerated() {
            if let claim = claims[index] {
                steps.append(.ask(claim, request, input: digests[index]))
            } else {
                let name = newName(request, at: index + 1)
                steps.append(
                    .start(request, name.id, position: name.position, input: digests[index]))
            }
        }
        for (index, child) in known.enumerated()
        where isMine(child) && !isClaimed[index] && !child.isWithdrawn {
            steps.append(.withdraw(index))
        }
        return steps
    }

    /// Digest of what a child is asked to look at: its workflow and context.
    static func digest(_ request: ChildRequest) -> Digest {
        var bytes = Array(request.definition.bytes) + [0]
        bytes += JSONWriter.canonicalFile(request.context)
        return Digest(of: bytes)
    }

    private func isMine(_ child: KnownChild) -> Bool {
        child.plugin.utf8.elementsEqual(String(set.plugin).utf8)
    }

    // MARK: Claims

    private mutating func claim(_ place: Int, for index: Int, _ claims: inout [Int?]) {
        claims[index] = place
        isClaimed[place] = true
    }

    private mutating func claimNamed(_ claims: inout [Int?]) {
        var places: [String: Int] = [:]
        for (place, child) in known.enumerated() where isMine(child) && child.position == nil {
            places[child.id.path] = place
        }
        for (index, request) in set.requests.enumerated() {
            guard let key = request.key else { continue }
            let names = names(of: key)
            for number in 0... {
                let place = places["\(parent)/\(Self.candidate(number, names))"]
                if place == nil && number >= names.count { break }
                guard let place, !isClaimed[place] else { continue }
                claim(place, for: index, &claims)
                break
            }
        }
    }

    private mutating func claimSame(_ digests: [Digest], _ claims: inout [Int?]) {
        var places: [String: [Int]] = [:]
        for isWithdrawn in [true, false] {
            for (place, child) in known.enumerated().reversed()
            where isMine(child) && isUnnamed(child) && child.isWithdrawn == isWithdrawn {
                places[child.input, default: []].append(place)
            }
        }
        for (index, request) in set.requests.enumerated() where request.key == nil {
            guard let place = places[digests[index].hexadecimal]?.popLast() else { continue }
            claim(place, for: index, &claims)
        }
    }

    private mutating func claimPositions(_ claims: inout [Int?]) {
        var places: [Int: Int] = [:]
        for (place, child) in known.enumerated()
        where isMine(child) && isUnnamed(child) && !child.isWithdrawn && !isClaimed[place] {
            places[child.position ?? 0] = place
        }
        for (index, request) in set.requests.enumerated()
        where claims[index] == nil && request.key == nil {
            guard let place = places[set.isSingle ? 0 : index + 1] else { continue }
            claim(place, for: index, &claims)
        }
    }

    /// Whether a child is one of an element without an id of its own.
    private func isUnnamed(_ child: KnownChild) -> Bool {
        child.position != nil
            || set.isSingle && child.id.path.utf8.elementsEqual("\(parent)/\(prefix)".utf8)
    }

    // MARK: Names

    private mutating func newName(
        _ request: ChildRequest, at position: Int
    ) -> (id: CaseID, position: Int?) {
        if let key = request.key {
            let names = names(of: key)
            for number in 0... {
                if let id = take(Self.candidate(number, names)) { return (id, nil) }
            }
        }
        if set.isSingle, let id = take(prefix) { return (id, nil) }
        var number = position
        while true {
            if let id = take("\(prefix)-\(number)") { return (id, number) }
            number += 1
        }
    }

    /// The names to try for an own id, in order; those after the first are for another id that
    /// differs in case only, and for the same id more than once in a list: all are looked at.
    private static func candidate(_ number: Int, _ names: [String]) -> String {
        number < names.count
            ? names[number] : "\(names[names.count - 1])-\(number - names.count + 2)"
    }

    private mutating func take(_ name: String) -> CaseID? {
        guard let id = CaseID("\(parent)/\(name)"), taken.insert(id.path.lowercased()).inserted
        else { return nil }
        return id
    }

    /// The names that an own id can give: as it is where it can be part of a case id and looks like a
    /// number of a register, else, or when another one differs from it in case only, by its hash.
    /// Ids stand in files without personal data: a name or a mail address must not. The hash is
    /// another one in every parent, so that it does not say who is the same.
    private func names(of key: Text) -> [String] {
        let hashed = "\(prefix)-x\(Digest(of: "\(parent)\n\(key)").hexadecimal.prefix(16))"
        let plain = "\(prefix)-\(key)"
        let hasDigit = key.bytes.contains { $0 >= 0x30 && $0 <= 0x39 }
        return !hasDigit || CaseID(plain) == nil || plain.contains("/")
            ? [hashed] : [plain, hashed]
    }

    /// A plugin's name as the beginning of a case id's segment.
    private static func prefix(_ plugin: String) -> String {
        if plugin.utf8.count <= 60, CaseID(plugin) != nil, !plugin.contains("/") { return plugin }
        return "child-\(Digest(of: plugin).hexadecimal.prefix(8))"
    }
}
