/// Made-up applications of companies, the same in every run: what the workloads of `compare` read.
struct Applications {
    private var state: UInt64 = 0x5DEE_CE66_D1CE_4E5B

    /// JSON texts, one application each; one in four has something that the schemas refuse.
    static func make(_ count: Int) -> [String] {
        var maker = Applications()
        return (0..<count).map { maker.application($0) }
    }

    private mutating func next(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    private mutating func pick(_ items: [String]) -> String { items[next(items.count)] }

    private mutating func digits(_ count: Int) -> String {
        (0..<count).map { _ in String(next(10)) }.joined()
    }

    private mutating func hex(_ count: Int) -> String {
        (0..<count).map { _ in String(next(16), radix: 16) }.joined()
    }

    private static let countries = ["GB", "NL", "DE", "FR", "SE", "PL", "KY", "PA"]
    private static let names = [
        "Sample", "Muster", "Voorbeeld", "Exemple", "Prov", "Wzór", "Beispiel",
    ]
    private static let givenNames = [
        "Ann", "Bo", "Céline", "Dirk", "Eva", "Finn", "Grażyna", "Hal",
    ]

    private mutating func day(_ from: Int, _ years: Int) -> String {
        let month = 1 + next(12)
        let day = 1 + next(28)
        return "\(from + next(years))-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }

    private mutating func application(_ number: Int) -> String {
        let country = pick(Applications.countries)
        // 0 to 3 are sound; each of the others breaks one thing.
        let defect = number % 4 == 3 ? 1 + number / 4 % 8 : 0
        let id = String(1_000_000 + number).dropFirst()
        let owners = (0..<(1 + next(4))).map { owner($0, defect) }.joined(separator: ",")
        let documents = (0..<(2 + next(4))).map { document($0, defect) }.joined(separator: ",")
        let transactions = (0..<30).map { transaction($0, defect) }.joined(separator: ",")
        let hits = (0..<next(3)).map { hit($0) }.joined(separator: ",")
        let registration = defect == 1 ? "n/a" : "0" + digits(7)
        let email = defect == 2 ? "desk at example.com" : "desk@sample\(next(90)).example.com"
        let city = defect == 3 ? "" : #""city": "\#(pick(["London", "Utrecht", "Köln", "Lyon"]))","#
        return #"""
            {"id": "app-\#(id)", "entity": {"type": "business", "data": {
            "companyName": "Example \#(pick(Applications.names)) Trading \#(number) Ltd",
            "registrationNumber": "\#(registration)", "country": "\#(country)",
            "industry": "\#(pick(["Wholesale", "retail", "gambling", "Software", "Logistics"]))",
            "employees": \#(next(400)), "turnover": \#(1000 + next(4_000_000)).\#(10 + next(90)),
            "incorporated": "\#(day(1980, 44))", "email": "\#(email)",
            "website": "https://www.sample\#(next(90)).example.com/about?lang=en",
            "phone": "+44 20 7946 0\#(digits(3))",
            "address": {"street": "\#(1 + next(200)) Example Street", \#(city)
            "postcode": "\#(digits(4)) AB", "country": "\#(next(5) == 0 ? "KY" : country)"},
            "owners": [\#(owners)]}},
            "documents": [\#(documents)],
            "pluginsOutput": {"registry": {"status": "active", "score": \#(next(100)), "found": true},
            "sanctions": {"hits": [\#(hits)], "highest": 0.\#(digits(2))1}},
            "transactions": [\#(transactions)]}
            """#.split(separator: "\n").joined()
    }

    private mutating func owner(_ index: Int, _ defect: Int) -> String {
        let id = "\(hex(8))-\(hex(4))-4\(hex(3))-8\(hex(3))-\(hex(12))"
        let share = defect == 4 && index == 0 ? "140" : String(5 + next(60))
        let pep = next(10) == 0 ? "true" : "false"
        let born = defect == 5 && index == 0 ? "1970-02-30" : day(1945, 55)
        return #"""
            {"id": "\#(id)", "firstName": "\#(pick(Applications.givenNames))",
             "lastName": "\#(pick(Applications.names))son", "nationality": "\#(pick(Applications.countries))",
             "dateOfBirth": "\#(born)", "share": \#(share), "pep": \#(pep)}
            """#
    }

    private mutating func document(_ index: Int, _ defect: Int) -> String {
        let kinds = [
            ("proof_of_identity", "passport"), ("proof_of_address", "utility_bill"),
            ("proof_of_registration", "extract"), ("proof_of_registration", "certificate"),
        ]
        let (category, type) = kinds[next(kinds.count)]
        let status = defect == 6 && index == 1 ? "lost" : pick(["approved", "approved", "pending"])
        return #"""
            {"id": "doc-\#(index + 1)", "category": "\#(category)",
             "type": "\#(defect == 7 && index == 0 ? "napkin" : type)", "pages": \#(1 + next(9)),
             "decision": {"status": "\#(status)"}}
            """#
    }

    private mutating func hit(_ index: Int) -> String {
        #"{"name": "\#(pick(Applications.names)) \#(index)", "score": 0.\#(digits(2))1, "lists": ["EU", "\#(pick(["UN", "OFAC"]))"]}"#
    }

    private mutating func transaction(_ index: Int, _ defect: Int) -> String {
        let amount = defect == 8 && index == 17 ? "-3" : "\(1 + next(9_999)).\(1 + next(9))"
        let country = pick(Applications.countries)
        return #"""
            {"id": "t-\#(1000 + index)", "amount": \#(amount), "currency": "\#(pick(["EUR", "GBP", "USD"]))",
             "direction": "\#(pick(["in", "out"]))", "at": "\#(day(2026, 1))T1\#(digits(1)):30:0\#(digits(1))Z",
             "counterparty": {"name": "\#(pick(Applications.names)) & Co", "country": "\#(country)"}}
            """#
    }
}
