#!/usr/bin/env python3
"""Times vitrine's and PyTorch's training steps in alternation and appends the outcome to bench/history.csv.

The same shapes, batches, AdamW and precision (f32) on the same threads. Each round runs every contestant once, with the
machine's f32 peak taken before and after each, since a shared machine's speed moves. PyTorch comes from PyPI into an
environment of its own; glibc is told to keep memory and to use large pages for it, which makes it faster.
usage: bench/peers/train.py [--shape 124m|baby] [--rounds 3] [--steps 4] [--prefix 'COMMAND before each measured one']
"""
import argparse
import csv
import datetime
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TORCH = "torch==2.13.0"
CONTESTANTS = {
    "vitrine": None,
    "PyTorch eager, fused AdamW": [],
    "PyTorch eager, foreach AdamW": ["foreach"],
    "PyTorch compiled, fused AdamW": ["compile"],
}
PEER_ENVIRONMENT = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000",
                    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


def peer_python(folder):
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", TORCH, "numpy"], check=True)
    return python


def run_json(prefix, command, **environment):
    done = subprocess.run(prefix + [str(part) for part in command], env={**os.environ, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(map(str, command))} ended with {done.returncode}: {done.stderr[-400:]}")
    return json.loads(done.stdout)


def measure(name, options, arguments, python):
    """Returns tokens per second and the mean of the peaks around them, in GFLOP/s."""
    prefix = shlex.split(arguments.prefix)
    if name == "vitrine":
        report = run_json(prefix, [arguments.vitrine, "bench", "train", "--shape", arguments.shape, "--steps",
                                   arguments.steps, "--json"])
        row = report["training"][0]
        return row["tokens_per_second"], row["f32_peak_gflops"]
    script = ROOT / "bench" / "peers" / "torch_train.py"
    result = run_json(prefix, [python, script, arguments.shape, arguments.steps, os.cpu_count()] + options,
                      **PEER_ENVIRONMENT)
    probe = run_json(prefix, [arguments.vitrine, "bench", "machine", "--samples", "3", "--json"])
    return result["tokens_per_second"], probe["f32_gflops"]


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(": ", 1)[1].strip()
    return "unknown"


def append_history(path, arguments, medians, kernels):
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], text=True, capture_output=True).stdout
    common = [datetime.date.today().isoformat(), commit.strip(), f"{processor()} {os.cpu_count()} vCPU {kernels}",
              f"bench/peers/train.py --shape {arguments.shape} --rounds {arguments.rounds} --steps {arguments.steps}"]
    ours = medians["vitrine"]
    with open(path, "a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for name, value in medians.items():
            if name != "vitrine":
                writer.writerow(common + [f"{arguments.shape} AdamW whole step f32 against {name} ({TORCH})",
                                          f"{ours:.1f}", "tokens/s", name, f"{value:.1f}", f"{ours / value:.3f}"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vitrine", default=ROOT / "build" / "release" / "vitrine")
    parser.add_argument("--shape", choices=["124m", "baby"], default="baby")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--prefix", default="", help="command before each measured one, such as nice")
    parser.add_argument("--venv", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "vitrine-peer-torch")
    parser.add_argument("--history", type=pathlib.Path, default=ROOT / "bench" / "history.csv")
    parser.add_argument("--no-history", action="store_true")
    arguments = parser.parse_args()
    python = peer_python(arguments.venv)
    rates = {name: [] for name in CONTESTANTS}
    for number in range(1, arguments.rounds + 1):
        for name, options in CONTESTANTS.items():
            if name not in rates:
                continue
            try:
                rate, peak = measure(name, options, arguments, python)
            except RuntimeError as error:
                print(f"{name} does not run here: {error}", file=sys.stderr)
                del rates[name]
                continue
            rates[name].append(rate)
            print(f"round {number}: {name}: {rate:.1f} tokens/s, f32 peak {peak:.1f} GFLOP/s", flush=True)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    print(f"\n{'contestant':34} {'tokens/s':>9}  lowest   highest  vitrine is")
    for name, values in rates.items():
        print(f"{name:34} {medians[name]:9.1f} {min(values):8.1f} {max(values):8.1f}  "
              f"{medians['vitrine'] / medians[name]:.2f} x")
    if not arguments.no_history:
        report = run_json([], [arguments.vitrine, "bench", "train", "--shape", "baby", "--steps", "1", "--json"])
        kernels = report["kernels"]
        append_history(arguments.history, arguments, medians, kernels)


if __name__ == "__main__":
    main()
