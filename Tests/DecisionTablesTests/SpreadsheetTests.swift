import DecisionTables
import Documents
import Testing

/// What spreadsheets make of a table: read where its meaning is certain, else a finding that says what
/// to do.
@Suite struct SpreadsheetTests {
    private func trial(_ csv: [UInt8]) -> Trial {
        Trial(
            """
            id: trial
            hitPolicy: first
            inputs: [{name: text, type: string}, {name: number, type: number}]
            outputs: [{name: out, type: string}, {name: points, type: number}]
            file: trial.csv
            """, csv: csv)
    }

    private func errors(_ csv: String) -> [String] { errors(Array(csv.utf8)) }

    private func errors(_ csv: [UInt8]) -> [String] {
        trial(csv).findings.filter { $0.level == .error }.map {
            "\($0.code) \($0.position?.line ?? 0):\($0.position?.column ?? 0) \($0.message)"
        }
    }

    private let rest = "-,-,b,1\n"

    @Test(arguments: [
        "text,number,out,points,,\na,1,b,1,,\n-,-,c,1,,\n,,,,,\n",
        "text,number,out,points\na,1,b,1,,\n-,-,c,1\n,,,,,\n",
        "\u{FEFF}text,number,out,points\r\na,1,b,1\r\n-,-,c,1\r\n\r\n",
        "text,number,out,points\na,=1,b,1\n-,-,c,1\n",
        "text,number,out,points\na,\"<=1, 2\",b,1\n-,-,c,1\n",
    ])
    func `what a spreadsheet leaves behind is read`(csv: String) throws {
        #expect(errors(csv) == [])
        let trial = trial(Array(csv.utf8))
        #expect(try trial.outputs(#"{"text": "a", "number": 1}"#) == #"{"out":"b","points":1}"#)
        #expect(try trial.outputs(#"{"text": "x", "number": 1}"#) == #"{"out":"c","points":1}"#)
    }

    @Test(arguments: [
        ("text;number;out;points\n", "1:1 the columns are separated by semicolons; save"),
        ("text\tnumber\tout\tpoints\n", "1:1 the columns are separated by tabs; save"),
        ("sep=;\ntext;number;out;points\n", "1:1 the line 'sep=' is for one spreadsheet only"),
        ("sep=,\ntext,number,out,points\n", "1:1 the line 'sep=' is for one spreadsheet only"),
        ("text,number,out,Points\n", "1:17 'Points' is no input or output of the table; did you"),
        ("text,number\u{A0},out,points\n", "1:6 'number\u{A0}' holds U+00A0"),
        ("text,,number,out,points\n", "1:6 the column has no name; name it 'note'"),
    ])
    func `a header that does not fit is one finding`(csv: String, message: String) {
        let found = errors(csv)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("DT007 " + message) ?? false, "\(found)")
    }

    @Test func `lines that end in carriage returns alone are one finding`() {
        let found = errors("text,number,points,out\r-,-,1,b\r-,-,1,c\r")
        #expect(found.count == 1)
        #expect(found.first?.contains("carriage returns alone") ?? false, "\(found)")
    }

    @Test(arguments: [
        ("a,\"59,5\",b,1", "DT016 2:3 number: numbers have a decimal point"),
        ("a,\">= 59,5\",b,1", "DT016 2:3 number: numbers have a decimal point"),
        ("a,\"1,000\",b,1", "DT016 2:3 number: numbers have a decimal point"),
        (
            "a,\"[1,5..2]\",b,1",
            "DT011 2:3 number: '1,5' is not a number, which this column takes; nu"
        ),
        ("a,≥ 60,b,1", "DT016 2:3 number: write >= for ≥"),
        ("≥ 60,-,b,1", "DT016 2:1 text: write >= for ≥; or put the text in double quotes"),
        ("–,-,b,1", "DT016 2:1 text: write - for –; or"),
        ("a,−5,b,1", "DT016 2:3 number: write - for −"),
        ("a,>=\u{A0}60,b,1", "DT016 2:3 number: '\u{A0}60' holds U+00A0, a space"),
        ("a\u{A0},-,b,1", "DT016 2:1 text: 'a\u{A0}' holds U+00A0, a space"),
        ("a\u{200B},-,b,1", "DT016 2:1 text: 'a\u{200B}' holds U+200B, which nobody sees"),
        ("Co\u{302}te,-,b,1", "DT016 2:1 text: 'Co\u{302}te' holds an accent apart"),
        ("“a”,-,b,1", "DT016 2:1 text: '“a”' stands in curly quotes"),
        ("'a',-,b,1", "DT016 2:1 text: a text stands in double quotes"),
        ("#N/A,-,b,1", "DT016 2:1 text: '#N/A' is an error of the spreadsheet"),
        ("#WERT!,-,b,1", "DT016 2:1 text: '#WERT!' is an error of the spreadsheet"),
        ("a,#REF!,b,1", "DT016 2:3 number: '#REF!' is an error of the spreadsheet"),
        ("=SUM(A1),-,b,1", "DT016 2:1 text: '=SUM(A1)' is a formula"),
        ("a,=SUM(A1),b,1", "DT016 2:3 number: '=SUM(A1)' is a formula"),
        ("a;b,-,b,1", "DT016 2:1 text: a semicolon parts no values"),
        ("\"a\nb\",-,b,1", "DT016 2:1 text: a line break parts no values"),
        ("a,-,#N/A,1", "DT016 2:5 out: '#N/A' is an error of the spreadsheet"),
        ("1.23457E+11,-,b,1", "DT016 2:1 text: '1.23457E+11' is a number as the spreadsheet shows"),
        ("a,-,b,#DIV/0!", "DT016 2:7 points: '#DIV/0!' is an error of the spreadsheet"),
        (
            "a,> = 60,b,1",
            "DT011 2:3 number: '= 60' is not a number, which this column takes; the c"
        ),
        ("a,-,=A1,1", "DT016 2:5 out: '=A1' is a formula"),
        ("a,-,b\u{A0},1", "DT016 2:5 out: 'b\u{A0}' holds U+00A0"),
        (
            "a,60%,b,1",
            "DT011 2:3 number: '60%' is not a number, which this column takes; write the"
        ),
        (
            "a,=> 60,b,1",
            "DT011 2:3 number: '> 60' is not a number, which this column takes; the com"
        ),
        ("a,1-5,b,1", "DT011 2:3 number: '1-5' is not a number, which this column takes; a range"),
        ("a,007,b,1", "DT011 2:3 number: '007' is not a number, which this column takes; a number"),
        ("a,-,b,\"1,5\"", "DT014 2:7 the output 'points' is a number, not '1,5'; numbers have"),
        ("a,-,b,15%", "DT014 2:7 the output 'points' is a number, not '15%'; write the number"),
        ("a,-,b", "DT008 2:1 3 cells for 4 columns; a cell is missing"),
        ("a,-,b,1,c", "DT008 2:1 5 cells for 4 columns; quote a cell"),
    ])
    func `a cell that is not what it looks like is a finding`(row: String, message: String) {
        let found = errors("text,number,out,points\n\(row)\n\(rest)")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(message) ?? false, "\(found)")
    }

    @Test func `a file that is wrong throughout brings bounded findings and messages`() {
        let rows = String(repeating: "a,\(String(repeating: "x", count: 1000)),b,1\n", count: 5000)
        let found = errors("text,number,out,points\n" + rows)
        #expect(found.count == 100)
        #expect(found.allSatisfy { $0.utf8.count < 200 })
    }

    @Test func `in quotes a text may be anything`() throws {
        let csv = "text,number,out,points\n\"\"\"#N/A\"\"\",-,\"\"\"=A1\"\"\",1\n-,-,d’Ivoire,1\n"
        #expect(errors(csv) == [])
        let trial = trial(Array(csv.utf8))
        #expect(try trial.outputs(##"{"text": "#N/A"}"##) == #"{"out":"=A1","points":1}"#)
        #expect(try trial.outputs(#"{"text": "x"}"#) == #"{"out":"d’Ivoire","points":1}"#)
    }

    @Test func `bytes of other encodings say what they are`() {
        let text = "text,number,out,points\nCôte,-,b,1\n"
        let wide = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let narrow = text.unicodeScalars.map { UInt8($0.value) }
        #expect(errors([0xFF, 0xFE] + wide).first?.contains("1:1 the file is UTF-16") ?? false)
        #expect(errors(wide).first?.contains("1:2 the file is UTF-16") ?? false)
        #expect(errors(narrow).first?.contains("2:2 the bytes here are not UTF-8") ?? false)
        #expect(errors([0x50, 0x4B, 3, 4, 20, 0]).first?.contains("a workbook") ?? false)
    }
}
