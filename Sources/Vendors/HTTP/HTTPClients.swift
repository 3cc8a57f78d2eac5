import AsyncHTTPClient
import Definitions
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The connections of one vendor: a client for each address that a host was checked to have.
///
/// A client's connections go to its address and nowhere else; the certificate is still that of the
/// host. All clients of a run share the process's event loops.
final class HTTPClients: Sendable {
    private struct Place: Hashable {
        var host: String
        var address: NetworkAddress
    }

    private let settings: HTTPVendorSettings
    private let tls: TLSConfiguration
    private let clients = Mutex<[Place: HTTPClient]>([:])

    init(_ settings: HTTPVendorSettings, trusting roots: [NIOSSLCertificate]?) {
        self.settings = settings
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.certificateVerification = .fullVerification
        if let roots { tls.trustRoots = .certificates(roots) }
        self.tls = tls
    }

    deinit {
        for client in clients.withLock({ Array($0.values) }) {
            let _: EventLoopFuture<Void> = client.shutdown()
        }
    }

    /// The client whose connections to a host go to an address.
    func client(for host: String, at address: NetworkAddress) -> HTTPClient {
        let place = Place(host: host, address: address)
        return clients.withLock { clients in
            if let client = clients[place] { return client }
            let client = HTTPClient(
                eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
                configuration: configuration(place))
            clients[place] = client
            return client
        }
    }

    private func configuration(_ place: Place) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(.seconds(settings.connectTimeoutSeconds))),
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.dnsOverride = [place.host: place.address.description]
        // Shorter than servers keep an idle connection, so that few requests meet a closed one.
        configuration.connectionPool.idleTimeout = .seconds(4)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
            settings.concurrency
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Closes all connections; calls that are still out end.
    func shutdown() async {
        let closing = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in closing {
            let closed: EventLoopFuture<Void> = client.shutdown()
            try? await closed.get()
        }
    }
}
