"""Compares `vitrine eval perplexity` on a GGUF file with PyPI's transformers, which reads the same file.

Usage: perplexity.py MODEL.gguf TEXT VITRINE; prints both figures of both schemes; status 1 where they differ by more than
TOLERANCE. Needs: torch, transformers, gguf, accelerate.
"""
import json
import math
import os
import subprocess
import sys

import torch
from transformers import AutoModelForCausalLM

WINDOW, STRIDE, TOLERANCE = 128, 48, 2e-3


def losses(model, ids):
    """The loss of each token of a window but its first."""
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, :-1]
    return torch.nn.functional.cross_entropy(logits.double(), torch.tensor(ids[1:]), reduction="none").tolist()


def halves(model, ids):
    """Pieces of the text, of which the last tokens count: those behind the middle one."""
    found = []
    for begin in range(0, len(ids) - WINDOW + 1, WINDOW):
        found += losses(model, ids[begin:begin + WINDOW])[WINDOW // 2:]
    return found


def sliding(model, ids):
    """Every token counts once; a window ends STRIDE tokens behind the one before."""
    found, end = [], min(WINDOW, len(ids))
    while len(found) < len(ids) - 1:
        window = ids[max(0, end - WINDOW):end]
        found += losses(model, window)[len(window) - 1 - (end - 1 - len(found)):]
        end = min(end + STRIDE, len(ids))
    return found


def main():
    path, text_file, vitrine = sys.argv[1:]
    folder, name = os.path.split(path)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32).eval()
    with open(text_file, encoding="utf-8", newline="") as file:
        text = file.read()
    # The ids are ours: what transformers makes of a GGUF file's vocabulary does not split digits as SmolLM2 does.
    ids = json.loads(subprocess.run([vitrine, "tokenizer", "encode", "-m", path, "--json", "-"], check=True, input=text,
                                    capture_output=True, text=True).stdout)["ids"]
    start = [0]  # <|endoftext|>
    # The sliding scheme begins behind the token that ends texts; it stands in the first window alone.
    expected = {"sliding": sliding(model, start + ids), "halves": halves(model, ids)}
    worst = 0.0
    for scheme, found in expected.items():
        done = subprocess.run([vitrine, "eval", "perplexity", "-m", path, "--data", text_file, "--scheme", scheme, "--window",
                               str(WINDOW), "--stride", str(STRIDE), "--precision", "exact", "--json"], check=True,
                              capture_output=True, text=True)
        got, perplexity = json.loads(done.stdout), math.exp(sum(found) / len(found))
        assert got["tokens"] == len(found), (scheme, got["tokens"], len(found))
        print("%s: %.4f over %d tokens, transformers %.4f" % (scheme, got["perplexity"], len(found), perplexity))
        worst = max(worst, abs(got["perplexity"] / perplexity - 1))
        if scheme == "sliding":
            bits = sum(found) / math.log(2) / len(text.encode())
            worst = max(worst, abs(got["bits_per_byte"] / bits - 1))
    sys.exit(0 if worst <= TOLERANCE else 1)


if __name__ == "__main__":
    main()
