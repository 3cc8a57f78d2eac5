import Testing

@testable import GitStorage

@Suite struct RepositoryPathTests {
    @Test(arguments: [
        "a", "results/nightly/customers/3f/a2/x.json", "ü/Ω.yaml", ".github/x", ".gitignore",
        "git", "git~x", ".gitx", "a..b", "...", " a", "a b", "con:x", ".git-x",
    ])
    func aSafePathIsTaken(_ path: String) throws {
        #expect(try RepositoryPath(path).description == path)
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "../x", "a\\b", "a\u{0}b", "a\nb",
        "a\u{7F}", ".git", ".git/config", "a/.git/x", ".GIT", ".Git/x", ".git.", ".git ", ".git. .",
        ".git::$INDEX_ALLOCATION", ".git:stream", "git~1", "GIT~1/x", "git~12", "git~1.",
        ".g\u{200C}it", "\u{FEFF}.git", ".gi\u{200D}T", ".git\u{202E}/x", "a/.gIt ./hooks/x",
    ])
    func anUnsafePathIsRefused(_ path: String) {
        #expect(gitError { _ = try RepositoryPath(path) }?.code == .invalidPath)
    }

    @Test func lengthsAreLimited() throws {
        let segment = String(repeating: "x", count: 255)
        _ = try RepositoryPath(segment)
        #expect(gitError { _ = try RepositoryPath(segment + "x") }?.code == .invalidPath)
        let long = Array(repeating: segment, count: 4).joined(separator: "/")
        _ = try RepositoryPath(long)
        #expect(gitError { _ = try RepositoryPath(long + "/x") }?.code == .invalidPath)
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(gitError { _ = try RepositoryPath(bytes: [0x61, 0xFF]) }?.code == .invalidPath)
        #expect(gitError { _ = try RepositoryPath(bytes: [0xC0, 0xAF]) }?.code == .invalidPath)
    }

    @Test func pathsCompareByBytes() throws {
        // The two spellings of é are different files.
        #expect(try RepositoryPath("e\u{301}") != RepositoryPath("\u{E9}"))
        #expect(try RepositoryPath("a") < RepositoryPath("a.b"))
        #expect(try RepositoryPath("a.b") < RepositoryPath("a/b"))
    }

    @Test func safeDirectoriesAreReadAsGitReadsThem() {
        let places = ["/srv/case/.git", "/srv/case"]
        #expect(!Ownership.isTrusted(places, by: []))
        #expect(Ownership.isTrusted(places, by: ["/srv/case"]))
        #expect(Ownership.isTrusted(places, by: ["/srv/case/"]))
        #expect(!Ownership.isTrusted(places, by: ["/srv/cas"]))
        #expect(Ownership.isTrusted(places, by: ["*"]))
        #expect(Ownership.isTrusted(places, by: ["/srv/*"]))
        #expect(!Ownership.isTrusted(places, by: ["/sr/*"]))
        #expect(!Ownership.isTrusted(places, by: ["/srv/case", ""]))
    }
}
