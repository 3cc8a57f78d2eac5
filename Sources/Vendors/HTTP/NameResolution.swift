import Glibc
import NIOPosix

/// Looks up the addresses of a host; empty when there are none.
typealias NameLookup = @Sendable (_ host: String) async -> [NetworkAddress]

/// Resolves hosts for all vendors of a run: one look-up at a time for a host, kept for a minute.
///
/// The addresses are checked where they are used, and the connection is made to a checked address,
/// never to the name again: a name that changes its address in between changes nothing.
actor NameResolution {
    private struct Kept {
        var addresses: [NetworkAddress]
        var until: ContinuousClock.Instant
    }

    private let lookup: NameLookup
    private let keeping: Duration
    private var kept: [String: Kept] = [:]
    /// Who waits for a look-up that another has begun.
    private var waiting: [String: [CheckedContinuation<[NetworkAddress], Never>]] = [:]

    init(keeping: Duration = .seconds(60), lookup: @escaping NameLookup = systemLookup) {
        self.lookup = lookup
        self.keeping = keeping
    }

    /// The addresses of a host, in the order in which they are to be tried.
    func addresses(of host: String) async -> [NetworkAddress] {
        if let address = NetworkAddress(host) { return [address] }
        if let known = kept[host], known.until > .now { return known.addresses }
        if waiting[host] != nil {
            return await withCheckedContinuation { waiting[host]?.append($0) }
        }
        waiting[host] = []
        let addresses = await lookup(host)
        kept[host] = addresses.isEmpty ? nil : Kept(addresses: addresses, until: .now + keeping)
        for waiter in waiting.removeValue(forKey: host) ?? [] {
            waiter.resume(returning: addresses)
        }
        return addresses
    }

    /// Forgets a host none of whose addresses could be reached.
    func forget(_ host: String) { kept[host] = nil }
}

/// `getaddrinfo`, on a thread of the pool for what blocks.
@Sendable func systemLookup(_ host: String) async -> [NetworkAddress] {
    await withCheckedContinuation { continuation in
        NIOThreadPool.singleton.submit { state in
            continuation.resume(returning: state == .active ? resolve(host) : [])
        }
    }
}

private func resolve(_ host: String) -> [NetworkAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_ADDRCONFIG
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var addresses: [NetworkAddress] = []
    var entry = list
    while let info = entry?.pointee {
        if let address = address(info), !addresses.contains(address) { addresses.append(address) }
        entry = info.ai_next
    }
    return addresses
}

private func address(_ info: addrinfo) -> NetworkAddress? {
    guard let pointer = info.ai_addr else { return nil }
    switch info.ai_family {
    case AF_INET:
        return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            withUnsafeBytes(of: $0.pointee.sin_addr) { NetworkAddress(bytes: Array($0)) }
        }
    case AF_INET6:
        return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
            withUnsafeBytes(of: $0.pointee.sin6_addr) { NetworkAddress(bytes: Array($0)) }
        }
    default: return nil
    }
}
