"""Writes the golden files of adapter_folder_test.cc: a tiny llama, a tiny gpt2, a llama with a head of its own and one with patterns, a LoRA adapter of each as PEFT saves it, and the logits
of both as transformers and peft compute them. Needs torch, transformers and peft.

    python make.py OUT_FOLDER
"""

import copy
import json
import os
import sys

import torch
from peft import LoraConfig, get_peft_model
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

IDS = [3, 14, 1, 5, 9, 2, 6, 5, 3, 5]


def write(out: str, model, ids: list, target_modules: list, **lora) -> None:
    """Weights that bf16 holds exactly, so that the folder is small; an adapter with both halves drawn; logits of both."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_((torch.randn_like(parameter) * 0.3 + (parameter.dim() == 1)).to(torch.bfloat16).float())
    os.makedirs(out, exist_ok=True)
    plain = model(torch.tensor([ids])).logits[0]
    # A copy: the rotary frequencies of one that was narrow once stay rounded.
    copy.deepcopy(model).to(torch.bfloat16).save_pretrained(os.path.join(out, "model"))
    adapted = get_peft_model(model, LoraConfig(r=3, lora_alpha=6, target_modules=target_modules, **lora)).eval()
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.copy_(torch.randn_like(parameter) * 0.4)
    with_adapter = adapted(torch.tensor([ids])).logits[0]
    adapted.save_pretrained(os.path.join(out, "adapter"))
    os.remove(os.path.join(out, "adapter", "README.md"))
    os.remove(os.path.join(out, "model", "generation_config.json"))
    with open(os.path.join(out, "logits.json"), "w") as file:
        json.dump({"ids": ids, "plain": [round(x, 6) for x in plain.flatten().tolist()],
                   "adapted": [round(x, 6) for x in with_adapter.flatten().tolist()]}, file)
        file.write("\n")


def main(out: str) -> None:
    torch.manual_seed(11)
    config = LlamaConfig(vocab_size=24, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=2,
                         num_key_value_heads=1, max_position_embeddings=32, tie_word_embeddings=True)
    write(out, LlamaForCausalLM(config).eval(), IDS, [
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
    torch.manual_seed(12)
    config = GPT2Config(vocab_size=24, n_embd=16, n_layer=2, n_head=2, n_positions=32)
    # Conv1D: PEFT sets fan_in_fan_out; queries, keys and values are one map.
    write(os.path.join(out, "gpt2"), GPT2LMHeadModel(config).eval(), IDS, ["c_attn", "c_proj", "c_fc"])
    torch.manual_seed(13)
    config = LlamaConfig(vocab_size=24, hidden_size=16, intermediate_size=20, num_hidden_layers=1, num_attention_heads=2,
                         num_key_value_heads=1, max_position_embeddings=32, tie_word_embeddings=False)
    write(os.path.join(out, "head"), LlamaForCausalLM(config).eval(), IDS, ["q_proj", "lm_head"])
    torch.manual_seed(14)
    config = LlamaConfig(vocab_size=24, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=2,
                         num_key_value_heads=1, max_position_embeddings=32, tie_word_embeddings=True)
    write(os.path.join(out, "patterns"), LlamaForCausalLM(config).eval(), IDS, ["q_proj", "v_proj", "up_proj"], use_rslora=True,
          alpha_pattern={"layers.1.self_attn.q_proj": 9, "q_proj": 2, r"layers\.0\..*\.(v|up)_proj": 4},
          rank_pattern={"v_proj": 2, "^model.layers.0.mlp.up_proj": 5})


if __name__ == "__main__":
    main(sys.argv[1])
