#!/usr/bin/env python3
"""Times encoding of one text by vitrine and by PyPI's tokenizers, sentencepiece or tiktoken in alternation, one thread.

Usage: encode.py TOKENIZER_BENCH TEXT VOCABULARY… (each a tokenizer.json, a .model or a NAME.tiktoken; needs Python with
the three packages). One line a vocabulary: MB/s, the median of three rounds. The peer gets documents of 64 KB, of a
tokenizer.json or a .model the first 2 MB only; vitrine gets the whole text at once, first with an empty cache of words.
"""
import base64
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
ROUNDS = 3


def ours(bench, text_path, vocabulary):
    environment = {**os.environ, "VITRINE_BENCH_TEXT": text_path, "VITRINE_BENCH_TOKENIZER": vocabulary}
    result = subprocess.run([bench, "--benchmark_filter=Encode(Cold|Warm)", "--benchmark_format=json",
                             "--benchmark_min_time=0.2"], env=environment, capture_output=True, check=True)
    return {entry["name"]: entry["bytes_per_second"] / 1e6 for entry in json.loads(result.stdout)["benchmarks"]}


def documents(text, size):
    return [text[i:i + size] for i in range(0, len(text), size)]


def tiktoken_encoder(path):
    import tiktoken
    import tiktoken_ext.openai_public as public
    ranks = {base64.b64decode(token): int(rank)
             for token, rank in map(bytes.split, pathlib.Path(path).read_bytes().splitlines())}
    public.load_tiktoken_bpe = lambda *args, **kwargs: ranks
    encoding = tiktoken.Encoding(**public.ENCODING_CONSTRUCTORS[pathlib.Path(path).stem]())
    return lambda text: [encoding.encode_ordinary(document) for document in documents(text, 65536)]


def huggingface_encoder(path):
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(path)
    return lambda text: [tokenizer.encode(document, add_special_tokens=False) for document in documents(text, 65536)]


def sentencepiece_encoder(path):
    import sentencepiece
    processor = sentencepiece.SentencePieceProcessor(model_file=path)
    return lambda text: [processor.encode(document) for document in documents(text, 65536)]


PEERS = {".json": ("tokenizers", huggingface_encoder), ".model": ("sentencepiece", sentencepiece_encoder),
         ".tiktoken": ("tiktoken", tiktoken_encoder)}


def main():
    bench, text_path = sys.argv[1:3]
    text = pathlib.Path(text_path).read_text(encoding="utf-8", errors="ignore")
    for vocabulary in sys.argv[3:]:
        peer_name, make_encoder = PEERS[pathlib.Path(vocabulary).suffix]
        encode = make_encoder(vocabulary)
        sample = text if peer_name == "tiktoken" else text[:2_000_000]
        peer, mine = [], []
        for _ in range(ROUNDS):
            mine.append(ours(bench, text_path, vocabulary))
            start = time.perf_counter()
            encode(sample)
            peer.append(len(sample.encode()) / 1e6 / (time.perf_counter() - start))
        median = {name: statistics.median(run[name] for run in mine) for name in mine[0]}
        print(f"{vocabulary}: {', '.join(f'{name} {value:.1f}' for name, value in median.items())} MB/s; "
              f"{peer_name} {statistics.median(peer):.1f} MB/s", flush=True)


main()
