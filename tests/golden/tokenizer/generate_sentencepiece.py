#!/usr/bin/env python3
"""Writes sentencepiece.json: ids that PyPI's sentencepiece gives for runs of one character, with pieces whose scores are nearly
those of their parts, so that the rounding of sums decides.

Usage: generate_sentencepiece.py FOLDER. Needs: sentencepiece 0.2.3.
"""
import json
import os
import random
import struct
import sys

import sentencepiece


def varint(value):
    out = b""
    while value >= 0x80:
        out, value = out + bytes([0x80 | value & 0x7F]), value >> 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def nested(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def piece(text, score, kind=1):
    return nested(1, nested(1, text.encode()) + varint(2 << 3 | 5) + struct.pack("<f", score) + number(3, kind))


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def model_of(scores):
    """Unigram over a, aa, aaa, aaaa; no prefix and no other normalization."""
    model = piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3)
    for length, score in enumerate(scores, 1):
        model += piece("a" * length, score)
    model += nested(2, number(3, 1) + number(40, 0) + number(41, 1) + number(42, 2))
    return model + nested(3, nested(1, b"identity") + number(3, 0) + number(4, 0) + number(5, 1))


def main():
    rng, models = random.Random(5), []
    for size in (9, 400, 2500, 26000):
        scores = [f32(-size * length * (1 + rng.uniform(-2, 2) * 1.2e-7)) for length in (1, 2, 3, 4)]
        processor = sentencepiece.SentencePieceProcessor(model_proto=model_of(scores))
        cases = []
        for length in (1, 5, 11, 40, 97, 300, 700):
            ids = processor.encode("a" * length)
            cases.append({"length": length, "ids": "".join(map(str, ids))})
        cases.append({"length": 5, "unknown": 30, "ids": "".join(map(str, processor.encode("aaaaa" + "x" * 30 + "a" * 40)))})
        models.append({"scores": ["%.9g" % score for score in scores], "cases": cases})
    with open(os.path.join(sys.argv[1], "sentencepiece.json"), "w") as file:
        json.dump({"sentencepiece": sentencepiece.__version__, "models": models}, file, indent=1)
        file.write("\n")


main()
