"""Writes by_reference.safetensors with the reference implementation."""
import pathlib

import numpy as np
from safetensors.numpy import save_file

save_file(
    {
        "ramp": np.arange(12, dtype=np.float32).reshape(3, 4) / 4,
        "ids": np.array([1, 2, -3], dtype=np.int32),
        "half": np.array([0.5, -1.5], dtype=np.float16),
        "wide": np.array([1 << 40], dtype=np.int64),
    },
    pathlib.Path(__file__).with_name("by_reference.safetensors"),
    metadata={"made_by": "reference"},
)
