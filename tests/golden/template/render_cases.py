#!/usr/bin/env python3
"""Renders cases from a JSON file with the reference: [{"template", "variables"}] in, the same with "text" or "error" out.

Usage: render_cases.py IN OUT
"""
import datetime
import json
import sys

from reference import render

NOW = datetime.datetime(2026, 3, 7, 9, 5, 2)

with open(sys.argv[1], encoding="utf-8") as file:
    cases = json.load(file)
for case in cases:
    text, error = render(case["template"], case.get("variables", {}), NOW)
    case.update({"error": error} if error else {"text": text})
# Where Python shows an address there is nothing to compare.
cases = [case for case in cases if " at 0x" not in case.get("text", "")]
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(cases, file, ensure_ascii=False)
