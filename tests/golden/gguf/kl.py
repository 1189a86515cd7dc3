"""How far vitrine (as it computes by default) and llama.cpp are from PyPI's transformers in f32, on the same file and texts.

Usage: kl.py MODEL.gguf WRITE_LOGITS PACKAGES_FOLDER SCRATCH. Prints mean KL(transformers || each) in nats over all positions of
smollm2.py's texts, and the share of positions where both hold the same token for the best. Status 1 where one of vitrine's
kernel sets is further away than llama.cpp, or holds another token for the best though the reference's two best are further
apart than its largest difference. Needs: torch, transformers, gguf, accelerate, safetensors; node-llama-cpp in PACKAGES_FOLDER.
"""
import json
import os
import subprocess
import sys

import numpy
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from smollm2 import TEXTS

TINY = 1e-30  # a probability that f32 rounds to nothing


def main():
    path, write_logits, packages, scratch = sys.argv[1:]
    folder, name = os.path.split(path)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
    lists = [tokenizer.encode(text, add_special_tokens=False) for text in TEXTS]
    vocabulary, file = model.config.vocab_size, os.path.join(scratch, "probabilities.f32")
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run(["node", os.path.join(here, "probabilities.mjs"), packages, path, str(vocabulary), file], check=True,
                   input=json.dumps(lists), text=True)
    theirs = torch.from_numpy(numpy.fromfile(file, dtype=numpy.float32).reshape(-1, vocabulary))
    kernels = subprocess.run([write_logits, "--kernels"], check=True, capture_output=True, text=True).stdout.split()
    who = ["llama.cpp", *kernels]
    sums, same, positions, parted, at = dict.fromkeys(who, 0.0), dict.fromkeys(who, 0), 0, 0, 0
    for number, ids in enumerate(lists):
        with torch.no_grad():
            reference = model(torch.tensor([ids])).logits[0]
        log_p = torch.log_softmax(reference.double(), 1)
        candidates = {"llama.cpp": torch.log(theirs[at:at + len(ids)].double().clamp_min(TINY))}
        two = reference.topk(2, 1).values
        for kernel_set in kernels:
            out = os.path.join(scratch, "%d.safetensors" % number)
            subprocess.run([write_logits, "--fast", kernel_set, path, out, *map(str, ids)], check=True)
            ours = load_file(out)["logits"][0]
            candidates[kernel_set] = torch.log_softmax(ours.double(), 1)
            error = 2 * (reference - ours).abs().max(1).values
            parted += ((ours.argmax(1) != reference.argmax(1)) & (two[:, 0] - two[:, 1] > error)).sum().item()
        at += len(ids)
        positions += len(ids)
        for name, log_q in candidates.items():
            sums[name] += (log_p.exp() * (log_p - log_q)).sum().item()
            same[name] += (log_p.argmax(1) == log_q.argmax(1)).sum().item()
    for name in who:
        print("%-10s mean KL %.3g nats, same best token at %.2f %% of %d positions" % (
            name, sums[name] / positions, 100 * same[name] / positions, positions))
    sys.exit(0 if max(sums[name] for name in kernels) <= sums["llama.cpp"] and parted == 0 else 1)


if __name__ == "__main__":
    main()
