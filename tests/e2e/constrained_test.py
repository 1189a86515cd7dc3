"""Text that has to be something: what `generate` and `chat` write under a schema, a pattern or a grammar, and what they refuse."""
import json
import os
import random
import re
import subprocess
import sys
import unittest

from packages import OutOfReach, python_with
from support import Case, ROOT, json_of, scratch, succeed, trained_run, vitrine

PERSON = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 8}, "age": {"type": "integer", "maximum": 99}},
          "required": ["name", "age"], "additionalProperties": False}
JUDGE = """
import json, sys
from jsonschema import Draft202012Validator
for line in sys.stdin:
    question = json.loads(line)
    checker = Draft202012Validator.FORMAT_CHECKER
    print(json.dumps(Draft202012Validator(question["schema"], format_checker=checker).is_valid(json.loads(question["text"]))))
"""


def written(name, content):
    path = scratch(name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)
    return path


class Constrained(Case):
    def test_a_schema_as_a_file_or_as_text_gives_a_valid_document(self):
        for source in (json.dumps(PERSON), written("person.json", json.dumps(PERSON))):
            for flags in ((), ("--compact-json",), ("--any-key-order", "--compact-json")):
                result = json_of("generate", "-m", trained_run(), "--json-schema", source, *flags, "--temperature", 2)
                self.assertTrue(result["is_whole"], result)
                self.assertEqual(result["stop_reason"], "stop")
                person = json.loads(result["text"])
                self.assertEqual(sorted(person), ["age", "name"])
                self.assertLessEqual(len(person["name"]), 8)
                self.assertLessEqual(person["age"], 99)

    def test_the_document_is_all_that_comes_out(self):
        done = succeed("generate", "-m", trained_run(), "--json-schema", json.dumps(PERSON), "--compact-json", "Who? ")
        self.assertRegex(done.stdout, r'^\{"name":"[^\n]*","age":-?[0-9]+\}\n$')
        self.assertEqual(sorted(json.loads(done.stdout)), ["age", "name"])

    def test_patterns_and_grammars(self):
        for seed in range(5):
            text = json_of("--seed", seed, "generate", "-m", trained_run(), "--regex", "(yes|no)[!?]{1,3}")["text"]
            self.assertTrue(re.fullmatch("(yes|no)[!?]{1,3}", text), text)
        grammar = written("sum.gbnf", 'root ::= number (" + " number){1,3}\nnumber ::= [0-9]{1,2}\n')
        text = json_of("generate", "-m", trained_run(), "--grammar", grammar)["text"]
        self.assertTrue(re.fullmatch(r"[0-9]{1,2}( \+ [0-9]{1,2}){1,3}", text), text)

    def test_a_model_caught_in_zeros_ends_by_itself_unless_it_is_told_not_to(self):
        wish = {piece: json_of("tokenizer", "encode", "-m", trained_run(), piece)["ids"] for piece in ("0", ".")}
        bias = ",".join("%d:%d" % (wish[piece][0], push) for piece, push in (("0", 90), (".", 100)))
        ask = lambda *more: vitrine("generate", "-m", trained_run(), "--json", "--json-schema", '{"type": "number"}',
                                    "--logit-bias", bias, "--max-tokens", 150, *more)
        for most, flags in ((80, ()), (9, ("--longest-run", 9))):
            done = json.loads(ask(*flags).stdout)
            self.assertEqual(done["stop_reason"], "stop")
            self.assertRegex(done["text"].strip(), r"^0\.0{%d}([eE][-+]?[0-9]{1,%d})?$" % (most, most + 6))
        endless = json.loads(ask("--longest-run", 0).stdout)
        self.assertEqual((endless["stop_reason"], endless["text"]), ("length", "0." + 148 * "0"))

    def test_every_answer_of_a_chat_keeps_to_it(self):
        turns = json_of("chat", "-m", trained_run(), "--regex", "(red|blue) [a-z]{3}", "Hello.", "And you?")["turns"]
        self.assertEqual(len(turns), 2)
        for turn in turns:
            self.assertTrue(re.fullmatch("(red|blue) [a-z]{3}", turn["assistant"]), turn)

    def test_a_part_of_a_document_is_a_failure_that_says_so(self):
        done = vitrine("generate", "-m", trained_run(), "--regex", "a{50}", "--max-tokens", 5)
        self.assert_error(done, 1, "cut off after 5 tokens", "--max-tokens")
        self.assertNotIn("--compact-json", done.stderr)
        schema = ["--json-schema", '{"const": "%s"}' % ("a" * 50), "--max-tokens", 5]
        self.assert_error(vitrine("generate", "-m", trained_run(), *schema), 1, "--compact-json takes fewer")
        self.assertNotIn("--compact-json", vitrine("generate", "-m", trained_run(), *schema, "--compact-json").stderr)
        for rule, limit, reason, is_whole in ((["--regex", "a{50}"], 5, "length", False), ([], 2, "length", False),
                                              (["--regex", "(x|y){2,90}"], 2, "length", True)):
            turn = json_of("chat", "-m", trained_run(), *rule, "--max-tokens", limit, "Hello.")["turns"][0]
            self.assertEqual((turn["stop_reason"], turn["is_whole"]), (reason, is_whole), rule)
        done = vitrine("generate", "-m", trained_run(), "--regex", "a{50}", "--max-tokens", 5, "--json")
        self.assertFalse(json.loads(done.stdout)["is_whole"])
        self.assertEqual(done.returncode, 1)
        done = vitrine("chat", "-m", trained_run(), "--regex", "a{50}", "--max-tokens", 5, "Hi")
        self.assertIn("not whole", done.stderr)

    def test_what_is_not_kept_to_is_refused_by_name_before_the_model_is_loaded(self):
        for arguments, words in (
                (["--json-schema", '{"type":"array","uniqueItems":true}'], ["'uniqueItems'"]),
                (["--json-schema", '{"type":"strin"}'], ["'type'"]),
                (["--json-schema", "false"], ["nothing can satisfy"]),
                (["--json-schema", '{"type":'], ["JSON"]),
                (["--json-schema", scratch("none.json")], ["none.json", '{"type"']),
                (["--regex", "(?=a)b"], ["look"]),
                (["--regex", "("], ["pattern"]),
                (["--grammar", written("broken.gbnf", "root ::= [")], ["gbnf", "line 1"]),
                (["--grammar", scratch("none.gbnf")], ["none.gbnf"])):
            for command in ("generate", "chat"):
                self.assert_error(vitrine(command, "-m", scratch("no-such-model"), *arguments), 1, *words)

    def test_hostile_schemas_end_soon(self):
        deep = "{\"items\":" * 60000 + "true" + "}" * 60000
        for schema in (deep, '{"allOf":[{"$ref":"#"}]}', json.dumps({"type": "string", "pattern": "(" * 60000 + ")" * 60000}),
                       json.dumps({"type": "string", "pattern": "^(a|b)*a(a|b){60}$"})):
            done = vitrine("generate", "-m", scratch("no-such-model"), "--json-schema", written("hostile.json", schema))
            self.assertEqual(done.returncode, 1)
            self.assertNotIn("no-such-model", done.stderr)

    def test_random_schemas_give_what_jsonschema_calls_valid(self):
        try:
            python = python_with("jsonschema-venv", ["jsonschema[format-nongpl]"], ["jsonschema"])
        except OutOfReach as reason:
            self.skipTest(str(reason))
        sys.path.insert(0, os.path.join(ROOT, "tests", "golden", "json_schema"))
        import random_schemas
        r = random.Random(3)
        questions = []
        while len(questions) < 15:
            schema = random_schemas.root_schema(r)
            done = vitrine("--seed", r.randrange(1000), "generate", "-m", trained_run(), "--json-schema", json.dumps(schema),
                           "--compact-json", "--json", "--temperature", 3, "--max-tokens", 240)
            answer = json.loads(done.stdout)
            if done.returncode == 0:
                questions.append({"schema": schema, "text": answer["text"]})
            elif answer.get("is_whole", True):
                self.assertRegex(done.stderr, "nothing can satisfy|leads back|minProperties|oneOf|itself before"
                                              "|in more than .* ways at once")
        judged = subprocess.run([python, "-c", JUDGE], input="".join(json.dumps(q) + "\n" for q in questions),
                                capture_output=True, text=True, check=True)
        for question, verdict in zip(questions, judged.stdout.split()):
            self.assertEqual(verdict, "true", question)


if __name__ == "__main__":
    unittest.main()
