"""The environment of tests/e2e that has transformers in it, made where it is missing."""
import os
import subprocess
import sys

from support import ROOT, VITRINE

ENVIRONMENT = os.path.join(ROOT, "build", "transformers-venv")
PACKAGES = ["torch==2.13.0", "transformers", "safetensors", "numpy"]
WRITE_LOGITS = os.path.join(os.path.dirname(os.path.abspath(VITRINE)), "write_logits")


def python():
    return os.path.join(ENVIRONMENT, "bin", "python")


def has_packages():
    return os.path.exists(python()) and subprocess.run(
        [python(), "-c", "import torch, transformers, safetensors"], capture_output=True).returncode == 0


def why_not():
    """Makes the environment where it is missing; returns why it cannot be made, or nothing."""
    if has_packages():
        return None
    try:
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True, capture_output=True)
        subprocess.run([python(), "-m", "pip", "install", "-q", "--retries", "1", "--timeout", "15", *PACKAGES],
                       check=True, capture_output=True, timeout=900)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return "PyPI is out of reach"
    return None if has_packages() else "the packages do not import"


def why_not_logits():
    """The same, for tests that compare logits."""
    return why_not() if os.path.exists(WRITE_LOGITS) else "write_logits is built by ./test only"
