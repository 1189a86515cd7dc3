"""Compares token ids of prompts with those that transformers gives for a tokenizer and a chat template.

Usage: check_prompts.py < CASES; CASES is a JSON list of {"tokenizer", "template", "messages", "ids"}: two files, and ids
that are null where the conversation was refused.
"""
import functools
import json
import pathlib
import sys

from transformers import PreTrainedTokenizerFast


@functools.cache
def load(path):
    return PreTrainedTokenizerFast(tokenizer_file=path)


for case in json.load(sys.stdin):
    tokenizer, where = load(case["tokenizer"]), (case["tokenizer"], case["template"], case["messages"])
    try:
        text = tokenizer.apply_chat_template(case["messages"], chat_template=pathlib.Path(case["template"]).read_text(),
                                             tokenize=False, add_generation_prompt=True)
    except Exception as error:
        assert case["ids"] is None, f"transformers refuses {where}: {error}"
        continue
    assert case["ids"] is not None, f"only we refuse {where}"
    expected = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert case["ids"] == expected, (where, text, case["ids"], expected)
