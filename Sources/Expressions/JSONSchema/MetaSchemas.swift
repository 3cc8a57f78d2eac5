/// The meta-schemas of draft 7 and 2020-12, which a `$ref` may name without being given them.
///
/// Written down here from the specifications, without titles, comments and defaults, which decide
/// nothing.
enum MetaSchemas {
    /// The JSON text of a meta-schema by its URI without fragment.
    static func text(_ uri: String) -> String? {
        if uri.utf8.elementsEqual("http://json-schema.org/draft-07/schema".utf8) { return draft7 }
        let base = "https://json-schema.org/draft/2020-12/"
        guard uri.utf8.starts(with: base.utf8) else { return nil }
        let name = String(uri.dropFirst(base.count))
        if name.utf8.elementsEqual("schema".utf8) { return whole }
        guard let part = parts.first(where: { name.utf8.elementsEqual("meta/\($0.name)".utf8) })
        else { return nil }
        let head = """
            {"$schema": "\(base)schema", "$id": "\(uri)", "$dynamicAnchor": "meta", \
            "type": ["object", "boolean"],
            """
        return head + part.body + "}"
    }

    private static let draft7 = """
        {"$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "http://json-schema.org/draft-07/schema#",
        "definitions": {
          "list": {"type": "array", "minItems": 1, "items": {"$ref": "#"}},
          "count": {"type": "integer", "minimum": 0},
          "map": {"type": "object", "additionalProperties": {"$ref": "#"}},
          "type": {"enum": ["array", "boolean", "integer", "null", "number", "object", "string"]},
          "names": {"type": "array", "items": {"type": "string"}, "uniqueItems": true}},
        "type": ["object", "boolean"],
        "properties": {
          "$id": {"type": "string", "format": "uri-reference"},
          "$schema": {"type": "string", "format": "uri"},
          "$ref": {"type": "string", "format": "uri-reference"},
          "$comment": {"type": "string"}, "title": {"type": "string"},
          "description": {"type": "string"}, "readOnly": {"type": "boolean"},
          "writeOnly": {"type": "boolean"}, "examples": {"type": "array"},
          "multipleOf": {"type": "number", "exclusiveMinimum": 0},
          "maximum": {"type": "number"}, "exclusiveMaximum": {"type": "number"},
          "minimum": {"type": "number"}, "exclusiveMinimum": {"type": "number"},
          "maxLength": {"$ref": "#/definitions/count"},
          "minLength": {"$ref": "#/definitions/count"},
          "pattern": {"type": "string", "format": "regex"},
          "additionalItems": {"$ref": "#"},
          "items": {"anyOf": [{"$ref": "#"}, {"$ref": "#/definitions/list"}]},
          "maxItems": {"$ref": "#/definitions/count"},
          "minItems": {"$ref": "#/definitions/count"},
          "uniqueItems": {"type": "boolean"}, "contains": {"$ref": "#"},
          "maxProperties": {"$ref": "#/definitions/count"},
          "minProperties": {"$ref": "#/definitions/count"},
          "required": {"$ref": "#/definitions/names"},
          "additionalProperties": {"$ref": "#"},
          "definitions": {"$ref": "#/definitions/map"},
          "properties": {"$ref": "#/definitions/map"},
          "patternProperties": {
            "allOf": [{"$ref": "#/definitions/map"}, {"propertyNames": {"format": "regex"}}]},
          "dependencies": {"type": "object", "additionalProperties": {
            "anyOf": [{"$ref": "#"}, {"$ref": "#/definitions/names"}]}},
          "propertyNames": {"$ref": "#"},
          "enum": {"type": "array"},
          "type": {"anyOf": [{"$ref": "#/definitions/type"},
            {"type": "array", "minItems": 1, "uniqueItems": true,
             "items": {"$ref": "#/definitions/type"}}]},
          "format": {"type": "string"}, "contentMediaType": {"type": "string"},
          "contentEncoding": {"type": "string"},
          "if": {"$ref": "#"}, "then": {"$ref": "#"}, "else": {"$ref": "#"},
          "allOf": {"$ref": "#/definitions/list"}, "anyOf": {"$ref": "#/definitions/list"},
          "oneOf": {"$ref": "#/definitions/list"}, "not": {"$ref": "#"}}}
        """

    private static let whole = """
        {"$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://json-schema.org/draft/2020-12/schema",
        "$vocabulary": {
          "https://json-schema.org/draft/2020-12/vocab/core": true,
          "https://json-schema.org/draft/2020-12/vocab/applicator": true,
          "https://json-schema.org/draft/2020-12/vocab/unevaluated": true,
          "https://json-schema.org/draft/2020-12/vocab/validation": true,
          "https://json-schema.org/draft/2020-12/vocab/meta-data": true,
          "https://json-schema.org/draft/2020-12/vocab/format-annotation": true,
          "https://json-schema.org/draft/2020-12/vocab/content": true},
        "$dynamicAnchor": "meta", "type": ["object", "boolean"],
        "allOf": [{"$ref": "meta/core"}, {"$ref": "meta/applicator"},
          {"$ref": "meta/unevaluated"}, {"$ref": "meta/validation"},
          {"$ref": "meta/meta-data"}, {"$ref": "meta/format-annotation"},
          {"$ref": "meta/content"}],
        "properties": {
          "definitions": {"type": "object", "additionalProperties": {"$dynamicRef": "#meta"}},
          "dependencies": {"type": "object", "additionalProperties": {"anyOf": [
            {"$dynamicRef": "#meta"}, {"$ref": "meta/validation#/$defs/names"}]}},
          "$recursiveAnchor": {"$ref": "meta/core#/$defs/name"},
          "$recursiveRef": {"$ref": "meta/core#/$defs/reference"}}}
        """

    private static let parts: [(name: String, body: String)] = [
        (
            "core",
            """
            "properties": {
              "$id": {"$ref": "#/$defs/reference", "pattern": "^[^#]*#?$"},
              "$schema": {"$ref": "#/$defs/uri"}, "$ref": {"$ref": "#/$defs/reference"},
              "$anchor": {"$ref": "#/$defs/name"},
              "$dynamicRef": {"$ref": "#/$defs/reference"},
              "$dynamicAnchor": {"$ref": "#/$defs/name"},
              "$vocabulary": {"type": "object", "propertyNames": {"$ref": "#/$defs/uri"},
                "additionalProperties": {"type": "boolean"}},
              "$comment": {"type": "string"},
              "$defs": {"type": "object", "additionalProperties": {"$dynamicRef": "#meta"}}},
            "$defs": {
              "name": {"type": "string", "pattern": "^[A-Za-z_][-A-Za-z0-9._]*$"},
              "uri": {"type": "string", "format": "uri"},
              "reference": {"type": "string", "format": "uri-reference"}}
            """
        ),
        (
            "applicator",
            """
            "properties": {
              "prefixItems": {"$ref": "#/$defs/list"}, "items": {"$dynamicRef": "#meta"},
              "contains": {"$dynamicRef": "#meta"},
              "additionalProperties": {"$dynamicRef": "#meta"},
              "properties": {"$ref": "#/$defs/map"},
              "patternProperties": {
                "$ref": "#/$defs/map", "propertyNames": {"format": "regex"}},
              "dependentSchemas": {"$ref": "#/$defs/map"},
              "propertyNames": {"$dynamicRef": "#meta"},
              "if": {"$dynamicRef": "#meta"}, "then": {"$dynamicRef": "#meta"},
              "else": {"$dynamicRef": "#meta"}, "allOf": {"$ref": "#/$defs/list"},
              "anyOf": {"$ref": "#/$defs/list"}, "oneOf": {"$ref": "#/$defs/list"},
              "not": {"$dynamicRef": "#meta"}},
            "$defs": {
              "list": {"type": "array", "minItems": 1, "items": {"$dynamicRef": "#meta"}},
              "map": {"type": "object", "additionalProperties": {"$dynamicRef": "#meta"}}}
            """
        ),
        (
            "unevaluated",
            """
            "properties": {"unevaluatedItems": {"$dynamicRef": "#meta"},
              "unevaluatedProperties": {"$dynamicRef": "#meta"}}
            """
        ),
        (
            "validation",
            """
            "properties": {
              "type": {"anyOf": [{"$ref": "#/$defs/type"}, {"type": "array", "minItems": 1,
                "uniqueItems": true, "items": {"$ref": "#/$defs/type"}}]},
              "const": true, "enum": {"type": "array"},
              "multipleOf": {"type": "number", "exclusiveMinimum": 0},
              "maximum": {"type": "number"}, "exclusiveMaximum": {"type": "number"},
              "minimum": {"type": "number"}, "exclusiveMinimum": {"type": "number"},
              "maxLength": {"$ref": "#/$defs/count"}, "minLength": {"$ref": "#/$defs/count"},
              "pattern": {"type": "string", "format": "regex"},
              "maxItems": {"$ref": "#/$defs/count"}, "minItems": {"$ref": "#/$defs/count"},
              "uniqueItems": {"type": "boolean"},
              "maxContains": {"$ref": "#/$defs/count"},
              "minContains": {"$ref": "#/$defs/count"},
              "maxProperties": {"$ref": "#/$defs/count"},
              "minProperties": {"$ref": "#/$defs/count"},
              "required": {"$ref": "#/$defs/names"},
              "dependentRequired": {"type": "object",
                "additionalProperties": {"$ref": "#/$defs/names"}}},
            "$defs": {
              "count": {"type": "integer", "minimum": 0},
              "type": {"enum": [
                "array", "boolean", "integer", "null", "number", "object", "string"]},
              "names": {"type": "array", "items": {"type": "string"}, "uniqueItems": true}}
            """
        ),
        (
            "meta-data",
            """
            "properties": {
              "title": {"type": "string"}, "description": {"type": "string"},
              "deprecated": {"type": "boolean"}, "readOnly": {"type": "boolean"},
              "writeOnly": {"type": "boolean"}, "examples": {"type": "array"}}
            """
        ),
        ("format-annotation", "\"properties\": {\"format\": {\"type\": \"string\"}}"),
        ("format-assertion", "\"properties\": {\"format\": {\"type\": \"string\"}}"),
        (
            "content",
            """
            "properties": {
              "contentEncoding": {"type": "string"}, "contentMediaType": {"type": "string"},
              "contentSchema": {"$dynamicRef": "#meta"}}
            """
        ),
    ]
}
