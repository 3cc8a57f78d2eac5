import AsyncHTTPClient
import Definitions
import Documents
import NIOCore
import NIOHTTP1
import NIOSSL

/// A vendor over HTTP: `kind: http`.
///
/// It asks only the hosts of its settings, at addresses that were checked, so many at once and so
/// many a second as its settings say; repeats what is safe to repeat; and stops asking for a while
/// when the vendor fails every time. docs/vendors.md says which reply each failure gives.
final class HTTPVendor: Vendor {
    private let name: String
    private let settings: HTTPVendorSettings
    private let hosts: [HostPattern]
    private let clients: HTTPClients
    private let resolution: NameResolution
    private let clock: @Sendable () -> Instant
    let gate: CallGate
    let breaker: CircuitBreaker

    /// Redirects that are followed within a host.
    private static let redirectLimit = 3
    /// Addresses of a host that are tried for one attempt.
    private static let addressLimit = 4

    init(
        name: String, settings: HTTPVendorSettings, trusting roots: [NIOSSLCertificate]?,
        resolution: NameResolution, clock: @escaping @Sendable () -> Instant
    ) {
        self.name = name
        self.settings = settings
        self.resolution = resolution
        self.clock = clock
        hosts = settings.hosts.compactMap { HostPattern($0) }
        clients = HTTPClients(settings, trusting: roots)
        gate = CallGate(
            concurrency: settings.concurrency, ratePerSecond: settings.ratePerSecond)
        breaker = CircuitBreaker(
            failures: settings.breakerFailures, seconds: settings.breakerSeconds)
    }

    /// Whether a request of this method may be sent twice without harm.
    func isRepeatable(_ method: String) -> Bool {
        PreparedRequest.isRepeatable(method, settings)
    }

    /// Closes its connections.
    func shutdown() async { await clients.shutdown() }

    func answer(_ request: VendorRequest) async -> VendorReply {
        let prepared: PreparedRequest
        do throws(RefusedRequest) {
            prepared = try PreparedRequest(request, settings, hosts)
        } catch {
            return .failure("the vendor '\(name)' was not asked: \(error.reason)", at: clock())
        }
        var attempt = 0
        while true {
            switch await admitted(prepared) {
            case .reply(let reply): return reply
            case .again(let reason, let wait):
                guard attempt < settings.retries else {
                    return unavailable(reason, attempts: attempt + 1)
                }
                let pause =
                    (wait ?? .zero)
                    + RetryDelay.backoff(
                        wait == nil ? attempt : 0, base: settings.backoffSeconds)
                attempt += 1
                guard (try? await Task.sleep(for: pause)) != nil else {
                    return unavailable(reason, attempts: attempt)
                }
            }
        }
    }

    /// What to do after an attempt.
    private enum Verdict {
        case reply(VendorReply)
        /// Repeat it after its `Retry-After`, else after a wait of one's own.
        case again(String, after: Duration?)
    }

    private func unavailable(_ reason: String, attempts: Int = 1) -> VendorReply {
        let times = attempts > 1 ? " (asked \(attempts) times)" : ""
        return .unavailable("the vendor '\(name)' is not available: \(reason)\(times)")
    }

    /// One attempt, when breaker and gate let it in.
    private func admitted(_ request: PreparedRequest) async -> Verdict {
        let resting = "it failed too often in a row and is not asked for a while"
        guard !breaker.isOpen else { return .reply(unavailable(resting)) }
        guard await gate.enter() else { return .reply(unavailable("the run was interrupted")) }
        guard breaker.admits() else {
            gate.leave()
            return .reply(unavailable(resting))
        }
        let verdict = await attempt(request)
        gate.leave()
        return verdict
    }

    private func attempt(_ request: PreparedRequest) async -> Verdict {
        var request = request
        var redirects = 0
        while true {
            let start = ContinuousClock.now
            let outcome: ExchangeOutcome
            switch await exchange(request) {
            case .refused(let reason):
                breaker.abandoned()
                return .reply(unavailable(reason))
            case .done(let done): outcome = done
            }
            if case .answer(let status, let headers, _) = outcome, (300..<400).contains(status) {
                breaker.succeeded()
                do throws(RefusedRequest) {
                    request = try request.redirected(
                        headers, mayFollow: redirects < Self.redirectLimit)
                    redirects += 1
                    continue
                } catch {
                    return .reply(failure("it answered \(status) and \(error.reason)"))
                }
            }
            return await judge(outcome, of: request, since: start)
        }
    }

    // MARK: Connections

    private enum Exchange {
        /// Not asked, because its addresses may not be reached.
        case refused(String)
        case done(ExchangeOutcome)
    }

    /// Sends the request to the addresses of its host in turn, until a connection is made.
    private func exchange(_ request: PreparedRequest) async -> Exchange {
        let addresses = await resolution.addresses(of: request.url.host)
        if let refused = addresses.first(where: { !isAllowed($0) }) {
            return .refused(
                "its host \(request.url.host) has the address \(refused), which is not public"
                    + (refused.reach == .private ? "; allowPrivate would let it" : ""))
        }
        var last = ExchangeOutcome.notSent("its host \(request.url.host) has no address")
        for address in addresses.prefix(Self.addressLimit) {
            let client = clients.client(for: request.url.host, at: address)
            guard let outgoing = request.outgoing else {
                return .done(.notSent("its URL could not be read"))
            }
            guard await request.leaving() else {
                return .refused("that it is asked could not be noted")
            }
            last = await HTTPExchange.perform(
                outgoing, over: client, timeout: .seconds(settings.timeoutSeconds),
                limit: settings.maxResponseBytes)
            guard case .notSent = last, !Task.isCancelled else { return .done(last) }
        }
        await resolution.forget(request.url.host)
        return .done(last)
    }

    private func isAllowed(_ address: NetworkAddress) -> Bool {
        switch address.reach {
        case .global: true
        case .private: settings.allowPrivate
        case .never: false
        }
    }

    // MARK: Judging

    private func failure(_ reason: String) -> VendorReply {
        .failure("the vendor '\(name)' gave no usable answer: \(reason)", at: clock())
    }

    private func unknown(_ reason: String) -> VendorReply {
        .unknown(
            "the vendor '\(name)' was asked and it is not known what came of it: \(reason); the "
                + "request is not safe to repeat")
    }

    private func judge(
        _ outcome: ExchangeOutcome, of request: PreparedRequest,
        since start: ContinuousClock.Instant
    ) async -> Verdict {
        switch outcome {
        case .notSent(let reason):
            if Task.isCancelled {
                breaker.abandoned()
                return .reply(unavailable("the run was interrupted"))
            }
            breaker.failed()
            return .again(reason, after: nil)
        case .lost(let reason):
            if Task.isCancelled {
                breaker.abandoned()
                return .reply(
                    request.isRepeatable
                        ? unavailable("the run was interrupted")
                        : unknown("the run was interrupted"))
            }
            breaker.failed()
            return request.isRepeatable ? .again(reason, after: nil) : .reply(unknown(reason))
        case .tooLarge(let status):
            breaker.succeeded()
            return .reply(
                failure(
                    "it answered \(status) with more than \(settings.maxResponseBytes) bytes"))
        case .answer(429, let headers, _):
            return await limited(429, headers, mayRepeat: true)
        case .answer(503, let headers, _):
            breaker.failed()
            return await limited(503, headers, mayRepeat: request.isRepeatable)
        case .answer(let status, _, _) where status == 502 || status == 504:
            breaker.failed()
            let reason = "it answered \(status)"
            return request.isRepeatable ? .again(reason, after: nil) : .reply(unknown(reason))
        case .answer(let status, _, _) where status >= 500:
            breaker.failed()
            return .reply(unavailable("it answered \(status)"))
        case .answer(let status, let headers, let body):
            breaker.succeeded()
            if let problem = ResponseBody.problem(headers, body) {
                return .reply(failure("it answered \(status) with \(problem)"))
            }
            return .reply(
                .response(
                    status: status, headers: ResponseHeaders.kept(headers), body: body, at: clock(),
                    milliseconds: (ContinuousClock.now - start).milliseconds))
        }
    }

    /// An answer that asks to come back later. All calls to the vendor then wait so long.
    private func limited(
        _ status: Int, _ headers: [(String, String)], mayRepeat: Bool
    ) async -> Verdict {
        if status == 429 { breaker.abandoned() }
        let asked = headers.first { $0.0 == "retry-after" }
            .flatMap { RetryDelay.asked($0.1, now: clock()) }
        guard let asked else {
            let reason = "it answered \(status)"
            return mayRepeat ? .again(reason, after: nil) : .reply(unavailable(reason))
        }
        let reason = "it answered \(status) and asks to wait \(asked.seconds) s"
        let longest = Duration.seconds(settings.maxRetryAfterSeconds)
        guard asked <= longest else {
            breaker.rest(for: asked)
            return .reply(unavailable(reason))
        }
        gate.pause(for: asked)
        return mayRepeat ? .again(reason, after: asked) : .reply(unavailable(reason))
    }
}
