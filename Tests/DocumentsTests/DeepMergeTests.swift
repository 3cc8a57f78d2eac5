import Documents
import Testing

@Suite struct DeepMergeTests {
    private func merge(_ a: String, _ b: String, _ arrays: ArrayMerge) throws -> String {
        let arena = Arena()
        var parser = JSONParser()
        let (old, new) = (try parser.parse(a, into: arena), try parser.parse(b, into: arena))
        return withExtendedLifetime(arena) {
            JSONWriter.line(old.deepMerged(with: new, arrays: arrays, in: arena))
        }
    }

    @Test func `objects merge by key and new keys come last`() throws {
        #expect(
            try merge(#"{"a":{"x":1,"y":2},"b":1}"#, #"{"c":3,"a":{"y":9}}"#, .concat)
                == #"{"a":{"x":1,"y":9},"b":1,"c":3}"#)
    }

    @Test(arguments: [
        (ArrayMerge.concat, #"[{"id":1,"a":1},{"id":2},{"id":1,"b":2}]"#),
        (.replace, #"[{"id":1,"b":2}]"#),
        (.byID, #"[{"id":1,"a":1,"b":2},{"id":2}]"#),
        (.byIndex, #"[{"id":1,"a":1,"b":2},{"id":2}]"#),
    ])
    func `arrays merge as the option says`(option: ArrayMerge, expected: String) throws {
        #expect(try merge(#"[{"id":1,"a":1},{"id":2}]"#, #"[{"id":1,"b":2}]"#, option) == expected)
    }

    @Test func `an element without an id makes by_id merge by index`() throws {
        #expect(
            try merge(#"[{"id":1},{"id":2}]"#, #"[{"id":0,"x":1}]"#, .byID)
                == #"[{"id":0,"x":1},{"id":2}]"#)
    }

    @Test func `ids of different types are different`() throws {
        #expect(
            try merge(#"[{"id":1}]"#, #"[{"id":"1"},{"id":1.0,"x":1}]"#, .byID)
                == #"[{"id":1.0,"x":1},{"id":"1"}]"#)
    }

    @Test func `an unknown option concatenates`() {
        #expect(ArrayMerge(option: Text("by_id")) == .byID)
        #expect(ArrayMerge(option: Text("other")) == .concat)
        #expect(ArrayMerge(option: nil) == .concat)
    }
}
