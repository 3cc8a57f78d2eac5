import Documents
import Expressions
import Testing

/// A parsed schema and value; what is wrong with the value.
func schemaErrors(
    _ schema: String, _ value: String, _ draft: JSONSchema.Draft = .draft7, formats: Bool = false
) throws -> [SchemaError] {
    let arena = Arena()
    var parser = JSONParser()
    let compiled = try JSONSchema.compile(
        try parser.parse(schema, into: arena), draft: draft, formats: formats, in: arena)
    let data = try parser.parse(value, into: arena)
    let errors = try compiled.errors(data, in: arena)
    #expect(try compiled.isValid(data, in: arena) == errors.isEmpty)
    return errors
}

struct JSONSchemaErrorTests {
    @Test(arguments: [
        (#"{"type": "string"}"#, "1", " - must be string"),
        (#"{"type": ["string", "null"]}"#, "1", " - must be string,null"),
        (#"{"maximum": 3}"#, "4", " - must be <= 3"),
        (#"{"minimum": 3.50}"#, "1", " - must be >= 3.5"),
        (#"{"exclusiveMaximum": 3}"#, "3", " - must be < 3"),
        (#"{"exclusiveMinimum": 3}"#, "3", " - must be > 3"),
        (#"{"multipleOf": 0.01}"#, "0.075", " - must be multiple of 0.01"),
        (#"{"maxLength": 2}"#, #""äöü""#, " - must NOT have more than 2 characters"),
        (#"{"minLength": 2}"#, #""ä""#, " - must NOT have fewer than 2 characters"),
        (#"{"pattern": "^a$"}"#, #""b""#, #" - must match pattern "^a$""#),
        (#"{"maxItems": 0}"#, "[1]", " - must NOT have more than 0 items"),
        (#"{"minItems": 2}"#, "[1]", " - must NOT have fewer than 2 items"),
        (
            #"{"uniqueItems": true}"#, "[1, 2, 1.0]",
            " - must NOT have duplicate items (items ## 0 and 2 are identical)"
        ),
        (#"{"contains": {"type": "null"}}"#, "[]", " - must contain at least 1 valid item(s)"),
        (#"{"maxProperties": 0}"#, #"{"a": 1}"#, " - must NOT have more than 0 properties"),
        (#"{"minProperties": 2}"#, #"{"a": 1}"#, " - must NOT have fewer than 2 properties"),
        (#"{"required": ["a/b"]}"#, "{}", " - must have required property 'a/b'"),
        (
            #"{"additionalProperties": false}"#, #"{"a": 1, "b": 2}"#,
            " - must NOT have additional properties |  - must NOT have additional properties"
        ),
        (
            #"{"dependencies": {"a": ["b", "c"]}}"#, #"{"a": 1, "b": 1}"#,
            " - must have properties b, c when property a is present"
        ),
        (
            #"{"propertyNames": {"maxLength": 1}}"#, #"{"ab": 1}"#,
            " - must NOT have more than 1 characters |  - property name must be valid"
        ),
        (#"{"const": 1}"#, "2", " - must be equal to constant"),
        (#"{"enum": [1, 2]}"#, "3", " - must be equal to one of the allowed values"),
        (#"{"not": {}}"#, "3", " - must NOT be valid"),
        (
            #"{"anyOf": [{"type": "null"}, {"type": "string"}]}"#, "3",
            " - must be null |  - must be string |  - must match a schema in anyOf"
        ),
        (#"{"oneOf": [{}, {}]}"#, "3", " - must match exactly one schema in oneOf"),
        (
            #"{"if": {"type": "integer"}, "then": {"minimum": 5}}"#, "3",
            #" - must be >= 5 |  - must match "then" schema"#
        ),
        (#"{"properties": {"a": false}}"#, #"{"a": 1}"#, "/a - boolean schema is false"),
        (
            #"{"items": [{}], "additionalItems": false}"#, "[1, 2]",
            " - must NOT have more than 1 items"
        ),
        (#"{"properties": {"a~/b": {"type": "null"}}}"#, #"{"a~/b": 1}"#, "/a~0~1b - must be null"),
    ])
    func `errors are worded as in AJV 8`(_ schema: String, _ value: String, _ text: String) throws {
        #expect(try schemaErrors(schema, value).ajvText == text)
    }

    @Test(arguments: [
        (
            #"{"properties": {"a": {}}, "unevaluatedProperties": false}"#, #"{"b": 1}"#,
            " - must NOT have unevaluated properties"
        ),
        (
            #"{"prefixItems": [{}], "unevaluatedItems": false}"#, "[1, 2]",
            " - must NOT have more than 1 items"
        ),
        (
            #"{"contains": {"type": "null"}, "minContains": 1, "maxContains": 2}"#, "[]",
            " - must contain at least 1 and no more than 2 valid item(s)"
        ),
        (
            #"{"dependentRequired": {"a": ["b"]}}"#, #"{"a": 1}"#,
            " - must have property b when property a is present"
        ),
    ])
    func `keywords of 2020-12 are worded as in AJV 8`(
        _ schema: String, _ value: String, _ text: String
    ) throws {
        #expect(try schemaErrors(schema, value, .draft2020).ajvText == text)
    }

    @Test func `errors are found at every depth, and none in what is right`() throws {
        // Parts near the root are decided before they are reported, those further down are not.
        var schema = #"{"type":"integer","minimum":5}"#
        var wrong = "[3,7]"
        var right = "[6,7]"
        var path = "/0"
        schema = #"{"items":\#(schema)}"#
        for _ in 0..<7 {
            schema = #"{"properties":{"a":\#(schema)}}"#
            wrong = #"{"a":\#(wrong),"b":1}"#
            right = #"{"a":\#(right),"b":1}"#
            path = "/a" + path
            #expect(try schemaErrors(schema, wrong).ajvText == "\(path) - must be >= 5")
            #expect(try schemaErrors(schema, right).isEmpty)
        }
    }

    @Test func `errors stand in AJV's order, not in the schema's`() throws {
        let errors = try schemaErrors(
            #"""
            {"properties": {"b": {"type": "string", "minLength": 1, "enum": ["x"]}},
             "required": ["a"], "additionalProperties": false, "type": "object",
             "minProperties": 3, "anyOf": [{"required": ["z"]}]}
            """#, #"{"b": 1, "c": 2}"#)
        #expect(
            errors.map { $0.path + " " + $0.keyword } == [
                " required", " anyOf", " minProperties", " required", " additionalProperties",
                "/b type", "/b enum",
            ])
    }

    @Test func `at most so many errors are given as are asked for`() throws {
        let arena = Arena()
        var parser = JSONParser()
        let schema = try JSONSchema.compile(
            try parser.parse(#"{"items": false}"#, into: arena), in: arena)
        let value = try parser.parse("[1, 2, 3, 4]", into: arena)
        let errors = try schema.errors(value, limit: 2, in: arena)
        #expect(errors.map(\.path) == ["/0", "/1"])
    }

    @Test func `a format asserts only when asked`() throws {
        let schema = #"{"format": "email"}"#
        #expect(try schemaErrors(schema, #""no""#).isEmpty)
        #expect(
            try schemaErrors(schema, #""no""#, formats: true).ajvText
                == #" - must match format "email""#)
    }

    @Test func `errorMessage rewords all errors of its schema`() throws {
        let schema = #"{"type": "object", "required": ["a"], "errorMessage": "wrong: ${/b}"}"#
        #expect(try schemaErrors(schema, #"{"b": [1]}"#).ajvText == " - wrong: [1]")
        #expect(try schemaErrors(schema, "{}").ajvText == " - wrong: undefined")
    }

    @Test func `errorMessage rewords by keyword, missing member and member`() throws {
        let schema = #"""
            {"type": "object", "required": ["a", "b", "c"],
             "properties": {"d": {"type": "string", "minLength": 3,
                                  "errorMessage": {"minLength": "too short"}},
                            "e": {"type": "string"}},
             "errorMessage": {"required": {"a": "a please", "b": "b please"},
                              "properties": {"e": "e is text, not ${/e}"}}}
            """#
        let errors = try schemaErrors(schema, #"{"d": "x", "e": 5}"#)
        #expect(
            errors.ajvText == " - must have required property 'c' | /d - too short"
                + " |  - a please |  - b please | /e - e is text, not 5")
        #expect(errors[2].property == "a")
        #expect(errors[2].keyword == "errorMessage")
    }

    @Test func `errorMessage with an underscore takes what is left`() throws {
        let schema =
            #"{"minimum": 3, "multipleOf": 2, "errorMessage": {"minimum": "low", "_": "no"}}"#
        #expect(try schemaErrors(schema, "1").ajvText == " - low |  - no")
    }
}
