internal import Documents

/// The formats that can assert (JSON Schema validation 2020-12, 7.3).
enum SchemaFormat: String, CaseIterable {
    case date, time, duration, email, hostname, ipv4, ipv6, uri, iri, uuid, regex
    case dateTime = "date-time"
    case idnEmail = "idn-email"
    case idnHostname = "idn-hostname"
    case uriReference = "uri-reference"
    case iriReference = "iri-reference"
    case uriTemplate = "uri-template"
    case jsonPointer = "json-pointer"
    case relativeJSONPointer = "relative-json-pointer"

    init?(name: Text) { self.init(rawValue: String(name)) }

    /// The format of an instruction's operand.
    init?(code: UInt) {
        guard code < UInt(SchemaFormat.all.count) else { return nil }
        self = SchemaFormat.all[Int(code)]
    }

    /// The operand that stands for the format.
    var code: UInt { UInt(SchemaFormat.all.firstIndex(of: self) ?? 0) }

    private static let all = allCases

    /// Whether a string has the format.
    func accepts(_ text: Text) -> Bool {
        switch self {
        case .date: DateFormats.isDate(text)
        case .time: DateFormats.isTime(text)
        case .dateTime: DateFormats.isDateTime(text)
        case .duration: DateFormats.isDuration(text)
        case .email: MailFormats.isEmail(text, international: false)
        case .idnEmail: MailFormats.isEmail(text, international: true)
        case .hostname: HostFormats.isHostname(text)
        case .idnHostname: InternationalName.isHostname(text)
        case .ipv4: HostFormats.isIPv4(text)
        case .ipv6: HostFormats.isIPv6(text)
        case .uri: URIFormats.isReference(text, international: false, needsScheme: true)
        case .uriReference: URIFormats.isReference(text, international: false, needsScheme: false)
        case .iri: URIFormats.isReference(text, international: true, needsScheme: true)
        case .iriReference: URIFormats.isReference(text, international: true, needsScheme: false)
        case .uriTemplate: URIFormats.isTemplate(text)
        case .uuid: TokenFormats.isUUID(text)
        case .jsonPointer: TokenFormats.isJSONPointer(text)
        case .relativeJSONPointer: TokenFormats.isRelativeJSONPointer(text)
        case .regex: (try? Pattern.compile(text)) != nil
        }
    }
}
