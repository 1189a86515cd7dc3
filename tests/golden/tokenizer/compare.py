#!/usr/bin/env python3
"""Loads a tokenizer.json with PyPI's `tokenizers` and compares ids.

Usage: compare.py TOKENIZER_JSON CASES_JSON, where the cases are [{"text": …, "ids": […]}, …]. Status 1 and the first
differences on standard output where ids or decoded texts differ.
"""
import json
import sys

from tokenizers import Tokenizer


def main():
    tokenizer = Tokenizer.from_file(sys.argv[1])
    tokenizer.encode_special_tokens = True  # their names in a text stay text
    with open(sys.argv[2], encoding="utf-8") as file:
        cases = json.load(file)
    encodings = tokenizer.encode_batch([case["text"] for case in cases], add_special_tokens=False)
    num_different = 0
    for case, encoding in zip(cases, encodings):
        decoded = tokenizer.decode(case["ids"], skip_special_tokens=False)
        if encoding.ids == case["ids"] and decoded == case["text"]:
            continue
        num_different += 1
        if num_different <= 10:
            print(f"{ascii(case['text'])}\n  expected {encoding.tokens}\n  got      "
                  f"{[tokenizer.id_to_token(i) for i in case['ids']]}\n  decoded  {ascii(decoded)}")
    print(f"{len(cases)} texts, {num_different} different")
    sys.exit(1 if num_different else 0)


main()
