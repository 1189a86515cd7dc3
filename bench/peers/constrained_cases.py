"""Schemas with documents that are valid under them: what constrained decoding is timed on."""

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "email": {"type": "string", "format": "email"},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 8},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}

CASES = [
    ("person", PERSON,
     {"name": "Ada Lovelace", "age": 36, "email": "ada@example.org", "tags": ["mathematics", "poetry"]}),
    ("weather", {
        "type": "object",
        "properties": {
            "location": {"type": "string", "description": "City and country"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            "days": {"type": "integer", "minimum": 1, "maximum": 14},
        },
        "required": ["location", "unit"],
        "additionalProperties": False,
    }, {"location": "Paris, France", "unit": "celsius", "days": 3}),
    ("search", {
        "type": "object",
        "properties": {
            "query": {"type": "string", "minLength": 1, "maxLength": 280},
            "language": {"enum": ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "ja", "zh", "ko"]},
            "limit": {"type": "integer", "minimum": 1, "maximum": 100},
            "safe": {"type": "boolean"},
        },
        "required": ["query"],
        "additionalProperties": False,
    }, {"query": "how do transformers attend to earlier tokens in a long text, step by step", "language": "en",
        "limit": 25, "safe": True}),
    ("nested", {
        "type": "object",
        "properties": {
            "user": {
                "type": "object",
                "properties": {
                    "id": {"type": "integer"},
                    "address": {
                        "type": "object",
                        "properties": {"street": {"type": "string"}, "city": {"type": "string"},
                                       "zip": {"type": "string", "pattern": "^[0-9]{5}$"}},
                        "required": ["street", "city", "zip"],
                        "additionalProperties": False,
                    },
                },
                "required": ["id", "address"],
                "additionalProperties": False,
            },
            "active": {"type": "boolean"},
        },
        "required": ["user", "active"],
        "additionalProperties": False,
    }, {"user": {"id": 4711, "address": {"street": "12 Rue Cler", "city": "Paris", "zip": "75007"}}, "active": False}),
    ("points", {
        "type": "array",
        "items": {"type": "object",
                  "properties": {"x": {"type": "number"}, "y": {"type": "number"}, "label": {"type": "string"}},
                  "required": ["x", "y"], "additionalProperties": False},
        "minItems": 1, "maxItems": 10,
    }, [{"x": 1.5, "y": -2.25, "label": "start"}, {"x": 3, "y": 4.75e2}, {"x": -0.5, "y": 0, "label": "end of line"}]),
    ("shape", {
        "anyOf": [
            {"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"type": "number", "minimum": 0}},
             "required": ["kind", "radius"], "additionalProperties": False},
            {"type": "object", "properties": {"kind": {"const": "rectangle"}, "width": {"type": "number"},
                                              "height": {"type": "number"}},
             "required": ["kind", "width", "height"], "additionalProperties": False},
            {"type": "object", "properties": {"kind": {"const": "polygon"}, "corners": {"type": "integer", "minimum": 3}},
             "required": ["kind", "corners"], "additionalProperties": False},
        ],
    }, {"kind": "rectangle", "width": 12.5, "height": 40}),
    ("tree", {
        "$defs": {"node": {
            "type": "object",
            "properties": {"value": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
            "required": ["value", "children"], "additionalProperties": False}},
        "$ref": "#/$defs/node",
    }, {"value": "root", "children": [{"value": "left branch", "children": [{"value": "leaf", "children": []}]},
                                      {"value": "right branch", "children": []}]}),
    ("date", {
        "type": "object",
        "properties": {"title": {"type": "string", "maxLength": 80}, "start": {"type": "string", "format": "date-time"},
                       "day": {"type": "string", "format": "date"}, "all_day": {"type": "boolean"}},
        "required": ["title", "start"], "additionalProperties": False,
    }, {"title": "Review of the quarter's figures", "start": "2026-03-14T09:30:00Z", "day": "2026-03-14", "all_day": False}),
    ("identifiers", {
        "type": "object",
        "properties": {"id": {"type": "string", "format": "uuid"}, "address": {"type": "string", "format": "ipv4"},
                       "sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}},
        "required": ["id", "address", "sku"], "additionalProperties": False,
    }, {"id": "123e4567-e89b-12d3-a456-426614174000", "address": "192.168.10.24", "sku": "ABC-1234"}),
    ("slug", {
        "type": "object",
        "properties": {"slug": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
                       "title": {"type": "string", "pattern": "^[A-Z][A-Za-z ]{2,40}$"}},
        "required": ["slug", "title"], "additionalProperties": False,
    }, {"slug": "how-to-train-a-model", "title": "How to train a small model"}),
    ("map", {"type": "object", "additionalProperties": {"type": "integer"}},
     {"apples": 3, "pears": 14, "red cherries": 159, "quinces": 2}),
    ("open", {"type": "object", "properties": {"command": {"type": "string"}, "arguments": {"type": "object"}},
              "required": ["command", "arguments"]},
     {"command": "resize", "arguments": {"width": 640, "keep": True, "filters": ["sharpen", "denoise"], "note": None}}),
    ("optional", {
        "type": "object",
        "properties": {key: {"type": kind} for key, kind in [
            ("first_name", "string"), ("last_name", "string"), ("company", "string"), ("phone", "string"),
            ("country", "string"), ("postal_code", "string"), ("newsletter", "boolean"), ("score", "number"),
            ("visits", "integer"), ("referrer", "string"), ("campaign", "string"), ("comment", "string")]},
        "additionalProperties": False,
    }, {"last_name": "Noether", "company": "University of Göttingen", "newsletter": True, "visits": 12,
        "comment": "asks for a \"quiet\" room\nand a blackboard"}),
    ("nullable", {
        "type": "object",
        "properties": {"middle_name": {"type": ["string", "null"]}, "spouse": {"anyOf": [PERSON, {"type": "null"}]},
                       "rating": {"type": ["integer", "string"]}},
        "required": ["middle_name", "spouse", "rating"], "additionalProperties": False,
    }, {"middle_name": None, "spouse": {"name": "William King", "age": 47}, "rating": "five stars"}),
    ("tuple", {
        "type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}, {"enum": ["low", "medium", "high"]}],
        "items": False, "minItems": 3,
    }, ["pressure", 1013, "medium"]),
    ("ranges", {
        "type": "object",
        "properties": {"latitude": {"type": "number", "minimum": -90, "maximum": 90},
                       "longitude": {"type": "number", "minimum": -180, "maximum": 180},
                       "zoom": {"type": "integer", "minimum": 0, "maximum": 20},
                       "opacity": {"type": "number", "minimum": 0, "maximum": 1}},
        "required": ["latitude", "longitude"], "additionalProperties": False,
    }, {"latitude": 48.8584, "longitude": 2.2945, "zoom": 17, "opacity": 0.75}),
    ("email", {
        "type": "object",
        "properties": {"to": {"type": "array", "items": {"type": "string", "format": "email"}, "minItems": 1},
                       "subject": {"type": "string", "maxLength": 120}, "body": {"type": "string"},
                       "priority": {"enum": ["low", "normal", "high"]}},
        "required": ["to", "subject", "body"], "additionalProperties": False,
    }, {"to": ["grace.hopper@navy.example", "team@example.com"], "subject": "The moth in relay 70",
        "body": "Dear all,\n\nwe found the cause of yesterday's failure: a moth, now taped to the log book.\n\nGrace",
        "priority": "normal"}),
    ("code", {
        "type": "object",
        "properties": {"path": {"type": "string", "pattern": "^[^\\x00]+\\.(py|cc|h)$"}, "content": {"type": "string"},
                       "line": {"type": "integer", "minimum": 1}},
        "required": ["path", "content"], "additionalProperties": False,
    }, {"path": "src/main.cc", "content": "#include <cstdio>\nint main() { printf(\"%s\\n\", \"hello\"); }\n", "line": 12}),
    ("workflow", {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 60},
            "steps": {"type": "array", "minItems": 1, "maxItems": 20, "items": {
                "type": "object",
                "properties": {"tool": {"enum": ["search", "calculate", "fetch", "summarize", "translate"]},
                               "input": {"type": "string"}, "retries": {"type": "integer", "minimum": 0, "maximum": 5},
                               "depends_on": {"type": "array", "items": {"type": "integer", "minimum": 0}}},
                "required": ["tool", "input"], "additionalProperties": False}},
        },
        "required": ["name", "steps"], "additionalProperties": False,
    }, {"name": "daily digest", "steps": [
        {"tool": "search", "input": "news about open models", "retries": 2},
        {"tool": "summarize", "input": "the three longest articles", "depends_on": [0]},
        {"tool": "translate", "input": "the summary, into German", "retries": 0, "depends_on": [0, 1]}]}),
    ("expression", {
        "$defs": {"expression": {"anyOf": [
            {"type": "number"},
            {"type": "object",
             "properties": {"operator": {"enum": ["add", "subtract", "multiply", "divide"]},
                            "left": {"$ref": "#/$defs/expression"}, "right": {"$ref": "#/$defs/expression"}},
             "required": ["operator", "left", "right"], "additionalProperties": False}]}},
        "$ref": "#/$defs/expression",
    }, {"operator": "add", "left": 2, "right": {"operator": "multiply", "left": {"operator": "divide", "left": 9,
                                                                                "right": 4.5}, "right": 7}}),
    # Alternatives that overlap and take further keys: a document has to fail all but one.
    ("one_of_open", {
        "oneOf": [
            {"type": "object", "properties": {"kind": {"type": "string"}, "radius": {"type": "number"}}, "required": ["kind"]},
            {"type": "object", "properties": {"name": {"type": "string"}, "size": {"type": "string"}}, "required": ["name"]},
        ],
    }, {"kind": "circle", "radius": 2.5, "note": "drawn by \"hand\"", "colour": {"red": 1, "names": ["rot", "rouge"]}}),
    ("one_of_three", {
        "type": "object", "properties": {"target": {"oneOf": [
            {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
            {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
            {"type": "object", "properties": {"query": {"type": "string"}, "limit": {"type": "string"}}, "required": ["query"]},
        ]}, "note": {"type": "string"}}, "required": ["target"],
    }, {"target": {"query": "name = 'x' and size > 3", "limit": "20", "extra": [True, None, "text"]}, "note": "two words"}),
    ("one_of_values", {
        "oneOf": [
            {"type": "object", "properties": {"value": {"type": "number"}, "unit": {"type": "string"}}},
            {"type": "object", "properties": {"value": {"type": "string"}, "language": {"type": "string"}}},
        ],
    }, {"value": 3.25, "unit": "km", "language": "en", "source": "measured"}),
]
