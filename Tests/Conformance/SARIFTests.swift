import Documents
import Expressions
import Testing

@testable import DocketCommand

/// `docket check -o sarif` against the parts of SARIF 2.1.0 that it uses: what must be there, and
/// that nothing else is.
@Suite struct SARIFTests {
    /// The members, their types and enumerations of SARIF 2.1.0 (OASIS), of the objects written here;
    /// the whole standard allows more members and no other ones.
    private static let schema = """
        {
          "$schema": "http://json-schema.org/draft-07/schema#",
          "type": "object", "required": ["version", "runs"], "additionalProperties": false,
          "properties": {
            "$schema": {"type": "string", "format": "uri"},
            "version": {"enum": ["2.1.0"]},
            "runs": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/run"}}
          },
          "definitions": {
            "run": {
              "type": "object", "required": ["tool", "results"], "additionalProperties": false,
              "properties": {
                "tool": {
                  "type": "object", "required": ["driver"], "additionalProperties": false,
                  "properties": {"driver": {"$ref": "#/definitions/toolComponent"}}
                },
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "results": {"type": "array", "items": {"$ref": "#/definitions/result"}}
              }
            },
            "toolComponent": {
              "type": "object", "required": ["name"], "additionalProperties": false,
              "properties": {
                "name": {"type": "string", "minLength": 1},
                "semanticVersion": {"type": "string", "pattern": "^\\\\d+\\\\.\\\\d+\\\\.\\\\d+$"},
                "rules": {
                  "type": "array", "uniqueItems": true,
                  "items": {"$ref": "#/definitions/reportingDescriptor"}
                }
              }
            },
            "reportingDescriptor": {
              "type": "object", "required": ["id"], "additionalProperties": false,
              "properties": {
                "id": {"type": "string"},
                "shortDescription": {
                  "type": "object", "required": ["text"], "additionalProperties": false,
                  "properties": {"text": {"type": "string"}}
                }
              }
            },
            "result": {
              "type": "object", "required": ["message"], "additionalProperties": false,
              "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": -1},
                "level": {"enum": ["none", "note", "warning", "error"]},
                "message": {
                  "type": "object", "required": ["text"], "additionalProperties": false,
                  "properties": {"text": {"type": "string"}}
                },
                "locations": {"type": "array", "items": {"$ref": "#/definitions/location"}}
              }
            },
            "location": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "physicalLocation": {
                  "type": "object", "required": ["artifactLocation"],
                  "additionalProperties": false,
                  "properties": {
                    "artifactLocation": {
                      "type": "object", "required": ["uri"], "additionalProperties": false,
                      "properties": {"uri": {"type": "string", "format": "uri-reference"}}
                    },
                    "region": {
                      "type": "object", "required": ["startLine"], "additionalProperties": false,
                      "properties": {
                        "startLine": {"type": "integer", "minimum": 1},
                        "startColumn": {"type": "integer", "minimum": 1}
                      }
                    }
                  }
                }
              }
            }
          }
        }
        """

    private static let findings = [
        Finding("CS031", .warning, "100 % of it", file: "cases/a,b:c d/\u{E9}%.yaml"),
        Finding("CFG010", .error, "a vendor is {kind: recorded}", file: "docket.yaml"),
        Finding(
            "WF003", .error, "one line\nand [a](b)", file: "workflows/kyb.yaml",
            at: Position(line: 7, column: 3)),
        Finding("WF003", .note, "", file: "", at: Position(line: 1, column: 1)),
    ]

    private func log(_ findings: [Finding], into arena: Arena) throws -> Value {
        var parser = JSONParser()
        return try parser.parse(SARIFFindings.text(findings), into: arena)
    }

    @Test func `every log has what SARIF requires and nothing that it does not know`() throws {
        let arena = Arena()
        var parser = JSONParser()
        let schema = try JSONSchema.compile(
            parser.parse(Self.schema, into: arena), draft: .draft7, formats: true, in: arena)
        for findings in [[], Self.findings, [Self.findings[0]]] {
            let errors = try schema.errors(log(findings, into: arena), in: arena)
            #expect(errors == [])
        }
        // The schema tells: a region must have a line from 1.
        let wrong = try parser.parse(
            #"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"message": {"text": ""}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a b"}, "region": {"startLine": 0}}}]}]}]}"#,
            into: arena)
        #expect(try schema.errors(wrong, in: arena).count == 2)
    }

    @Test func `each result names its rule by id and place in the list`() throws {
        let arena = Arena()
        let run = try #require(try log(Self.findings, into: arena)["runs"]?[0])
        let rules = try #require(run["tool"]?["driver"]?["rules"])
        #expect(rules.array?.compactMap { $0["id"]?.string } == ["CFG010", "CS031", "WF003"])
        let results = try #require(run["results"]?.array)
        #expect(results.count == 4)
        for result in results {
            let index = try #require(result["ruleIndex"]?.integer)
            #expect(rules[index]?["id"] == result["ruleId"])
        }
    }

    @Test func `braces and links of a message are literal`() throws {
        let arena = Arena()
        let results = try log(Self.findings, into: arena)["runs"]?[0]?["results"]
        #expect(results?[1]?["message"]?["text"]?.string == "a vendor is {{kind: recorded}}")
        #expect(results?[2]?["message"]?["text"]?.string == "one line\nand [a\\](b)")
    }
}
