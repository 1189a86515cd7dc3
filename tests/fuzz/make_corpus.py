#!/usr/bin/env python3
"""Writes the first seeds of every fuzz target into corpus/TARGET/. Inputs that once broke something are added by hand, as
regression-NAME. Standard library only; the same bytes every time."""
import json
import os
import struct

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def seed(target, name, content):
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)


def safetensors(header, data):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def shard(documents, vocab_size=300, mask=b""):
    """A shard without its checksums, which the target puts right."""
    def padded(part):
        return part + bytes(-len(part) % 8)
    tokens = b"".join(struct.pack("<H", token) for document in documents for token in document)
    offsets = [0]
    for document in documents:
        offsets.append(offsets[-1] + len(document))
    metadata = json.dumps({"tokenizer": "0" * 32, "split": "train", "source": "seed"}).encode()
    header = b"VITRTOKS" + struct.pack("<IIQQQQQ", 1, 2, vocab_size, len(documents), offsets[-1], len(metadata),
                                       len(mask)) + bytes(5 * 32)
    return header + padded(metadata) + struct.pack("<%dQ" % len(offsets), *offsets) + padded(tokens) + padded(mask)


def byte_alphabet():
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    names, extra = {}, 0
    for byte in range(256):
        names[byte] = chr(byte) if byte in visible else chr(256 + extra)
        extra += byte not in visible
    return names


def tokenizer_json(merges, pre_tokenizer, special=("<|endoftext|>",)):
    vocab = {name: byte for byte, name in byte_alphabet().items()}
    for left, right in merges:
        vocab[left + right] = len(vocab)
    added = [{"id": len(vocab) + i, "content": name, "special": True} for i, name in enumerate(special)]
    return json.dumps({"version": "1.0", "added_tokens": added, "pre_tokenizer": pre_tokenizer,
                       "decoder": {"type": "ByteLevel"},
                       "model": {"type": "BPE", "vocab": vocab, "merges": ["%s %s" % pair for pair in merges]}},
                      ensure_ascii=False)


def make_files():
    entry = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
    seed("safetensors", "one", safetensors({"a": entry}, bytes(24)))
    seed("safetensors", "several", safetensors(
        {"__metadata__": {"format": "pt"}, "b": entry, "c": {"dtype": "BF16", "shape": [], "data_offsets": [24, 26]},
         "d": {"dtype": "I64", "shape": [0, 7], "data_offsets": [26, 26]}}, bytes(26)))
    seed("safetensors", "empty", safetensors(b"{}", b""))
    seed("safetensors", "overflow", safetensors(
        {"a": {"dtype": "F64", "shape": [1 << 62, 1 << 62], "data_offsets": [0, 8]}}, bytes(8)))
    seed("token_shard", "small", shard([[1, 2, 3], [299], [7] * 20]))
    seed("token_shard", "masked", shard([[1, 2, 3, 4, 5], [6, 7, 8, 9]], mask=b"\xf0\x01"))
    seed("token_shard", "id-too-large", shard([[1, 300]]))
    manifest = {"format": "vitrine-checkpoint", "version": 1, "step": 400,
                "files": [{"name": "model.safetensors", "bytes": 24, "xxh3_128": "0" * 32},
                          {"name": "run.json", "bytes": 2, "xxh3_128": "f" * 32}],
                "lineage": {"stage": "pretrain", "parents": []}}
    seed("manifest", "checkpoint", json.dumps(manifest, indent=2))
    seed("manifest", "version", json.dumps(dict(manifest, version=2), indent=2))
    seed("manifest", "name", json.dumps(dict(manifest, files=[{"name": "../x", "bytes": 1, "xxh3_128": ""}]), indent=2))


def make_tokenizers():
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
    merges = [("t", "h"), ("th", "e"), ("\u0120", "the"), ("a", "t"), ("c", "at")]
    seed("tokenizer_json", "gpt2", tokenizer_json(merges, byte_level))
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
               r"|\s+(?!\S)|\s+")
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    seed("tokenizer_json", "qwen2", tokenizer_json(merges[:2], {
        "type": "Sequence", "pretokenizers": [split, dict(byte_level, use_regex=False)]}))
    seed("tokenizer_json", "unsupported", json.dumps({"model": {"type": "Unigram", "vocab": [["a", -1.5]]}}))


def make_texts():
    seed("run_config", "toml", 'tpreset = "nano"\nmax_steps = 20\nlr = 4e-3\nrecompute = true\n[model]\nwidth = 64\n')
    seed("run_config", "json", 'j{"max_steps": 20, "lr": 0.004, "optimizer": "muon", "width": 64, "layers": 2}')
    seed("run_config", "set", "swidth=1048576")
    seed("run_config", "largest", "twidth = 1048576\nlayers = 16384\nheads = 16384\nkey_heads = 16384\n"
         "head_width = 16384\nhidden_width = 4194304\nvocab_size = 16777216\ncontext_length = 16777216\n"
         "micro_batch_rows = 65536\nbatch_tokens = 999456069648384\n")
    seed("run_config", "nested", "j" + '{"lr": ' + "[" * 500 + "]" * 500 + "}")
    call = {"id": "c1", "type": "function", "function": {"name": "calculator", "arguments": '{"expression": "1+1"}'}}
    seed("conversation", "text", '{"kind": "story", "text": "A cat.\\nThe \\u00e9nd \\ud83d\\ude00."}\n{"text": ""}\n')
    seed("conversation", "messages", json.dumps({"messages": [
        {"role": "system", "content": "Be kind."}, {"role": "user", "content": [{"type": "text", "text": "1+1?"}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "2", "tool_call_id": "c1"},
        {"role": "assistant", "content": "Two.", "reasoning_content": "easy"}]}))
    seed("conversation", "broken", '{"messages": [{"role": "king"}]}\n{"text": 1}\n[]\n{"text": "a", "messages": []}\nx\n')
    seed("input_files", "text", b"\x00One.\n\nTwo: \xc3\xa9t\xc3\xa9.\n\n\n  three\nfour\r\n\r\nfive")
    seed("input_files", "lines", b'\x01{"text": "One."}\n\n{"messages": [{"role": "user", "content": "Hi."}]}\n')
    seed("input_files", "separated", b"\x06One.\n--\nTwo.--Three.\n")
    seed("input_files", "long-line", b"\x04" + b"word " * 60 + b"\xe4\xbd\xa0" * 40)
    for number, text in enumerate((
            "20% of 50", "2 hours + 30 minutes in minutes", "3/4 km > 2/3 mi", "sqrt(2) * (3.5 - 1)^-2",
            "5! + 7 % 3 - gcd(12, 18)", "-40 degrees celsius to fahrenheit", "100 km/h in m/s", "10 N * 3 m / (2 s)^2",
            "1e300 * 1e-300", "0.1 + 0.2 = 0.3", "5 ft 3 in in cm", "8 % of 2 kg", "2^0.5", "9 m^2 ^ (1/2)")):
        seed("expression", "%02d" % number, text)
    seed("tool_call", "call", 'Let me see.\n<tool_call>\n{"name": "calculator", "arguments": {"expression": "12 * 7"}}\n'
         "</tool_call><|im_end|>\n")
    seed("tool_call", "two", '<tool_call>{"name": "a", "arguments": {}}</tool_call>\n<tool_call>\n{"name": "b", '
         '"arguments": {"x": [1, {"y": "\\u00e9"}]}}\n</tool_call>So.')
    seed("tool_call", "broken", '<tool_call><tool_call>{"name": "a"}</tool_call></tool_call><tool_response>{"arguments": {')


def make_bytes():
    seed("utf8_stream", "valid", "A cat, \u00e9t\u00e9, \u4f60\u597d, \U0001f600; user\nassistant the the")
    seed("utf8_stream", "cut", b"\xf0\x9f\x98 \xc3\xe4\xbd\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf\xff")
    seed("tokenizer_round_trip", "english", "The cat's 12 hats.  They'LL go\n\n  to <|endoftext|> the the\t3456!?\r\n")
    seed("tokenizer_round_trip", "mixed", b"\xc3\xa9t\xc3\xa9\xe3\x80\x80\xc2\xa0x \xf0\x9f\x98\x80\xff\xfe\xe2\x80\xa8a")
    seed("bpe_encoder", "few", bytes([4, 0, 1, 0, 2, 1, 0, 3, 0, 1]) + b"abacabadabacaba")
    seed("bpe_encoder", "many", bytes([30]) + bytes(range(60)) + bytes([7]) + b"abcdefghhgfedcbaabababab" * 3)


if __name__ == "__main__":
    make_files()
    make_tokenizers()
    make_texts()
    make_bytes()
