public import Definitions
public import Documents

/// A webhook message about an alert, in the form of those about cases.
public enum AlertMessage {
    /// What a subscription names to be told of new alerts.
    public static let event: StaticString = "alert.triggered"

    /// The message's id and file.
    ///
    /// - Parameters:
    ///   - alert: the alert's id.
    ///   - body: the payload, without id and event.
    public static func file(
        of alert: String, to subscription: Subscription, body: [Member], at now: Instant,
        in arena: Arena
    ) -> (id: String, bytes: [UInt8]) {
        let name = "\(alert)\n\(event)\n\(String(subscription.url))"
        let id = String(Digest(of: name).hexadecimal.prefix(40))
        let payload = [
            Member("id", arena.string(id)), Member("eventName", .string(event)),
            Member("apiVersion", .string("1")),
            Member("timestamp", arena.string(now.withMilliseconds)),
        ]
        var json = JSONWriter(.indented)
        json.write(
            arena.object([
                "format": .integer(1), "id": arena.string(id), "alert": arena.string(alert),
                "event": .string(event), "method": .string("POST"),
                "url": SecretSlots.parting(subscription.url, in: arena),
                "headers": arena.object(["Content-Type": .string("application/json")]),
                "body": SecretSlots.parting(arena.object(payload + body), in: arena),
                "at": arena.string(now.description),
            ]))
        json.endLine()
        return (id, json.bytes)
    }
}
