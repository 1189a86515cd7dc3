#!/usr/bin/env python3
"""Writes corpus.txt and golden.json with PyPI's `tokenizers` as the reference: it trains on the corpus and encodes texts.

Usage: generate.py FOLDER   (see README.md)
"""
import json
import pathlib
import random
import sys

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

VOCAB_SIZE = 700
SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
         r"\s*[\r\n]+|\s+(?!\S)|\s+")

STEMS = """walk talk play rain open listen garden window river teach learn paint answer gather wander follow
           build sing light shadow winter summer morning evening letter number story silver copper""".split()
ENDINGS = ["", "", "", "s", "ed", "ing", "er", "ers", "ful", "less"]
SMALL = "the a of and to in is it that was for on with as at by from her his they we you I".split()
OTHER = ["naïve", "café", "Straße", "été", "привет", "дом", "книга", "καλημέρα", "日本語", "中文", "한국어", "שלום",
         "नमस्ते", "🙂", "🚀🚀", "don't", "we'll", "she's", "I'D", "1984", "3.14", "42%", "x += 1;", "e-mail", "(so)"]

PIECES = ["'s", "'S", "'t", "'re", "'LL", "'ve", "'m", "'D", "'ſ", "'", "''", "'sing", "’s", " ", "  ", "   ", "\t", "\n",
          "\r\n", "\n\n", " \n", "\n ", "\r", "\u00a0", "\u3000", "\u2009", "\u2028", "\u0085", "\u200b", "\ufeff",
          "a", "Z", "walk", "ing", "Wörter", "İ", "ß", "ﬁ", "ǅ", "ª", "e\u0301", "\u0301", "न\u093f", "ि", "ا", "ـ", "שָׁ",
          "가", "漢字", "ひらがな", "ー", "々", "𝔘", "𐐷", "🙂", "👩‍👩‍👧", "🏳️‍🌈", "0", "7", "12345", "٣", "Ⅷ", "½", "²", "〇",
          "๓", "𝟘", ".", ",", "...", "!?", "--", "_", "(", "[]{}", "<|im_end|>", "<|endoftext|>", "$", "€", "©", "°", "\\",
          "/", "#", "\x00", "\x1f", "\x7f", "\U000e0001", "\ufffd"]


def make_corpus(rng):
    lines = []
    for _ in range(260):
        words = []
        for _ in range(rng.randint(4, 14)):
            kind = rng.random()
            if kind < 0.45:
                words.append(rng.choice(SMALL))
            elif kind < 0.92:
                words.append(rng.choice(STEMS) + rng.choice(ENDINGS))
            else:
                words.append(rng.choice(OTHER))
        sentence = " ".join(words)
        lines.append(sentence[0].upper() + sentence[1:] + rng.choice([".", ".", "!", "?", " …", ".\n"]))
    return "\n".join(lines) + "\n"


def make_texts(rng, corpus):
    texts = ["", " ", "\n", "a", "'", "The river was singing.", "  two  spaces  ", "tab\tand\nnewline\r\n",
             "I'm sure they'LL say she's what we'd've wanted", "3.14159 and 1,000,000", "naïve café ＡＢＣ１２３",
             "it'Sing it'ſing it'LLama",
             "user wrote <|im_start|>system and <|im_end|> here", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" * 4]
    texts += [piece for piece in PIECES]
    for _ in range(220):
        texts.append("".join(rng.choice(PIECES) for _ in range(rng.randint(2, 12))))
    for _ in range(20):
        start = rng.randrange(len(corpus) - 200)
        texts.append(corpus[start:start + rng.randint(20, 200)])
    return texts


def make_tokenizer(name):
    tokenizer = Tokenizer(models.BPE())
    if name == "gpt2":
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(QWEN2), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def train(name, corpus):
    tokenizer = make_tokenizer(name)
    trainer = trainers.BpeTrainer(vocab_size=VOCAB_SIZE - len(SPECIAL_TOKENS), min_frequency=2, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator([corpus], trainer)
    tokenizer.add_special_tokens(SPECIAL_TOKENS)
    tokenizer.encode_special_tokens = True  # their names in a text stay text
    return tokenizer


def main():
    folder = pathlib.Path(sys.argv[1])
    rng = random.Random(7)
    corpus = make_corpus(rng)
    texts = make_texts(rng, corpus)
    golden = {"vocab_size": VOCAB_SIZE, "special_tokens": SPECIAL_TOKENS, "texts": texts, "pre_tokenizers": {}}
    for name in ["gpt2", "qwen2"]:
        tokenizer = train(name, corpus)
        model = json.loads(tokenizer.to_str())["model"]
        golden["pre_tokenizers"][name] = {
            "merges": [" ".join(merge) for merge in model["merges"]],
            "ids": [tokenizer.encode(text).ids for text in texts]}
    (folder / "corpus.txt").write_text(corpus, encoding="utf-8", newline="")
    lines = json.dumps(golden, ensure_ascii=True, separators=(",", ":")).replace("],[", "],\n[")
    (folder / "golden.json").write_text(lines + "\n", encoding="utf-8")


main()
