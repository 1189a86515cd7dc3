"""Writes by_reference.gguf with PyPI's gguf: random blocks of every type beside their values, metadata of every type."""
import pathlib

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type, GGUFValueType as Kind

# Bytes of a block at which f16 scales lie: random bytes there would often be infinite.
SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108],
          "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}

random = np.random.default_rng(20240607)
writer = gguf.GGUFWriter(pathlib.Path(__file__).with_name("by_reference.gguf"), "test")
for kind, value in [(Kind.UINT8, 200), (Kind.INT8, -5), (Kind.UINT16, 60000), (Kind.INT16, -300), (Kind.UINT32, 4000000000),
                    (Kind.INT32, -70000), (Kind.FLOAT32, 0.5), (Kind.BOOL, True), (Kind.STRING, "grüße"),
                    (Kind.UINT64, 2**63), (Kind.INT64, -(2**62)), (Kind.FLOAT64, 1e300)]:
    writer.add_key_value("test." + kind.name.lower(), value, kind)
writer.add_array("test.texts", ["a", "", "ö b"])
writer.add_array("test.integers", [3, -1, 2])
writer.add_array("test.reals", [0.25, -8.0])
writer.add_array("test.nested", [[1, 2], [3]])
for name in ["F16", "BF16", *SCALES]:
    elements, block_bytes = gguf.GGML_QUANT_SIZES[Type[name]]
    count = 512 // elements
    if name in SCALES:
        blocks = random.integers(0, 256, (count, block_bytes), dtype=np.uint8)
        for offset in SCALES[name]:
            scales = (random.standard_normal(count) * 0.01).astype(np.float16)
            blocks[:, offset:offset + 2] = scales.view(np.uint8).reshape(count, 2)
    else:
        values = random.standard_normal(count).astype(np.float32)
        blocks = gguf.quants.quantize(values, Type[name]).view(np.uint8).reshape(count, block_bytes)
    raw = blocks.reshape(2, -1)
    expected = gguf.quants.dequantize(raw, Type[name]).reshape(2, 256)
    writer.add_tensor(name.lower(), raw if name != "F16" else raw.view(np.float16),
                      raw_dtype=Type[name] if name != "F16" else None)
    writer.add_tensor(name.lower() + ".expected", expected.astype(np.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
