import Definitions
import TestServers
import Testing

@testable import Vendors

/// Which addresses a vendor may have, and which URLs it may be asked at.
@Suite struct NetworkAddressTests {
    @Test(arguments: [
        "8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "11.0.0.1",
        "223.255.255.255", "192.167.1.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ])
    func `an address of the Internet is let through`(text: String) throws {
        #expect(try #require(NetworkAddress(text)).reach == .global)
    }

    @Test(arguments: [
        "10.0.0.1", "127.0.0.1", "127.255.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "100.64.0.1", "100.127.255.255", "198.18.0.1", "198.19.1.1", "192.0.2.1", "203.0.113.9",
        "::1", "fc00::1", "fd12:3456::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
        "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "2001:db8::1",
    ])
    func `a private address needs allowPrivate`(text: String) throws {
        #expect(try #require(NetworkAddress(text)).reach == .private)
    }

    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "224.0.0.1", "239.1.1.1",
        "240.0.0.1", "255.255.255.255", "168.63.129.16", "100.100.100.200", "192.0.0.192", "::",
        "::127.0.0.1", "::ffff:0:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0",
        "64:ff9b::169.254.169.254", "64:ff9b:1::7f00:1", "fe80::1", "fec0::1", "ff02::1",
        "fd00:ec2::254", "2002:7f00:1::", "2001::1", "100::1", "4000::1",
    ])
    func `an address that is nobody's is never asked`(text: String) throws {
        #expect(try #require(NetworkAddress(text)).reach == .never)
    }

    @Test(arguments: [
        "127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "fe80::1%eth0", "1.2.3.4.5", "",
        "vendor.test",
    ])
    func `other spellings are no addresses`(text: String) {
        #expect(NetworkAddress(text) == nil)
    }

    @Test(arguments: [
        ["https://A.Example.com", "https://a.example.com/"],
        ["https://a.example.com:443/x?y=1#z", "https://a.example.com/x?y=1"],
        ["HTTP://a:80/ü|\"", "http://a/%C3%BC%7C%22"], ["http://a:8080?q", "http://a:8080/?q"],
        ["http://[::1]:8/x", "http://[::1]:8/x"], ["https://a\\@b/", "https://a/%5C@b/"],
    ])
    func `a URL is written anew`(pair: [String]) {
        #expect(VendorURL(pair[0])?.text == pair[1])
    }

    @Test(arguments: [
        "", "a.example.com", "//a/b", "ftp://a/", "file:///etc/passwd", "https://", "https:///x",
        "https://user@a/", "https://a:b@c/", "https://a:0/", "https://a:99999/", "https://a b/",
        "https://a/\r\nx: y", "https://a\t/", "https://ü.example/", "https://*.a.b/",
        "https://[::1/", "https://[fe80::1%25a]/", "https://a..b/", "https://-a/",
        "https://a%2eb/", "gopher://a/",
    ])
    func `what is no URL of a host is refused`(text: String) {
        #expect(VendorURL(text) == nil)
    }

    @Test func `a host is matched as it is written`() {
        func matches(_ pattern: String, _ host: String, _ port: Int) -> Bool? {
            HostPattern(pattern)?.matches(host: host, port: port, schemePort: 443)
        }
        #expect(matches("A.example.com", "a.example.com", 443) == true)
        #expect(matches("a.example.com", "a.example.com", 8443) == false)
        #expect(matches("a.example.com:8443", "a.example.com", 8443) == true)
        #expect(matches("a.example.com", "b.a.example.com", 443) == false)
        #expect(matches("*.example.com", "b.a.example.com", 443) == true)
        #expect(matches("*.example.com", "example.com", 443) == false)
        #expect(matches("*.example.com", "badexample.com", 443) == false)
        #expect(matches("*.com", "a.com", 443) == nil)
        #expect(matches("*", "a.com", 443) == nil)
        #expect(matches("[::1]:8", "::1", 8) == true)
    }

    // MARK: What is asked

    private func refusal(
        _ url: String, names: Names = .to("8.8.8.8"), hosts: [String] = ["vendor.test"],
        headers: [(name: String, value: [UInt8])] = [], allowPrivate: Bool = false
    ) async -> String {
        let ask = Asking(port: 1, names: names) {
            $0.hosts = hosts
            $0.allowPrivate = allowPrivate
            $0.allowPlaintext = false
            $0.timeoutSeconds = 0.2
        }
        return await ask.url(url, headers: headers).words
    }

    @Test func `a URL of another host, scheme or port is not asked`() async {
        let start = "failure the vendor 'v' was not asked:"
        let elsewhere = "is none of its hosts in docket.yaml"
        #expect(
            await refusal("https://evil.test/") == "\(start) the host evil.test \(elsewhere)")
        #expect(
            await refusal("https://vendor.test:22/")
                == "\(start) the host vendor.test:22 \(elsewhere)")
        #expect(
            await refusal("https://vendor.test.evil.test/")
                == "\(start) the host vendor.test.evil.test \(elsewhere)")
        #expect(
            await refusal("http://vendor.test/")
                == "\(start) its URL is not https, and allowPlaintext is not set for it")
        for url in ["file:///etc/passwd", "/etc/passwd", "https://vendor.test@evil.test/"] {
            #expect(
                await refusal(url)
                    == "\(start) its URL is no absolute URL of a host over http or https")
        }
    }

    @Test(arguments: [
        ["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"],
        ["8.8.8.8", "10.0.0.1"], ["0.0.0.0"], ["64:ff9b::a9fe:a9fe"], ["100.64.0.1"], ["224.0.0.1"],
    ])
    func `a name with an address that is not public is not asked`(addresses: [String]) async {
        let found = addresses.compactMap { NetworkAddress($0) }
        let words = await refusal("https://vendor.test/", names: Names { _ in found })
        #expect(
            words.hasPrefix("unavailable the vendor 'v' is not available: its host vendor.test has")
                && words.contains("which is not public"), "\(words)")
    }

    @Test func `a metadata service is not asked even where private addresses are`() async {
        let words = await refusal(
            "https://vendor.test/", names: .to("169.254.169.254"), allowPrivate: true)
        #expect(words.hasSuffix("has the address 169.254.169.254, which is not public"))
        let listed = await refusal(
            "https://169.254.169.254/latest", hosts: ["169.254.169.254"], allowPrivate: true)
        #expect(listed.hasSuffix("has the address 169.254.169.254, which is not public"))
    }

    @Test func `a name that changes its address is asked at the one that was checked`() async throws
    {
        let server = try await LoopbackServer.start { _, _ in .json("{}") }
        let times = Shared(0)
        let names = Names { _ in
            let time = times.withLock {
                $0 += 1
                return $0
            }
            return [NetworkAddress(bytes: time == 1 ? [127, 0, 0, 1] : [169, 254, 169, 254])]
        }
        let ask = try Asking(server, names: names, keepingNames: .zero)
        #expect(await ask().words == "200 {}")
        #expect(await ask().words.contains("169.254.169.254, which is not public"))
        #expect(times.withLock { $0 } == 2 && server.count == 1)
    }

    @Test func `an address that cannot be reached gives way to the next`() async throws {
        let server = try await LoopbackServer.start { _, _ in .json("{}") }
        // Nobody listens at the first: the server is bound to the second alone.
        let ask = try Asking(server, names: .to("127.0.0.2", "127.0.0.1"))
        #expect(await ask("POST", body: []).words == "200 {}")
    }

    @Test func `headers cannot break out or lead elsewhere`() async {
        for value in ["a\r\nx: y", "a\nb", "a\u{0}b"] {
            let words = await refusal(
                "https://vendor.test/", headers: [("X-Name", Array(value.utf8))])
            #expect(words.hasSuffix("line break or another control character"), "\(words)")
        }
        for name in ["Host", "Transfer-Encoding", "Proxy-Authorization", "Idempotency-Key"] {
            let words = await refusal(
                "https://vendor.test/", headers: [(name, Array("x".utf8))])
            #expect(words.hasSuffix("is not a definition's to set"), "\(words)")
        }
        for name in ["", "a b", "x:y", "x\r\n"] {
            let words = await refusal(
                "https://vendor.test/", headers: [(name, Array("x".utf8))])
            #expect(words.hasSuffix("the name of a header is none"), "\(words)")
        }
    }
}
