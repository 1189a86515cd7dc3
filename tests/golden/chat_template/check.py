"""Compares our token ids with those that transformers gives for a saved tokenizer and the chat template.

Usage: check.py TOKENIZER_JSON IDS_TEXT; IDS_TEXT has a line of ids for each line of conversations.jsonl.
"""
import json
import pathlib
import sys

from transformers import PreTrainedTokenizerFast

folder = pathlib.Path(__file__).parent
tokenizer = PreTrainedTokenizerFast(tokenizer_file=sys.argv[1])
template = (folder / "template.jinja").read_text()
conversations = open(folder / "conversations.jsonl").read().splitlines()
ours = [[int(word) for word in line.split()] for line in open(sys.argv[2])]
assert len(ours) == len(conversations)
for line, ids in zip(conversations, ours):
    text = tokenizer.apply_chat_template(json.loads(line)["messages"], chat_template=template, tokenize=False)
    expected = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert ids == expected, (text, ids, expected)
