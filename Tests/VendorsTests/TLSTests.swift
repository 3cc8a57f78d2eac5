import Definitions
import Foundation
import TestServers
import Testing

@testable import Vendors

/// TLS: who is let be the vendor.
@Suite struct TLSTests {
    private func words(
        certificate name: String, trusting: Bool = true, method: String = "GET",
        options: VendorOptions = VendorOptions()
    ) async throws -> String {
        let certificate = try Certificate(for: name)
        let server = try await LoopbackServer.start(tls: certificate.context) { _, _ in
            .json("{}")
        }
        let ask = try Asking(server, options: options) {
            $0.allowPlaintext = false
            if trusting { $0.trustRoots = certificate.file }
        }
        let words = await ask(method, scheme: "https").words
        #expect(server.count == (words == "200 {}" ? 1 : 0), "nothing is sent to a stranger")
        return words
    }

    @Test func `a vendor with a certificate of a trusted root is asked`() async throws {
        #expect(try await words(certificate: "vendor.test") == "200 {}")
    }

    @Test func `a certificate that nobody trusts makes the vendor unavailable`() async throws {
        #expect(
            try await words(certificate: "vendor.test", trusting: false, method: "POST")
                == "unavailable the vendor 'v' is not available: its TLS certificate is not trusted"
        )
    }

    @Test func `a certificate for another host makes the vendor unavailable`() async throws {
        #expect(
            try await words(certificate: "other.test")
                == "unavailable the vendor 'v' is not available: its TLS certificate is for another host"
        )
    }

    @Test func `the file of trusted certificates is the operator's`() async throws {
        let certificate = try Certificate(for: "vendor.test")
        let folder = URL(fileURLWithPath: certificate.file).deletingLastPathComponent().path
        let server = try await LoopbackServer.start(tls: certificate.context) { _, _ in .json("{}")
        }
        func words(_ options: VendorOptions, _ path: String) async throws -> String {
            await (try Asking(server, options: options) { $0.trustRoots = path })(scheme: "https")
                .words
        }
        let inside = try await words(VendorOptions(repository: [folder]), certificate.file)
        #expect(inside.contains("is in the repository"))
        #expect(try await words(VendorOptions(), folder + "/none.pem").hasSuffix("is not there"))
        let instead = VendorOptions(trustRoots: ["v": certificate.file])
        #expect(try await words(instead, "/nowhere") == "200 {}")
        chmod(certificate.file, 0o666)
        #expect(try await words(VendorOptions(), certificate.file).contains("written by others"))
    }

    @Test func `plain HTTP where TLS is expected makes the vendor unavailable`() async throws {
        let server = try await LoopbackServer.start { _, _ in .json("{}") }
        let words = await (try Asking(server))(scheme: "https").words
        #expect(words.hasPrefix("unavailable the vendor 'v' is not available:"), "\(words)")
    }
}
