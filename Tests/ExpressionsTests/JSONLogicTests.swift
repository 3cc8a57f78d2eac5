import Documents
import Expressions
import Testing

@Suite struct JSONLogicTests {
    private let arena = Arena()

    private func parse(_ json: String) throws -> Value {
        var parser = JSONParser()
        return try parser.parse(json, into: arena)
    }

    /// The value of a rule over a context, and a payload above it, as a line of JSON.
    private func evaluate(
        _ rule: String, _ context: String = "null", under payload: String? = nil
    ) throws -> String {
        let program = try JSONLogic.compile(try parse(rule), in: arena)
        let scope = Scope(try parse(context), under: try payload.map { try parse($0) })
        return JSONWriter.line(try program.evaluate(scope, in: arena))
    }

    private func failure(_ rule: String, _ context: String = "null") throws -> ExpressionError? {
        do throws(ExpressionError) {
            let program = try JSONLogic.compile(try parsed(rule), in: arena)
            _ = try program.evaluate(Scope(try parsed(context)), in: arena)
            return nil
        } catch { return error }
    }

    private func parsed(_ json: String) throws(ExpressionError) -> Value {
        do { return try parse(json) } catch { throw ExpressionError(.syntax, "\(error)") }
    }

    @Test(arguments: [
        (#"{"var":"a"}"#, "2"), (#"{"var":"b.c"}"#, "3"), (#"{"var":"b"}"#, #"{"c":3}"#),
        (#"{"var":""}"#, #"{"a":2,"b":{"c":3},"d":4}"#), (#"{"var":"d"}"#, "4"),
        (#"{"missing":["a","d","e"]}"#, #"["e"]"#),
    ])
    func `a payload hides the members of the context`(rule: String, result: String) throws {
        let context = #"{"a":1,"b":{"c":3}}"#
        #expect(try evaluate(rule, context, under: #"{"a":2,"d":4}"#) == result)
    }

    @Test(arguments: [
        (#"{"var":"list.1"}"#, "20"), (#"{"var":"list.01"}"#, "null"),
        (#"{"var":"list.-1"}"#, "null"), (#"{"var":"list.length"}"#, "2"),
        (#"{"var":"word.length"}"#, "3"), (#"{"var":"word.1"}"#, #""é""#),
        (#"{"var":["word.9","none"]}"#, #""none""#), (#"{"var":"word.constructor"}"#, "null"),
        (#"{"var":{"cat":["li","st",".",0]}}"#, "10"),
        (#"{"var":["gone",{"var":"list.0"}]}"#, "10"),
        (#"{"var":"nothing.x"}"#, "null"), (#"{"var":["nothing",7]}"#, "null"),
    ])
    func `paths reach elements, characters and lengths`(rule: String, result: String) throws {
        let context = #"{"list":[10,20],"word":"héy","nothing":null}"#
        #expect(try evaluate(rule, context) == result)
    }

    @Test(arguments: [
        (#"{"==":[null,0]}"#, "false"), (#"{"==":["",0]}"#, "true"),
        (#"{"==":[[1,2],"1,2"]}"#, "true"), (#"{"==":[" 0x1F ",31]}"#, "true"),
        (#"{"==":[[],[]]}"#, "false"), (#"{"==":[true,"1"]}"#, "true"),
        (#"{"===":[1,1.0]}"#, "true"), (#"{"<":["10","9"]}"#, "true"),
        (#"{"<":["10",9]}"#, "false"), (#"{"<":["😀","\uFF5E"]}"#, "true"),
        (#"{">":["😀","\uD7FF"]}"#, "true"), (#"{"<":[null,1]}"#, "true"),
        (#"{"+":["3 apples",1]}"#, "4"), (#"{"-":["  2  "]}"#, "-2"), (#"{"%":[-5,3]}"#, "-2"),
        (#"{"cat":[1.50,null,true,[1,[2,null]],{"a":1,"b":2}]}"#, #""1.5true1,2,[object Object]""#),
        (#"{"cat":[1e21,-0,123456789012345678]}"#, #""1e+210123456789012345680""#),
        (#"{"max":[1,"3",null]}"#, "3"), (#"{"substr":["jsonlogic",-5,-2]}"#, #""log""#),
        (#"{"substr":["null",0,-0.5]}"#, #""nul""#), (#"{"<":[1,2,3,4]}"#, "true"),
        (#"{"<":[1,2,2]}"#, "false"), (#"{"<=":[1,2,2]}"#, "true"),
        (#"{"substr":["a😀b",1,2]}"#, #""😀""#), (#"{"substr":["a😀b",2]}"#, "\"\u{FFFD}b\""),
        (#"{"in":["1",[1,"1"]]}"#, "true"), (#"{"in":[1,["1"]]}"#, "false"),
        (#"{"in":["b","abc"]}"#, "true"), (#"{"in":[1,"a1"]}"#, "true"),
        (#"{"in":[1,null]}"#, "false"),
    ])
    func `values are coerced as ECMAScript coerces them`(rule: String, result: String) throws {
        #expect(try evaluate(rule) == result)
    }

    @Test(arguments: [
        (#"{"+":[{"var":"accumulator"},{"var":"current.n"}]},0"#, "null"),
        (#"{"+":[{"var":"accumulator"},{"var":["current.n",10]}]},1"#, "27.5"),
        (#"{"+":[{"var":["current.n",10]},{"var":"accumulator"}]},"1""#, "27.5"),
        (#"{"+":[{"var":"accumulator"},{"var":["current.m.0",1]}]},0"#, "11"),
        (#"{"+":[{"var":"accumulator"},{"var":"accumulator"}]},1"#, "16"),
        (#"{"+":[{"var":["current.n",10]},{"var":["current.n",10]}]},1"#, "20"),
        (#"{"+":[{"var":"accumulator"},{"var":["current.n",10]},1]},1"#, "31.5"),
    ])
    func `reduce adds up what is there`(rule: String, result: String) throws {
        let list = #"[{"n":4},{"a":1,"n":"2.5"},{"m":[8]},{"n":10.0}]"#
        let found = try evaluate(#"{"reduce":[{"var":"l"},\#(rule)]}"#, #"{"l":\#(list)}"#)
        #expect(found == result)
    }

    @Test(arguments: [
        (#"{"missing":["a","b.c","b.d","e"]}"#, #"["b.d","e"]"#),
        (#"{"missing":[["a","f","g"]]}"#, #"["f","g"]"#),
        (#"{"missing":"a"}"#, "[]"),
        (#"{"missing":["h.0","h.1","h.length"]}"#, #"["h.1"]"#),
        (#"{"missing":["a",""]}"#, "[]"),
        (#"{"missing":["a",5]}"#, "[5]"),
        (#"{"missing":{"merge":["a",["f"]]}}"#, #"["f"]"#),
    ])
    func `missing names what is not there, null or empty`(rule: String, result: String) throws {
        let found = try evaluate(rule, #"{"a":1,"b":{"c":2,"d":null},"e":"","h":[1]}"#)
        #expect(found == result)
    }

    @Test func `long lists of strings are found by bytes`() throws {
        let list = (0..<40).map { "\"code\($0)\"" }.joined(separator: ",")
        let rule = "{\"in\":[{\"var\":\"c\"},[\(list)]]}"
        #expect(try evaluate(rule, #"{"c":"code17"}"#) == "true")
        #expect(try evaluate(rule, #"{"c":"code40"}"#) == "false")
        #expect(try evaluate(rule, #"{"c":17}"#) == "false")
    }

    @Test(arguments: [
        (#"{"reduce":[[1,2,3],{"+":[{"var":"current"},{"var":"accumulator"}]},0]}"#, "6"),
        (
            #"{"reduce":[[1,2],{"var":""}]}"#,
            #"{"current":2,"accumulator":{"current":1,"accumulator":null}}"#
        ),
        (#"{"map":[[1,2],[{"var":""},{"and":[]}]]}"#, "[[1,null],[2,null]]"),
        (#"{"filter":[[1,0,2],{"var":""}]}"#, "[1,2]"), (#"{"all":[[],true]}"#, "false"),
        (#"{"none":[[],true]}"#, "true"), (#"{"some":["abc",true]}"#, "false"),
    ])
    func `iterations see the element alone`(rule: String, result: String) throws {
        #expect(try evaluate(rule, #"{"x":1}"#) == result)
    }

    @Test func `an operator that does not exist fails only when it is reached`() throws {
        #expect(try evaluate(#"{"if":[true,1,{"nope":[1]}]}"#) == "1")
        #expect(try failure(#"{"if":[false,1,{"nope":[1]}]}"#)?.code == .unknownOperator)
        #expect(try failure(#"{"==":[1,1,{"nope":[]}]}"#)?.code == .unknownOperator)
        #expect(try failure(#"{"<":[2,1,{"!":1},{"nope":[]}]}"#)?.code == .unknownOperator)
        #expect(try failure(#"{"var":["a",1,{"nope":[]}]}"#)?.code == .unknownOperator)
        #expect(try failure(#"{"nope":[]}"#)?.message == "there is no operator 'nope'")
        #expect(try failure(#"{"method":["a","b"]}"#)?.code == .unknownOperator)
    }

    @Test func `references name the paths of the scope and unknown operators`() throws {
        let rule = #"""
            {"and":[{"==":[{"var":"a.b"},{"var":["c",{"var":"d"}]}]},{"var":"a.b"},{"var":1},
            {"some":[{"var":"list"},{"var":"inner"}]},{"missing":["m","c"]},
            {"missing_some":[1,["n"]]},{"nope":{"var":"e"}},{"nope":1}]}
            """#
        let references = JSONLogic.references(of: try parse(rule))
        #expect(references.paths == ["a.b", "c", "d", "1", "list", "m", "n", "e"])
        #expect(references.isComplete)
        #expect(references.unknownOperators == ["nope"])
        let computed = JSONLogic.references(of: try parse(#"{"var":{"cat":["a","b"]}}"#))
        #expect(!computed.isComplete)
    }

    @Test(arguments: [
        (#"{"nope":{"also":[1]}}"#, ["EX001", "EX001"]), (#"{"var":{"a":1,"b":2}}"#, ["EX002"]),
        (#"{"var":{}}"#, ["EX002"]), (#"{"==":[1]}"#, ["EX002"]), (#"{"*":[]}"#, ["EX002"]),
        (#"{"map":[1]}"#, ["EX002"]), (#"{"if":[true]}"#, ["EX002"]),
        (#"{"==":[1,2],"var":"a"}"#, ["EX002"]), (#"{"a":1,"b":2}"#, []),
        (#"{"if":[{"==":[{"var":"a"},1]},"x",{"missing":["b"]}]}"#, []), ("7", []),
    ])
    func `check finds what is wrong with a rule`(rule: String, codes: [String]) throws {
        let source = Source(file: "rules/a.yaml", arena: arena, value: try parse(rule))
        #expect(JSONLogic.check(source.root).map(\.code) == codes)
    }

    @Test func `objects with no key or several are data`() throws {
        #expect(try evaluate(#"{"a":{"var":"x"},"b":1}"#) == #"{"a":{"var":"x"},"b":1}"#)
        #expect(try evaluate("{}") == "{}")
    }

    @Test func `limits hold on nesting, memory and steps`() throws {
        let deep =
            String(repeating: #"{"!":["#, count: 90) + "1" + String(repeating: "]}", count: 90)
        #expect(try evaluate(deep) == "true")
        let nested = Document { arena in
            var value = Value.true
            for _ in 0..<1_000 { value = arena.object(["!": value]) }
            return value
        }
        #expect(throws: ExpressionError.self) {
            try JSONLogic.compile(nested.root, in: arena)
        }
        let many = "[" + Array(repeating: "1", count: 4_000).joined(separator: ",") + "]"
        let twice = #"{"cat":[{"var":"accumulator"},{"var":"accumulator"}]}"#
        #expect(try failure("{\"reduce\":[\(many),\(twice),\"ab\"]}")?.code == .limit)
        let nest = #"[{"var":"accumulator"}]"#
        #expect(try failure("{\"reduce\":[\(many),\(nest),1]}")?.code == .limit)
        let double = #"{"merge":[{"var":"accumulator"},{"var":"accumulator"}]}"#
        #expect(try failure("{\"reduce\":[\(many),\(double),[1]]}")?.code == .limit)
        let inner = "{\"map\":[\(many),1]}"
        let cube =
            "{\"none\":[\(many),{\"none\":[\(many),\(inner.replacing("1]}", with: "0]}"))]}]}"
        #expect(try failure(cube)?.code == .limit)
    }
}
