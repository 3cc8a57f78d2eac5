internal import CLibGit2

/// A name and an email address as git writes them into commits.
public struct Identity: Sendable, Hashable, CustomStringConvertible {
    /// The person's or program's name.
    public let name: String
    /// The address, without angle brackets.
    public let email: String

    /// Docket's own, used when git has none configured.
    public static let docket = Identity(name: "Docket", email: "docket@localhost")

    /// An identity with what git cannot store taken out: angle brackets, line ends and NUL
    /// anywhere; spaces and the punctuation `.,:;"\'` at the ends. An empty name becomes Docket's.
    public init(name: String, email: String) {
        let name = Self.cleaned(name)
        self.name = name.isEmpty ? "Docket" : name
        self.email = Self.cleaned(email)
    }

    /// An identity as a commit has it, whatever stands there.
    init(reading name: String, email: String) {
        self.name = name
        self.email = email
    }

    /// As git shows it: `Name <email>`.
    public var description: String { "\(name) <\(email)>" }

    /// `user.name` and `user.email` of all configuration levels; Docket's own unless both are there.
    static func configured(in repository: OpaquePointer) -> Identity {
        var config: OpaquePointer?
        guard git_repository_config_snapshot(&config, repository) == 0 else { return .docket }
        defer { git_config_free(config) }
        var name: UnsafePointer<CChar>?
        var email: UnsafePointer<CChar>?
        guard git_config_get_string(&name, config, "user.name") == 0, let name,
            git_config_get_string(&email, config, "user.email") == 0, let email
        else { return .docket }
        let configured = Identity(name: String(cString: name), email: String(cString: email))
        return configured.email.isEmpty ? .docket : configured
    }

    private static func cleaned(_ text: String) -> String {
        var bytes = text.utf8.filter { $0 >= 0x20 && $0 != 0x3C && $0 != 0x3E && $0 != 0x7F }
        func isCrud(_ byte: UInt8) -> Bool {
            byte == 0x20 || Array(".,:;\"\\'".utf8).contains(byte)
        }
        while let last = bytes.last, isCrud(last) { bytes.removeLast() }
        return String(decoding: bytes.drop(while: isCrud), as: UTF8.self)
    }
}
