import Casework
import Documents

/// A vendor's callback as a file of an inbox has it: `{case, type, payload?, resultDestination?,
/// vendor?, by?, at?}`.
struct InboxCallback {
    struct Problem: Error {
        var findings: [Finding]
    }

    let id: CaseID
    let type: String
    /// The digest of the content, however it is laid out.
    let digest: Digest
    private let by: String?
    private let happened: Instant?
    private let resultDestination: String?
    private let vendor: String?
    private let payload: Document?

    /// Reads a file; what is wrong has findings at its place.
    static func read(_ name: String, _ bytes: [UInt8]) -> Result<InboxCallback, Problem> {
        let parsed = bytes.withUnsafeBytes { Source.parse(name, $0) }
        guard let source = parsed.source else {
            return .failure(Problem(findings: parsed.findings))
        }
        let root = source.root
        guard root.value.kind == .object, let node = root["case"],
            let id = node.value.string.flatMap({ CaseID($0) })
        else {
            return .failure(
                Problem(findings: [
                    (root["case"] ?? root).finding(
                        "IN002", .error, "a callback names its case, such as onboarding/acme")
                ]))
        }
        let (event, problems) = CaseEvent.read(root)
        var findings = problems.filter { $0.code != "CS024" }
        if let kind = root["kind"], kind.value.string != "callback" {
            findings.append(
                kind.finding(
                    "IN004", .error,
                    "an inbox takes callbacks only; a person writes a decision or a submission"))
        }
        guard let event, findings.allSatisfy({ $0.level != .error }) else {
            return .failure(Problem(findings: findings))
        }
        var writer = JSONWriter(.compact, keys: .sorted)
        writer.write(root.value)
        return .success(
            InboxCallback(
                id: id, type: String(event.type), digest: Digest(of: writer.bytes),
                by: event.by.map { String($0) }, happened: event.at,
                resultDestination: event.resultDestination.map { String($0) },
                vendor: event.vendor.map { String($0) },
                payload: event.payload.map { Document(copying: $0) }))
    }

    /// The first 128 bits of the digest: they take the place of an event file's random ones.
    var bits: (UInt64, UInt64) {
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reduce(0) { $0 << 8 | UInt64($1) }
        }
        return (number(digest.bytes[0..<8]), number(digest.bytes[8..<16]))
    }

    /// The same in hexadecimal, as it stands in the file's name.
    var mark: String { String(digest.hexadecimal.prefix(32)) }

    func event(at time: Instant) -> EventFile {
        var file = EventFile(id, type: type, kind: .callback, at: time)
        file.by = by
        file.happened = happened
        file.resultDestination = resultDestination
        file.vendor = vendor
        file.payload = payload
        return file
    }

    func taken(_ name: String, _ path: String, isKnown: Bool) -> Inbox.Taken {
        Inbox.Taken(name: name, id: id, type: type, path: path, isKnown: isKnown)
    }
}
