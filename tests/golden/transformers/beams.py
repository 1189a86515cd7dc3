#!/usr/bin/env python3
"""Makes a random model with PyPI's transformers and compares `vitrine generate --beams` with its generate(num_beams=...).

Usage: beams.py VITRINE TOKENIZER_FOLDER SCRATCH; prints a line each; status 1 where a list of beams differs in its ids or by
more than 1e-5 of a score, or where no beam ended by itself. Needs: torch, transformers.
"""
import json
import os
import shutil
import subprocess
import sys

import torch
import transformers

TOLERANCE = 1e-5  # theirs are sums in f32
MAX_TOKENS = 32
PROMPTS = ["Tom is a boy.", "The cat", "Anna sees a red ball in the garden.", "12 and 7", "Once there was"]
# (beams, length penalty)
SEARCHES = [(1, 1.0), (4, 1.0), (4, 0.0), (3, 2.0), (5, -1.0)]


def make(folder, tokenizer_folder):
    """A model whose few large weights make some tokens, the ends of texts too, much more probable than others."""
    os.makedirs(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(os.path.join(tokenizer_folder, name), folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    ends = sorted({tokenizer.convert_tokens_to_ids(name) for name in ("<|im_end|>", "<|endoftext|>")})
    torch.manual_seed(5)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        intermediate_size=96, max_position_embeddings=256, initializer_range=0.25, eos_token_id=ends,
        bos_token_id=None)
    model = transformers.LlamaForCausalLM(config).eval()
    with torch.no_grad():
        model.lm_head.weight[ends] *= 2
    model.save_pretrained(folder)
    return tokenizer, model, ends


def theirs(model, ids, ends, beams, penalty):
    done = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), num_beams=beams,
                          num_return_sequences=beams, do_sample=False, max_new_tokens=MAX_TOKENS, eos_token_id=ends,
                          pad_token_id=ends[0], return_dict_in_generate=True, output_scores=True,
                          **(dict(length_penalty=penalty) if beams > 1 else {}))
    lists = []
    for row in done.sequences.tolist():
        written = row[len(ids):]
        end = next((i for i, token in enumerate(written) if token in ends), None)
        lists.append((written[:end], end is not None))
    return lists, done.sequences_scores.tolist() if beams > 1 else None


def main():
    vitrine, tokenizer_folder, scratch = sys.argv[1:]
    tokenizer, model, ends = make(scratch, tokenizer_folder)
    num_wrong, num_ended, num_lists, largest = 0, 0, 0, 0.0
    for prompt in PROMPTS:
        ids = [tokenizer.pad_token_id] + tokenizer.encode(prompt, add_special_tokens=False)
        for beams, penalty in SEARCHES:
            done = subprocess.run([vitrine, "generate", "-m", scratch, "--json", "--beams", str(beams), "--length-penalty",
                                   str(penalty), "--max-tokens", str(MAX_TOKENS), prompt], capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(done.stderr)
            report = json.loads(done.stdout)
            expected, scores = theirs(model, ids, ends, beams, penalty)
            ours = [(beam["ids"], beam["stop_reason"] == "stop") for beam in report["beams"]]
            is_wrong = ours != expected or report["prompt_tokens"] != len(ids)
            for beam, score in zip(report["beams"], scores or []):
                largest = max(largest, abs(beam["score"] - score) / max(1.0, abs(score)))
            num_wrong, num_lists = num_wrong + is_wrong, num_lists + 1
            num_ended += sum(is_ended for _, is_ended in ours)
            if is_wrong:
                print("%r, %d beams, penalty %g:\n  ours   %s\n  theirs %s %s" % (prompt, beams, penalty, ours, expected,
                                                                               scores))
    print("%d of %d lists of beams are the same, scores within a share of %.2g; %d beams ended by themselves" % (
        num_lists - num_wrong, num_lists, largest, num_ended))
    sys.exit(0 if num_wrong == 0 and largest <= TOLERANCE and num_ended > 0 else 1)


if __name__ == "__main__":
    main()
