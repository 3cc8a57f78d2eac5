import Documents

/// A JSON or YAML document that a person names on the command line.
enum InputDocument {
    /// The value of a file, or of standard input for `-`, in an arena that must outlive it.
    ///
    /// - Throws: ``CommandError`` when it cannot be read or does not parse.
    static func read(_ path: String, into arena: Arena) throws -> Value {
        let bytes = path == "-" ? try WorkTree.readStandardInput() : try WorkTree.read(path)
        return try parse(bytes, named: path, into: arena)
    }

    /// The value of a text: JSON by the file's name, else YAML, which JSON is too.
    static func parse(_ bytes: [UInt8], named path: String, into arena: Arena) throws -> Value {
        do throws(ParseError) {
            if DocumentFormat(path: path) == .json {
                var parser = JSONParser()
                return try parser.parse(bytes, into: arena)
            }
            let stream = try YAMLParser().parse(bytes, file: path, into: arena)
            return stream.documents.first?.value ?? .null
        } catch {
            throw CommandError(
                .usage,
                "\(path):\(error.position.line):\(error.position.column): \(error.message)")
        }
    }
}
