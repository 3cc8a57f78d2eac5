import Documents
import Expressions
import Testing

private func compile(
    _ schema: String, _ draft: JSONSchema.Draft = .draft2020, resources: [String: String] = [:],
    in arena: Arena
) throws -> JSONSchema {
    var parser = JSONParser()
    let shared = Arena()
    var values: [String: Value] = [:]
    for (uri, text) in resources { values[uri] = try parser.parse(text, into: shared) }
    return try JSONSchema.compile(
        try parser.parse(schema, into: shared), draft: draft, resources: values, in: arena)
}

private func isValid(
    _ schema: String, _ value: String, _ draft: JSONSchema.Draft = .draft2020,
    resources: [String: String] = [:]
) throws -> Bool {
    let arena = Arena()
    let compiled = try compile(schema, draft, resources: resources, in: arena)
    var parser = JSONParser()
    return try compiled.isValid(try parser.parse(value, into: arena), in: arena)
}

struct JSONSchemaTests {
    @Test(arguments: [
        ("9007199254740993", "9007199254740992", false),
        ("123456789012345678901234567890", "123456789012345678901234567891", false),
        ("0.1", "0.10000000000000000000001", false), ("1.0", "1", true), ("1e2", "100", true),
        ("-0", "0", true), ("1E400", "1e400", true), ("1e400", "1e401", false),
        ("1e-400", "0", false), ("0.30", "3e-1", true),
    ])
    func `numbers are equal when they are the same decimal`(
        _ a: String, _ b: String, _ isEqual: Bool
    ) throws {
        #expect(try isValid(#"{"const": \#(a)}"#, b) == isEqual)
        #expect(try isValid(#"{"uniqueItems": true}"#, "[\(a), \(b)]") == !isEqual)
        #expect(try isValid(#"{"enum": [\#(a)]}"#, b) == isEqual)
    }

    @Test(arguments: [
        ("0.01", "19.99", true), ("0.01", "19.995", false), ("0.1", "1e400", true),
        ("3", "999999999999999999999999999999", true),
        ("3", "999999999999999999999999999998", false),
        ("12345678901234567890123", "24691357802469135780246", true),
        ("12345678901234567890123", "24691357802469135780247", false),
        ("1e300", "1e301", true), ("1e301", "1e300", false), ("0.5", "0", true),
    ])
    func `multipleOf is exact`(_ divisor: String, _ number: String, _ holds: Bool) throws {
        #expect(try isValid(#"{"multipleOf": \#(divisor)}"#, number) == holds)
    }

    @Test func `limits are compared as written`() throws {
        #expect(try !isValid(#"{"maximum": 9007199254740992}"#, "9007199254740993"))
        #expect(try isValid(#"{"minimum": 0.1}"#, "0.10000000000000000000001"))
        #expect(try !isValid(#"{"exclusiveMinimum": 0.1}"#, "0.1"))
    }

    @Test func `many values of an enum and many elements are told apart`() throws {
        let values = (0..<20_000).map { "\"v\($0)\"" }.joined(separator: ",")
        let arena = Arena()
        let schema = try compile("{\"enum\": [\(values)]}", in: arena)
        var parser = JSONParser()
        #expect(try schema.isValid(try parser.parse("\"v19999\"", into: arena), in: arena))
        #expect(try !schema.isValid(try parser.parse("\"v20000\"", into: arena), in: arena))
        let unique = try compile(#"{"uniqueItems": true}"#, in: arena)
        #expect(try unique.isValid(try parser.parse("[\(values)]", into: arena), in: arena))
        let twice = try parser.parse("[\(values), \"v7\"]", into: arena)
        #expect(
            try unique.errors(twice, in: arena).ajvText
                == " - must NOT have duplicate items (items ## 7 and 20000 are identical)")
    }

    @Test func `keys of many members are found`() throws {
        let properties = (0..<1000).map { "\"k\($0)\": {\"type\": \"integer\"}" }
        let members = (0..<1000).map { "\"k\($0)\": \($0)" }
        let schema = """
            {"properties": {\(properties.joined(separator: ","))}, "required": ["k0", "k999"],
             "additionalProperties": false}
            """
        #expect(try isValid(schema, "{\(members.joined(separator: ","))}"))
        #expect(try !isValid(schema, "{\(members.dropLast().joined(separator: ","))}"))
        #expect(try !isValid(schema, "{\(members.joined(separator: ",")), \"x\": 1}"))
    }

    @Test func `a schema may be given as a resource`() throws {
        let resources = [
            "https://example.com/a": #"{"$ref": "b#/$defs/c"}"#,
            "https://example.com/b": #"{"$defs": {"c": {"type": "string"}}}"#,
        ]
        let schema = #"{"$ref": "https://example.com/a"}"#
        #expect(try isValid(schema, "\"x\"", resources: resources))
        #expect(try !isValid(schema, "1", resources: resources))
    }

    @Test func `meta-schemas are known`() throws {
        let newer = #"{"$ref": "https://json-schema.org/draft/2020-12/schema"}"#
        #expect(try isValid(newer, #"{"properties": {"a": {"type": "string"}}}"#))
        #expect(try !isValid(newer, #"{"properties": {"a": {"type": "text"}}}"#))
        let older = #"{"$ref": "http://json-schema.org/draft-07/schema#"}"#
        #expect(try !isValid(older, #"{"items": [{"minLength": -1}]}"#, .draft7))
    }

    @Test(arguments: [
        (#"{"type": "text"}"#, "#/type must be one of the seven types"),
        (#"{"minLength": -1}"#, "#/minLength must be a whole number of 0 or more"),
        (#"{"properties": {"a": {"pattern": "("}}}"#, "#/properties/a: the pattern '('"),
        (#"{"multipleOf": 0}"#, "#/multipleOf must be greater than 0"),
        (#"{"anyOf": []}"#, "#/anyOf must be an array that is not empty"),
        (#"{"items": 3}"#, "#/items: a schema is an object or a bool"),
        (
            #"{"$ref": "https://example.com/x"}"#,
            "no schema is known for 'https://example.com/x', and nothing is fetched"
        ),
        (##"{"$ref": "#/$defs/x"}"##, "the reference '#/$defs/x' leads nowhere"),
        (##"{"$ref": "#"}"##, "the reference leads to itself"),
        (
            ##"""
            {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
             "$ref": "#/$defs/a"}
            """##,
            "the reference leads to itself"
        ),
        (##"{"allOf": [{"$ref": "#"}]}"##, "the schema applies itself to the same value again"),
    ])
    func `a schema that cannot work is refused with the reason`(
        _ schema: String, _ reason: String
    ) throws {
        let error = #expect(throws: ExpressionError.self) { try compile(schema, in: Arena()) }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test func `a schema may refer to itself further in`() throws {
        let tree = ##"{"properties": {"left": {"$ref": "#"}}, "required": ["v"]}"##
        #expect(try isValid(tree, #"{"v": 1, "left": {"v": 2}}"#))
        #expect(try !isValid(tree, #"{"v": 1, "left": {"v": 2, "left": {}}}"#))
    }

    @Test func `evaluation that goes too deep ends with an error`() throws {
        let loop = ##"{"anyOf": [{"type": "null"}, {"$ref": "#"}]}"##
        #expect(try isValid(loop, "null"))
        let arena = Arena()
        let schema = try compile(loop, in: arena)
        let error = #expect(throws: ExpressionError.self) {
            try schema.isValid(.integer(1), in: arena)
        }
        #expect(error?.code == .limit)
        #expect(throws: ExpressionError.self) { try schema.errors(.integer(1), in: arena) }
    }

    @Test func `evaluation that doubles at each step ends with an error`() throws {
        let steps = (0..<60).map { n -> String in
            let next = ##"{"$ref": "#/$defs/d\##(n + 1)"}"##
            return #""d\#(n)": {"allOf": [\#(next), \#(next)]}"#
        }
        let arena = Arena()
        let schema = try compile(
            """
            {"$ref": "#/$defs/d0",
             "$defs": {\(steps.joined(separator: ",")), "d60": {"minimum": 1}}}
            """, in: arena)
        let error = #expect(throws: ExpressionError.self) {
            try schema.isValid(.integer(1), in: arena)
        }
        #expect(error?.code == .limit)
    }

    @Test func `deep values are followed as deep as the limit allows`() throws {
        let arena = Arena()
        let schema = try compile(##"{"type": "array", "items": {"$ref": "#"}}"##, in: arena)
        var value = Value.emptyArray
        for _ in 0..<900 { value = arena.array([value]) }
        #expect(try schema.isValid(value, in: arena))
        #expect(try schema.errors(value, in: arena).isEmpty)
        for _ in 0..<200 { value = arena.array([value]) }
        #expect(throws: ExpressionError.self) { try schema.isValid(value, in: arena) }
    }

    @Test func `a long chain of references takes no stack`() throws {
        let links = (0..<20_000).map { n in ##""d\##(n)": {"$ref": "#/$defs/d\##(n + 1)"}"## }
        let schema =
            """
            {"$ref": "#/$defs/d0",
             "$defs": {\(links.joined(separator: ",")), "d20000": false}}
            """
        #expect(try !isValid(schema, "1"))
    }

    @Test func `a pattern that backtracks without end is an error, not a hang`() throws {
        let arena = Arena()
        let schema = try compile(#"{"pattern": "^(a+)+$"}"#, in: arena)
        let value = arena.string(String(repeating: "a", count: 5_000) + "!")
        let error = #expect(throws: ExpressionError.self) { try schema.isValid(value, in: arena) }
        #expect(error?.code == .limit)
    }

    @Test(arguments: [
        "^[A-Z]{2}$", "^[A-Z0-9-]{4,20}$", "^a+b?c*$", "^\\d{3}-\\w+$", "^x", "^a*a$", "^[a-c]+c$",
        "^a?b?$", "^[\\w-]+$", "^a{2,}$", "^\\.\\/$", "^$", "^a{0}b$", "^ab*", "^[a-z_-]+$",
    ])
    func `plain patterns match as the regular expression does`(_ source: String) throws {
        let arena = Arena()
        let pattern = try Pattern.compile(source)
        let schema = try JSONSchema.compile(
            arena.object(["pattern": arena.string(source)]), in: arena)
        let texts = [
            "", "a", "aa", "aaa", "ab", "abc", "b", "c", "cc", "bcc", "acb", "x", "xy", "AB", "ABC",
            "AB\n", "Ä", "aÄ", "123-a_Z", "12-a", "123-", "A-1-", "a-b_c", "./", "A1B2-", "aab",
        ]
        for text in texts {
            let value = arena.string(text)
            let matches = try pattern.matches(try #require(value.text))
            #expect(try schema.isValid(value, in: arena) == matches, "\(source) on '\(text)'")
        }
    }
}
