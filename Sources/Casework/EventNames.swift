public import Definitions
public import Documents
import Statecharts

extension Workflow {
    /// An event's name as a record may have it. Names that the chart has are the workflow's own words;
    /// any other came from outside, and one that does not look like a name may be what somebody
    /// wrote about a person: the event file says it.
    public func shownName(of event: Text) -> Text {
        if chart.event(named: event) != .other || Self.isName(event) { return event }
        return Text("(another name)")
    }

    /// Whether a text is a name as programs write them: letters of ASCII, digits, `_`, `-`, `.`, `:`,
    /// at most 64.
    private static func isName(_ text: Text) -> Bool {
        guard text.count <= 64 else { return false }
        return text.bytes.allSatisfy { byte in
            (byte >= 0x30 && byte <= 0x3A) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
                || byte == 0x5F || byte == 0x2D || byte == 0x2E
        }
    }
}
