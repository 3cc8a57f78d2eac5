import Documents

/// Which members hold personal data, by what they are called.
enum PersonalNames {
    /// What lies below a member.
    enum Kind {
        /// Nothing in particular.
        case other
        /// Texts right below it name people.
        case people
        /// Everything below it is personal.
        case personal
        /// It says of what sort something is.
        case sort
    }

    private static let personal: [StaticString] = [
        "email", "mail", "phone", "mobile", "telephone", "fax", "address", "addresses", "street",
        "city", "town", "postcode", "postal", "zip", "dob", "birth", "birthday", "birthdate",
        "born",
        "birthplace", "passport", "ssn", "iban", "surname", "forename", "firstname", "lastname",
        "fullname", "middlename", "maiden", "nickname", "alias", "aliases", "aka", "initials", "ip",
        "latitude", "longitude", "signature", "nationalid", "selfie", "photo", "biometric",
    ]
    private static let people: [StaticString] = [
        "owner", "owners", "director", "directors", "shareholder", "shareholders", "ubo", "ubos",
        "person", "persons", "people", "applicant", "applicants", "signatory", "signatories",
        "beneficiary", "beneficiaries", "contact", "contacts", "officer", "officers", "associates",
        "relatives", "customer",
    ]
    private static let sorts: [StaticString] = [
        "type", "kind", "status", "country", "nationality", "code", "currency", "verified",
        "format",
    ]
    /// Before `name`: the name of a thing.
    private static let things: [StaticString] = [
        "file", "list", "source", "field", "event", "plugin", "country", "product", "vendor",
        "rule",
        "dataset", "type", "class", "state", "currency",
    ]

    static func kind(_ member: Text) -> Kind {
        let words = words(of: member)
        guard let last = words.last else { return .other }
        func isIn(_ list: [StaticString], _ word: [UInt8]) -> Bool {
            list.contains { Text($0).bytes.elementsEqual(word) }
        }
        let before = words.dropLast().last ?? []
        if isOne(last, "name") || isOne(last, "names") {
            return isIn(things, before) ? .other : .personal
        }
        if words.count > 1, isOne(last, "number") || isOne(last, "no") { return .personal }
        if isOne(last, "id"), isOne(before, "national") || isOne(before, "tax") {
            return .personal
        }
        if isIn(sorts, last) { return .sort }
        if words.contains(where: { isIn(personal, $0) }) { return .personal }
        return isIn(people, last) ? .people : .other
    }

    private static func isOne(_ word: [UInt8], _ name: StaticString) -> Bool {
        Text(name).bytes.elementsEqual(word)
    }

    /// `dateOfBirth`, `date_of_birth` and `Date of birth` as date, of, birth.
    private static func words(of member: Text) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        var wasLower = false
        for byte in member.bytes {
            let isUpper = (0x41...0x5A).contains(byte)
            let isLetter = isUpper || (0x61...0x7A).contains(byte)
            if !isLetter || isUpper && wasLower {
                if !word.isEmpty { words.append(word) }
                word = []
            }
            if isLetter { word.append(isUpper ? byte + 0x20 : byte) }
            wasLower = isLetter && !isUpper
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
