extension PatternTranslator {
    /// What an atom of a class, or an escape outside one, stands for.
    enum Atom {
        case character(UInt32)
        case set(CharacterSet)
        case property(String)
    }

    /// The members of a class, as PCRE2 writes them.
    struct ClassMembers {
        private var set = CharacterSet()
        private var properties = ""

        mutating func add(_ atom: Atom) {
            switch atom {
            case .character(let scalar): set.insert(scalar...scalar)
            case .set(let other): set.formUnion(other)
            case .property(let spelled): properties += spelled
            }
        }

        mutating func add(_ range: ClosedRange<UInt32>) { set.insert(range) }

        func spelled(negated: Bool) -> String {
            let members = set.spelled + properties
            if members.isEmpty { return negated ? "(?s:.)" : "(?!)" }
            return negated ? "[^\(members)]" : "[\(members)]"
        }
    }
}
