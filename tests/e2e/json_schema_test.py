"""What is written under a schema is valid for jsonschema, and what is valid is taken: on random schemas."""
import json
import os
import random
import subprocess
import sys
import unittest

from packages import OutOfReach, python_with
from support import Case, ROOT, VITRINE

PROBE = os.path.join(os.path.dirname(os.path.abspath(VITRINE)), "schema_probe")
GOLDEN = os.path.join(ROOT, "tests", "golden", "json_schema")
JUDGE = """
import decimal, json, sys
import jsonschema
from jsonschema import Draft202012Validator
checker = Draft202012Validator.FORMAT_CHECKER

def ecma(value):
    # Python's "$" also matches before a line feed at the end, and its "." takes other ends of lines than ECMA-262's.
    def pattern(text):
        return text.replace("$", "\\\\Z").replace(".", "[^\\\\n\\\\r\\u2028\\u2029]")
    if isinstance(value, list):
        return [ecma(item) for item in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for key, member in value.items():
        if key == "pattern" and isinstance(member, str):
            out[key] = pattern(member)
        elif key == "patternProperties":
            out[key] = {pattern(name): ecma(inner) for name, inner in member.items()}
        else:
            out[key] = ecma(member)
    return out
def multiple_of(validator, step, instance, schema):
    # As the decimals say: by doubles, 0.07 is no multiple of 0.01.
    if validator.is_type(instance, "number") and decimal.Decimal(repr(instance)) % decimal.Decimal(repr(step)) != 0:
        yield jsonschema.ValidationError("%r is not a multiple of %r" % (instance, step))


decimal.getcontext().prec = 400
Draft = jsonschema.validators.extend(Draft202012Validator, {"multipleOf": multiple_of})
for line in sys.stdin:
    question = json.loads(line)
    validator = Draft(ecma(json.loads(question["schema"])), format_checker=checker)
    verdicts = []
    for text in question["documents"]:
        try:
            verdicts.append(validator.is_valid(json.loads(text)))
        except RecursionError:
            verdicts.append(None)
    print(json.dumps(verdicts), flush=True)
"""


VOCABULARIES = """
import json
from jsonschema_specifications import REGISTRY
names = set()
for uri in REGISTRY:
    if "/draft/2020-12/meta/" in uri:
        names |= set(REGISTRY[uri].contents["properties"])
print(json.dumps(sorted(names)))
"""


REFUSALS = ("nothing can satisfy|leads back|minProperties|itself before|which is not told|'uniqueItems'|'contains'|"
            "beside contains|for another reason|not whole|multiply|ways at once")


def ask(command, questions):
    done = subprocess.run(command, input="".join(json.dumps(q) + "\n" for q in questions), capture_output=True, text=True,
                          check=True)
    return [json.loads(line) for line in done.stdout.split("\n")[:-1]]


class JsonSchema(Case):
    def setUp(self):
        if not os.path.exists(PROBE):
            self.skipTest("schema_probe is built by ./test only")
        try:
            self.python = python_with("jsonschema-venv", ["jsonschema[format-nongpl]"], ["jsonschema"])
        except OutOfReach as reason:
            self.skipTest(str(reason))
        if GOLDEN not in sys.path:
            sys.path.insert(0, GOLDEN)

    def compare(self, seed, any_key_order):
        import random_schemas
        r = random.Random(seed)
        questions = []
        for _ in range(250):
            schema = random_schemas.root_schema(r)
            documents = [random_schemas.spell(r, random_schemas.document(r, schema, schema)) for _ in range(12)]
            questions.append({"schema": json.dumps(schema), "any_key_order": any_key_order, "seed": r.randrange(1 << 30),
                              "count": 6, "documents": documents})
        answers = ask([PROBE], questions)
        self.assertEqual(len(answers), len(questions))
        taken = [(q, a) for q, a in zip(questions, answers) if a["error"] is None]
        verdicts = ask([self.python, "-c", JUDGE],
                       [{"schema": q["schema"], "documents": q["documents"] + a["samples"]} for q, a in taken])
        counts = {"samples": 0, "valid": 0, "invalid": 0, "other order": 0}
        for (question, answer), verdict in zip(taken, verdicts):
            schema = question["schema"]
            self.assertEqual(answer["dead_ends"], 0, schema)
            for text, good in zip(answer["samples"], verdict[len(question["documents"]):]):
                counts["samples"] += 1
                self.assertTrue(good, "written, but not valid: %s\n%s" % (text, schema))
            for text, good, accepted, valid in zip(question["documents"], verdict, answer["accepted"], answer["valid"]):
                self.assertEqual(valid, good, "schema::validate differs: %s\n%s" % (text, schema))
                if not good:
                    counts["invalid"] += 1
                    self.assertFalse(accepted, "taken, but not valid: %s\n%s" % (text, schema))
                elif any_key_order or "{" not in text:
                    counts["valid"] += 1
                    self.assertTrue(accepted, "valid, but refused: %s\n%s" % (text, schema))
                else:
                    counts["valid" if accepted else "other order"] += 1
        # Schemas that are refused: nothing satisfies them, or they say what is not kept to.
        refusals = [a["error"] for a in answers if a["error"] is not None]
        for message in refusals:
            self.assertRegex(message, REFUSALS)
        self.assertLess(len(refusals), 80)
        print("%s: %d refused schemas" % (counts, len(refusals)), file=sys.stderr)
        self.assertGreater(counts["samples"], 600)
        self.assertGreater(counts["valid"], 500)
        self.assertGreater(counts["invalid"], 200)

    def test_every_keyword_of_the_vocabularies_is_known(self):
        names = json.loads(subprocess.run([self.python, "-c", VOCABULARIES], capture_output=True, text=True, check=True).stdout)
        self.assertGreaterEqual(len(names), 57)

        def errors(keyword):
            # Beside what some of them mean nothing without.
            others = {"if": {"then": {}}, "then": {"if": {}}, "else": {"if": {}}, "minContains": {"contains": {}},
                      "maxContains": {"contains": {}}}.get(keyword, {})
            schemas = [json.dumps({keyword: value, **others}) for value in ("x", {"type": "null"}, ["x"], 2, True)]
            return [a["error"] or "" for a in ask([PROBE], [
                {"schema": s, "any_key_order": False, "seed": 1, "count": 0, "documents": []} for s in schemas])]
        for name in names:
            self.assertFalse(any("no keyword of" in error for error in errors(name)), name)
            # A value of the wrong kind, or a refusal, by name; only annotations say nothing.
            if not any("'%s'" % name in error for error in errors(name)):
                self.assertIn(name, ("$comment", "$vocabulary", "title", "description", "default", "deprecated", "readOnly",
                                     "writeOnly", "examples", "contentEncoding", "contentMediaType", "contentSchema", "const"))
        self.assertIn("no keyword of", errors("requred")[0])

    def test_members_in_any_order(self):
        self.compare(1, True)

    def test_members_in_the_schemas_order(self):
        self.compare(2, False)


if __name__ == "__main__":
    unittest.main()
