"""Compares logits of a GGUF file with PyPI's transformers, which reads the same file, at every position of some texts.

Usage: smollm2.py MODEL.gguf WRITE_LOGITS SCRATCH; prints the largest difference; status 1 above 1e-3.
Needs: torch, transformers, gguf, accelerate, safetensors.
"""
import os
import subprocess
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

TOLERANCE = 1e-3
TEXTS = [
    "The capital of France is Paris. It lies on the Seine.",
    "def fibonacci(n):\n    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)\n",
    "<|im_start|>user\nWhat is 12 * 7?<|im_end|>\n<|im_start|>assistant\n12 * 7 = 84.<|im_end|>\n",
    "Es war einmal ein König, der hatte drei Söhne; der jüngste hieß Dummling.",
    "Water boils at 100 degrees Celsius at sea level, and at lower temperatures higher up. " * 12,
]


def main():
    path, write_logits, scratch = sys.argv[1:]
    folder, name = os.path.split(path)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
    worst, positions = 0.0, 0
    for number, text in enumerate(TEXTS):
        ids = tokenizer.encode(text, add_special_tokens=False)
        with torch.no_grad():
            theirs = model(torch.tensor([ids])).logits[0]
        out = os.path.join(scratch, "%d.safetensors" % number)
        subprocess.run([write_logits, path, out, *map(str, ids)], check=True)
        ours = load_file(out)["logits"][0]
        worst = max(worst, (theirs - ours).abs().max().item())
        positions += len(ids)
        assert torch.equal(theirs.argmax(1), ours.argmax(1)), "another best token in text %d" % number
    print("logits at %d positions of %d texts differ by at most %.2g" % (positions, len(TEXTS), worst))
    sys.exit(0 if worst <= TOLERANCE else 1)


if __name__ == "__main__":
    main()
