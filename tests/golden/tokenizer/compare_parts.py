#!/usr/bin/env python3
"""Runs normalizers and pre-tokenizers of PyPI's `tokenizers` on texts and compares.

Usage: compare_parts.py CASES_JSON: {"texts": […], "normalizers": [{"part": …, "results": […]}, …],
"pre_tokenizers": [the same, with lists of words]}. Status 1 and the first differences where they differ.
"""
import json
import sys

from tokenizers import Tokenizer


def make(key, part):
    empty = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
             "pre_tokenizer": None, "post_processor": None, "decoder": None,
             "model": {"type": "BPE", "vocab": {}, "merges": []}}
    return Tokenizer.from_str(json.dumps({**empty, key: part}))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    num_different = 0
    for key in ("normalizer", "pre_tokenizer"):
        for case in cases[key + "s"]:
            tokenizer = make(key, case["part"])
            shown = 0
            for text, got in zip(cases["texts"], case["results"]):
                if key == "normalizer":
                    expected = tokenizer.normalizer.normalize_str(text)
                else:
                    expected = [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]
                if expected == got:
                    continue
                num_different += 1
                shown += 1
                if shown <= 3:
                    print(f"{json.dumps(case['part'])[:150]} on {ascii(text)}\n  expected {ascii(expected)}\n"
                          f"  got      {ascii(got)}")
    print(f"{len(cases['texts'])} texts, {num_different} differences")
    sys.exit(1 if num_different else 0)


main()
