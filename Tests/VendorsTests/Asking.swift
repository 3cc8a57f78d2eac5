import Definitions
import Foundation
import Synchronization
import TestServers

@testable import Vendors

/// A directory with one vendor, `v`, whose host `vendor.test` is this machine.
struct Asking {
    let directory: VendorDirectory
    let port: Int

    /// - Parameter settings: changes to settings that are quick to give up.
    init(
        _ server: LoopbackServer, environment: [String: String] = [:],
        options: VendorOptions = VendorOptions(),
        names: Names = .here,
        keepingNames: Duration = .seconds(60),
        settings change: (inout HTTPVendorSettings) -> Void = { _ in }
    ) throws {
        self.init(
            port: server.port,
            environment: environment, options: options, names: names, keepingNames: keepingNames,
            settings: change)
    }

    init(
        port: Int, environment: [String: String] = [:],
        options: VendorOptions = VendorOptions(),
        names: Names = .here,
        keepingNames: Duration = .seconds(60),
        settings change: (inout HTTPVendorSettings) -> Void = { _ in }
    ) {
        var http = HTTPVendorSettings(hosts: ["vendor.test:\(port)"])
        http.allowPrivate = true
        http.allowPlaintext = true
        http.retries = 0
        http.backoffSeconds = 0.005
        http.timeoutSeconds = 10
        change(&http)
        var settings = Settings()
        settings.vendors = [VendorSettings(name: "v", reach: .http(http))]
        var options = options
        if let secrets = try? Secrets.load(environment: environment) { options.secrets = secrets }
        directory = VendorDirectory(
            settings, options: options, lookup: names.lookup, keepingNames: keepingNames)
        self.port = port
    }

    func callAsFunction(
        _ method: String = "GET", _ path: String = "/check", scheme: String = "http",
        headers: [(name: String, value: [UInt8])] = [], body: [UInt8]? = nil
    ) async -> VendorReply {
        await url("\(scheme)://vendor.test:\(port)\(path)", method, headers: headers, body: body)
    }

    func url(
        _ url: String, _ method: String = "GET",
        headers: [(name: String, value: [UInt8])] = [], body: [UInt8]? = nil
    ) async -> VendorReply {
        await directory.answer(
            OutgoingCall(
                key: String(repeating: "0a", count: 32), vendor: "v", method: method,
                url: Array(url.utf8), headers: headers, body: body))
    }
}

/// How names are resolved in a test.
struct Names {
    let lookup: NameLookup

    /// To this machine.
    static let here = Names.to("127.0.0.1")

    static func to(_ addresses: String...) -> Names {
        let addresses = addresses.compactMap { NetworkAddress($0) }
        return Names { _ in addresses }
    }
}

/// A slot of a secret, as definitions are compiled to.
func slot(_ name: String) -> [UInt8] { [0xFF] + Array(name.utf8) + [0xFE] }

extension VendorReply {
    /// `200 {"a":1}`, `failure …`, `unavailable …` or `unknown …`.
    var words: String {
        switch self {
        case .response(let status, _, let body, _, _):
            "\(status) " + String(decoding: body, as: UTF8.self)
        case .failure(let message, _): "failure \(message)"
        case .unavailable(let reason): "unavailable \(reason)"
        case .unknown(let reason): "unknown \(reason)"
        }
    }
}

/// Something that several tasks of a test change.
final class Shared<Content: Sendable>: Sendable {
    private let content: Mutex<Content>
    init(_ content: Content) { self.content = Mutex(content) }
    func withLock<Result: Sendable>(_ body: @Sendable (inout Content) -> Result) -> Result {
        content.withLock { content in body(&content) }
    }
}
