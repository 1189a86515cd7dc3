#!/usr/bin/env python3
"""Renders templates with transformers' own Jinja environment, and writes what comes out.

Usage: generate.py FOLDER [SHARED]
  writes FOLDER/golden.json: each of FOLDER/templates/*.jinja (and snippets.json) with each conversation;
  and, given the folder of shared data, FOLDER/golden_shared.json: checksums for the template files there, whose text
  stays where it is.
"""
import datetime
import json
import pathlib
import sys

import xxhash
from reference import render
from transformers.utils import chat_template_utils

NOW = [2026, 3, 7, 9, 5, 2]
SPECIAL_TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "<sep>"}
SHARED_FILES = [
    "A_tokenizers/chat_templates/*.jinja",
    "A_tokenizers/smollm2/chat_template.jinja",
    "A_tokenizers/minimind-6400/tokenizer_config.json",
    "A_weights_verl_arith_llama/model/tokenizer_config.json",
]


def conversations(folder):
    """Returns name -> variables, as apply_chat_template passes them."""
    tools = json.loads((folder / "tools.json").read_text())
    for name, case in json.loads((folder / "conversations.json").read_text()).items():
        variables = {"messages": case["messages"], "tools": None, "documents": None, "add_generation_prompt": False}
        variables.update(SPECIAL_TOKENS)
        variables.update(case)
        if variables["tools"] == "TOOLS":
            variables["tools"] = tools
        yield name, variables


def template_text(path):
    text = path.read_text()
    return json.loads(text)["chat_template"] if path.suffix == ".json" else text


def results(template, folder, reduce):
    """Returns conversation -> {"text"} or {"error"} (the exception's type; messages are not compared)."""
    found = {}
    for name, variables in conversations(folder):
        text, error = render(template, variables, datetime.datetime(*NOW))
        found[name] = {"error": error} if error else {"text": reduce(text)}
    return found


def checksum(text):
    return xxhash.xxh3_64_hexdigest(text.encode())


def prepared_messages(messages):
    """Returns what apply_chat_template makes of messages before a template sees them, as JSON."""
    normalized = chat_template_utils._normalize_chat_messages(messages)
    return chat_template_utils.render_jinja_template([normalized], chat_template="{{ messages | tojson }}")[0][0]


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    golden = {path.name: results(template_text(path), folder, str) for path in sorted((folder / "templates").glob("*.jinja"))}
    snippets = {}
    for name, case in json.loads((folder / "snippets.json").read_text()).items():
        text, error = render(case["template"], case.get("variables", {}), datetime.datetime(*NOW))
        snippets[name] = {"error": error} if error else {"text": text}
    prepared = {name: checksum(prepared_messages(variables["messages"])) for name, variables in conversations(folder)}
    write(folder / "golden.json", {"now": NOW, "special_tokens": SPECIAL_TOKENS, "templates": golden, "snippets": snippets,
                                   "prepared_messages": prepared})
    if len(sys.argv) > 2:
        shared = pathlib.Path(sys.argv[2])
        files = sorted(path for pattern in SHARED_FILES for path in shared.glob(pattern))
        write(folder / "golden_shared.json",
              {str(path.relative_to(shared)): results(template_text(path), folder, checksum) for path in files})


main()
