import Documents
import Expressions
import Testing

/// The result as one line of JSON, or the kind of error.
private func search(
    _ expression: String, _ context: String = "null", under payload: String? = nil,
    _ dialect: JMESPath.Dialect = .standard
) throws -> String {
    let arena = Arena()
    var parser = JSONParser()
    let scope = Scope(
        try parser.parse(context, into: arena),
        under: try payload.map { try parser.parse($0, into: arena) })
    do throws(ExpressionError) {
        let program = try JMESPath.compile(expression, in: arena, dialect: dialect)
        return JSONWriter.line(try program.evaluate(scope, in: arena))
    } catch { return error.code.rawValue }
}

/// The message of the error an expression gives over a context.
private func message(
    _ expression: String, _ context: String = "{}", _ dialect: JMESPath.Dialect = .ballerine
) throws -> String? {
    let arena = Arena()
    var parser = JSONParser()
    let scope = Scope(try parser.parse(context, into: arena))
    do throws(ExpressionError) {
        let program = try JMESPath.compile(expression, in: arena, dialect: dialect)
        _ = try program.evaluate(scope, in: arena)
        return nil
    } catch { return error.message }
}

@Suite struct JMESPathTests {
    // MARK: Scope

    @Test(arguments: [
        ("a", "9"), ("a.x", "null"), ("b.c", "2"), ("p", "7"), ("[a, b.c]", "[9,2]"),
        ("@", #"{"a":9,"b":{"c":2},"p":7}"#), ("@.b.c", "2"), ("@ | a", "9"),
        ("length(@)", "3"), ("*", #"[9,{"c":2},7]"#), ("b | [@, a]", #"[{"c":2},null]"#),
        ("keys(@)", #"["a","b","p"]"#), ("{n: p, a: a}", #"{"n":7,"a":9}"#),
        ("missing || p", "7"), ("[0]", "null"), ("merge(@, {z: a}).z", "9"),
        ("map(&@, [a])", "[9]"), ("to_array(@)[0].p", "7"),
    ])
    func `a field of the payload hides that of the context`(expression: String, result: String)
        throws
    {
        let context = #"{"a":{"x":1},"b":{"c":2}}"#
        #expect(try search(expression, context, under: #"{"a":9,"p":7}"#) == result)
    }

    @Test func `a null in the payload hides a value of the context`() throws {
        #expect(try search("a", #"{"a":1}"#, under: #"{"a":null}"#) == "null")
    }

    @Test func `a payload is seen above a context that is null`() throws {
        #expect(try search("[p]", "null", under: #"{"p":1}"#) == "[1]")
        #expect(try search("[p]", "null") == "null")
    }

    // MARK: Values

    @Test func `strings sort and compare by code point`() throws {
        let words = "[\"\u{10000}\",\"\u{FF5E}\",\"e\u{301}\",\"\u{E9}\",\"Z\",\"a\",\"\"]"
        let sorted = "[\"\",\"Z\",\"a\",\"e\u{301}\",\"\u{E9}\",\"\u{FF5E}\",\"\u{10000}\"]"
        #expect(try search("sort(@)", words) == sorted)
        #expect(try search("max(@)", words) == "\"\u{10000}\"")
        #expect(try search("'e\u{301}' == '\u{E9}'") == "false")
    }

    @Test func `lengths and reversal count code points`() throws {
        #expect(try search("length('e\u{301}😀')") == "3")
        #expect(try search("reverse('a😀é')") == "\"é😀a\"")
    }

    @Test(arguments: [
        ("to_string(@)", "1.50", #""1.50""#), ("to_string(@)", "[1e3, 2.0]", #""[1e3,2.0]""#),
        ("to_string(@)", #"{"a":"x\n"}"#, #""{\"a\":\"x\\n\"}""#), ("[0]", "[1.50]", "1.50"),
        ("abs(@)", "-1.50", "1.5"), ("abs(@)", "1.50", "1.50"), ("ceil(@)", "-0.5", "0"),
        ("sum(@)", "[0.1, 0.2]", "0.30000000000000004"), ("sum(@)", "[1, 2]", "3"),
        ("avg(@)", "[1, 2]", "1.5"), ("to_number(@)", #""007""#, "null"),
        ("to_number(@)", #""-1.50""#, "-1.50"), ("to_number(@)", #"" 1""#, "null"),
        ("to_number(@)", #""1e400""#, "1e400"), ("floor(@)", "1e300", "1e+300"),
        ("max(@)", "[1, 1.0, 0]", "1"), ("@ == `1`", "1.0", "true"),
    ])
    func `copied numbers keep their spelling and computed ones print as ECMAScript prints them`(
        expression: String, data: String, result: String
    ) throws {
        #expect(try search(expression, data) == result)
    }

    @Test(arguments: [
        (#"'it\'s'"#, #""it's""#), (#"'a\\b'"#, #""a\\\\b""#), (#"'\n'"#, #""\\n""#),
        (#"`"\u0041\`"`"#, #""A`""#), (#"`"\\"`"#, #""\\""#), (#""a\"b""#, "1"),
        (#""\u0061""#, "2"), (#"`{"k": 1, "k": 2}`"#, #"{"k":2}"#), ("''", #""""#),
        ("'\u{0}\u{7F}'", "\"\\u0000\u{7F}\""),
    ])
    func `escapes stand for their characters`(expression: String, result: String) throws {
        #expect(try search(expression, #"{"a\"b":1,"a":2}"#) == result)
    }

    @Test func `hashes of every size find each of their members`() throws {
        for size in 1...40 {
            let pairs = (0..<size).map { "k\($0): `\($0)`" }.joined(separator: ", ")
            for index in 0..<size {
                #expect(try search("{\(pairs)} | k\(index)", "{}") == "\(index)")
            }
            #expect(try search("length({\(pairs)})", "{}") == "\(size)")
        }
    }

    @Test func `keys of every length are found and told apart`() throws {
        for length in 1...40 {
            let key = String(repeating: "k", count: length)
            let data = #"{"\#(key)y": 1, "\#(key)x": 2, "y\#(key)": 3}"#
            #expect(try search(key + "x", data) == "2")
            #expect(try search("y" + key, data) == "3")
            #expect(try search(key, data) == "null")
        }
        #expect(try search(#""""#, #"{"a":1,"":2}"#) == "2")
    }

    @Test func `a key that stands twice in a hash keeps its last value`() throws {
        #expect(try search("{a: `1`, b: `2`, a: `3`}", "{}") == #"{"a":3,"b":2}"#)
    }

    @Test func `numbers of all kinds sort by size, equal ones as they stood`() throws {
        var keys = [
            "3", "-1", "0.5", "-0", "0", "1e2", "-2.5", "9007199254740993", "9007199254740992",
            "0.0", "-1.0",
        ]
        for count in [keys.count, 40] {
            while keys.count < count { keys.append(String((keys.count * 7919) % 23 - 11)) }
            // Past what a double has exactly whole numbers are compared as whole numbers.
            for keys in [keys, keys.filter { $0.utf8.count < 10 }] {
                let items = keys.enumerated().map { #"{"k":\#($1),"n":\#($0)}"# }
                let list = "[\(items.joined(separator: ","))]"
                let sorted = keys.enumerated().sorted {
                    let (a, b) = (Double($0.element) ?? 0, Double($1.element) ?? 0)
                    if let x = Int($0.element), let y = Int($1.element), x != y { return x < y }
                    return a != b ? a < b : $0.offset < $1.offset
                }.map(\.offset)
                let text = sorted.map { String($0) }.joined(separator: ",")
                #expect(try search("sort_by(@, &k)[].n", list) == "[\(text)]")
                #expect(try search("min_by(@, &k).n", list) == String(sorted[0]))
            }
        }
        #expect(try search("[max(@), min(@)]", "[1, 3, 2.5, 3.0, -4, -4.0]") == "[3,-4]")
    }

    @Test func `projections find a field wherever it stands`() throws {
        let list = #"[{"a":1,"b":2},{"b":3,"a":4},{"c":0},7,null,{"x":1,"y":2,"b":{"d":5}}]"#
        #expect(try search("[*].b", list) == #"[2,3,{"d":5}]"#)
        #expect(try search("[*].b.d", list) == "[5]")
    }

    @Test func `sorting is stable and takes its keys once`() throws {
        let data = #"[{"k":2,"n":1},{"k":1,"n":2},{"k":2,"n":3},{"k":1,"n":4}]"#
        #expect(try search("sort_by(@, &k)[].n", data) == "[2,4,1,3]")
        #expect(try search("max_by(@, &k).n", data) == "1")
        #expect(try search("min_by(@, &k).n", data) == "2")
    }

    // MARK: Limits

    @Test(arguments: ["(", "[", "!", "& ", "{a: ", "a[?", "length(", "a.[", "@ == (", "[[[", "*[?"])
    func `hostile nesting is refused before the stack runs out`(piece: String) throws {
        #expect(try search(String(repeating: piece, count: 10_000), "{}") == "limit")
    }

    @Test func `deep trees that need no deep text are refused too`() throws {
        let indices = String(repeating: "[0]", count: 10_000)
        #expect(try search("a" + indices, "{}") == "limit")
        #expect(try search("a" + String(repeating: "==a", count: 10_000), "{}") == "limit")
        #expect(try search("a" + String(repeating: "[]", count: 10_000), "{}") == "limit")
        #expect(try search("a" + String(repeating: "[*].b", count: 10_000), "{}") == "limit")
    }

    @Test(arguments: ["||", "&&", "|", "."])
    func `long chains are no nesting`(sign: String) throws {
        let terms = Array(repeating: "a", count: 10_000).joined(separator: sign)
        let expected = sign == "||" ? "1" : "null"
        let data = sign == "||" ? #"{"a":1}"# : #"{"b":1}"#
        #expect(try search(terms, data) == expected)
    }

    @Test func `nesting up to the limit works`() throws {
        func repeated(_ text: String, _ count: Int) -> String {
            String(repeating: text, count: count)
        }
        #expect(try search(repeated("(", 255) + "@" + repeated(")", 255), "1") == "1")
        #expect(try search(repeated("!", 254) + "@", "1") == "true")
        #expect(try search("@" + repeated("[0]", 254), "[[1]]") == "null")
        #expect(
            try search("length(" + repeated("[", 250) + "@" + repeated("]", 250) + ")", "1") == "1")
        #expect(try search(repeated("to_array(", 120) + "a" + repeated(")", 120), "{}") == "[null]")
        #expect(try search("a" + repeated("[*].a", 200), "{}") == "null")
    }

    @Test(arguments: ["[@]", "{a: @}", "to_array([@])", "map(&[@], [@])"])
    func `a value that deepens with every step is stopped`(step: String) throws {
        let deepened = Array(repeating: step, count: 2_000).joined(separator: " | ")
        #expect(try search(deepened, "{}") == "limit")
        #expect(try search(deepened + " | to_string(@)", "{}") == "limit")
    }

    @Test func `an expression past its limit in bytes is refused`() throws {
        #expect(try search(String(repeating: "a", count: 65_536), "{}") == "null")
        #expect(try search(String(repeating: "a", count: 65_537), "{}") == "limit")
    }

    @Test(arguments: [
        ("", "limit"), (" | to_string(@)", "limit"), (" | [@] == `[[[]]]`", "false"),
        (" | [@, [@, @]]", "limit"), (" | length(@)", "2"), (" | [0][0][1]", "limit"),
    ])
    func `a value that doubles with every step is stopped`(tail: String, result: String) throws {
        let doubled = Array(repeating: "[@, @]", count: 60).joined(separator: " | ")
        #expect(try search(doubled + tail, "{}") == result)
    }

    @Test func `two values that double with every step are not compared for ever`() throws {
        let doubled = Array(repeating: "[@, @]", count: 60).joined(separator: " | ")
        #expect(try search("(\(doubled)) == (\(doubled))", "{}") == "limit")
        #expect(try search("contains([\(doubled)], (\(doubled)))", "{}") == "limit")
    }

    @Test func `nested loops over literals are stopped`() throws {
        let list = "`[" + Array(repeating: "0", count: 1000).joined(separator: ",") + "]`"
        let loops = "map(&map(&map(&map(&[0], \(list)), \(list)), \(list)), \(list))"
        #expect(try search(loops, "{}") == "limit")
    }

    @Test func `large arrays are projected, filtered and sorted`() throws {
        let numbers =
            "["
            + (0..<50_000).map { "\($0 * 7919 % 50_000)" }
            .joined(separator: ",") + "]"
        #expect(try search("length([*])", numbers) == "50000")
        #expect(try search("length([?@ > `25000`])", numbers) == "24999")
        #expect(try search("sort(@)[49999]", numbers) == "49999")
        #expect(try search("sort(@)[::25000]", numbers) == "[0,25000]")
        #expect(try search("sum([])", numbers) == "1249975000")
        #expect(try search("join('', map(&to_string(@), @)) | length(@)", numbers) == "238890")
    }

    // MARK: Errors

    @Test(arguments: ["", " ", "\n\t\r "])
    func `an empty expression is a syntax error`(text: String) throws {
        #expect(try search(text) == "syntax")
        #expect(try message(text) == #"Invalid token (EOF): """#)
    }

    @Test(arguments: [
        ("a\u{1}", "syntax"), ("a é", "syntax"), ("a - b", "syntax"), ("a = b", "syntax"),
        ("'open", "syntax"), ("`open", "syntax"), ("\"open", "syntax"), (#""a\"#, "syntax"),
        ("foo(a b)", "syntax"), ("foo(a,)", "syntax"), ("[a b]", "syntax"),
        ("{a: b c: d}", "syntax"),
        ("`bare`", "syntax"), ("[::0]", "invalid-value"), ("nope(@)", "unknown-function"),
        ("abs()", "invalid-arity"), ("a && nope(@)", "unknown-function"), ("&a", "invalid-type"),
        ("abs(&a)", "invalid-type"), ("type(&a)", "invalid-type"), ("map(a, `[]`)", "invalid-type"),
        ("merge(`{}`, `1`)", "invalid-type"), ("not_null()", "invalid-arity"),
        ("[99999999999999999999]", "null"), ("[-99999999999999999999]", "null"),
        ("[:99999999999999999999]", "[1]"), ("[::-99999999999999999999]", "[1]"),
    ])
    func `errors have their kinds`(expression: String, result: String) throws {
        #expect(try search(expression, "[1]") == result)
    }

    @Test(arguments: [
        ("dsa: .unknwonvalue.id}", "Unexpected token type: Colon, value: :"),
        ("{a: 1990-01-01}", #"Invalid token (Number): "1990""#),
        ("{a}", "Expected Colon, got: Rbrace"),
        ("{}", "Expecting an identifier token, got: Rbrace"),
        ("a[b]", "Expected Star, got: UnquotedIdentifier"), ("a#", "Unknown character:#"),
        ("foo[*]bar", "Unexpected token type: UnquotedIdentifier, value: bar"),
        ("a[? b", "Expected Rbracket, got: EOF"), ("nope(@)", "Unknown function: nope()"),
        ("[a,]", "Unexpected token Rbracket"), ("a ||", #"Invalid token (EOF): """#),
        (#""f"(a)"#, "Quoted identifier not allowed for function names."),
        ("[0][::0]", nil), ("to_array(a)[::0]", "Invalid slice, step cannot be 0"),
        ("abs(a, b)", "ArgumentError: abs() takes 1 argument but received 2"),
        ("join('')", "ArgumentError: join() takes 2 arguments but received 1"),
        (
            "length(a)",
            "TypeError: length() expected argument 1 to be type string,array,object "
                + "but received type null instead."
        ),
        (
            "join('', [a])",
            "TypeError: join() expected argument 2 to be type Array<string> "
                + "but received type array instead."
        ),
        (
            "!contains(a.b.*.c,`true`)",
            "TypeError: contains() expected argument 1 to be type string,array "
                + "but received type null instead."
        ),
    ])
    func `messages are those of jmespath.js`(expression: String, text: String?) throws {
        #expect(try message(expression) == text)
    }

    // MARK: Ballerine's dialect

    @Test(arguments: [
        ("{a: 'x'\n b: 'y'}", #"{"a":"x","b":"y"}"#), ("[n 'b']", #"[5,"b"]"#),
        ("join('', ['a' 'b'],)", #""ab""#), ("`bare`", #""bare""#), ("`5 `", "5"),
        ("missing && nope(@)", "null"), ("nope(abs('x'))", "invalid-type"),
        ("missing < `1`", "true"), ("'a' < 'b'", "true"), ("`null` >= `0`", "true"),
        ("'10' > `9`", "true"), ("'x' > `9`", "false"), ("`{}` > `1`", "false"),
        ("sort(`[10, 9]`)", "[10,9]"), ("to_string(`1.0`)", #""1""#),
        ("to_string(`{\"a\": [1.50]}`)", #""{\"a\":[1.5]}""#), ("to_number(' 0x10 ')", "16"),
        ("to_number('')", "0"), ("to_number('abc')", "null"), ("contains('abc1', `1`)", "true"),
        ("a.", "syntax"), ("missing && a.", "null"), ("length(a.*.[?b]) == `0`", "invalid-type"),
        ("length(o.*.[?b]) == `0`", "true"), ("list[*].[?b]", "syntax"),
        ("missing[::0]", "null"), ("list[::0]", "invalid-value"), ("[:::]", "null"),
    ])
    func `Ballerine's dialect follows jmespath.js`(expression: String, result: String) throws {
        #expect(
            try search(expression, #"{"n":5,"list":[1],"o":{}}"#, under: nil, .ballerine) == result)
    }
}
