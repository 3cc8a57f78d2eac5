public import Documents

/// The operator's file: what one machine allows and knows that no repository may say.
///
/// It lies outside the repository, belongs to the user who runs Docket (or to root) and nobody else
/// may read or write it. Its format is in `docs/external-plugins.md`.
public struct OperatorFile: Sendable {
    /// The environment of `docket.yaml` that this machine is, if it says.
    public var environment: String?
    /// Where the secrets stand, from the root, if it says.
    public var secretsFile: String?
    /// PEM files of the certificates trusted for vendors over HTTP, from the root, in order; what
    /// `docket.yaml` says of these vendors does not count.
    public var trustRoots: [(vendor: String, path: String)] = []
    /// The programs that vendors of `kind: external` may name, in order.
    public var externals: [ExternalProgram] = []

    /// A file that allows nothing.
    public init() {}

    /// Reads a file and checks that its place and permissions are what they must be.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - repository: the repository's directories: work tree and git directory.
    /// - Returns: nil when it must not be used; the findings say why. Findings name the file as given.
    public static func read(
        _ path: String, outside repository: [String]
    ) -> (file: OperatorFile?, findings: [Finding]) {
        let place = OperatorPlace(repository)
        let bytes: [UInt8]
        do throws(OperatorPlace.Refusal) {
            bytes = try place.readPrivate(path)
        } catch {
            return (nil, [Finding(error.code, .error, error.message, file: path)])
        }
        let (file, findings) = parse(path, bytes, in: place)
        return (findings.contains { $0.level == .error } ? nil : file, findings)
    }

    static func parse(
        _ path: String, _ bytes: [UInt8], in place: OperatorPlace
    ) -> (OperatorFile, [Finding]) {
        let parsed = bytes.withUnsafeBytes { raw in
            DocumentFormat(path: path) == nil
                ? Source.parse("operator.yaml", raw) : Source.parse(path, raw)
        }
        let named = parsed.findings.map { finding in
            var finding = finding
            finding.file = path
            return finding
        }
        guard let source = parsed.source else { return (OperatorFile(), named) }
        var reader = OperatorReader(path: path, place: place)
        reader.read(source.root)
        return (reader.file, (named + reader.findings).sorted())
    }
}

/// Reads the operator's file out of its tree.
struct OperatorReader {
    let path: String
    let place: OperatorPlace
    private(set) var file = OperatorFile()
    private(set) var findings: [Finding] = []

    init(path: String, place: OperatorPlace) {
        self.path = path
        self.place = place
    }

    mutating func read(_ root: Node) {
        guard root.value.kind == .object else {
            return add(root, "OP003", "the operator's file holds settings by name")
        }
        warn(
            of: root, among: ["docket", "environment", "secretsFile", "trustRoots", "externals"],
            in: "the operator's file")
        if root["docket"]?.value.integer != 1 {
            add(root["docket"] ?? root, "OP003", "write 'docket: 1', the version of the format")
        }
        file.environment = text(root["environment"], "environment")
        if let node = root["secretsFile"], let path = text(node, "secretsFile") {
            if let problem = place.problem(ofPath: path) {
                add(node, "OP006", "secretsFile \(problem)")
            } else {
                file.secretsFile = path
            }
        }
        readTrustRoots(root["trustRoots"])
        guard let externals = root["externals"], !externals.value.isNull else { return }
        guard externals.value.kind == .object else {
            return add(externals, "OP005", "externals are programs by name")
        }
        for (key, position, node) in externals.members {
            guard !key.isEmpty, key.bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
                findings.append(
                    Finding(
                        "OP005", .error, "the name of a program has no spaces", file: path,
                        at: position))
                continue
            }
            readProgram(String(key), node)
        }
    }

    private mutating func readTrustRoots(_ node: Node?) {
        guard let node, !node.value.isNull else { return }
        guard node.value.kind == .object else {
            return add(node, "OP005", "trustRoots are paths by the vendors' names")
        }
        for (vendor, _, entry) in node.members {
            guard let path = text(entry, "the path of trusted certificates") else { continue }
            if let problem = place.problem(ofPath: path) {
                add(entry, "OP006", "the file of trusted certificates \(problem)")
            } else {
                file.trustRoots.append((String(vendor), path))
            }
        }
    }

    private mutating func readProgram(_ name: String, _ node: Node) {
        guard node.value.kind == .object else {
            return add(node, "OP005", "a program is {path: /from/the/root, …}")
        }
        warn(
            of: node,
            among: [
                "path", "arguments", "environment", "inherit", "workingDirectory", "concurrency",
                "timeoutSeconds", "startSeconds", "graceSeconds", "maxLineBytes", "maxOutputBytes",
                "restarts", "idempotent",
            ], in: "a program")
        guard let pathNode = node["path"], let path = text(pathNode, "path") else {
            return add(node, "OP005", "a program needs its path, from the root")
        }
        if let problem = place.problem(ofProgram: path) {
            return add(pathNode, "OP006", "the program \(problem)")
        }
        var program = ExternalProgram(name: name, path: path)
        program.arguments = texts(node["arguments"], "arguments")
        readEnvironment(node, &program)
        if let directory = node["workingDirectory"],
            let path = text(directory, "workingDirectory")
        {
            if let problem = place.problem(ofPath: path) {
                add(directory, "OP006", "workingDirectory \(problem)")
            } else {
                program.workingDirectory = path
            }
        }
        if let idempotent = node["idempotent"], !idempotent.value.isNull {
            if let flag = idempotent.value.bool {
                program.isIdempotent = flag
            } else {
                add(idempotent, "OP005", "idempotent is true or false")
            }
        }
        readLimits(node, &program.limits)
        file.externals.append(program)
    }

    private mutating func readEnvironment(_ node: Node, _ program: inout ExternalProgram) {
        for name in texts(node["inherit"], "inherit") {
            if let value = place.variable(name) { program.environment.append((name, value)) }
        }
        guard let variables = node["environment"], !variables.value.isNull else { return }
        guard variables.value.kind == .object else {
            return add(variables, "OP005", "environment is texts by name")
        }
        for (key, _, value) in variables.members {
            guard let text = value.value.string, isArgument(text), isVariable(String(key)) else {
                add(
                    value, "OP005",
                    "a variable of the environment is a name without '=' and a quoted text")
                continue
            }
            program.environment.removeAll { $0.name.utf8.elementsEqual(key.bytes) }
            program.environment.append((String(key), text))
        }
    }

    private mutating func readLimits(_ node: Node, _ limits: inout ExternalProgram.Limits) {
        func set(_ name: StaticString, _ range: ClosedRange<Double>, _ use: (Double) -> Void) {
            guard let entry = node[name], !entry.value.isNull else { return }
            if let number = entry.value.number, range.contains(number) {
                use(number)
            } else {
                let bounds =
                    "\(JSONWriter.line(.number(range.lowerBound))) to "
                    + JSONWriter.line(.number(range.upperBound))
                add(entry, "OP005", "\(name) is a number from \(bounds)")
            }
        }
        var read = limits
        set("concurrency", 1...1000) { read.concurrency = Int($0) }
        set("timeoutSeconds", 0.01...86_400) { read.timeoutMilliseconds = Int($0 * 1000) }
        set("startSeconds", 0.01...3_600) { read.startMilliseconds = Int($0 * 1000) }
        set("graceSeconds", 0...60) { read.graceMilliseconds = Int($0 * 1000) }
        set("maxLineBytes", 1_024...268_435_456) { read.lineBytes = Int($0) }
        set("maxOutputBytes", 1_024...1_099_511_627_776) { read.outputBytes = Int($0) }
        set("restarts", 0...100) { read.restarts = Int($0) }
        limits = read
    }

    // MARK: Pieces

    private mutating func add(_ node: Node, _ code: String, _ message: String) {
        findings.append(Finding(code, .error, message, file: path, at: node.position))
    }

    private mutating func warn(of node: Node, among known: [StaticString], in whole: String) {
        for (key, position, _) in node.members where !known.contains(where: { key == $0 }) {
            findings.append(
                Finding(
                    "OP004", .warning, "'\(key)' is no field of \(whole) and is not read",
                    file: path, at: position))
        }
    }

    private mutating func text(_ node: Node?, _ name: String) -> String? {
        guard let node, !node.value.isNull else { return nil }
        if let text = node.value.string, !text.isEmpty, isArgument(text) { return text }
        add(node, "OP005", "\(name) is a text")
        return nil
    }

    private mutating func texts(_ node: Node?, _ name: String) -> [String] {
        guard let node, !node.value.isNull else { return [] }
        let texts = node.value.array?.compactMap { $0.string.flatMap { isArgument($0) ? $0 : nil } }
        guard let texts, texts.count == node.value.count else {
            add(node, "OP005", "\(name) is a list of texts; quote numbers")
            return []
        }
        return texts
    }

    /// Whether it can be handed to a program: no text of C's holds a zero byte.
    private func isArgument(_ text: String) -> Bool { !text.utf8.contains(0) }

    private func isVariable(_ name: String) -> Bool {
        !name.isEmpty && !name.utf8.contains { $0 == 0x3D || $0 == 0 }
    }
}
