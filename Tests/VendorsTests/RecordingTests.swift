import Documents
import Foundation
import Testing

@testable import Vendors

/// Answers out of evidence, as files of recorded answers.
@Suite struct RecordingTests {
    private let arena = Arena()
    private let salt = Array("0123456789abcdef".utf8)

    private func value(_ text: String) throws -> Value {
        var parser = JSONParser()
        return try parser.parse(text, into: arena)
    }

    private func evidence(
        _ request: String, _ answer: String, at: String = "2026-11-22T02:00:00Z",
        vendor: String = "registry"
    ) throws -> Value {
        try value(
            """
            {"format": 1, "case": "people/ann", "vendor": "\(vendor)", "at": "\(at)",
             "request": \(request), "answer": \(answer)}
            """)
    }

    private func recording(_ evidence: [Value]) -> Recording {
        var recording = Recording(of: "registry", in: arena)
        for (number, value) in evidence.enumerated() {
            recording.add(value, at: "evidence/\(number)")
        }
        return recording
    }

    private func file(
        _ recording: Recording, onto existing: String? = nil, replacing: Bool = false
    ) throws -> RecordedFile {
        try RecordedFile(
            adding: recording.answers,
            to: existing.map { ("vendors/registry.yaml", Array($0.utf8)) }, replacing: replacing,
            in: arena)
    }

    private func text(_ file: RecordedFile) -> String? {
        file.bytes.map {
            String(decoding: $0, as: UTF8.self).split(separator: "\n")
                .filter { !$0.hasPrefix("#") }.joined(separator: "\n")
        }
    }

    private var three: [Value] {
        get throws {
            [
                try evidence(
                    #"{"method": "POST", "url": "https://r.example/v1/check", "body": {"number": "1"}}"#,
                    #"{"status": 200, "body": {"name": "Ann", "age": 1.50}}"#),
                try evidence(
                    #"{"method": "GET", "url": "https://r.example/v1/c/2?n=2", "asked": {"num": 2, "key": "{secret.KEY}"}}"#,
                    #"{"status": 404, "body": null}"#),
                try evidence(
                    #"{"method": "POST", "url": "https://r.example/", "body": {"a": 1, "b": [2]}}"#,
                    #"{"failure": "connection reset"}"#),
                try evidence(
                    #"{"method": "POST", "url": "https://r.example/", "body": {"a": 9}}"#,
                    #"{"unavailable": "down"}"#),
                try evidence(
                    #"{"method": "POST", "url": "https://r.example/", "body": {"a": 9}}"#,
                    #"{"status": 200, "body": 1}"#, vendor: "another"),
            ]
        }
    }

    @Test func `evidence becomes answers, without secrets, those that ask for more first`() throws {
        let file = try file(recording(try three))
        #expect(file.added == 3)
        #expect(
            text(file) == """
                answers:
                  - when:
                      a: 1
                      b:
                        - 2
                    networkError: connection reset
                  - when:
                      number: "1"
                    url: /v1/check
                    status: 200
                    body:
                      age: 1.50
                      name: Ann
                  - when:
                      num: 2
                    url: /v1/c/2
                    status: 404
                """)
    }

    @Test func `a secret in a URL's path is left out with all before it`() throws {
        let recording = recording([
            try evidence(
                #"{"method": "GET", "url": "https://r.example/{secret.A}/x/{secrets.B}/check?k={secret.C}"}"#,
                #"{"status": 200, "body": {}}"#),
            try evidence(
                #"{"method": "GET", "url": "{secret.BASE}/v2"}"#, #"{"status": 200, "body": {}}"#),
        ])
        #expect(recording.answers.map(\.url) == ["/check", "/v2"])
    }

    @Test func `the order of the evidence does not matter, and the later answer stands`() throws {
        let request = #"{"method": "POST", "url": "https://r.example/", "body": {"a": 9}}"#
        let old = try evidence(request, #"{"status": 200, "body": 1}"#)
        let new = try evidence(request, #"{"status": 200, "body": 2}"#, at: "2026-11-23T02:00:00Z")
        let all = try three
        let forward = recording(all + [old, new])
        let backward = recording((all + [old, new]).reversed())
        #expect(try file(forward).bytes == file(backward).bytes)
        #expect(forward.superseded == 1)
        let whole = try #require(try text(file(forward)))
        #expect(whole.contains("body: 2"))
    }

    @Test func `recording again changes nothing, and more of it is sorted in`() throws {
        let first = try #require(try file(recording(try three)).bytes)
        let again = try file(recording(try three), onto: String(decoding: first, as: UTF8.self))
        #expect(again.bytes == nil && again.known == 3 && again.added == 0)
        let one = try file(recording(Array(try three.prefix(1))))
        let rest = try file(
            recording(Array(try three.dropFirst())),
            onto: String(decoding: try #require(one.bytes), as: UTF8.self))
        #expect(rest.added == 2)
        #expect(rest.bytes == first)
    }

    @Test func `an answer of the file is never replaced unless asked`() throws {
        let first = try #require(try file(recording(try three)).bytes)
        let edited = String(decoding: first, as: UTF8.self).replacing("name: Ann", with: "name: Bo")
        let kept = try file(recording(try three), onto: edited)
        #expect(kept.bytes == nil && kept.known == 2)
        #expect(kept.conflicts.map { $0.position?.line } == [9])
        let replaced = try file(recording(try three), onto: edited, replacing: true)
        #expect(replaced.bytes == first && replaced.replaced == 1)
    }

    @Test func `a person's file keeps its text, and its answers`() throws {
        let own = """
            # Ours.
            answers:   # by hand

              - when: {number: "1"}    # an exception
                url: /v1/check
                body: {name: Cy}
              # the rest
              - body: {name: nobody}

            """
        let result = try file(recording(try three), onto: own, replacing: true)
        #expect(result.conflicts.count == 1 && result.added == 2)
        let bytes = String(decoding: try #require(result.bytes), as: UTF8.self)
        #expect(bytes.hasPrefix("# Ours.\nanswers:   # by hand\n  - when:\n      a: 1\n"))
        #expect(
            bytes.hasSuffix(
                own.replacing("# Ours.\nanswers:   # by hand\n", with: "")))
        let again = try file(recording(try three), onto: bytes)
        #expect(again.bytes == nil && again.known == 2)
    }

    @Test func `a file that cannot be added to safely is refused`() throws {
        for text in ["answers: [{body: 1}]", "{answers: []}", "a: 1", "answers: {}", "answers: ["] {
            #expect(throws: RecordedFile.Refusal.self, "\(text)") {
                try file(recording(try three), onto: text)
            }
        }
    }

    // MARK: Masking

    private func masked(
        _ request: String, _ answer: String, personal: Bool = true, paths: [String] = [],
        salt: [UInt8]? = nil
    ) throws -> String {
        var recording = recording([
            try evidence(
                #"{"method": "POST", "url": "https://r.example/people/Ada%20Lovelace", "body": \#(request)}"#,
                #"{"status": 200, "body": \#(answer)}"#)
        ])
        recording.mask(Masking(personal: personal, paths: paths, salt: salt ?? self.salt))
        return try text(file(recording)) ?? ""
    }

    private static let request = """
        {"firstName": "Ada", "lastName": "LOVELACE", "dateOfBirth": "1815-12-10", "country": "GB",
         "phone": "+44 20 7946 0018", "note": "ring ada@lovelace.example", "reference": "77"}
        """
    private static let answer = """
        {"hits": [{"fullName": "Ada Lovelace", "type": "pep", "listName": "un-list", "score": 0.93,
          "title": "Countess Ada Lovelace, 1843"}], "passportNumber": "X1234567", "verified": true,
         "owners": ["Ada Lovelace", "Jean-Luc P."], "birthYear": 1815, "status": "hit"}
        """

    @Test func `names, dates, numbers and addresses become others of their kind, everywhere`()
        throws
    {
        let text = try masked(Self.request, Self.answer)
        for real in [
            "Ada", "ada@", "ovelace", "OVELACE", "12-10", "7946", "X1234567", "Jean", ": 1815",
        ] {
            #expect(!text.contains(real), "\(real) in \(text)")
        }
        for kept in [
            "country: GB", "type: pep", "listName: un-list", "score: 0.93", "verified: true",
            "status: hit", "reference: \"77\"", "Countess ", ", 1843",
        ] { #expect(text.contains(kept), "\(kept) in \(text)") }
        #expect(text.contains(/dateOfBirth: "?1815-\d\d-\d\d/))
        #expect(text.contains(/@example\.com/))
        #expect(text.contains(/phone: '?"?\+\d\d \d\d \d{4} \d{4}/))
        #expect(text.contains(/passportNumber: [A-Z]\d{7}/))
    }

    @Test func `the same word is the same everywhere, in its own case`() throws {
        let text = try masked(Self.request, Self.answer)
        let first = try #require(text.firstMatch(of: /firstName: (\w+)/)?.1)
        let last = try #require(text.firstMatch(of: /lastName: (\w+)/)?.1)
        #expect(last == last.uppercased()[...])
        let name = "\(first) \(last.prefix(1))\(last.dropFirst().lowercased())"
        #expect(text.contains("fullName: \(name)"))
        #expect(text.contains("- \(name)\n"))
        #expect(text.contains("Countess \(name), 1843"))
        #expect(text.contains("url: /people/\(name.replacing(" ", with: "%20"))"))
    }

    @Test func `the same salt gives the same, another one something else`() throws {
        let one = try masked(Self.request, Self.answer)
        #expect(try masked(Self.request, Self.answer) == one)
        #expect(try masked(Self.request, Self.answer, salt: Array("fedcba9876543210".utf8)) != one)
    }

    @Test func `paths and names mask what is asked for, and nothing else`() throws {
        let text = try masked(
            Self.request, Self.answer, personal: false,
            paths: ["reference", "body.hits.*.score", "when.dateOfBirth"])
        #expect(text.contains("firstName: Ada") && text.contains("passportNumber: X1234567"))
        #expect(!text.contains(#"reference: "77""#) && !text.contains("0.93"))
        #expect(!text.contains("1815-12-10"))
        let all = try masked(Self.request, Self.answer, personal: false, paths: ["body.**"])
        #expect(all.contains("firstName: ") && !all.contains("un-list") && !all.contains("pep"))
    }

    @Test func `other scripts, odd texts and numbers stay valid`() throws {
        let text = try masked(
            #"{"name": "見本 花子", "surname": "-", "city": "", "address": {"street": "12 Élan-Rd.", "verified": false, "country": "FR"}}"#,
            #"{"taxNumber": -1.20e5, "ownerNumber": 0, "name": null, "names": {"a": ["x", 3]}}"#)
        #expect(!text.contains("花子") && !text.contains("Élan"))
        #expect(text.contains("country: FR") && text.contains("verified: false"))
        let parsed = text.utf8.withContiguousStorageIfAvailable {
            Source.parse("a.yaml", UnsafeRawBufferPointer($0)).findings
        }
        #expect(parsed == [])
    }
}
