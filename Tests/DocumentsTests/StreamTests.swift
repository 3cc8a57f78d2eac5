import Documents
import Testing

/// Runs a body on bytes that stay where they are.
private func with<T>(_ text: String, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
    try Array(text.utf8).withUnsafeBytes(body)
}

@Suite struct NDJSONTests {
    private func lines(_ text: String) -> [String] {
        with(text) { bytes in
            NDJSONLines(bytes).map { line in
                #expect(
                    String(decoding: bytes[line.range], as: UTF8.self) == String(Text(line.bytes)))
                return "\(line.number):\(Text(line.bytes))"
            }
        }
    }

    @Test func `lines are numbered, blank ones skipped, endings left out`() {
        #expect(lines("1\n2\n") == ["1:1", "2:2"])
        #expect(lines("\u{FEFF}1\r\n\r\n  \n2") == ["1:1", "4:2"])
        #expect(lines("") == [])
        #expect(lines("\n\n") == [])
        #expect(lines("\u{FEFF}") == [])
        #expect(lines("{\"a\":\"\u{2028}\"}") == ["1:{\"a\":\"\u{2028}\"}"])
    }

    @Test func `a bad line is an error of that line alone`() throws {
        let long = "{\"a\":\"" + String(repeating: "x", count: 100) + "\"}"
        let text = "{\"a\":1}\n{\"a\":}\r\n\n[1,\n\(long)\n{\"a\":2}"
        let arena = Arena()
        var parser = JSONParser(limits: ParseLimits(bytes: 50))
        let outcomes = with(text) { bytes in
            NDJSONLines(bytes).map { line -> String in
                do throws(ParseError) {
                    return JSONWriter.line(try line.parse(with: &parser, into: arena))
                } catch {
                    return "\(error.position.line):\(error.position.column) \(error.code)"
                }
            }
        }
        #expect(
            outcomes == [
                "{\"a\":1}", "2:6 syntax", "4:4 syntax", "5:1 tooLarge", "{\"a\":2}",
            ])
    }
}

@Suite struct CSVTests {
    private func rows(_ text: String, _ limits: ParseLimits = ParseLimits()) -> [String] {
        let arena = Arena()
        return with(text) { bytes in
            do throws(ParseError) {
                var reader = try CSVReader(bytes, limits: limits, names: arena)
                var result: [String] = []
                while let row = reader.next() {
                    #expect(
                        Text(row.bytes) == Text(UnsafeRawBufferPointer(rebasing: bytes[row.range])))
                    do throws(ParseError) {
                        let value = try reader.parse(row, into: arena)
                        result.append("\(row.line) \(JSONWriter.line(value))")
                    } catch { result.append(describe(error)) }
                }
                return result
            } catch { return ["header " + describe(error)] }
        }
    }

    private func describe(_ error: ParseError) -> String {
        "\(error.position.line):\(error.position.column) \(error.message)"
    }

    @Test func `dotted columns make nested objects and empty cells are absent`() {
        let text = """
            id,entity.type,entity.data.country,entity.data.name,note
            1,business,GB,Acme,hello
            2,,,,
            ,,FR,,x

            """
        #expect(
            rows(text) == [
                #"2 {"id":"1","entity":{"type":"business","data":{"country":"GB","name":"Acme"}},"note":"hello"}"#,
                #"3 {"id":"2"}"#,
                #"4 {"entity":{"data":{"country":"FR"}},"note":"x"}"#,
            ])
    }

    @Test func `quoted cells hold commas, quotes and line breaks`() {
        let text =
            "\u{FEFF}a,b\r\n\"x, y\",\"he said \"\"no\"\"\"\r\n\"line\r\ntwo\",\"\"\r\n\r\n3,4"
        #expect(
            rows(text) == [
                #"2 {"a":"x, y","b":"he said \"no\""}"#, #"3 {"a":"line\r\ntwo"}"#,
                #"6 {"a":"3","b":"4"}"#,
            ])
        #expect(
            rows("a\n007\n1e3\ntrue\n") == [
                #"2 {"a":"007"}"#, #"3 {"a":"1e3"}"#, #"4 {"a":"true"}"#,
            ])
        #expect(rows("\"a\",\"b.c\"\n1,2") == [#"2 {"a":"1","b":{"c":"2"}}"#])
    }

    @Test func `typed columns convert their cells`() {
        let text =
            "n:number,b:boolean,j:json,s:string\n1.50,TRUE,\"{\"\"x\"\":[1]}\",x\n-0,false,null,\n"
        #expect(
            rows(text) == [
                #"2 {"n":1.50,"b":true,"j":{"x":[1]},"s":"x"}"#,
                #"3 {"n":-0,"b":false,"j":null}"#,
            ])
        #expect(rows("a,n:number\nx,007") == ["2:3 column 'n:number' takes a number, not '007'"])
        #expect(rows("b:boolean\nno") == ["2:1 column 'b:boolean' takes true or false, not 'no'"])
        #expect(
            rows("j:json\n[1") == [
                "2:1 column 'j:json' takes JSON; at character 3: expected ',' or ']'"
            ])
    }

    @Test func `rows that do not fit are errors with their place, and the others are read`() {
        #expect(
            rows("a,b\n1\n1,2\n1,2,3\n\"x\ny\",z,\"w\"\n") == [
                "2:2 1 cells for 2 columns; 'b' is missing", #"3 {"a":"1","b":"2"}"#,
                "4:5 more cells than the 2 columns; quote a cell with a comma in it",
                "6:6 more cells than the 2 columns; quote a cell with a comma in it",
            ])
        #expect(
            rows("a,b\n1,x\"y\n1,\"x\"y\n2,\"open\n3,4\n") == [
                "2:4 a quote in a cell is written twice, and the cell stands in quotes",
                "3:5 a quote in a cell is written twice, and the cell stands in quotes",
                "4:3 the quote opened here is never closed",
            ])
        #expect(
            rows("a\nxxxxxxxxxx\ny\n", ParseLimits(bytes: 5)) == [
                "2:1 a row of 10 bytes, more than the limit of 5; is a quote missing?",
                #"3 {"a":"y"}"#,
            ])
    }

    @Test(arguments: [
        ("", "1:1 the file has no header; its first line names the columns"),
        ("a,b,a\n", "1:5 the column 'a' stands twice"),
        ("a,a:number\n", "1:3 the column 'a:number' stands twice"),
        ("a,a.b\n", "1:3 the column 'a.b' goes into 'a', which is a column itself"),
        ("a.b,a\n", "1:5 the column 'a' is a column, and others go into it"),
        ("a,,b\n", "1:3 the column '' has an empty name or an empty part between dots"),
        ("a..b\n", "1:1 the column 'a..b' has an empty name or an empty part between dots"),
        (
            "a:date\n",
            "1:1 the column 'a:date' ends in ':date'; known are :string, :number, :boolean and :json"
        ),
    ])
    func `a header that makes no object is refused`(text: String, message: String) {
        #expect(rows(text) == ["header " + message])
    }

    @Test func `bytes that are not UTF-8 are an error of their row alone`() throws {
        let bytes = Array("a\nx".utf8) + [0xFF] + Array("\ny\n".utf8)
        let arena = Arena()
        try bytes.withUnsafeBytes { bytes in
            var reader = try CSVReader(bytes, names: arena)
            let first = reader.next()
            let bad = try #require(first)
            #expect(throws: ParseError.self) { try reader.parse(bad, into: arena) }
            let second = reader.next()
            let good = try #require(second)
            let value = try reader.parse(good, into: arena)
            #expect(JSONWriter.line(value) == #"{"a":"y"}"#)
        }
    }
}
