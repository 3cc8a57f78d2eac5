import Documents

/// The lines of the journal.
extension CallJournal {
    static func line(_ intent: Intent) -> [UInt8] {
        let arena = Arena(chunkBytes: 1024)
        return bytes(
            arena.object([
                "intent": arena.string(intent.key), "vendor": arena.string(intent.vendor),
                "at": arena.string(intent.at.withMilliseconds),
                "repeatable": .bool(intent.isRepeatable), "case": arena.string(intent.caseID),
                "place": arena.string(intent.place),
            ]))
    }

    static func line(_ answer: Answer, _ key: String, _ vendor: String) -> [UInt8] {
        let arena = Arena(chunkBytes: 4096)
        let text = String(validating: answer.body, as: UTF8.self)
        let headers = answer.headers.map {
            arena.array([arena.string($0.name), arena.string($0.value)])
        }
        return bytes(
            arena.object([
                "answer": arena.string(key), "vendor": arena.string(vendor),
                "at": arena.string(answer.at.withMilliseconds),
                "milliseconds": .integer(answer.milliseconds),
                "status": answer.status.map { .integer($0) },
                "failure": answer.failure.map { arena.string($0) },
                "headers": headers.isEmpty ? nil : arena.array(headers),
                "body": text.map { arena.string($0) },
                "bytes": text == nil
                    ? arena.array(answer.body.map { .integer(Int($0)) }) : nil,
            ]))
    }

    static func bytes(_ value: Value) -> [UInt8] {
        Array(JSONWriter.line(value).utf8) + [0x0A]
    }

    static func load(
        _ bytes: [UInt8], _ path: String, _ state: inout State
    ) throws(JournalError) {
        let arena = Arena()
        var parser = JSONParser(limits: ParseLimits(bytes: 1 << 30, nodes: 50_000_000))
        var from = 0
        var number = 0
        while let end = bytes[from...].firstIndex(of: 0x0A) {
            number += 1
            do throws(ParseError) {
                take(try parser.parse(Array(bytes[from..<end]), into: arena), &state)
            } catch {
                throw JournalError(
                    description: "\(path):\(number): \(error.message); the journal of calls is "
                        + "damaged: find out what changed it before calls are repeated")
            }
            from = end + 1
        }
    }

    static func take(_ line: Value, _ state: inout State) {
        let at = line["at"]?.string.flatMap { Instant(parsing: $0) } ?? Instant(milliseconds: 0)
        let vendor = line["vendor"]?.string ?? ""
        if let key = line["intent"]?.string {
            state.intents[key] = Intent(
                key: key, vendor: vendor, at: at,
                isRepeatable: line["repeatable"]?.bool ?? false,
                caseID: line["case"]?.string ?? "", place: line["place"]?.string ?? "")
        } else if let key = line["none"]?.string {
            state.intents[key] = nil
        } else if let key = line["answer"]?.string {
            let bytes = line["bytes"]?.array?.compactMap {
                $0.integer.map { UInt8(truncatingIfNeeded: $0) }
            }
            state.answers[key] = Answer(
                status: line["status"]?.integer, failure: line["failure"]?.string,
                headers: line["headers"]?.array?.compactMap { pair in
                    guard let name = pair[0]?.string, let value = pair[1]?.string else {
                        return nil
                    }
                    return (name, value)
                } ?? [],
                body: bytes ?? Array((line["body"]?.string ?? "").utf8), at: at,
                milliseconds: line["milliseconds"]?.integer ?? 0)
        }
    }
}
