import Documents

/// A vendor of `docket.yaml`: how it is reached, and how in one environment instead.
public struct VendorSettings: Sendable {
    /// Its name, as plugins give it.
    public var name: String
    /// How it is reached unless the environment says otherwise.
    public var reach: VendorReach
    /// How it is reached in an environment, in the order of the file.
    public var environments: [(name: String, reach: VendorReach)]
    /// Of an asynchronous vendor, the dotted path in the context where its callback's payload goes.
    public var resultDestination: String?

    /// A vendor.
    public init(
        name: String, reach: VendorReach,
        environments: [(name: String, reach: VendorReach)] = [], resultDestination: String? = nil
    ) {
        self.name = name
        self.reach = reach
        self.environments = environments
        self.resultDestination = resultDestination
    }

    /// How it is reached in an environment.
    public func reach(in environment: String) -> VendorReach {
        environments.first { $0.name.utf8.elementsEqual(environment.utf8) }?.reach ?? reach
    }
}

/// How a vendor is reached.
public enum VendorReach: Sendable {
    /// Answers stand in a file of the repository.
    case recorded(answers: String)
    /// A service that speaks HTTP.
    case http(HTTPVendorSettings)
    /// A program that the operator allows by this name.
    case external(ExternalVendorSettings)
}

/// A vendor that is a program of the operator's: `kind: external`.
public struct ExternalVendorSettings: Sendable {
    /// The name under which the operator allows it; which executable that is stands outside the
    /// repository.
    public var program: String
    /// Names of the secrets that it is given.
    public var secrets: [String]

    /// A program.
    public init(program: String, secrets: [String] = []) {
        self.program = program
        self.secrets = secrets
    }
}

/// A vendor over HTTP: `kind: http`. Times are in seconds.
public struct HTTPVendorSettings: Sendable {
    /// The only hosts that its URLs may name: `host`, `host:port`, `*.example.com`. Without a port
    /// only the scheme's own.
    public var hosts: [String]
    /// Calls at once, 1 to 1,000.
    public var concurrency = 20
    /// Calls started in a second, 0.001 to 10,000; nil for as many as come.
    public var ratePerSecond: Double?
    /// From the connection to the last byte of one attempt, 0.01 to 600.
    public var timeoutSeconds = 30.0
    /// For a connection, 0.01 to 60.
    public var connectTimeoutSeconds = 5.0
    /// Further attempts at what is safe to repeat, 0 to 10.
    public var retries = 2
    /// The longest wait before the first retry, doubled for each further one; 0 to 60.
    public var backoffSeconds = 0.5
    /// The longest `Retry-After` that is waited for; past it the case waits for a later run. 0 to
    /// 3,600.
    public var maxRetryAfterSeconds = 30.0
    /// Failures in a row after which the vendor counts as down, 1 to 1,000.
    public var breakerFailures = 10
    /// How long it then is not asked, 0.01 to 3,600.
    public var breakerSeconds = 30.0
    /// Whether every call may be repeated, because the vendor knows it by its `Idempotency-Key`.
    public var idempotent = false
    /// Bytes of an answer's body, 1 to 64 MiB.
    public var maxResponseBytes = 1 << 20
    /// Whether its hosts may have private addresses (RFC 1918, loopback, unique local, shared).
    public var allowPrivate = false
    /// Whether `http:` URLs are let through.
    public var allowPlaintext = false
    /// An absolute path of a PEM file of the certificates trusted instead of the system's.
    public var trustRoots: String?
    /// Names of the secrets that its requests may hold.
    public var secrets: [String] = []

    /// A vendor that is reached at these hosts, all else by default.
    public init(hosts: [String]) { self.hosts = hosts }
}

/// Reads `vendors` of `docket.yaml`.
struct VendorSettingsReader {
    private(set) var vendors: [VendorSettings] = []
    private(set) var findings: [Finding] = []

    private static let common: [(name: StaticString, kind: Shape.Kind)] = [
        ("kind", .string), ("description", .string),
    ]
    private static let whole: [(name: StaticString, kind: Shape.Kind)] = [
        ("environments", .object), ("resultDestination", .string),
    ]
    private static let recorded: [(name: StaticString, kind: Shape.Kind)] = [("answers", .string)]
    private static let external: [(name: StaticString, kind: Shape.Kind)] = [
        ("program", .string), ("secrets", .any),
    ]
    private static let http: [(name: StaticString, kind: Shape.Kind)] = [
        ("hosts", .names), ("concurrency", .number), ("ratePerSecond", .number),
        ("timeoutSeconds", .number), ("connectTimeoutSeconds", .number), ("retries", .number),
        ("backoffSeconds", .number), ("maxRetryAfterSeconds", .number), ("breaker", .object),
        ("idempotent", .bool), ("maxResponseBytes", .number), ("allowPrivate", .bool),
        ("allowPlaintext", .bool), ("trustRoots", .string), ("secrets", .any),
    ]
    private static let breaker = Shape(
        whole: "breaker", members: [("failures", .number), ("seconds", .number)],
        unknown: "CFG002", type: "CFG006")

    mutating func read(_ node: Node?) {
        for (key, _, entry) in node?.members ?? [] {
            guard entry.value.kind == .object else {
                findings.append(
                    entry.finding("CFG006", .error, "the vendor '\(key)' is an object with a kind"))
                continue
            }
            let reach = reach(entry, over: nil)
            let environments = environments(entry, reach)
            guard let reach else { continue }
            vendors.append(
                VendorSettings(
                    name: String(key), reach: reach, environments: environments,
                    resultDestination: entry["resultDestination"]?.value.string))
        }
    }

    /// An environment that names a kind stands alone; one that names none changes what it names.
    private mutating func environments(
        _ entry: Node, _ whole: VendorReach?
    ) -> [(name: String, reach: VendorReach)] {
        var result: [(name: String, reach: VendorReach)] = []
        for (name, _, node) in entry["environments"]?.members ?? [] {
            guard node.value.kind == .object else {
                findings.append(
                    node.finding("CFG006", .error, "the environment '\(name)' is an object"))
                continue
            }
            let over = node["kind"] == nil ? whole : nil
            if node["kind"] == nil && whole == nil { continue }
            if let reach = reach(node, over: over, isWhole: false) {
                result.append((String(name), reach))
            }
        }
        return result
    }

    private mutating func reach(
        _ node: Node, over other: VendorReach?, isWhole: Bool = true
    ) -> VendorReach? {
        let kind = other?.kind ?? node["kind"]?.value.string ?? ""
        let members: [(name: StaticString, kind: Shape.Kind)]
        switch kind {
        case "recorded": members = Self.recorded
        case "external": members = Self.external
        case "http": members = Self.http
        default:
            findings.append(
                (node["kind"] ?? node).finding(
                    "CFG010", .error, "the kind of a vendor is http, recorded or external"))
            return nil
        }
        findings += Shape(
            whole: "this kind of vendor",
            members: Self.common + (isWhole ? Self.whole : []) + members, unknown: "CFG002",
            type: "CFG006"
        ).check(node)
        switch kind {
        case "recorded": return recorded(node, over: other)
        case "external": return external(node, over: other)
        default: return http(node, over: other)
        }
    }

    private mutating func recorded(_ node: Node, over other: VendorReach?) -> VendorReach? {
        if let answers = node["answers"]?.value.string { return .recorded(answers: answers) }
        if let other { return other }
        findings.append(
            node.finding(
                "CFG012", .error, "a recorded vendor needs answers: vendors/NAME.yaml"))
        return nil
    }

    private mutating func external(_ node: Node, over other: VendorReach?) -> VendorReach? {
        var settings = ExternalVendorSettings(program: "")
        if case .external(let whole)? = other { settings = whole }
        if let program = node["program"]?.value.string { settings.program = program }
        settings.secrets = secrets(node) ?? settings.secrets
        if settings.program.isEmpty {
            findings.append(
                node.finding(
                    "CFG012", .error,
                    "an external vendor needs program: the name under which the operator allows it")
            )
            return nil
        }
        return .external(settings)
    }

    // MARK: HTTP

    private mutating func http(_ node: Node, over other: VendorReach?) -> VendorReach? {
        var settings = HTTPVendorSettings(hosts: [])
        if case .http(let whole)? = other { settings = whole }
        readHosts(node, into: &settings)
        read(node, "concurrency", 1...1000, into: &settings.concurrency)
        if let rate = number(node, "ratePerSecond", 0.001...10_000) {
            settings.ratePerSecond = rate
        }
        read(node, "timeoutSeconds", 0.01...600, into: &settings.timeoutSeconds)
        read(node, "connectTimeoutSeconds", 0.01...60, into: &settings.connectTimeoutSeconds)
        read(node, "retries", 0...10, into: &settings.retries)
        read(node, "backoffSeconds", 0...60, into: &settings.backoffSeconds)
        read(node, "maxRetryAfterSeconds", 0...3600, into: &settings.maxRetryAfterSeconds)
        read(node, "maxResponseBytes", 1...(64 << 20), into: &settings.maxResponseBytes)
        if let breaker = node["breaker"], breaker.value.kind == .object {
            findings += Self.breaker.check(breaker)
            read(breaker, "failures", 1...1000, into: &settings.breakerFailures)
            read(breaker, "seconds", 0.01...3600, into: &settings.breakerSeconds)
        }
        if let flag = node["idempotent"]?.value.bool { settings.idempotent = flag }
        if let flag = node["allowPrivate"]?.value.bool { settings.allowPrivate = flag }
        if let flag = node["allowPlaintext"]?.value.bool { settings.allowPlaintext = flag }
        readTrustRoots(node["trustRoots"], into: &settings)
        settings.secrets = secrets(node) ?? settings.secrets
        return settings.hosts.isEmpty ? nil : .http(settings)
    }

    private mutating func readHosts(_ node: Node, into settings: inout HTTPVendorSettings) {
        let hosts = node["hosts"]
        if hosts == nil && !settings.hosts.isEmpty { return }
        let before = findings.count
        settings.hosts = []
        for host in hosts?.elements ?? [] {
            guard let name = host.value.string else { continue }
            if let problem = HostPattern.problem(name) {
                findings.append(host.finding("CFG021", .error, "'\(name)' \(problem)"))
            } else {
                settings.hosts.append(name)
            }
        }
        if settings.hosts.isEmpty && findings.count == before {
            findings.append(
                (hosts ?? node).finding(
                    "CFG020", .error,
                    "a vendor over HTTP needs hosts, the hosts that its URLs may name"))
        }
    }

    private mutating func readTrustRoots(_ node: Node?, into settings: inout HTTPVendorSettings) {
        guard let node, let path = node.value.string else { return }
        if path.utf8.first == UInt8(ascii: "/") {
            settings.trustRoots = path
        } else {
            findings.append(
                node.finding(
                    "CFG024", .error,
                    "trustRoots is an absolute path outside the repository: who may change a "
                        + "definition must not choose which certificates are trusted"))
        }
    }

    private mutating func secrets(_ node: Node) -> [String]? {
        guard let node = node["secrets"] else { return nil }
        guard node.value.kind == .array else {
            findings.append(
                node.finding(
                    "CFG023", .error,
                    "secrets is a list of names; values never stand in the repository"))
            return nil
        }
        return node.elements.compactMap { entry in
            if let name = entry.value.string, SecretName.isSound(name) { return name }
            findings.append(
                entry.finding(
                    "CFG023", .error,
                    "the name of a secret is letters, digits and '_', not beginning with a digit"))
            return nil
        }
    }

    // MARK: Numbers

    private mutating func read(
        _ node: Node, _ name: StaticString, _ range: ClosedRange<Int>, into target: inout Int
    ) {
        let bounds = Double(range.lowerBound)...Double(range.upperBound)
        guard let number = number(node, name, bounds) else { return }
        if number == Double(Int(number)) {
            target = Int(number)
        } else {
            node[name].map {
                findings.append($0.finding("CFG022", .error, "\(name) is a whole number"))
            }
        }
    }

    private mutating func read(
        _ node: Node, _ name: StaticString, _ range: ClosedRange<Double>,
        into target: inout Double
    ) {
        if let number = number(node, name, range) { target = number }
    }

    private mutating func number(
        _ node: Node, _ name: StaticString, _ range: ClosedRange<Double>
    ) -> Double? {
        guard let node = node[name], node.value.isNumber else { return nil }
        if let number = node.value.number, range.contains(number) { return number }
        let bounds = [range.lowerBound, range.upperBound].map {
            $0 == Double(Int($0)) ? "\(Int($0))" : "\($0)"
        }
        findings.append(
            node.finding("CFG022", .error, "\(name) is from \(bounds[0]) to \(bounds[1])"))
        return nil
    }
}

extension VendorReach {
    /// The secrets that its requests may hold; nil of one that is sent none.
    var secrets: [String]? {
        switch self {
        case .recorded: nil
        case .http(let settings): settings.secrets
        case .external(let settings): settings.secrets
        }
    }

    fileprivate var kind: String {
        switch self {
        case .recorded: "recorded"
        case .http: "http"
        case .external: "external"
        }
    }
}
