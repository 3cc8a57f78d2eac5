import Documents
import Expressions
import Testing

@Suite struct PatternTests {
    private func matches(
        _ source: String, _ text: String, _ flags: Pattern.Flags = []
    ) throws -> Bool {
        let arena = Arena()
        return try Pattern.compile(source, flags: flags).matches(arena.text(text))
    }

    private func failure(_ source: String) -> ExpressionError? {
        do throws(ExpressionError) {
            _ = try Pattern.compile(source)
            return nil
        } catch { return error }
    }

    @Test(arguments: [
        (#"^abc$"#, "abc", true), (#"^abc$"#, "abc\n", false), (#"^\d+$"#, "42", true),
        (#"^\d+$"#, "৪২", false), (#"^\w$"#, "é", false), (#"^\W$"#, "é", true),
        (#"^\s$"#, "\u{FEFF}", true), (#"^\s$"#, "\u{180E}", false), (#"^\S$"#, "\u{2028}", false),
        (#"^.$"#, "\n", false), (#"^.$"#, "\u{2028}", false), (#"^.$"#, "\u{85}", true),
        (#"^.$"#, "😀", true), (#"^\u{1F600}$"#, "😀", true), (#"^\ud83d\ude00$"#, "😀", true),
        (#"^[\ud83d\ude00-\ud83d\ude02]$"#, "😁", true), (#"\ud83d"#, "😀", false),
        (#"^\x41\u0042\cC\0$"#, "AB\u{3}\0", true), (#"^[\b]$"#, "\u{8}", true),
        (#"[]"#, "a", false), (#"^[^]$"#, "\n", true), (#"^(?:(a)|b)\1$"#, "b", true),
        (#"^\1(a)$"#, "a", true), (#"^(?<y>\d)-\k<y>$"#, "4-4", true),
        (#"^\k<y>(?<y>\d)$"#, "4", true), (#"^(?<y>\d)-\k<y>$"#, "4-5", false),
        (#"^\p{Lu}\p{Script=Greek}\P{L}$"#, "Aβ1", true), (#"^\p{Letter}+$"#, "éß", true),
        (#"^[\p{Nd}_]+$"#, "৪_2", true), (#"^[^\p{L}]$"#, "a", false),
        (#"^\p{Assigned}$"#, "a", true), (#"^\p{White_Space}$"#, "\u{85}", true),
        (#"(?<=\$)\d+"#, "$42", true), (#"(?<!\$)\b\d+"#, "$42", false), (#"a(?!b)"#, "ab", false),
        (#"^a{2,3}?$"#, "aaa", true), (#"^[\w-.]+@[\w.-]+$"#, "a-b.c@d.e", true),
        (#"^\/\-\@\_$"#, "/-@_", true), (#"^]}$"#, "]}", true), (#"^[[a]$"#, "[", true),
        (#"^#x y$"#, "#x y", true), (#"^(?:)$"#, "", true), (#"|a"#, "b", true),
        (#"^[a&&b]$"#, "&", true), (#"^[[:alpha:]]$"#, ":]", true), (#"\bword\b"#, "a word", true),
        (#"\bé"#, "é", false),
    ])
    func `patterns mean what ECMAScript means`(
        source: String, text: String, result: Bool
    ) throws {
        #expect(try matches(source, text) == result)
    }

    @Test func `flags change case, lines and dots`() throws {
        #expect(try matches("^ΣÉ$", "σé", .ignoreCase))
        #expect(try matches("^b$", "a\nb\nc", .multiline))
        #expect(try matches("^b$", "a\u{2028}b\rc", .multiline))
        #expect(try !matches("^b$", "a\nb\nc"))
        #expect(try matches("^a.b$", "a\nb", .dotAll))
        #expect(Pattern.Flags("gims") == [.ignoreCase, .multiline, .dotAll])
        #expect(Pattern.Flags("x") == nil)
    }

    @Test(arguments: [
        #"\A"#, #"\Z"#, #"\z"#, #"\G"#, #"\K"#, #"\a"#, #"\e"#, #"\h"#, #"\R"#, #"\X"#, #"\N"#,
        #"\C"#, #"\Qa\E"#, #"(?>a)"#, #"(*ACCEPT)"#, #"(*UTF)a"#, #"(?R)"#, #"(?1)(a)"#, #"a++"#,
        #"a*+"#, #"a{2}+"#, #"(?(1)a|b)"#, #"(?i)a"#, #"(?i:a)"#, #"(?#c)"#, #"(?P<n>a)"#,
        #"(?'n'a)"#, #"(?|a|b)"#, #"\g{1}(a)"#, #"\1"#, #"(a)\2"#, #"\k<n>"#, #"(?<n>a)(?<n>b)"#,
        #"\01"#, #"\c1"#, #"\xZ1"#, #"\u12"#, #"\u{110000}"#, #"\p{Foo}"#, #"\p{Greek}"#, #"\pL"#,
        #"\p{^L}"#, #"\p{lu}"#, #"\p{Script=Nowhere}"#, "(", ")", "(abc]", "[a", #"\"#, "*", "a**",
        "^*", "(?=a)*", #"\b+"#, "{", "a{2", "x{,3}", "a{3,2}", "[b-a]", "a{1}{2}", "(?<1>a)",
    ])
    func `what only PCRE2 knows, or no one, is refused`(source: String) {
        #expect(failure(source)?.code == .syntax)
    }

    @Test func `errors name their place in bytes`() {
        #expect(failure("é(a]")?.offset == 5)
        #expect(failure(#"ab\Z"#)?.offset == 4)
    }

    @Test func `limits hold on nesting, repeats and length`() {
        #expect(
            failure(String(repeating: "(", count: 300) + String(repeating: ")", count: 300))?.code
                == .limit)
        #expect(failure("a{65536}")?.code == .limit)
        #expect(failure("((((a{999}){999}){999}){999})") != nil)
        #expect(failure(String(repeating: "a", count: 70_000))?.code == .limit)
    }

    @Test(arguments: [
        ("^(a+)+[!?]$", String(repeating: "a", count: 50)),
        ("(a+)+[!?]", "!" + String(repeating: "a", count: 1_000)),
        ("a(?:a|b)*[!?]", "!" + String(repeating: "a", count: 2_000)),
        ("a(?:a|b)*[!?]", "!" + String(repeating: "a", count: 100_000)),
        ("\\s+$", String(repeating: " ", count: 2_000) + "x"),
        ("\\s+$", String(repeating: " ", count: 1_000_000) + "x"),
        ("^(?:a|b|[a-c])*[!?]", String(repeating: "a", count: 200_000)),
        ("(a+)+$", String(repeating: "a", count: 5_000) + "!"),
        ("^(a|a)*$", String(repeating: "a", count: 100) + "!"),
        ("^(a|aa)+$", String(repeating: "a", count: 10_000) + "!"),
        ("(.*a){20}$", String(repeating: "a", count: 200) + "!"),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", String(repeating: "a", count: 100)),
        (#"(x+x+)+y"#, String(repeating: "x", count: 3_000)),
        (#"^(?:.*?,){25}P"#, String(repeating: "1,", count: 60)),
        ("\\s+$", String(repeating: " ", count: 17_000) + "x"),
        ("a*a*b", String(repeating: "a", count: 2_000)),
    ])
    func `catastrophic patterns end with a limit in well under a second`(
        source: String, text: String
    ) throws {
        let clock = ContinuousClock()
        var code: ExpressionError.Code?
        let time = clock.measure {
            do throws(ExpressionError) {
                let pattern = try Pattern.compile(source)
                _ = try pattern.matches(Arena().text(text))
            } catch { code = error.code }
        }
        #expect(code == .limit || code == nil)
        #expect(time < .seconds(1))
    }

    @Test func `the first match is found in bytes`() throws {
        let arena = Arena()
        let pattern = try Pattern.compile(#"\d+"#)
        #expect(try pattern.firstMatch(arena.text("é 123 45")) == 3..<6)
        #expect(try pattern.firstMatch(arena.text("none")) == nil)
    }

    @Test func `a pattern serves many workers at once`() async throws {
        let pattern = try Pattern.compile(#"^(\w+)-(\d{3})$"#)
        let counts = await withTaskGroup(of: Int.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    let arena = Arena()
                    let text = arena.text(worker % 2 == 0 ? "abc-123" : "abc-12x")
                    var count = 0
                    for _ in 0..<2_000 where (try? pattern.matches(text)) == true { count += 1 }
                    return count
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.reduce(0, +) == 8_000)
    }
}
