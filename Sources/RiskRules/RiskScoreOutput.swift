public import Documents

extension RiskScore {
    /// The score in the shape of Ballerine's plugin output: `{riskScore, riskIndicatorsByDomain,
    /// rulesResults, success}`. Of a rule's record all is there but its rule set.
    ///
    /// Parts of the value belong to the arena that the rules were loaded into.
    public func value(in arena: Arena) -> Value {
        let indicators = indicatorsByDomain(in: arena)
        let results = results(in: arena)
        return Self.object(arena) {
            $0.add("riskScore", score)
            $0.add("riskIndicatorsByDomain", indicators)
            $0.add("rulesResults", results)
            $0.add("success", .true)
        }
    }

    /// `{domain: [{name, riskLevel, domain}]}`, domains in the order of ``raised``.
    public func indicatorsByDomain(in arena: Arena) -> Value {
        withUnsafeTemporaryAllocation(of: Member.self, capacity: raised.count) { members in
            withUnsafeTemporaryAllocation(of: Value.self, capacity: raised.count) { values in
                var count = 0
                for at in 0..<raised.count {
                    let domain = raised[at].pointer.pointee.domain
                    if isDomain(domain, before: at) { continue }
                    let found = collect(domain, from: at, into: values, arena)
                    let list = arena.array(UnsafeBufferPointer(rebasing: values[..<found]))
                    members.initializeElement(at: count, to: Member(Key(domain), list))
                    count += 1
                }
                return arena.object(UnsafeBufferPointer(rebasing: members[..<count]))
            }
        }
    }

    private func isDomain(_ domain: Text, before end: Int) -> Bool {
        (0..<end).contains { raised[$0].pointer.pointee.domain == domain }
    }

    private func collect(
        _ domain: Text, from start: Int, into values: UnsafeMutableBufferPointer<Value>,
        _ arena: Arena
    ) -> Int {
        var found = 0
        for at in start..<raised.count where raised[at].pointer.pointee.domain == domain {
            values.initializeElement(at: found, to: Self.indicator(raised[at], arena))
            found += 1
        }
        return found
    }

    private static func indicator(_ raised: RaisedRule, _ arena: Arena) -> Value {
        let own = raised.pointer.pointee.output.indicator
        guard let row = raised.row else { return own }
        return own.setting(Key("name"), to: .string(row.pointee.indicator), in: arena)
    }

    private func results(in arena: Arena) -> Value {
        withUnsafeTemporaryAllocation(of: Value.self, capacity: raised.count) { values in
            for at in 0..<raised.count {
                values.initializeElement(at: at, to: Self.record(raised[at], arena))
            }
            return arena.array(UnsafeBufferPointer(values))
        }
    }

    private static func record(_ raised: RaisedRule, _ arena: Arena) -> Value {
        let output = raised.pointer.pointee.output
        if let row = raised.row {
            var record = ObjectBuilder(output.passedRecord)
            record[Key("indicator")] = .string(row.pointee.indicator)
            record[Key("baseRiskScore")] = row.pointee.base
            record[Key("additionalRiskScore")] = row.pointee.additional
            return record.finish(in: arena)
        }
        guard let outcome = raised.outcome, !outcome.everyPassed else { return output.passedRecord }
        return output.record.setting(
            Key("result"), to: outcome.value(in: arena), in: arena)
    }

    /// An object of a few members.
    static func object(_ arena: Arena, _ fill: (inout MemberList) -> Void) -> Value {
        withUnsafeTemporaryAllocation(of: Member.self, capacity: MemberList.capacity) { room in
            var list = MemberList(room: room)
            fill(&list)
            return arena.object(UnsafeBufferPointer(rebasing: room[..<list.count]))
        }
    }
}

/// Members put together on the stack.
struct MemberList {
    static let capacity = 4
    let room: UnsafeMutableBufferPointer<Member>
    private(set) var count = 0

    init(room: UnsafeMutableBufferPointer<Member>) { self.room = room }

    mutating func add(_ key: StaticString, _ value: Value?) {
        guard let value else { return }
        room.initializeElement(at: count, to: Member(key, value))
        count += 1
    }
}

extension RuleSetOutcome {
    /// `[{status, message?}]`, one for each top-level member.
    public func value(in arena: Arena) -> Value {
        var count = 0
        let indexes = ruleSet.count
        return withUnsafeTemporaryAllocation(of: Value.self, capacity: indexes) { values in
            var index = 1
            while index < indexes {
                let message = entries[index].fault == .none ? nil : message(at: index)
                let status = Value.string(Text(entries[index].status.name))
                let result = RiskScore.object(arena) {
                    $0.add("status", status)
                    $0.add("message", message.map { arena.string($0) })
                }
                values.initializeElement(at: count, to: result)
                count += 1
                index = Int(ruleSet.start[index].end)
            }
            return arena.array(UnsafeBufferPointer(rebasing: values[..<count]))
        }
    }
}
