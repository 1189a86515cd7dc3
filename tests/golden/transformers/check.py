#!/usr/bin/env python3
"""Loads a model folder with PyPI's transformers and compares logits and token ids.

Usage: check.py MODEL_FOLDER LOGITS.safetensors IDS_JSON TEXT; prints the largest difference; status 1 above 1e-4.
Needs: torch, transformers, safetensors.
"""
import json
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

TOLERANCE = 1e-4


def main():
    folder, logits_path, ids_json, text = sys.argv[1:]
    ids = json.loads(ids_json)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if tokenizer.encode(text, add_special_tokens=False) != ids:
        sys.exit("token ids differ: %s, expected %s" % (tokenizer.encode(text, add_special_tokens=False), ids))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model.eval()
    with torch.no_grad():
        theirs = model(torch.tensor([ids])).logits
    ours = load_file(logits_path)["logits"].reshape(theirs.shape)
    difference = (theirs - ours).abs().max().item()
    print("%s: logits of %d tokens differ by at most %.2g; largest %.3g" % (
        type(model).__name__, len(ids), difference, theirs.abs().max().item()))
    sys.exit(0 if difference <= TOLERANCE else 1)


if __name__ == "__main__":
    main()
