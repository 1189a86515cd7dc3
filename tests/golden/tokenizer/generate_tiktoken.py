#!/usr/bin/env python3
"""Writes tiktoken.json: the ids that PyPI's `tiktoken` gives for texts, by encoding.

Usage: generate_tiktoken.py RANKS_FOLDER FOLDER, where RANKS_FOLDER holds NAME.tiktoken (the files that the package
itself fetches; see README.md).
"""
import base64
import hashlib
import json
import pathlib
import sys

import tiktoken
import tiktoken_ext.openai_public as public

ENCODINGS = {"r50k_base": "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
             "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"}
TEXTS = ["", " ", "\n", "a", "Hello, world!", "hello world", "  two  spaces  ", "tab\tand\nnewline\r\n", "a \n  b\n\n\n c",
         "ends in a newline and a space\n ", "ends in spaces   ", "   \n  \n", "\n\n\nx", "x\u00a0\u00a0y \u3000", "\u2028z",
         "I'm sure they'LL say she's what we'd've wanted", "it'Sing it'ſing 'ſ", "12 345 6789 3.14159 1,000,000",
         "naïve café Straße İstanbul ǅ ﬁ ª", "e\u0301 q\u0307\u0323 Å Å", "日本語のテキスト、漢字。", "한국어 문장입니다 \u1100\u1161\u11a8",
         "नमस्ते हिन्दी ٣٤ ๓ ½ ² Ⅷ", "שָׁלוֹם مرحبا", "🙂 👩‍👩‍👧 🏳️‍🌈 👍🏽", "def f(x):\n    return x ** 2  # square\n",
         "{\"key\": [1, 2.5, null]}\r\n", "https://example.org/a?b=c&d=%20#e", "user wrote <|endoftext|> and <|im_start|>",
         "!!!???...---___", "\\n \\t \\\\", "\u0000\u0001\u007f", "\ufffd \ufeff \u200b", "𝔘𝔫𝔦 𐐷", "a" * 300, " " * 200,
         "zz " * 50, "HelloWorldXMLHttpRequest fooBarBaz SCREAMING_CASE"]


def main():
    ranks_folder, folder = map(pathlib.Path, sys.argv[1:])
    golden = {"texts": TEXTS, "ids": {}}
    for name, digest in ENCODINGS.items():
        content = (ranks_folder / f"{name}.tiktoken").read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            sys.exit(f"{name}.tiktoken is not the file that the package asks for")
        ranks = {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, content.splitlines())}
        public.load_tiktoken_bpe = lambda *args, **kwargs: ranks
        encoding = tiktoken.Encoding(**public.ENCODING_CONSTRUCTORS[name]())
        golden["ids"][name] = [encoding.encode(text, disallowed_special=()) for text in TEXTS]
    lines = json.dumps(golden, ensure_ascii=True, separators=(",", ":")).replace("],[", "],\n[")
    (folder / "tiktoken.json").write_text(lines + "\n", encoding="utf-8")


main()
