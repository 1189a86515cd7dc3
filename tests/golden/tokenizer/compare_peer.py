#!/usr/bin/env python3
"""Compares ids and decoded texts of ours with a reference library on the same texts.

Usage: compare_peer.py huggingface|sentencepiece|tiktoken FILE CASES_JSON, where FILE is what the library loads and the
cases are [{"text": …, "ids": […], "framed": […], "decoded": …}, …]. Status 1 and the first differences on standard
output where they differ.
"""
import base64
import json
import pathlib
import sys


class HuggingFace:
    def __init__(self, path):
        from tokenizers import Tokenizer
        self.tokenizer = Tokenizer.from_file(path)
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        added = self.tokenizer.get_added_tokens_decoder()
        self.special = [token.content for token in added.values() if token.special]
        normalizer = self.tokenizer.normalizer
        # The reference decodes these to the normalized name.
        self.renamed = {i for i, token in added.items()
                        if token.normalized and normalizer and normalizer.normalize_str(token.content) != token.content}
        self.is_unigram = type(self.tokenizer.model).__name__ == "Unigram"

    def encode(self, text):
        # There the names of special tokens and of byte tokens become these tokens nevertheless; not so here.
        if self.is_unigram and ("<0x" in text or any(name in text for name in self.special)):
            return None
        self.tokenizer.encode_special_tokens = True  # their names in a text stay text
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def encode_framed(self, text):
        if self.is_unigram and "<0x" in text:
            return None
        self.tokenizer.encode_special_tokens = False
        return self.tokenizer.encode(text, add_special_tokens=True).ids

    def decode(self, ids):
        if self.renamed.intersection(ids):
            return None
        return self.tokenizer.decode(ids, skip_special_tokens=False)


class SentencePiece:
    def __init__(self, path):
        import sentencepiece
        self.processor = sentencepiece.SentencePieceProcessor(model_file=path)

    def encode(self, text):
        return self.processor.encode(text)

    def encode_framed(self, text):
        return None

    def decode(self, ids):
        # The library shows unknown tokens as U+2047 and control tokens as nothing: those texts are left out.
        if any(self.processor.is_unknown(i) or self.processor.is_control(i) for i in ids):
            return None
        return self.processor.decode(ids)


class Tiktoken:
    def __init__(self, path):
        import tiktoken
        import tiktoken_ext.openai_public as public
        ranks = {}
        for line in pathlib.Path(path).read_bytes().splitlines():
            token, rank = line.split()
            ranks[base64.b64decode(token)] = int(rank)
        name = pathlib.Path(path).stem
        public.load_tiktoken_bpe = lambda *args, **kwargs: ranks  # no network: the ranks of the file
        self.encoding = tiktoken.Encoding(**public.ENCODING_CONSTRUCTORS[name]())

    def encode(self, text):
        return self.encoding.encode(text, disallowed_special=())

    def encode_framed(self, text):
        return self.encoding.encode(text, allowed_special="all")

    def decode(self, ids):
        return self.encoding.decode(ids)


def main():
    kind, path, cases_path = sys.argv[1:]
    peer = {"huggingface": HuggingFace, "sentencepiece": SentencePiece, "tiktoken": Tiktoken}[kind](path)
    with open(cases_path, encoding="utf-8") as file:
        cases = json.load(file)
    num_different = num_decoded = 0
    for case in cases:
        for what, expected, got in [("ids", peer.encode(case["text"]), case["ids"]),
                                    ("framed", peer.encode_framed(case["text"]), case["framed"]),
                                    ("decoded", peer.decode(case["ids"]), case["decoded"])]:
            if expected is None:
                continue
            num_decoded += what == "decoded"
            if expected != got:
                num_different += 1
                if num_different <= 12:
                    print(f"{what} of {ascii(case['text'])}\n  expected {ascii(expected)}\n  got      {ascii(got)}")
    print(f"{len(cases)} texts, {num_decoded} decoded, {num_different} different")
    sys.exit(1 if num_different else 0)


main()
