import GitStorage
import Testing

@Suite struct AttributesTests {
    static let paths = [
        "a.yaml", "b.bin", "cases/x.yaml", "cases/y.csv", "cases/deep/x.yaml", "cases/deep/z.b",
        "lists/ofac.jsonl", "lists/a b.txt", "x/cases/x.yaml", "doc/foo/bar", "doc/a/b/bar",
        "doc/bar", "q1.txt", "q-.txt", "qz.txt", "[x]", "star*name", "lists/é.txt", ".hidden",
        "cases/deep/er/bin.dat", "up/UP.TXT", "sub/own.dat", "sub/in/own.dat",
    ]

    static let rules = """
        # a comment
        [attr]enc working-tree-encoding=UTF-16 -ident
        *.yaml text
        cases/*.yaml filter=lfs -text
        /b.bin binary
        *.csv eol=crlf text=auto
        "lists/a b.txt" filter=quoted
        "lists/\\303\\251.txt" ident
        lists/** text
        lists/*.jsonl !text filter
        doc/**/bar filter=deep
        **/deep/er/* enc
        q[0-9].txt ident
        q[!0-9a-y].txt filter=neg
        qz.txt -filter
        \\[x\\] filter=bracket
        star\\*name filter=star
        up/[[:upper:]]*.TXT filter=class
        cases/ filter=directory
        !a.yaml filter=negative
        .hid* ident
        """

    static let nested = "own.dat filter=one\n/own.dat ident\nin/* -ident text\n"

    @Test func attributesAreThoseOfCheckAttr() throws {
        let test = try TestRepository.with(
            Dictionary(uniqueKeysWithValues: Self.paths.map { ($0, "x") }))
        try test.write(".gitattributes", Self.rules + "\n")
        try test.write("sub/.gitattributes", Self.nested)
        try test.git("add", ".gitattributes", "sub/.gitattributes")
        try test.git("commit", "-q", "-m", "attributes")
        let repository = try test.open()
        var attributes = Attributes(
            of: try repository.tree(of: repository.resolve("HEAD")), in: repository)
        let names = ["filter", "working-tree-encoding", "ident", "text", "eol"]
        let said = try test.run(["check-attr", "-z"] + names + ["--"] + Self.paths)
        var expected: [String: [String]] = [:]
        let fields = said.split(separator: "\0").map(String.init)
        for start in stride(from: 0, to: fields.count - 2, by: 3) {
            let state = fields[start + 2]
            if state != "unspecified" && state != "unset" {
                expected[fields[start], default: []].append("\(fields[start + 1])=\(state)")
            }
        }
        var compared = 0
        for path in Self.paths {
            let found = try attributes.conversions(at: RepositoryPath(path)).map { use in
                switch use.state {
                case .value(let value): "\(use.name)=\(value)"
                case .set: "\(use.name)=set"
                case .unset, .unspecified: "\(use.name)=?"
                }
            }
            #expect(found == expected[path] ?? [], "\(path)")
            compared += found.count
        }
        #expect(compared == expected.values.reduce(0) { $0 + $1.count })
        #expect(compared > 20)
    }

    @Test func aUseSaysWhereItComesFrom() throws {
        let test = try TestRepository.with([
            ".gitattributes": "# first\n*.csv filter=lfs\n", "cases/.gitattributes": "*.csv text\n",
        ])
        let repository = try test.open()
        var attributes = Attributes(
            of: try repository.tree(of: repository.resolve("HEAD")), in: repository)
        let uses = try attributes.conversions(at: RepositoryPath("cases/x.csv"))
        #expect(uses.map(\.file) == [".gitattributes", "cases/.gitattributes"])
        #expect(uses.map(\.line) == [2, 1])
        #expect(uses.map(\.isLineEndsOnly) == [false, true])
        #expect(try attributes.conversions(at: RepositoryPath("docket.yaml")).isEmpty)
    }

    @Test func aPatternOfManyStarsEndsSoon() throws {
        let stars = String(repeating: "*a", count: 200) + "b"
        let test = try TestRepository.with([".gitattributes": "\(stars) filter=x\n"])
        let repository = try test.open()
        var attributes = Attributes(
            of: try repository.tree(of: repository.resolve("HEAD")), in: repository)
        let path = String(repeating: "a", count: 250)
        #expect(try attributes.conversions(at: RepositoryPath(path)).isEmpty)
    }

    @Test func lfsPointersAreKnown() {
        let oid = String(repeating: "4", count: 64)
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:\(oid)\nsize 12345\n"
        #expect(LFSPointer.isPointer(Array(pointer.utf8)))
        #expect(!LFSPointer.isPointer(Array("version: 1\n".utf8)))
        #expect(!LFSPointer.isPointer(Array(pointer.utf8) + Array(repeating: 0x20, count: 1000)))
        #expect(!LFSPointer.isPointer([]))
    }
}
