"""Random schemas, documents for them, and spellings of documents. Everything is drawn from one random.Random."""
import json

NAMES = ["a", "b", "ab", "name", "age", "na\u00efve", "x\"y", "k"]
STRINGS = ["", "a", "ab", "abc", "name", "\u00e9", "\U0001F600", "x\ny", "a/b", "\"", "zzzz", "hello world", "12", "A1"]
PATTERNS = ["^[a-z]+$", "b", "^a", "c$", "^[a-z]{2,4}$", "^(?:ab|c)*$", "^[^a]+$", "^.{1,3}$", "^[A-Z][0-9]?$", "a.*b"]
NUMBERS = [0, 1, -1, 2, 3, 7, 10, 100, -50, 0.5, 1.5, -0.25, 12.75, 1e3]
FORMATS = ["date", "ipv4", "uuid", "email", "date-time", "time", "ipv6"]


def number_schema(r):
    schema = {"type": r.choice(["integer", "number"])}
    if r.random() < 0.5:
        low, high = sorted(r.sample(NUMBERS, 2))
        if r.random() < 0.7:
            schema[r.choice(["minimum", "exclusiveMinimum"])] = low
        if r.random() < 0.7:
            schema[r.choice(["maximum", "exclusiveMaximum"])] = high
    if r.random() < 0.2:
        schema["multipleOf"] = r.choice([1, 2, 3, 7, 10, 0.5, 0.25, 0.1, 0.01, 2.5])
    return schema


def string_schema(r):
    schema = {"type": "string"}
    kind = r.random()
    if kind < 0.3:
        schema["pattern"] = r.choice(PATTERNS)
    elif kind < 0.4:
        schema["format"] = r.choice(FORMATS)
        return schema
    if r.random() < 0.3:
        schema["minLength"] = r.randint(0, 4)
    if r.random() < 0.3:
        schema["maxLength"] = r.randint(0, 9)
    return schema


def array_schema(r, depth):
    schema = {"type": "array"}
    if r.random() < 0.3:
        schema["prefixItems"] = [any_schema(r, depth - 1) for _ in range(r.randint(1, 3))]
    if r.random() < 0.8:
        schema["items"] = r.choice([True, False]) if r.random() < 0.15 else any_schema(r, depth - 1)
    if r.random() < 0.4:
        schema["minItems"] = r.randint(0, 2)
    if r.random() < 0.4:
        schema["maxItems"] = r.randint(1, 4)
    kind = r.random()
    if kind < 0.15:
        schema["contains"] = any_schema(r, depth - 1)
        if r.random() < 0.4:
            schema["minContains"] = r.randint(0, 2)
        if r.random() < 0.4:
            schema["maxContains"] = r.randint(1, 3)
    elif kind < 0.25:
        schema["uniqueItems"] = True
        schema.pop("prefixItems", None)
        schema["items"] = r.choice([{"enum": [constant(r) for _ in range(r.randint(1, 5))]}, {"enum": STRINGS},
                                    {"type": ["boolean", "null"]}, {"type": "integer", "minimum": 1, "maximum": 4}])
    return schema


def object_schema(r, depth):
    schema = {"type": "object"}
    names = r.sample(NAMES, r.randint(0, 4))
    if names:
        schema["properties"] = {name: any_schema(r, depth - 1) for name in names}
    if r.random() < 0.6 and names:
        schema["required"] = r.sample(names, r.randint(0, len(names)))
    if r.random() < 0.2:
        schema["patternProperties"] = {p: any_schema(r, depth - 1) for p in r.sample(PATTERNS, r.randint(1, 2))}
    if r.random() < 0.6:
        schema["additionalProperties"] = False if r.random() < 0.6 else any_schema(r, depth - 1)
    if r.random() < 0.15:
        schema["propertyNames"] = r.choice([{"maxLength": 3}, {"pattern": "^[a-z]+$"}, {"enum": NAMES}])
    if r.random() < 0.1:
        schema["minProperties"] = 1
    if r.random() < 0.1:
        schema["maxProperties"] = r.randint(1, 4)
    if r.random() < 0.12:
        schema["dependentRequired"] = {r.choice(NAMES): r.sample(NAMES, r.randint(0, 2)) for _ in range(r.randint(1, 2))}
    if r.random() < 0.08:
        schema["dependentSchemas"] = {r.choice(NAMES): any_schema(r, depth - 1)}
    return schema


def condition(r):
    """A schema of which it can be told what fails it."""
    kind = r.random()
    if kind < 0.4:
        name = r.choice(NAMES)
        schema = {"properties": {name: r.choice([{"const": constant(r, 1)}, string_schema(r), {"minimum": 2}])}}
        if r.random() < 0.6:
            schema["required"] = [name]
        return schema
    if kind < 0.5:
        return {"type": r.sample(["null", "boolean", "number", "string", "array", "object"], 2)}
    if kind < 0.65:
        return string_schema(r)
    if kind < 0.8:
        return {"enum": [constant(r, 1) for _ in range(r.randint(1, 3))]}
    if kind < 0.9:
        return {"type": "array", r.choice(["contains", "items"]): r.choice([{"type": "string"}, {"const": 1}])}
    return {r.choice(["anyOf", "allOf", "oneOf"]): [condition(r), condition(r)]}


def conditional(r, depth):
    """Schemas that say "if", "not", or "nothing else"."""
    kind = r.random()
    if kind < 0.3:
        schema = any_schema(r, depth - 1)
        return {"allOf": [schema], "not": condition(r)}
    if kind < 0.6:
        schema = {"if": condition(r)}
        for name in ("then", "else"):
            if r.random() < 0.8:
                schema[name] = any_schema(r, depth - 1)
        if r.random() < 0.5:
            schema["type"] = r.choice(["object", "string", "array"])
        return schema
    if kind < 0.75:
        return {"oneOf": [condition(r) for _ in range(r.randint(2, 3))]}
    parts = [array_schema(r, depth - 1) if kind < 0.85 else object_schema(r, depth - 1) for _ in range(2)]
    for part in parts:
        part.pop("additionalProperties" if r.random() < 0.8 else "", None)
        part.pop("items" if r.random() < 0.8 else "", None)
    schema = {"anyOf" if r.random() < 0.4 else "allOf": parts}
    if r.random() < 0.3:
        schema["if"] = condition(r)
        schema["then"] = parts.pop()
        parts.append(True)
    schema["unevaluatedItems" if kind < 0.85 else "unevaluatedProperties"] = r.choice([False, False, any_schema(r, 0)])
    return schema


def constant(r, depth=2):
    kind = r.random()
    if depth > 0 and kind < 0.1:
        return [constant(r, depth - 1) for _ in range(r.randint(0, 2))]
    if depth > 0 and kind < 0.2:
        return {name: constant(r, depth - 1) for name in r.sample(NAMES, r.randint(0, 2))}
    return r.choice([r.choice(STRINGS), r.choice(NUMBERS), None, True, False])


def any_schema(r, depth):
    kind = r.random()
    if depth <= 0:
        kind *= 0.5
    if kind < 0.15:
        return number_schema(r)
    if kind < 0.35:
        return string_schema(r)
    if kind < 0.4:
        return {"type": r.choice(["null", "boolean"])}
    if kind < 0.47:
        return {"enum": [constant(r) for _ in range(r.randint(1, 5))]} if r.random() < 0.7 else {"const": constant(r)}
    if kind < 0.5:
        return r.choice([{}, True, {"type": ["string", "null", "integer"], "minimum": 2, "minLength": 1}])
    if kind < 0.65:
        return array_schema(r, depth)
    if kind < 0.84:
        return object_schema(r, depth)
    if kind < 0.90:
        return {"anyOf": [any_schema(r, depth - 1) for _ in range(r.randint(1, 3))]}
    if kind < 0.94 and depth > 0:
        return conditional(r, depth)
    if kind < 0.97:
        return {"allOf": [any_schema(r, depth - 1) for _ in range(r.randint(1, 2))]}
    return {"$ref": r.choice(["#/$defs/d0", "#/$defs/d1", "#"])}


def root_schema(r):
    schema = any_schema(r, 3)
    if not isinstance(schema, dict):
        schema = {}
    schema["$defs"] = {"d0": any_schema(r, 1), "d1": any_schema(r, 2)}
    return schema


def document(r, schema, root, depth=0):
    """Draws a document that is often valid; a judge decides."""
    if not isinstance(schema, dict) or depth > 6:
        return constant(r)
    if "$ref" in schema:
        target = root if schema["$ref"] == "#" else root["$defs"][schema["$ref"][-2:]]
        return document(r, target, root, depth + 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return r.choice(schema["enum"])
    if "if" in schema and r.random() < 0.9:
        return document(r, r.choice([schema["if"], schema.get("then", {}), schema.get("else", {})]), root, depth + 1)
    for group in ("anyOf", "allOf", "oneOf"):
        if group in schema and r.random() < 0.98:
            return document(r, r.choice(schema[group]), root, depth + 1)
    kinds = schema.get("type", r.choice(["null", "integer", "string", "array", "object"]))
    kind = r.choice(kinds) if isinstance(kinds, list) else kinds
    if kind == "null":
        return None
    if kind == "boolean":
        return r.random() < 0.5
    if kind in ("integer", "number"):
        near = [schema[k] for k in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if k in schema]
        value = r.choice(near or NUMBERS) + r.choice([0, 0, 1, -1, 0.5, 2])
        step = schema.get("multipleOf", 1)
        if step < 1:
            return round(r.randint(-300, 300) * step, 2)
        return int(value) // step * step if kind == "integer" or "multipleOf" in schema else value
    if kind == "string":
        if "format" in schema:
            return r.choice({
                "date": ["2024-02-29", "2023-02-29", "1999-12-31"], "ipv4": ["10.0.0.255", "256.0.0.1"],
                "uuid": ["123e4567-e89b-12d3-a456-426614174000", "x"], "email": ["a@b.co", "a"],
                "date-time": ["2024-01-01T10:00:00Z", "2024-01-01 10:00"], "time": ["10:00:00Z", "25:00:00Z"],
                "ipv6": ["::1", "1:2:3"]}[schema["format"]])
        text = r.choice(STRINGS + ["ab", "abc", "bc", "cab", "B7", "aXb"])
        return text if r.random() < 0.8 else text + r.choice(STRINGS)
    if kind == "array":
        prefix = schema.get("prefixItems", [])
        count = r.randint(schema.get("minItems", 0), max(schema.get("maxItems", 3), schema.get("minItems", 0)))
        items = [document(r, prefix[i] if i < len(prefix) else schema.get("items", True), root, depth + 1) for i in range(count)]
        for i in range(len(items)):
            if "contains" in schema and r.random() < 0.4:
                items[i] = document(r, schema["contains"], root, depth + 1)
        return items
    result = {}
    for name, member in schema.get("properties", {}).items():
        if name in schema.get("required", []) or r.random() < 0.5:
            result[name] = document(r, member, root, depth + 1)
    if schema.get("additionalProperties", True) is not False and r.random() < 0.4:
        result[r.choice(STRINGS)] = document(r, schema.get("additionalProperties", True), root, depth + 1)
    for name in schema.get("required", []) + (r.sample(NAMES, 1) if "dependentRequired" in schema else []):
        result.setdefault(name, constant(r, 1))
    for name, others in schema.get("dependentRequired", {}).items():
        for other in others if name in result and r.random() < 0.8 else []:
            result.setdefault(other, document(r, schema.get("properties", {}).get(other, True), root, depth + 1))
    for pattern, member in schema.get("patternProperties", {}).items():
        if r.random() < 0.5:
            result[r.choice(["abc", "b", "ab", "c"])] = document(r, member, root, depth + 1)
    return result


def spell_string(r, text):
    out = []
    for c in text:
        unit = json.dumps(c)[1:-1]
        if r.random() < 0.15:
            data = c.encode("utf-16-be")
            unit = "".join("\\u%04x" % int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2))
            unit = "\\u" + unit[2:].replace("a", "A") if "\\u" not in unit[2:] and r.random() < 0.5 else unit
        elif r.random() < 0.7 and ord(c) >= 0x20 and c not in "\"\\":
            unit = c
        out.append(unit)
    return '"' + "".join(out) + '"'


def spell_number(r, value):
    text = json.dumps(value)
    if isinstance(value, bool) or r.random() < 0.6:
        return text
    if isinstance(value, int):
        return r.choice([text + ".0", text + "e0", text + "0e-1" if value else "-0", text + ".00E+0"])
    return text if "e" in text else text + r.choice(["0", "e0", "e+00"])


def spell(r, value):
    """Writes a document in one of the many ways that JSON has; members keep their order."""
    space = lambda: r.choice(["", "", "", " ", "\n", " \t"])  # noqa: E731
    if isinstance(value, str):
        return spell_string(r, value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return spell_number(r, value)
    if isinstance(value, list):
        return "[" + space() + ",".join(space() + spell(r, v) + space() for v in value) + "]"
    if isinstance(value, dict):
        return "{" + space() + ",".join(
            space() + spell_string(r, k) + space() + ":" + space() + spell(r, v) + space() for k, v in value.items()) + "}"
    return json.dumps(value)
