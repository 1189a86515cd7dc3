#!/usr/bin/env python3
"""Makes random models with PyPI's transformers, large weights so that every part matters, and compares our logits.

Usage: random_models.py WRITE_LOGITS SCRATCH; prints a line each; status 1 where logits differ by more than 1e-4 of the
largest, or where scaled and plain rotary positions give the same. Needs: torch, transformers, safetensors.
"""
import os
import subprocess
import sys

import torch
import transformers
from safetensors.torch import load_file

TOLERANCE = 1e-4
SHAPE = dict(vocab_size=160, hidden_size=64, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
             intermediate_size=96, max_position_embeddings=256, initializer_range=0.25, rope_theta=10000.0)
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 64}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}
LINEAR = {"rope_type": "linear", "factor": 2.0}
DYNAMIC = {"rope_type": "dynamic", "factor": 2.0}
MODELS = [
    ("Llama", dict(), "plain"),
    ("Llama", dict(tie_word_embeddings=True, head_dim=32), "tied, heads wider than the model"),
    ("Llama", dict(rope_scaling=LLAMA3), "llama3 scaling"),
    ("Llama", dict(rope_scaling=LINEAR), "linear scaling"),
    ("Llama", dict(rope_scaling=YARN), "yarn"),
    ("Llama", dict(rope_scaling=DYNAMIC), "dynamic scaling within the context"),
    ("Llama", dict(attention_bias=True), "biases in attention"),
    ("Llama", dict(mlp_bias=True), "biases in the feed-forward part"),
    ("Llama", dict(attention_bias=True, mlp_bias=True, head_dim=32), "biases in both, heads wider than the model"),
    ("Mistral", dict(sliding_window=9), "a window of 9"),
    ("Mistral", dict(sliding_window=None), "no window"),
    ("Qwen2", dict(), "plain"),
    ("Qwen2", dict(rope_scaling=YARN), "yarn"),
    ("Qwen3", dict(head_dim=32), "plain"),
    ("Qwen3", dict(head_dim=32, rope_scaling=YARN), "yarn"),
    ("GPT2", dict(), "plain"),
]


def make(kind, more):
    torch.manual_seed(7)
    if kind == "GPT2":
        config = transformers.GPT2Config(vocab_size=160, n_embd=64, n_layer=3, n_head=4, n_positions=256,
                                         initializer_range=0.25)
        model = transformers.GPT2LMHeadModel(config)
    else:
        config = getattr(transformers, kind + "Config")(**{**SHAPE, **more})
        model = getattr(transformers, kind + "ForCausalLM")(config)
    for name, parameter in model.named_parameters():
        if name.endswith("bias") or "norm" in name or ".ln_" in name:
            parameter.data.add_(torch.randn_like(parameter) * 0.2)
    return model.eval()


def main():
    write_logits, scratch = sys.argv[1:]
    ids = torch.randint(0, 160, (1, 200), generator=torch.Generator().manual_seed(3))
    failed, plain = False, {}
    for number, (kind, more, what) in enumerate(MODELS):
        model = make(kind, more)
        folder, out = os.path.join(scratch, "random-%d" % number), os.path.join(scratch, "random.safetensors")
        model.save_pretrained(folder, max_shard_size="150KB" if number % 2 else "1GB")
        with torch.no_grad():
            theirs = model(ids).logits[0]
        subprocess.run([write_logits, folder, out, *map(str, ids[0].tolist())], check=True)
        ours = load_file(out)["logits"][0]
        difference = ((theirs - ours).abs().max() / theirs.abs().max()).item()
        failed |= not difference <= TOLERANCE
        if what == "plain":
            plain[kind] = theirs
        elif "rope_scaling" in more and more["rope_scaling"] is not DYNAMIC:
            effect = ((theirs - plain[kind]).abs().max() / theirs.abs().max()).item()
            failed |= effect < 100 * TOLERANCE
        print("%s, %s: logits differ by %.2g of the largest (%.3g)" % (kind, what, difference, theirs.abs().max().item()))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
