"""Loads a file of sample_tensors() in safetensors_test.cc with the reference implementation and compares values."""
import sys

import numpy as np
from safetensors import safe_open

FLOATS = np.array([[0, 1, -2.5], [3e38, 1e-40, -0.0]], dtype=np.float32)

with safe_open(sys.argv[1], framework="numpy") as file:
    assert file.metadata() == {"format": "pt"}, file.metadata()
    assert sorted(file.keys()) == ["a.i32", "b.f32", "c.u8", "d.bf16", "e.f16", "f.scalar", "g.empty"]
    assert file.get_tensor("b.f32").tobytes() == FLOATS.tobytes()
    assert file.get_tensor("b.f32").shape == (2, 3)
    assert file.get_tensor("a.i32").tolist() == [1, -1, 2**31 - 1, -(2**31)]
    assert file.get_tensor("c.u8").tolist() == [0, 127, 255]
    assert file.get_tensor("e.f16").tolist() == [1.0, -2.0, 65504.0]
    assert file.get_tensor("f.scalar").shape == () and file.get_tensor("f.scalar") == 7
    assert file.get_tensor("g.empty").shape == (0, 5)
    assert file.get_slice("d.bf16").get_shape() == [2, 2] and file.get_slice("d.bf16").get_dtype() == "BF16"
