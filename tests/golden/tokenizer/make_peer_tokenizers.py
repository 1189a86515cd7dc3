#!/usr/bin/env python3
"""Trains small tokenizers of many kinds with PyPI's `tokenizers` and writes each as FOLDER/NAME.json.

Usage: make_peer_tokenizers.py CORPUS FOLDER [SENTENCEPIECE_MODEL], the last for its table of replacements.
"""
import json
import pathlib
import sys

from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors,
                        trainers)

ADDED = [AddedToken("<mask>", lstrip=True, special=True, normalized=False),
         AddedToken("[X]", rstrip=True, special=False, normalized=False),
         AddedToken("the", single_word=True, special=False, normalized=True),
         AddedToken("É t", special=False, normalized=True),
         AddedToken("  ", special=False, normalized=False),
         AddedToken("<|both|>", lstrip=True, rstrip=True, special=False, normalized=True)]
LLAMA_DECODER = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                   decoders.Strip(" ", 1, 0)])


def frame(tokenizer, before, after):
    ids = [(name, tokenizer.token_to_id(name)) for name in {before, after}]
    return processors.TemplateProcessing(single=f"{before} $A {after}", pair=f"{before} $A {after} $B:1 {after}:1",
                                         special_tokens=ids)


def word_piece(corpus, lowercase):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=20))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator([corpus], trainers.WordPieceTrainer(
        vocab_size=500, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"], show_progress=False))
    tokenizer.post_processor = frame(tokenizer, "[CLS]", "[SEP]")
    return tokenizer


def unigram(corpus, normalizer, scheme, byte_fallback=False):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme=scheme)
    special = ["<unk>", "<s>", "</s>"] + ([f"<0x{b:02X}>" for b in range(256)] if byte_fallback else [])
    tokenizer.train_from_iterator([corpus], trainers.UnigramTrainer(
        vocab_size=800 if byte_fallback else 500, special_tokens=special, unk_token="<unk>", show_progress=False))
    tokenizer.post_processor = frame(tokenizer, "<s>", "</s>")
    if byte_fallback:
        data = json.loads(tokenizer.to_str())
        data["model"]["byte_fallback"] = True
        data["added_tokens"] = data["added_tokens"][:3]
        data["decoder"] = json.loads(Tokenizer(models.BPE()).to_str())["decoder"]
        tokenizer = Tokenizer.from_str(json.dumps(data))
        tokenizer.decoder = LLAMA_DECODER
    return tokenizer


def llama_like(corpus, fuse_unk, byte_fallback):
    base = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=fuse_unk, byte_fallback=byte_fallback))
    base.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    base.decoder = LLAMA_DECODER
    special = ["<unk>", "<s>", "</s>"] + ([f"<0x{b:02X}>" for b in range(256)] if byte_fallback else [])
    base.train_from_iterator(corpus.split(" "), trainers.BpeTrainer(vocab_size=900 if byte_fallback else 600,
                                                                    special_tokens=special, show_progress=False))
    data = json.loads(base.to_str())
    data["added_tokens"] = data["added_tokens"][:3]
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.post_processor = frame(tokenizer, "<s>", "</s>")
    return tokenizer


def byte_level(corpus, pre_tokenizer, normalizer=None, ignore_merges=False):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator([corpus], trainers.BpeTrainer(
        vocab_size=600, special_tokens=["<s>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(), frame(tokenizer, "<s>", "<s>")])
    return tokenizer


def with_prefix_and_suffix(corpus):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", continuing_subword_prefix="##", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.decoder = decoders.Fuse()
    tokenizer.train_from_iterator([corpus], trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<unk>"], continuing_subword_prefix="##", end_of_word_suffix="</w>",
        show_progress=False))
    return tokenizer


def make_all(corpus, charsmap):
    split = lambda pattern, behavior: pre_tokenizers.Split(Regex(pattern), behavior)
    level = lambda **kwargs: pre_tokenizers.ByteLevel(add_prefix_space=False, **kwargs)
    nfkc = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    yield "word_piece_lower", word_piece(corpus, True)
    yield "word_piece_cased", word_piece(corpus, False)
    yield "unigram_always", unigram(corpus, nfkc, "always")
    yield "unigram_first", unigram(corpus, None, "first")
    yield "unigram_never", unigram(corpus, normalizers.StripAccents(), "never")
    yield "unigram_bytes", unigram(corpus, nfkc, "first", byte_fallback=True)
    if charsmap:
        yield "unigram_charsmap", unigram(corpus, normalizers.Precompiled(charsmap), "always")
    yield "llama_bytes", llama_like(corpus, True, True)
    yield "llama_unk", llama_like(corpus, False, False)
    yield "llama_fused", llama_like(corpus, True, False)
    yield "bytes_nfkd", byte_level(corpus, level(use_regex=True), normalizers.NFKD())
    yield "bytes_prefix_space", byte_level(corpus, pre_tokenizers.ByteLevel(add_prefix_space=True))
    yield "bytes_whole_words", byte_level(corpus, level(use_regex=True), ignore_merges=True)
    yield "bytes_pattern", byte_level(corpus, pre_tokenizers.Sequence([
        split(r"\p{N}{1,3}|\p{Lu}", "isolated"), split(r"[^\w\s]", "merged_with_next"), level(use_regex=False)]))
    yield "bytes_split_after", byte_level(corpus, pre_tokenizers.Sequence([
        pre_tokenizers.Punctuation("contiguous"), level(use_regex=True), split("[0-9][0-9]", "isolated")]))
    yield "prefix_suffix", with_prefix_and_suffix(corpus)


def charsmap_of(path):
    if path is None:
        return None
    import sentencepiece.sentencepiece_model_pb2 as schema
    model = schema.ModelProto()
    model.ParseFromString(pathlib.Path(path).read_bytes())
    return model.normalizer_spec.precompiled_charsmap


def main():
    corpus = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    folder = pathlib.Path(sys.argv[2])
    try:
        charsmap = charsmap_of(sys.argv[3] if len(sys.argv) > 3 else None)
    except ImportError:
        charsmap = None
    for name, tokenizer in make_all(corpus, charsmap):
        tokenizer.add_tokens([token for token in ADDED if not token.special])
        tokenizer.add_special_tokens([token for token in ADDED if token.special])
        tokenizer.save(str(folder / f"{name}.json"))


main()
