import NIOCore
import NIOHTTP1
import NIOPosix
package import NIOSSL
import Synchronization

/// A server on this machine that does what a test says, also what no sound server does.
package final class LoopbackServer: Sendable {
    package struct Request: Sendable {
        package var method: String
        package var target: String
        package var headers: [(String, String)]
        package var body: [UInt8]

        package func header(_ name: String) -> String? {
            headers.first { $0.0.lowercased() == name }?.1
        }
    }

    package indirect enum Reply: Sendable {
        /// These bytes, and the connection stays.
        case raw(String)
        /// These bytes, and the connection is reset.
        case reset(after: String)
        /// These bytes, and the connection is closed.
        case close(after: String)
        /// Nothing, ever.
        case hang
        /// A body in chunks without an end.
        case endless
        case late(milliseconds: Int, Reply)

        package static func json(
            _ body: String, status: String = "200 OK", headers: String = ""
        ) -> Reply {
            .raw(
                "HTTP/1.1 \(status)\r\ncontent-type: application/json\r\n\(headers)content-length: "
                    + "\(body.utf8.count)\r\n\r\n\(body)")
        }

        package static func status(_ line: String, headers: String = "") -> Reply {
            .raw("HTTP/1.1 \(line)\r\n\(headers)content-length: 0\r\n\r\n")
        }
    }

    struct Seen: Sendable {
        var requests: [Request] = []
        var count = 0
        var open = 0
        var mostOpen = 0
        var bytesWritten = 0
    }

    private let seen = Mutex(Seen())
    private let listener: any Channel
    package var port: Int { listener.localAddress?.port ?? 0 }
    package var requests: [Request] { seen.withLock { $0.requests } }
    package var count: Int { seen.withLock { $0.count } }
    package var mostOpen: Int { seen.withLock { $0.mostOpen } }
    package var bytesWritten: Int { seen.withLock { $0.bytesWritten } }

    package typealias Answering = @Sendable (_ request: Request, _ number: Int) -> Reply

    /// - Parameter answer: the reply to a request, by its number from 1.
    package static func start(
        tls: NIOSSLContext? = nil, keeping: Bool = true, answer: @escaping Answering
    ) async throws -> LoopbackServer {
        let owner = Owner()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try pipeline.addHandler(
                        Connection(owner: owner, keeping: keeping, answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = LoopbackServer(listener)
        owner.server.withLock { $0 = server }
        return server
    }

    private init(_ listener: any Channel) { self.listener = listener }

    package func stop() async { try? await listener.close() }

    fileprivate func began(_ request: Request, keeping: Bool) -> Int {
        seen.withLock {
            if keeping { $0.requests.append(request) }
            $0.count += 1
            $0.open += 1
            $0.mostOpen = max($0.mostOpen, $0.open)
            return $0.count
        }
    }

    fileprivate func ended() { seen.withLock { $0.open -= 1 } }
    fileprivate func wrote(_ bytes: Int) { seen.withLock { $0.bytesWritten += bytes } }

    fileprivate final class Owner: Sendable {
        let server = Mutex<LoopbackServer?>(nil)
    }

    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = ByteBuffer

        private let owner: Owner
        private let keeping: Bool
        private let answer: Answering
        private var request: Request?

        init(owner: Owner, keeping: Bool, answer: @escaping Answering) {
            self.owner = owner
            self.keeping = keeping
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                request = Request(
                    method: head.method.rawValue, target: head.uri,
                    headers: head.headers.map { ($0.name, $0.value) }, body: [])
            case .body(let part): request?.body += Array(part.readableBytesView)
            case .end:
                guard let request, let server = owner.server.withLock({ $0 }) else { return }
                let number = server.began(request, keeping: keeping)
                perform(answer(request, number), server, context)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        private func perform(
            _ reply: Reply, _ server: LoopbackServer, _ context: ChannelHandlerContext
        ) {
            let channel = context.channel
            switch reply {
            case .raw(let text):
                server.ended()
                channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
            case .close(let text):
                server.ended()
                channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in
                    channel.close(promise: nil)
                }
            case .reset(let text):
                server.ended()
                channel.writeAndFlush(ByteBuffer(string: text)).flatMap {
                    (channel as? any SocketOptionProvider)?
                        .setSoLinger(linger(l_onoff: 1, l_linger: 0))
                        ?? channel.eventLoop.makeSucceededVoidFuture()
                }.whenComplete { _ in channel.close(promise: nil) }
            case .hang: break
            case .endless:
                let head =
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                    + "transfer-encoding: chunked\r\n\r\n"
                channel.writeAndFlush(ByteBuffer(string: head), promise: nil)
                Self.writeOn(channel, server)
            case .late(let milliseconds, let reply):
                let context = NIOLoopBound(context, eventLoop: context.eventLoop)
                let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
                channel.eventLoop.scheduleTask(in: .milliseconds(Int64(milliseconds))) {
                    bound.value.perform(reply, server, context.value)
                }
            }
        }

        private static func writeOn(_ channel: any Channel, _ server: LoopbackServer) {
            let chunk = "400\r\n" + String(repeating: " ", count: 1024) + "\r\n"
            channel.writeAndFlush(ByteBuffer(string: chunk)).whenSuccess {
                server.wrote(1024)
                channel.eventLoop.execute { writeOn(channel, server) }
            }
        }
    }
}
