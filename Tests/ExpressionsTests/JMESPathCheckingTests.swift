import Documents
import Expressions
import Testing

private func findings(_ expression: String) -> [String] {
    let arena = Arena()
    let source = Source(file: "rules/a.yaml", arena: arena, value: arena.string(expression))
    return JMESPath.check(source.root).map(\.description)
}

@Suite struct JMESPathCheckingTests {
    @Test func `a sound expression has no findings`() {
        #expect(findings("items[?price > `10`].name | sort(@)").isEmpty)
    }

    @Test func `an expression that does not parse has a column inside the text`() {
        #expect(
            findings("'é'.a ||") == [
                "rules/a.yaml: error EX010: JMESPath expression, column 9: "
                    + "Invalid token (EOF): \"\""
            ])
    }

    @Test func `every unknown function and wrong number of arguments is found`() {
        #expect(
            findings("nope(@) || abs() || other(a)") == [
                "rules/a.yaml: error EX011: JMESPath expression, column 1: "
                    + "Unknown function: nope()",
                "rules/a.yaml: error EX012: JMESPath expression, column 12: "
                    + "ArgumentError: abs() takes 1 argument but received 0",
                "rules/a.yaml: error EX011: JMESPath expression, column 21: "
                    + "Unknown function: other()",
            ])
    }

    @Test func `what Ballerine notices only when it is reached is a warning there`() {
        let arena = Arena()
        let source = Source(file: "a.yaml", arena: arena, value: arena.string("a.[?b] && f(@)"))
        let found = JMESPath.check(source.root, dialect: .ballerine)
        #expect(found.map(\.code) == ["EX010", "EX011"])
        #expect(found.allSatisfy { $0.level == .warning })
    }

    @Test func `a node that is no string is no expression`() {
        let source = Source(file: "a.yaml", arena: Arena(), value: .integer(1))
        #expect(JMESPath.check(source.root).map(\.code) == ["EX010"])
    }

    @Test func `the paths read from the root are known`() throws {
        let arena = Arena()
        let program = try JMESPath.compile(
            "a.b.c && items[?price > `1`].name || {x: d[0].e, y: map(&f, g)} | h", in: arena)
        #expect(
            program.referencedPaths.map { $0.map { String($0) } } == [
                ["a", "b", "c"], ["items"], ["d"], ["g"],
            ])
        #expect(!program.readsWhole)
        #expect(try JMESPath.compile("[@]", in: arena).readsWhole)
        #expect(try JMESPath.compile("*.a", in: arena).readsWhole)
    }

    @Test func `a program is shared by many tasks`() async throws {
        let catalog = Arena()
        let program = try JMESPath.compile("{n: length(a), s: sum(a)} | [n, s]", in: catalog)
        let results = await withTaskGroup(of: String?.self) { group in
            for size in 0..<50 {
                group.addTask {
                    let arena = Arena()
                    let items = arena.array((0..<size).map { Value.integer($0) })
                    let context = arena.object(["a": items])
                    return (try? program.evaluate(Scope(context), in: arena)).map(JSONWriter.line)
                }
            }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        withExtendedLifetime(catalog) {}
        #expect(results == Set((0..<50).map { "[\($0),\($0 * ($0 - 1) / 2)]" }))
    }
}
