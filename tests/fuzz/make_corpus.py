#!/usr/bin/env python3
"""Writes the first seeds of every fuzz target into corpus/TARGET/. Inputs that once broke something are added by hand, as
regression-NAME. Standard library only; the same bytes every time."""
import base64
import io
import json
import os
import struct
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "corpus")
TEMPLATES = os.path.join(os.path.dirname(HERE), "golden", "template")


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
    seed("model_texts", "settings", "\0" + json.dumps({"do_sample": True, "temperature": 0.6, "top_k": 20, "top_p": 0.95,
                                                      "repetition_penalty": 1.05, "max_new_tokens": 512}))
    seed("model_texts", "head", "\1---\nlicense: apache-2.0\ntags:\n- 'chat: small'\n- \"a\\u00e9\"\nlanguage: [en, fr]\n"
         "base_model: someone/model\n---\n# Title\n")
    seed("model_texts", "patterns", "\2" + json.dumps({"alpha_pattern": {r"layers\.1\d\..*q_proj": 16},
                                                      "rank_pattern": {"q_proj": 4}}))
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
    seed("tokenizer_files", "gpt2", tokenizer_json(merges, byte_level))
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
               r"|\s+(?!\S)|\s+")
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    seed("tokenizer_files", "qwen2", tokenizer_json(merges[:2], {
        "type": "Sequence", "pretokenizers": [split, dict(byte_level, use_regex=False)]}))
    seed("tokenizer_files", "unsupported", json.dumps({"model": {"type": "Unigram", "vocab": [["a", -1.5]]}}))


def varint(value):
    encoded = b""
    while value >= 128:
        encoded += bytes([value & 127 | 128])
        value >>= 7
    return encoded + bytes([value])


def proto(field, content):
    """A field of a protocol buffer: a number, a float, or bytes."""
    if isinstance(content, int):
        return varint(field << 3) + varint(content)
    if isinstance(content, float):
        return varint(field << 3 | 5) + struct.pack("<f", content)
    return varint(field << 3 | 2) + varint(len(content)) + content


def sentencepiece_model(model_type):
    pieces = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("<sep>", 0.0, 4), ("<0x41>", 0.0, 6)]
    pieces += [(token, -1.0 - i, 1) for i, token in enumerate(["▁", "a", "t", "c", "at", "▁c", "cat", "▁cat"])]
    model = b"".join(proto(1, proto(1, token.encode()) + proto(2, score) + proto(3, kind))
                     for token, score, kind in pieces)
    charsmap = struct.pack("<I", 16) + bytes(16) + b"x\0y\0"
    return model + proto(2, proto(3, model_type)) + proto(3, proto(2, charsmap) + proto(3, 1) + proto(4, 1))


def make_tokenizer_files():
    space = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}
    added = [{"id": 0, "content": "<unk>", "special": True},
             {"id": 1, "content": "[X]", "special": False, "lstrip": True, "rstrip": True, "normalized": True,
              "single_word": True}]
    frame = {"type": "TemplateProcessing", "pair": [],
             "single": [{"SpecialToken": {"id": "<unk>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
             "special_tokens": {"<unk>": {"id": "<unk>", "ids": [0], "tokens": ["<unk>"]}}}
    marks = [{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}, {"type": "Prepend", "prepend": "▁"}]
    kinds = {
        "unigram": {
            "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}] + marks},
            "pre_tokenizer": {**space, "split": True}, "decoder": space,
            "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": False,
                      "vocab": [["<unk>", 0.0], ["[X]", -1.0], ["▁the", -2.0], ["t", -3.5], ["h", -4.0], ["e", -3.0],
                                ["▁", -2.5]]}},
        "word_piece": {
            "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                           "strip_accents": None, "lowercase": True},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
            "model": {"type": "WordPiece", "unk_token": "<unk>", "continuing_subword_prefix": "##",
                      "max_input_chars_per_word": 20,
                      "vocab": {"<unk>": 0, "[X]": 1, "the": 2, "##t": 3, "cat": 4, "hats": 5, "##s": 6}}},
        "llama": {
            "normalizer": {"type": "Sequence", "normalizers": marks}, "pre_tokenizer": None,
            "decoder": {"type": "Sequence", "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
                {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
            "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True,
                      "ignore_merges": True,
                      "vocab": {"<unk>": 0, "[X]": 1, "<0x41>": 2, "▁": 3, "t": 4, "h": 5, "e": 6, "th": 7, "▁th": 8},
                      "merges": ["t h", ["▁", "th"]]}},
    }
    for name, parts in kinds.items():
        seed("tokenizer_files", name, json.dumps({"version": "1.0", "added_tokens": added, "post_processor": frame,
                                                  **parts}, ensure_ascii=False))
    pattern = {"type": "Split", "pattern": {"Regex": "\\p{N}{1,3}| ?\\w+"}, "behavior": "Isolated", "invert": False}
    seed("tokenizer_files", "pattern", tokenizer_json([("t", "h")], {"type": "Sequence", "pretokenizers": [
        pattern, {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}]}))
    for model_type in (1, 2):
        seed("tokenizer_files", "sentencepiece-%d" % model_type, b"m" + sentencepiece_model(model_type))
    ranks = [bytes([byte]) for byte in range(256)] + [b"th", b"the"]
    seed("tokenizer_files", "ranks", b"t" + b"".join(b"%s %d\n" % (base64.b64encode(token), rank)
                                                    for rank, token in enumerate(ranks)))
    seed("tokenizer_files", "vocab", b"v" + json.dumps({"a": 0, "b": 1, "ab": 2}).encode() + b"\0#version: 0.2\na b\n")


def gguf_text(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<Q", len(data)) + data


GGUF_FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}


def gguf_value(kind, value):
    """A value with its type; kind is a number of the format, or a pair (9, kind of the elements)."""
    if isinstance(kind, tuple):
        body = b"".join(gguf_value(kind[1:] if len(kind) > 2 else kind[1], each)[4:] for each in value)
        return struct.pack("<IIQ", 9, kind[1], len(value)) + body
    return struct.pack("<I", kind) + (gguf_text(value) if kind == 8 else struct.pack("<" + GGUF_FORMATS[kind], value))


def gguf(entries, tensors, version=3, alignment=32):
    """A file of metadata {key: (kind, value)} and tensors (name, extents with the fastest first, type, bytes)."""
    out = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(entries))
    for key, (kind, value) in entries.items():
        out += gguf_text(key) + gguf_value(kind, value)
    data = b""
    for name, extents, kind, content in tensors:
        out += gguf_text(name) + struct.pack("<I%dQIQ" % len(extents), len(extents), *extents, kind, len(data))
        data += content + bytes(-len(content) % alignment)
    return out + bytes(-len(out) % alignment) + data


def make_gguf_files():
    shape = {"general.architecture": (8, "llama"), "llama.context_length": (4, 64), "llama.embedding_length": (4, 32),
             "llama.block_count": (4, 2), "llama.feed_forward_length": (4, 64), "llama.attention.head_count": (4, 4),
             "llama.attention.head_count_kv": (4, 2), "llama.attention.layer_norm_rms_epsilon": (6, 1e-5),
             "llama.rope.freq_base": (6, 1e5), "llama.rope.scaling.type": (8, "linear"), "llama.rope.scaling.factor": (6, 2.0)}
    pieces = ["<unk>", "<s>", "</s>", "<0x41>", "\u2581", "a", "t", "c", "at", "\u2581c", "cat", "\u2581cat"]
    llama = {"tokenizer.ggml.model": (8, "llama"), "tokenizer.ggml.tokens": ((9, 8), pieces),
             "tokenizer.ggml.scores": ((9, 6), [-float(i) for i in range(12)]),
             "tokenizer.ggml.token_type": ((9, 5), [2, 3, 3, 6] + [1] * 8), "tokenizer.ggml.bos_token_id": (4, 1),
             "tokenizer.ggml.eos_token_id": (4, 2), "tokenizer.ggml.add_bos_token": (7, 1)}
    table = ("token_embd.weight", [32, 12], 0, struct.pack("<384f", *[i / 64 for i in range(384)]))
    seed("gguf", "llama", gguf({**shape, **llama}, [table, ("rope_freqs.weight", [4], 0, struct.pack("<4f", 1, 2, 8, 8))]))
    names = [*byte_alphabet().values(), "th", "the", "<|e|>"]
    gpt2 = {"tokenizer.ggml.model": (8, "gpt2"), "tokenizer.ggml.pre": (8, "smollm"),
            "tokenizer.ggml.tokens": ((9, 8), names), "tokenizer.ggml.merges": ((9, 8), ["t h", "th e"]),
            "tokenizer.ggml.token_type": ((9, 5), [1] * 258 + [3]), "tokenizer.ggml.eos_token_id": (4, 258),
            "tokenizer.chat_template": (8, "{{ messages }}")}
    seed("gguf", "gpt2-vocabulary", gguf(gpt2, []))
    for kind, size in ((1, 2), (2, 18), (3, 20), (6, 22), (7, 24), (8, 34), (10, 84), (11, 110), (12, 144), (13, 176),
                       (14, 210), (30, 2)):
        elements = 256 if size > 40 else 32 if size > 2 else 3
        content = bytes((7 * i + kind) % 61 for i in range(size * (3 if size == 2 else 2)))
        seed("gguf", "type-%02d" % kind, gguf({}, [("t", [elements, 2] if size > 2 else [3], kind, content)], 2))
    every = {"v%d" % kind: (kind, 1) for kind in GGUF_FORMATS}
    every.update({"text": (8, "\u00e9"), "array": ((9, 7), [0, 1]), "empty": ((9, 4), []), "general.alignment": (4, 8),
                  "nested": ((9, 9, 8), [])})
    seed("gguf", "every-kind", gguf(every, [("a", [], 26, bytes(4)), ("b", [0, 5], 0, b"")], 3, 8))
    overflow = gguf({}, [("a", [1 << 40, 1 << 40], 0, b"")])
    seed("gguf", "overflow", overflow)
    seed("gguf", "count", b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1 << 60))


def make_templates():
    """Whole templates, and snippets that render by themselves, together by the family of their names."""
    folder = os.path.join(TEMPLATES, "templates")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            seed("template", name.split(".")[0], file.read())
    with open(os.path.join(TEMPLATES, "snippets.json"), encoding="utf-8") as file:
        snippets = json.load(file)
    with open(os.path.join(TEMPLATES, "golden.json"), encoding="utf-8") as file:
        results = json.load(file)["snippets"]
    families = {}
    for name, snippet in snippets.items():
        if "variables" not in snippet and "text" in results[name]:
            families.setdefault(name.split("_")[0], []).append(snippet["template"])
    for family, sources in families.items():
        if len(sources) > 2:
            seed("template", family, "\n".join(sources[::1 + len(sources) // 16]))
    seed("template", "variables", "{% for k, v in a|items %}{{ k }}{{ v|tojson(indent=2) }}{% endfor %}\0" +
         json.dumps({"a": {"x": [1, None, "<s>"], "y": {"z": 2.5}}}))


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
    call = '{"name": "a", "parameters": {"x": ["}"]}}'
    for name, text in (("bare", call), ("python-tag", "<|python_tag|>" + call + "; " + call), ("list", "[TOOL_CALLS][%s]" % call),
                       ("named", 'So.[TOOL_CALLS]a[CALL_ID]123456789[ARGS]{"x": 1}[TOOL_CALLS]b[ARGS]{}'),
                       ("qwen-coder", "<tool_call>\n<function=a>\n<parameter=x>\n1\n</parameter>\n<parameter=y>\nb\n</parameter>\n"
                        "</function>\n</tool_call>"),
                       ("glm", "<tool_call>a\n<arg_key>x</arg_key>\n<arg_value>[1]</arg_value>\n</tool_call>"),
                       ("deepseek", "<\uff5ctool\u2581calls\u2581begin\uff5c><\uff5ctool\u2581call\u2581begin\uff5c>function"
                        "<\uff5ctool\u2581sep\uff5c>a\n```json\n{}\n```<\uff5ctool\u2581call\u2581end\uff5c>"
                        "<\uff5ctool\u2581calls\u2581end\uff5c>"),
                       ("gemma", '<|tool_call>call:a{x:[1,{y:<|"|>b<|"|>}],z:None}<tool_call|>'),
                       ("harmony", "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant to=functions.a<|channel|>commentary "
                        '<|constrain|>json<|message|>{"x": 1}<|call|>')):
        seed("tool_call", name, text)


def make_bytes():
    seed("utf8_stream", "valid", "A cat, \u00e9t\u00e9, \u4f60\u597d, \U0001f600; user\nassistant the the")
    seed("utf8_stream", "cut", b"\xf0\x9f\x98 \xc3\xe4\xbd\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf\xff")
    seed("tokenizer_round_trip", "english", "The cat's 12 hats.  They'LL go\n\n  to <|endoftext|> the the\t3456!?\r\n")
    seed("tokenizer_round_trip", "mixed", b"\xc3\xa9t\xc3\xa9\xe3\x80\x80\xc2\xa0x \xf0\x9f\x98\x80\xff\xfe\xe2\x80\xa8a")
    seed("bpe_encoder", "few", bytes([4, 0, 1, 0, 2, 1, 0, 3, 0, 1]) + b"abacabadabacaba")
    seed("bpe_encoder", "many", bytes([30]) + bytes(range(60)) + bytes([7]) + b"abcdefghhgfedcbaabababab" * 3)


def make_archives():
    def archive(members, comment=b"", zip64=False):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as file:
            file.comment = comment
            for name, content, method in members:
                info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
                info.compress_type = method
                with file.open(info, "w", force_zip64=zip64) as member:
                    member.write(content)
        return out.getvalue()
    stored, deflated = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
    two = archive([("a.txt", b"one", stored), ("folder/b.gguf", b"GGUF" * 100, deflated)], b"a comment")
    seed("zip_file", "two", two)
    seed("zip_file", "zip64", archive([("a", b"x" * 50, deflated)], zip64=True))
    seed("zip_file", "folder", archive([("folder/", b"", stored), ("folder/a", b"", stored)]))
    seed("zip_file", "traversal", archive([("../a", b"x", stored)]))
    seed("zip_file", "twice", two[:-22 - 9] + two[-22 - 9:].replace(b"\2\0\2\0", b"\3\0\3\0"))
    seed("zip_file", "bomb", archive([("zeros", bytes(1 << 20), deflated)]))
    seed("zip_file", "empty", archive([]))


def make_net_answers():
    large = {"rfilename": "m-Q8_0.gguf", "size": 9, "lfs": {"sha256": "a" * 64, "size": 9, "pointerSize": 1}}
    names = [{"rfilename": name, "size": 3, "blobId": "x"} for name in ("config.json", "model.safetensors", "README.md")]
    for choice, siblings in (("h", names), ("g", [large]), ("v", [large, dict(large, rfilename="m-Q4_0.gguf")])):
        seed("net_answers", "hub-" + choice, choice.encode() + json.dumps(
            {"sha": "c" * 40, "cardData": {"license": "mit"}, "siblings": siblings}).encode())
    wheel = {"filename": "a-1.whl", "url": "../f/a-1.whl", "hashes": {"sha256": "b" * 64}, "size": 5}
    seed("net_answers", "index-json", b"p" + json.dumps({"meta": {}, "files": [wheel]}).encode())
    seed("net_answers", "index-html", b'p<!DOCTYPE html><a href="f/a-1.whl#sha256=' + b"b" * 64 + b'">a-1.whl</a>')
    seed("net_answers", "index-settings", b"i[global]\nindex-url = http://a/simple\nextra-index-url = http://b/\n  file:///c\n")
    for number, text in enumerate(("https://u:p@h.example:8/a/../b?c#d", "http://[::1]/x", "//h/x", "../../y")):
        seed("net_answers", "url-%d" % number, b"u" + text.encode())
    for number, text in enumerate(("hf:o/n@v:Q8_0", "hf:o/n/f.gguf", "https://huggingface.co/o/n/resolve/main/a%20b.gguf",
                                   "https://e.example/m.gguf")):
        seed("net_answers", "address-%d" % number, b"a" + text.encode())


def make_schemas():
    schemas = (
        {"type": "object", "properties": {"name": {"type": "string", "maxLength": 5}, "age": {"type": "integer", "minimum": 0}},
         "required": ["name"], "additionalProperties": False},
        {"type": "array", "prefixItems": [{"const": 1}], "items": {"type": "number", "exclusiveMaximum": 2.5}, "minItems": 2},
        {"$defs": {"n": {"type": "object", "properties": {"n": {"$ref": "#/$defs/n"}, "v": {"enum": ["a", "\u00e9", 1, None]}},
                         "required": ["v"]}}, "$ref": "#/$defs/n"},
        {"anyOf": [{"type": "string", "pattern": "^[a-z]{2,4}(-[a-z]+)*$"}, {"type": "string", "format": "date"}]},
        {"oneOf": [{"properties": {"k": {"const": "a"}}, "required": ["k"], "type": "object"}, {"type": ["null", "boolean"]}]},
        {"type": "object", "patternProperties": {"^a": {"type": "null"}, "b$": {"minLength": 2}}, "propertyNames": {"maxLength": 3},
         "minProperties": 1},
        {"allOf": [{"type": "integer", "multipleOf": 7}, {"minimum": -20, "maximum": 1000}], "not": {"type": "string"}})
    for number, schema in enumerate(schemas):
        for choice in (2, 0x1E):
            seed("schema", "json-%d-%02x" % (number, choice), bytes([choice]) + json.dumps(schema).encode())
    for number, pattern in enumerate(("(the|The) [a-z]+\\.", "^\\d{4}-\\d\\d$", "[^\"]*\"[^\"]*", "(?:a{0,3}|b)+c?\\u00e9")):
        seed("grammar", "pattern-%d" % number, b"\x00" + pattern.encode())
    for number, grammar in enumerate((
            'root ::= item ("," item)* # list\nitem ::= [a-z]+ | "(" root ")"', 'root ::= "\\"" [^"\\\\]* "\\"" | "-"? [0-9]{1,3}',
            'root ::= a\na ::= "a" a "b" | ""', 'root ::= ("a" root "b"){0,2} "c"')):
        seed("grammar", "gbnf-%d" % number, b"\x01" + grammar.encode())


if __name__ == "__main__":
    make_archives()
    make_net_answers()
    make_files()
    make_tokenizers()
    make_tokenizer_files()
    make_gguf_files()
    make_templates()
    make_texts()
    make_bytes()
    make_schemas()
