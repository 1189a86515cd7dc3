"""Trains both architectures in plain PyTorch from the weights and tokens that pytorch_parity_test writes.

Usage: make_golden.py FOLDER_WITH_INPUTS OUT_FOLDER
"""

import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

STEPS = 100
ELEMENT_STEPS = (0, 24, 49, 74, 99)  # steps of which single elements are kept too
ELEMENTS = 16
DIRECTIONS = 2


def gpt2_hidden(w, ids, heads=4, layers=2, eps=1e-5):
    tokens = ids.shape[1]
    x = w["model.embed_tokens.weight"][ids] + w["model.embed_positions.weight"][:tokens]

    def norm(name, h):
        return F.layer_norm(h, h.shape[-1:], w[name + ".weight"], w[name + ".bias"], eps)

    def linear(name, h):
        return h @ w[name + ".weight"].T + w[name + ".bias"]

    for layer in range(layers):
        block = f"model.layers.{layer}."
        h = norm(block + "input_layernorm", x)
        q, k, v = (split_heads(linear(block + f"self_attn.{part}_proj", h), heads) for part in "qkv")
        x = x + linear(block + "self_attn.o_proj", attend(q, k, v))
        h = linear(block + "mlp.up_proj", norm(block + "post_attention_layernorm", x))
        h = 0.5 * h * (1 + torch.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h**3)))
        x = x + linear(block + "mlp.down_proj", h)
    return norm("model.norm", x), w["model.embed_tokens.weight"]


def qwen3_hidden(w, ids, heads=4, key_heads=2, layers=2, eps=1e-6, theta=10000.0):
    tokens = ids.shape[1]
    x = w["model.embed_tokens.weight"][ids]

    def norm(name, h):
        return h * torch.rsqrt(h.square().mean(-1, keepdim=True) + eps) * w[name + ".weight"]

    def linear(name, h):
        return h @ w[name + ".weight"].T

    def rotate(h):
        half = h.shape[-1] // 2
        rates = theta ** (-torch.arange(half, dtype=torch.float64) / half)
        angles = torch.arange(tokens, dtype=torch.float64)[:, None] * rates
        cos, sin = angles.cos().float(), angles.sin().float()
        low, high = h[..., :half], h[..., half:]
        return torch.cat([low * cos - high * sin, high * cos + low * sin], dim=-1)

    for layer in range(layers):
        block = f"model.layers.{layer}."
        h = norm(block + "input_layernorm", x)
        q = split_heads(linear(block + "self_attn.q_proj", h), heads)
        k = split_heads(linear(block + "self_attn.k_proj", h), key_heads)
        v = split_heads(linear(block + "self_attn.v_proj", h), key_heads)
        q = rotate(norm(block + "self_attn.q_norm", q))
        k = rotate(norm(block + "self_attn.k_norm", k))
        k, v = (part.repeat_interleave(heads // key_heads, dim=1) for part in (k, v))
        x = x + linear(block + "self_attn.o_proj", attend(q, k, v))
        h = norm(block + "post_attention_layernorm", x)
        h = F.silu(linear(block + "mlp.gate_proj", h)) * linear(block + "mlp.up_proj", h)
        x = x + linear(block + "mlp.down_proj", h)
    return norm("model.norm", x), w["lm_head.weight"]


def split_heads(h, heads):
    rows, tokens, width = h.shape
    return h.view(rows, tokens, heads, width // heads).transpose(1, 2)


def attend(q, k, v):
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
    mixed = scores.masked_fill(later, float("-inf")).softmax(-1) @ v
    return mixed.transpose(1, 2).flatten(2)


def short(number):
    """Six digits: a thousandth of what the comparison allows."""
    return float("%.6g" % number)


def summary_of(gradient):
    """The norm, and the products with fixed directions in which every element counts."""
    flat = gradient.flatten().double()
    places = torch.arange(1, len(flat) + 1, dtype=torch.float64)
    products = [math.sqrt(2) * (flat @ (places * k).cos()) for k in range(1, DIRECTIONS + 1)]
    return [short(float(number)) for number in (flat.norm(), *products)]


def elements_of(gradient):
    flat = gradient.flatten()
    picks = sorted({i * (len(flat) - 1) // (ELEMENTS - 1) for i in range(ELEMENTS)})
    return {str(i): short(flat[i].item()) for i in picks}


def write_json(path, result):
    """One line for each step and each parameter, so that a change can be read."""
    lines = [' "%s": %s' % (key, json.dumps(value)) for key, value in result.items() if not isinstance(value, dict)]
    for key, parts in result.items():
        if isinstance(parts, dict):
            lines.append(' "%s": {\n%s}' % (key, ",\n".join(
                '  "%s": %s' % (name, json.dumps(value, separators=(",", ":"))) for name, value in parts.items())))
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def train(hidden, tensors):
    inputs, targets = (tensors.pop(name).long() for name in ("inputs", "targets"))
    weights = {name: tensor.requires_grad_() for name, tensor in tensors.items()}
    groups = [
        {"params": [w for w in weights.values() if w.dim() == 2], "weight_decay": 0.1},
        {"params": [w for w in weights.values() if w.dim() == 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95), eps=1e-8)
    names = sorted(weights)
    result = {"torch": torch.__version__.split("+")[0], "losses": [], "gradient_norms": [],
              "gradients": {name: [] for name in names}, "elements": {}}
    for step in range(STEPS):
        batch = step % len(inputs)
        states, head = hidden(weights, inputs[batch])
        loss = F.cross_entropy((states @ head.T).flatten(0, 1), targets[batch].flatten())
        optimizer.zero_grad()
        loss.backward()
        result["losses"].append(loss.item())
        squares = sum(w.grad.double().square().sum() for w in weights.values())
        result["gradient_norms"].append(short(squares.sqrt().item()))
        for name in names:
            result["gradients"][name].append(summary_of(weights[name].grad))
        if step in ELEMENT_STEPS:
            result["elements"][str(step)] = {name: elements_of(weights[name].grad) for name in names}
        optimizer.step()
    return result


def main():
    source, out = (pathlib.Path(path) for path in sys.argv[1:3])
    torch.set_num_threads(1)
    for name, hidden in (("gpt2", gpt2_hidden), ("qwen3", qwen3_hidden)):
        result = train(hidden, load_file(source / f"{name}.safetensors"))
        write_json(out / f"golden_{name}.json", result)
        print(f"{name}: loss {result['losses'][0]:.4f} to {result['losses'][-1]:.4f}")


if __name__ == "__main__":
    main()
