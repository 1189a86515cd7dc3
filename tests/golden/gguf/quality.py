"""Compares the error of a quantized file with what llama.cpp's own quantization loses on the same tensors.

Usage: quality.py LIBGGML_BASE.so F32.gguf QUANTIZED.gguf...; prints a line for each type; status 1 where ours loses more.
Needs: gguf, numpy.
"""
import collections
import ctypes
import sys

import gguf
import numpy as np

MARGIN = 1.005


def quantized_by_llama_cpp(library, values, kind):
    elements, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    blocks = np.zeros(values.size // elements * block_bytes, np.uint8)
    library.ggml_quantize_chunk(ctypes.c_int(int(kind)), values.ctypes.data_as(ctypes.c_void_p),
                                blocks.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(0),
                                ctypes.c_int64(values.shape[0]), ctypes.c_int64(values.shape[1]), None)
    return gguf.quants.dequantize(blocks, kind).reshape(values.shape)


def main():
    library = ctypes.CDLL(sys.argv[1])
    library.ggml_quantize_chunk.restype = ctypes.c_size_t
    plain = {tensor.name: tensor for tensor in gguf.GGUFReader(sys.argv[2]).tensors}
    squares = collections.defaultdict(lambda: np.zeros(3))
    for path in sys.argv[3:]:
        for tensor in gguf.GGUFReader(path).tensors:
            if tensor.tensor_type.name in ("F32", "F16", "BF16"):
                continue
            values = np.ascontiguousarray(plain[tensor.name].data, dtype=np.float32)
            ours = gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(values.shape)
            theirs = quantized_by_llama_cpp(library, values, tensor.tensor_type)
            squares[tensor.tensor_type.name] += [((each.astype(np.float64) - values) ** 2).sum() for each in (ours, theirs)] + [
                (values.astype(np.float64) ** 2).sum()]
    failed = False
    for name, (ours, theirs, total) in sorted(squares.items()):
        print("%-5s relative error %.5f, llama.cpp %.5f" % (name, (ours / total) ** 0.5, (theirs / total) ** 0.5))
        failed |= ours > theirs * MARGIN
    sys.exit(1 if failed or len(squares) < 8 else 0)


if __name__ == "__main__":
    main()
