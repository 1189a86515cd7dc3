#!/usr/bin/env python3
"""Times constrained decoding side by side: vitrine, llguidance, xgrammar, glrmask, on the same schemas and tokens.

  python -m venv /tmp/constrained
  /tmp/constrained/bin/pip install tokenizers llguidance xgrammar glrmask
  /tmp/constrained/bin/python bench/peers/constrained.py --tokenizer FOLDER/tokenizer.json --bench build/.../schema_bench

Each document is walked token by token; a round compiles anew and starts a new matcher, figures are the median of the rounds
at each place. Peers are called from Python, the call included (about 0.1 us); a peer that is not installed is left out.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from constrained_cases import CASES  # noqa: E402


def byte_alphabet():
    """The characters by which byte-level BPE writes bytes."""
    plain = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    table, extra = {}, 0
    for byte in range(256):
        if byte in plain:
            table[chr(byte)] = byte
        else:
            table[chr(256 + extra)] = byte
            extra += 1
    return table


def load_vocabulary(path):
    """Returns (bytes of each token, b'' for special ones; ids of special tokens)."""
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    special = {token["id"] for token in data["added_tokens"]}
    size = max(max(data["model"]["vocab"].values()), max(special)) + 1
    alphabet = byte_alphabet()
    tokens = [b""] * size
    for text, number in data["model"]["vocab"].items():
        if number not in special:
            tokens[number] = bytes(alphabet[c] for c in text)
    return tokens, special


def bfcl_cases(path, limit):
    """Tool schemas and answers of the Berkeley Function-Calling Leaderboard, in JSON Schema's names of types."""
    names = {"dict": "object", "float": "number", "tuple": "array", "any": None}

    def convert(schema):
        schema = {k: v for k, v in schema.items() if k not in ("optional", "default", "format")}
        kind = names.get(schema.get("type"), schema.get("type"))
        if kind is None:
            schema.pop("type", None)
        else:
            schema["type"] = kind
        if "properties" in schema:
            schema["properties"] = {k: convert(v) for k, v in schema["properties"].items()}
            schema.setdefault("additionalProperties", False)
        if "items" in schema:
            schema["items"] = convert(schema["items"])
        return schema

    with open(path, encoding="utf-8") as file:
        questions = [json.loads(line) for line in file]
    with open(os.path.join(os.path.dirname(path), "possible_answer", os.path.basename(path)), encoding="utf-8") as file:
        answers = {row["id"]: row["ground_truth"] for row in map(json.loads, file)}
    import jsonschema
    cases = []
    for row in questions:
        for call in answers.get(row["id"], []):
            (name, options), = call.items()
            function = next((f for f in row["function"] if f["name"] == name), None)
            if function is None:
                continue
            schema = convert(function["parameters"])
            order = list(schema.get("properties", {}))
            document = {k: options[k][0] for k in order if k in options and options[k] and options[k][0] != ""}
            if jsonschema.Draft202012Validator(schema).is_valid(document):
                cases.append((row["id"], schema, document))
        if len(cases) >= limit:
            break
    return cases[:limit]


class Llguidance:
    def __init__(self, tokens, special, end):
        import llguidance
        self.module = llguidance
        self.module_version = llguidance.__version__ if hasattr(llguidance, "__version__") else ""

        class Wrapper:
            eos_token_id = end
            bos_token_id = None

            def __init__(self):
                self.tokens = [t if i not in special else b"\xff<%d>" % i for i, t in enumerate(tokens)]
                self.special_token_ids = sorted(special)

            def __call__(self, text):
                raise NotImplementedError
        self.tokenizer = llguidance.LLTokenizer(llguidance.TokenizerWrapper(Tokens(tokens, special, end)))
        self.mask = None
        self.size = len(tokens)

    def start(self, schema):
        # Any white space, as vitrine allows it.
        grammar = self.module.LLMatcher.grammar_from_json_schema(schema, defaults={"whitespace_flexible": True})
        self.matcher = self.module.LLMatcher(self.tokenizer, grammar)
        error = self.matcher.get_error()
        if error:
            raise ValueError(error)
        import numpy
        self.mask = numpy.zeros((1, (self.size + 31) // 32), dtype=numpy.int32)

    def fill(self):
        import llguidance.numpy
        llguidance.numpy.fill_next_token_bitmask(self.matcher, self.mask, 0)

    def accept(self, token):
        return self.matcher.consume_token(token)


class Tokens:
    """What llguidance's TokenizerWrapper asks of a tokenizer."""

    def __init__(self, tokens, special, end):
        self.eos_token_id = end
        self.bos_token_id = None
        self.tokens = [t if t else b"\xff<%d>" % i for i, t in enumerate(tokens)]
        self.special_token_ids = sorted(special)
        self.ids = {t: i for i, t in enumerate(self.tokens)}

    def __call__(self, text):
        if isinstance(text, str):
            text = text.encode()
        return [self.ids.get(bytes([b]), 0) for b in text]


class Xgrammar:
    def __init__(self, tokens, special, end):
        import xgrammar
        self.module = xgrammar
        self.info = xgrammar.TokenizerInfo([t if t else b"" for t in tokens], vocab_size=len(tokens), stop_token_ids=[end])
        self.compiler = None
        self.mask = xgrammar.allocate_token_bitmask(1, len(tokens))

    def start(self, schema):
        self.compiler = self.module.GrammarCompiler(self.info, max_threads=1, cache_enabled=False)
        compiled = self.compiler.compile_json_schema(schema, any_whitespace=True, strict_mode=False)
        self.matcher = self.module.GrammarMatcher(compiled)

    def fill(self):
        self.matcher.fill_next_token_bitmask(self.mask)

    def accept(self, token):
        return self.matcher.accept_token(token)


class Glrmask:
    def __init__(self, tokens, special, end):
        import glrmask
        self.module = glrmask
        self.vocabulary = glrmask.Vocab({i: t for i, t in enumerate(tokens) if t})
        self.size = len(tokens)

    def start(self, schema):
        import numpy
        constraint = self.module.Constraint.from_json_schema(schema, self.vocabulary)
        self.state = constraint.start()
        self.mask = numpy.zeros((self.size + 31) // 32, dtype=numpy.int32)

    def fill(self):
        self.state.fill_mask(self.mask)

    def accept(self, token):
        self.state.commit_token(token)
        return True


PEERS = {"llguidance": Llguidance, "xgrammar": Xgrammar, "glrmask": Glrmask}


def time_peer(peer, cases, rounds):
    """Returns the same as schema_bench prints: nanoseconds, with None for a schema that is refused."""
    results = []
    for case in cases:
        compiles, masks, accepts, problem = [], [], [], None
        for _ in range(rounds):
            start = time.perf_counter_ns()
            try:
                peer.start(case["schema"])
            except Exception as error:  # a peer's refusal, whatever its type
                problem = "refused: %s" % str(error).split("\n")[0][:80]
                break
            compiles.append(time.perf_counter_ns() - start)
            mask, accept = [], []
            for token in case["ids"]:
                start = time.perf_counter_ns()
                peer.fill()
                mask.append(time.perf_counter_ns() - start)
                start = time.perf_counter_ns()
                try:
                    taken = peer.accept(token)
                except Exception:
                    taken = False
                accept.append(time.perf_counter_ns() - start)
                if not taken:
                    problem = "stopped at token %d of %d" % (len(mask), len(case["ids"]))
                    break
            masks.append(mask)
            accepts.append(accept)
            if problem:
                break
        results.append({"name": case["name"], "problem": problem,
                        "compile": statistics.median(compiles) if compiles else None,
                        "mask": [statistics.median(v) for v in zip(*masks)],
                        "accept": [statistics.median(v) for v in zip(*accepts)]})
    return results


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def report(name, results):
    compiles = [r["compile"] / 1e6 for r in results if r["compile"] is not None]
    masks = [v / 1e3 for r in results for v in r["mask"]]
    both = [(m + a) / 1e3 for r in results for m, a in zip(r["mask"], r["accept"])]
    total = sum(compiles) + sum(both) / 1e3
    print("%-11s %8.3f %8.3f | %7.2f %7.2f %8.2f | %7.2f %7.2f | %8.1f | %d" % (
        name, statistics.median(compiles), max(compiles), statistics.median(masks), percentile(masks, 0.99), max(masks),
        statistics.median(both), percentile(both, 0.99), total, len(masks)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenizer", required=True, help="a tokenizer.json of byte-level BPE (SmolLM2's)")
    parser.add_argument("--bench", required=True, help="the built schema_bench")
    parser.add_argument("--bfcl", help="a BFCL_v4_*.json with its possible_answer folder: its tools instead of our own set")
    parser.add_argument("--limit", type=int, default=200, help="cases of it")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default="llguidance,xgrammar,glrmask")
    parser.add_argument("--detail", action="store_true", help="also each schema")
    arguments = parser.parse_args()
    from tokenizers import Tokenizer
    tokens, special = load_vocabulary(arguments.tokenizer)
    tokenizer = Tokenizer.from_file(arguments.tokenizer)
    end = min(special)
    cases = []
    for name, schema, document in (bfcl_cases(arguments.bfcl, arguments.limit) if arguments.bfcl else CASES):
        text = json.dumps(document, ensure_ascii=False)
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        assert b"".join(tokens[i] for i in ids).decode() == text
        cases.append({"name": name, "schema": json.dumps(schema), "ids": ids})
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump({"tokens": [t.hex() for t in tokens], "end": [end], "cases": cases}, file)
    print("%d schemas, %d tokens, vocabulary %d, median of %d cold rounds" % (
        len(cases), sum(len(c["ids"]) for c in cases), len(tokens), arguments.rounds))
    print("            compile ms: p50, max | mask us: p50, p99, max  | mask+accept: p50, p99 | total ms | masks")
    try:
        output = subprocess.run([arguments.bench, file.name, str(arguments.rounds)], check=True, capture_output=True, text=True)
    finally:
        os.unlink(file.name)
    ours = json.loads(output.stdout)
    report("vitrine", ours["cases"])
    for name in filter(None, arguments.peers.split(",")):
        try:
            peer = PEERS[name](tokens, special, end)
        except ImportError:
            print("%-11s not installed" % name)
            continue
        results = time_peer(peer, cases, arguments.rounds)
        report(name, results)
        for result in results:
            if result["problem"]:
                print("            %s: %s" % (result["name"], result["problem"]))
        if arguments.detail:
            for result in results:
                print("   ", result["name"], result["compile"])
    if arguments.detail:
        for result in ours["cases"]:
            print("    %-12s compile %6.1f us, mask p50 %6.2f max %6.2f us, %d tokens" % (
                result["name"], result["compile"] / 1e3, statistics.median(result["mask"]) / 1e3, max(result["mask"]) / 1e3,
                len(result["mask"])))
    print("tables of the vocabulary at load: %.1f ms" % (ours["load"] / 1e6))


if __name__ == "__main__":
    main()
