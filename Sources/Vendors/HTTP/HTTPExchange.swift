import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// What came of one attempt.
enum ExchangeOutcome: Sendable {
    /// A whole answer.
    case answer(status: Int, headers: [(String, String)], body: [UInt8])
    /// An answer with this status and a body that is too large; what came after the limit was not read.
    case tooLarge(status: Int)
    /// Nothing was sent, because of this.
    case notSent(String)
    /// The request left and no whole answer came back, because of this.
    case lost(String)
}

/// Sends one request and gathers its answer, never more of it than is allowed.
final class HTTPExchange: HTTPClientResponseDelegate {
    typealias Response = Void

    private struct TooLarge: Error {}

    private struct Gathered {
        var wasSent = false
        var status = 0
        var headers: [(String, String)] = []
        var body: [UInt8] = []
        var isTooLarge = false
    }

    private let gathered = Mutex(Gathered())
    private let limit: Int
    /// The answer to a HEAD announces the length of what a GET would get.
    private let expectsBody: Bool

    private init(limit: Int, expectsBody: Bool) {
        self.limit = limit
        self.expectsBody = expectsBody
    }

    /// Sends a request over a client; ends with the deadline or the task's cancellation.
    static func perform(
        _ request: HTTPClient.Request, over client: HTTPClient, timeout: Duration, limit: Int
    ) async -> ExchangeOutcome {
        let exchange = HTTPExchange(limit: limit, expectsBody: request.method != .HEAD)
        let task = client.execute(
            request: request, delegate: exchange, deadline: .now() + TimeAmount(timeout))
        do {
            try await withTaskCancellationHandler {
                try await task.get()
            } onCancel: {
                task.cancel()
            }
            return exchange.gathered.withLock {
                .answer(status: $0.status, headers: $0.headers, body: $0.body)
            }
        } catch {
            let why = reason(error, timeout: timeout)
            return exchange.gathered.withLock {
                if $0.isTooLarge { return .tooLarge(status: $0.status) }
                return $0.wasSent ? .lost(why) : .notSent(why)
            }
        }
    }

    // MARK: What the client tells

    func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
        gathered.withLock { $0.wasSent = true }
    }

    func didReceiveHead(
        task: HTTPClient.Task<Void>, _ head: HTTPResponseHead
    ) -> EventLoopFuture<Void> {
        let announced = head.headers.first(name: "content-length").flatMap { Int($0) }
        let fits = gathered.withLock {
            $0.status = Int(head.status.code)
            $0.headers = head.headers.map { ($0.name.lowercased(), $0.value) }
            $0.isTooLarge = (announced ?? 0) > limit && expectsBody
            return !$0.isTooLarge
        }
        return finish(task, fits)
    }

    func didReceiveBodyPart(
        task: HTTPClient.Task<Void>, _ buffer: ByteBuffer
    ) -> EventLoopFuture<Void> {
        let fits = gathered.withLock {
            $0.isTooLarge = $0.body.count + buffer.readableBytes > limit
            if !$0.isTooLarge { $0.body.append(contentsOf: buffer.readableBytesView) }
            return !$0.isTooLarge
        }
        return finish(task, fits)
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws {}

    private func finish(_ task: HTTPClient.Task<Void>, _ fits: Bool) -> EventLoopFuture<Void> {
        fits
            ? task.eventLoop.makeSucceededVoidFuture()
            : task.eventLoop.makeFailedFuture(TooLarge())
    }

    // MARK: Errors

    /// A sentence's part of our own for an error: what a library says may hold anything.
    private static func reason(_ error: any Error, timeout: Duration) -> String {
        switch error {
        case let error as HTTPClientError: return reason(error, timeout)
        case let error as NIOConnectionError:
            return error.connectionErrors.first.map { reason($0.error, timeout: timeout) }
                ?? "no connection could be made"
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            return "the connection was refused"
        case let error as IOError where error.errnoCode == ECONNRESET:
            return "the connection was reset"
        case let error as IOError
        where error.errnoCode == EHOSTUNREACH || error.errnoCode == ENETUNREACH:
            return "the network does not reach it"
        case ChannelError.connectTimeout: return "no connection was made in time"
        case let error as NIOSSLError: return reason(error)
        case is NIOSSLExtraError: return "its TLS certificate is for another host"
        case is HTTPParserError: return "what came back is no HTTP"
        default: return "the connection failed"
        }
    }

    private static func reason(_ error: HTTPClientError, _ timeout: Duration) -> String {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout: "no connection was made in time"
        case .tlsHandshakeTimeout: "the TLS handshake did not end in time"
        case .deadlineExceeded, .readTimeout, .writeTimeout:
            "no whole answer came within \(timeout.seconds) s"
        case .remoteConnectionClosed, .uncleanShutdown:
            "the connection was closed before the answer was whole"
        case .cancelled: "the run was interrupted"
        default: "the connection failed"
        }
    }

    private static func reason(_ error: NIOSSLError) -> String {
        switch error {
        case .handshakeFailed(.sslError(let stack))
        where stack.contains(where: { "\($0)".contains("CERTIFICATE") }):
            "its TLS certificate is not trusted"
        case .handshakeFailed: "the TLS handshake failed"
        case .uncleanShutdown: "the connection was closed before the answer was whole"
        case .unableToValidateCertificate, .noCertificateToValidate:
            "its TLS certificate is not trusted"
        default: "the TLS connection failed"
        }
    }
}

extension Duration {
    /// In seconds, with up to three decimals.
    var seconds: String {
        let milliseconds = self.milliseconds
        if milliseconds % 1000 == 0 { return "\(milliseconds / 1000)" }
        return "\(Double(milliseconds) / 1000)"
    }

    /// Whole milliseconds.
    var milliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
