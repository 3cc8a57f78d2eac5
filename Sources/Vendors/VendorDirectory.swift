public import Definitions
public import Documents
import Glibc
import NIOSSL

/// What the operator, and not the repository, says about vendors.
public struct VendorOptions: Sendable {
    /// Makes the vendor of an external program that the operator allows; nil for one he does not.
    public typealias ExternalMaker =
        @Sendable (_ name: String, _ settings: ExternalVendorSettings) -> (any Vendor)?

    /// Which of a vendor's `environments` holds; nil for that of `docket.yaml`.
    public var environment: String?
    /// The secrets at hand.
    public var secrets: Secrets
    /// Paths (work tree, git directory) in which no file of the operator's may be.
    public var repository: [String]
    /// PEM files of the certificates trusted for a vendor, instead of what `docket.yaml` names.
    public var trustRoots: [String: String]
    /// Makes external vendors.
    public var external: ExternalMaker?
    /// Whether the operator says that a program may be asked the same again without harm.
    public var isIdempotent: @Sendable (_ program: String) -> Bool = { _ in false }
    /// Called when the run is over.
    public var close: @Sendable () async -> Void = {}

    /// Options; by default nothing is given.
    public init(
        environment: String? = nil, secrets: Secrets = .none, repository: [String] = [],
        trustRoots: [String: String] = [:], external: ExternalMaker? = nil
    ) {
        self.environment = environment
        self.secrets = secrets
        self.repository = repository
        self.trustRoots = trustRoots
        self.external = external
    }
}

/// The vendors of a run that are asked outside of it: over HTTP and in other processes. All cases of
/// the run share them, their connections and their limits.
public final class VendorDirectory: Sendable {
    private struct Entry {
        var name: String
        var vendor: any Vendor
        var secrets: GrantedSecrets
        var http: HTTPVendor?
        /// Whether every call may be repeated.
        var isIdempotent: Bool
    }

    private let entries: [Entry]
    private let closeExternals: @Sendable () async -> Void

    /// The vendors of settings.
    public convenience init(_ settings: Settings, options: VendorOptions = VendorOptions()) {
        self.init(settings, options: options, lookup: systemLookup)
    }

    /// - Parameter lookup: how names are resolved.
    init(
        _ settings: Settings, options: VendorOptions, lookup: @escaping NameLookup,
        keepingNames: Duration = .seconds(60)
    ) {
        let resolution = NameResolution(keeping: keepingNames, lookup: lookup)
        let environment = options.environment ?? settings.environment
        closeExternals = options.close
        entries = settings.vendors.compactMap { vendor in
            Self.entry(vendor.name, vendor.reach(in: environment), options, resolution)
        }
    }

    private static func entry(
        _ name: String, _ reach: VendorReach, _ options: VendorOptions,
        _ resolution: NameResolution
    ) -> Entry? {
        let names: [String]
        let vendor: any Vendor
        var isIdempotent = false
        switch reach {
        case .recorded: return nil
        case .http(let settings):
            names = settings.secrets
            isIdempotent = settings.idempotent
            vendor = http(name, settings, options, resolution)
        case .external(let settings):
            names = settings.secrets
            isIdempotent = options.isIdempotent(settings.program)
            vendor =
                options.external?(name, settings)
                ?? UnavailableVendor(
                    reason: "the vendor '\(name)' is the program '\(settings.program)', which the "
                        + "operator does not allow here")
        }
        let secrets = options.secrets.granted(names)
        return Entry(
            name: name, vendor: ScrubbedVendor(vendor: vendor, scrubber: Scrubber(secrets)),
            secrets: secrets, http: vendor as? HTTPVendor, isIdempotent: isIdempotent)
    }

    private static func http(
        _ name: String, _ settings: HTTPVendorSettings, _ options: VendorOptions,
        _ resolution: NameResolution
    ) -> any Vendor {
        var roots: [NIOSSLCertificate]?
        if let path = options.trustRoots[name] ?? settings.trustRoots {
            do throws(SecretsError) {
                let bytes = try PrivateFile.read(
                    path, what: "the file of trusted certificates", isSecret: false,
                    largest: 4 << 20, outside: options.repository)
                roots = try certificates(bytes, path)
            } catch {
                return UnavailableVendor(
                    reason: "the vendor '\(name)' is not asked: \(error.message)")
            }
        }
        return HTTPVendor(
            name: name, settings: settings, trusting: roots, resolution: resolution,
            clock: { WallClock.now })
    }

    private static func certificates(
        _ bytes: [UInt8], _ path: String
    ) throws(SecretsError) -> [NIOSSLCertificate] {
        guard let roots = try? NIOSSLCertificate.fromPEMBytes(bytes), !roots.isEmpty else {
            throw SecretsError(message: "\(path) holds no certificates in PEM")
        }
        return roots
    }

    /// A vendor that is asked outside of the run; nil for one that is recorded or not known.
    ///
    /// It takes requests with their secrets filled in; its replies hold none of them.
    public func vendor(named name: String) -> (any Vendor)? { entry(name)?.vendor }

    /// The secrets that a vendor's requests may hold; nil for one that is recorded or not known.
    public func secrets(of name: String) -> GrantedSecrets? { entry(name)?.secrets }

    /// Fills in a request's secrets, asks its vendor, and scrubs what it says.
    ///
    /// A request whose vendor or secret is missing is not sent, and its case waits.
    ///
    /// - Parameter leaving: called right before the request leaves, each time it does. A call that
    ///   waits for its turn has not left.
    public func answer(
        _ call: OutgoingCall, leaving: @escaping VendorRequest.Leaving = { true }
    ) async -> VendorReply {
        guard let entry = entry(call.vendor) else {
            return .unavailable("docket.yaml has no vendor '\(call.vendor)' that can be asked")
        }
        var filled: VendorRequest
        do throws(OutgoingCall.Unfillable) {
            filled = try call.filled(with: entry.secrets)
        } catch {
            switch error {
            case .notGranted(let name):
                return .unavailable(
                    "the vendor '\(entry.name)' is not given the secret \(name); its secrets in "
                        + "docket.yaml would have to name it")
            case .noValue(let name):
                return .unavailable(
                    "the secret \(name) of the vendor '\(entry.name)' has no value here")
            }
        }
        filled.leaving = leaving
        if entry.http == nil, !(await leaving()) {
            return .unavailable("that the vendor is asked could not be noted")
        }
        return await entry.vendor.answer(filled)
    }

    /// Whether there is none to ask.
    public var isEmpty: Bool { entries.isEmpty }

    /// Whether calls to a vendor of this name leave the process.
    public func isLive(_ vendor: String) -> Bool { entry(vendor) != nil }

    /// Whether a request may be sent twice without harm: by its method, or because its vendor knows it
    /// by its key; of a program, because the operator says so.
    public func isRepeatable(_ request: OutgoingCall) -> Bool {
        guard let entry = entry(request.vendor) else { return false }
        return entry.http?.isRepeatable(request.method) ?? entry.isIdempotent
    }

    /// The machine's clock.
    public var now: Instant { WallClock.now }

    /// Ends what the run began: connections and programs.
    public func close() async {
        await shutdown()
        await closeExternals()
    }

    /// Closes all connections. A directory that is let go closes them, too, without waiting.
    public func shutdown() async {
        for entry in entries { await entry.http?.shutdown() }
    }

    /// The vendor behind the scrubbing, for tests.
    func http(named name: String) -> HTTPVendor? { entry(name)?.http }

    private func entry(_ name: String) -> Entry? {
        entries.first { $0.name.utf8.elementsEqual(name.utf8) }
    }
}

/// A vendor that cannot be asked in this run.
struct UnavailableVendor: Vendor {
    let reason: String

    func answer(_ request: VendorRequest) async -> VendorReply { .unavailable(reason) }
}

/// The machine's clock, for when an answer came.
enum WallClock {
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: time.tv_sec * 1000 + time.tv_nsec / 1_000_000)
    }
}
