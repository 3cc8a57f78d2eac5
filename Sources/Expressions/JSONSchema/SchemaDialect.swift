internal import Documents

/// Which keywords a schema resource has, and how they are read.
struct SchemaDialect {
    /// `$ref` hides its neighbours, `$id` may be an anchor, `dependencies` exists.
    var isDraft7: Bool
    /// `items` may be an array, with `additionalItems` after it (up to 2019-09).
    var hasItemsArray: Bool
    /// The validation vocabulary: types, bounds, lengths.
    var hasValidation = true
    /// The applicator vocabulary.
    var hasApplicators = true
    /// The unevaluated vocabulary.
    var hasUnevaluated = true
    /// `format` asserts whatever the caller asked for.
    var assertsFormats = false

    static let draft7 = SchemaDialect(isDraft7: true, hasItemsArray: true)
    static let draft2019 = SchemaDialect(isDraft7: false, hasItemsArray: true)
    static let draft2020 = SchemaDialect(isDraft7: false, hasItemsArray: false)

    /// The dialect of a published meta-schema, or nil for another URI.
    static func published(_ uri: String) -> SchemaDialect? {
        for (part, dialect): (String, SchemaDialect) in [
            ("json-schema.org/draft/2020-12/schema", draft2020),
            ("json-schema.org/draft/2019-09/schema", draft2019),
            ("json-schema.org/draft-07/schema", draft7),
            ("json-schema.org/draft-06/schema", draft7),
            ("json-schema.org/draft-04/schema", draft7),
        ] {
            for scheme in ["http://", "https://"] where uri.utf8.elementsEqual((scheme + part).utf8)
            {
                return dialect
            }
        }
        return nil
    }

    /// The dialect of a meta-schema of one's own, by its `$vocabulary`.
    static func custom(_ metaSchema: Value) -> SchemaDialect? {
        guard let vocabulary = metaSchema["$vocabulary"], vocabulary.kind == .object else {
            return nil
        }
        func has(_ name: String) -> Bool {
            vocabulary["https://json-schema.org/draft/2020-12/vocab/" + name] != nil
        }
        var dialect = draft2020
        dialect.hasValidation = has("validation")
        dialect.hasApplicators = has("applicator")
        dialect.hasUnevaluated = has("unevaluated")
        dialect.assertsFormats = has("format-assertion")
        return dialect
    }
}
