#!/usr/bin/env python3
"""PyTorch's training step at one shape of `vitrine bench train`: the same model, batch and AdamW, in f32.

Prints one JSON object. Random tokens, as vitrine's benchmark draws them; the loss is the mean over all of them.
usage: torch_train.py SHAPE STEPS THREADS [compile] [foreach]
"""
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

SHAPES = {  # vocabulary, layers, width, rows; heads of 64, 256 tokens a row
    "124m": (50304, 12, 768, 4),
    "baby": (4096, 6, 384, 12),
}
TOKENS, HEAD_WIDTH, WARMUP = 256, 64, 2


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        rows, tokens, width = x.shape
        heads = [part.view(rows, tokens, -1, HEAD_WIDTH).transpose(1, 2)
                 for part in self.qkv(self.attention_norm(x)).split(width, dim=2)]
        mixed = F.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(rows, tokens, width))
        return x + self.down(F.gelu(self.up(self.mlp_norm(x)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self, vocabulary, layers, width):
        super().__init__()
        self.embedding, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(TOKENS, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, 0, 0.02)

    def forward(self, ids, targets):
        x = self.embedding(ids) + self.positions.weight
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.embedding.weight)
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))


def main():
    shape, steps, threads, *options = sys.argv[1:]
    vocabulary, layers, width, rows = SHAPES[shape]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    model = Gpt2(vocabulary, layers, width)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1,
                                  **({"foreach": True} if "foreach" in options else {"fused": True}))
    step_loss = torch.compile(model) if "compile" in options else model
    times = []
    for step in range(WARMUP + int(steps)):
        ids, targets = (torch.randint(0, vocabulary, (rows, TOKENS)) for _ in range(2))
        start = time.perf_counter()
        loss = step_loss(ids, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step >= WARMUP:
            times.append(time.perf_counter() - start)
    median = sorted(times)[len(times) // 2]
    count = sum(parameter.numel() for parameter in model.parameters())
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads(), "parameters": count,
                      "loss": loss.item(), "step_ms": 1e3 * median, "tokens_per_second": rows * TOKENS / median}))


if __name__ == "__main__":
    main()
