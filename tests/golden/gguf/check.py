"""Reads GGUF files with PyPI's gguf: each tensor of QUANTIZED, dequantized by the package, equals that of F32 bit for bit.

Usage: check.py QUANTIZED.gguf F32.gguf; prints the types compared.
"""
import collections
import sys

import gguf
import numpy as np

quantized, plain = (gguf.GGUFReader(path) for path in sys.argv[1:])
expected = {tensor.name: tensor for tensor in plain.tensors}
types = collections.Counter()
for tensor in quantized.tensors:
    values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    wanted = expected.pop(tensor.name)
    assert wanted.tensor_type == gguf.GGMLQuantizationType.F32, wanted.name
    assert list(wanted.shape) == list(tensor.shape), tensor.name
    assert np.array_equal(values.reshape(-1).view(np.uint32), wanted.data.reshape(-1).view(np.uint32)), tensor.name
    types[tensor.tensor_type.name] += 1
assert not expected, expected
for key in ("general.architecture", "tokenizer.ggml.tokens", "tokenizer.ggml.merges", "tokenizer.ggml.eos_token_id"):
    assert quantized.get_field(key) is not None, key
print(*("%s:%d" % item for item in sorted(types.items())))
