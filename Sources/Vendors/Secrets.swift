import Definitions
import Documents
import Glibc

/// Why secrets could not be read. Never holds a value.
public struct SecretsError: Error, Hashable, Sendable {
    /// What is wrong and what to do, a sentence.
    public let message: String
}

/// The secrets that an operator gives to Docket: variables `DOCKET_SECRET_NAME` of the environment,
/// and members of a file outside the repository. Nothing else of the environment can be reached.
public struct Secrets: Sendable {
    /// What the variables of the environment begin with.
    public static let environmentPrefix = "DOCKET_SECRET_"
    /// The fewest bytes of a value: a shorter one could not be told from other text in answers.
    public static let fewestBytes = 4
    private static let largestFile = 1 << 20

    private let values: [String: [UInt8]]

    /// None.
    public static let none = Secrets(values: [:])

    private init(values: [String: [UInt8]]) { self.values = values }

    /// Reads the secrets. A variable stands before a member of the file.
    ///
    /// - Parameters:
    ///   - environment: all of it; only variables with the prefix are looked at.
    ///   - file: YAML or JSON, `NAME: "value"`; owned by this user or root, for its owner only.
    ///   - repository: paths (work tree, git directory) in which the file may not be.
    public static func load(
        environment: [String: String], file: String? = nil, repository: [String] = []
    ) throws(SecretsError) -> Secrets {
        var values: [String: [UInt8]] = [:]
        if let file {
            let bytes = try PrivateFile.read(
                file, what: "the file of secrets", isSecret: true, largest: largestFile,
                outside: repository)
            try read(bytes, of: file, into: &values)
        }
        for (name, value) in environment where name.hasPrefix(environmentPrefix) {
            let name = String(name.dropFirst(environmentPrefix.count))
            guard SecretName.isSound(name) else { continue }
            values[name] = try checked(Array(value.utf8), name)
        }
        return Secrets(values: values)
    }

    private static func read(
        _ bytes: [UInt8], of file: String, into values: inout [String: [UInt8]]
    ) throws(SecretsError) {
        // Messages of the parser may quote the text, so that none is passed on.
        guard let source = bytes.withUnsafeBytes({ Source.parse(file, $0) }).source,
            source.root.value.kind == .object
        else {
            throw SecretsError(message: "\(file) is not a mapping of names to secrets")
        }
        for (key, position, member) in source.root.members {
            let place = "\(file):\(position?.line ?? 0)"
            let name = String(key)
            guard SecretName.isSound(name) else {
                throw SecretsError(
                    message:
                        "\(place): a name is letters, digits and '_', not beginning with a digit")
            }
            guard let text = member.value.text else {
                throw SecretsError(message: "\(place): write the value of \(name) in quotes")
            }
            values[name] = try checked(Array(text.bytes), name)
        }
    }

    private static func checked(_ value: [UInt8], _ name: String) throws(SecretsError) -> [UInt8] {
        guard value.count >= fewestBytes else {
            throw SecretsError(
                message: "the secret \(name) is shorter than \(fewestBytes) bytes: it could not be "
                    + "scrubbed from answers")
        }
        return value
    }

    /// A text with each value, in whatever form, as the name of its secret.
    public func scrubbed(_ text: String) -> String {
        Scrubber(granted(values.keys.sorted())).scrub(text)
    }

    /// Those of some names, for one vendor.
    public func granted(_ names: [String]) -> GrantedSecrets {
        GrantedSecrets(names: names, values: values.filter { names.contains($0.key) })
    }
}

/// The secrets that one vendor's requests may hold.
public struct GrantedSecrets: Sendable {
    /// The names, with or without a value.
    public let names: [String]
    let values: [String: [UInt8]]

    /// Of the names, in order, those without a value.
    public var missing: [String] { names.filter { values[$0] == nil } }
}

extension Secrets: CustomStringConvertible, CustomReflectable {
    /// Says how many there are, never which.
    public var description: String { "\(values.count) secrets" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension GrantedSecrets: CustomStringConvertible, CustomReflectable {
    /// The names only.
    public var description: String { "secrets " + names.joined(separator: ", ") }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Files of the operator's, which must not be a repository's to write.
enum PrivateFile {
    /// The bytes of a file.
    ///
    /// - Parameter isSecret: whether others must not read it, too; nobody else may write it ever.
    static func read(
        _ path: String, what: String, isSecret: Bool, largest: Int, outside repository: [String]
    ) throws(SecretsError) -> [UInt8] {
        guard let real = realPath(path) else {
            throw SecretsError(message: "\(what) \(path) is not there")
        }
        for place in repository {
            guard let root = realPath(place) else { continue }
            if real.utf8.elementsEqual(root.utf8) || real.hasPrefix(root + "/") {
                throw SecretsError(
                    message: "\(what) \(path) is in the repository \(place); move it out of there")
            }
        }
        let descriptor = open(real, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw SecretsError(message: "\(what) \(path) cannot be read")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SecretsError(message: "\(what) \(path) is no regular file")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw SecretsError(message: "\(what) \(path) belongs to another user")
        }
        guard status.st_mode & (isSecret ? 0o077 : 0o022) == 0 else {
            throw SecretsError(
                message: isSecret
                    ? "\(what) \(path) is open to others; 'chmod 600 \(path)' closes it"
                    : "\(what) \(path) can be written by others; 'chmod go-w \(path)' prevents it")
        }
        guard Int(status.st_size) <= largest else {
            throw SecretsError(message: "\(what) \(path) is larger than \(largest) bytes")
        }
        return try content(descriptor, "\(what) \(path)", largest)
    }

    private static func content(
        _ descriptor: Int32, _ name: String, _ largest: Int
    ) throws(SecretsError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= largest {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw SecretsError(message: "\(name) cannot be read") }
            bytes += buffer[..<count]
        }
        throw SecretsError(message: "\(name) is larger than \(largest) bytes")
    }

    private static func realPath(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
