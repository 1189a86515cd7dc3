#!/usr/bin/env python3
"""Times vitrine, llama.cpp and OpenVINO GenAI on the same GGUF file in alternation; appends to bench/history.csv.

Each round runs every contestant once, on the same threads: a prompt into an empty cache, then new tokens behind it
(vitrine and llama.cpp behind an empty cache), and, but for OpenVINO, 16 sequences at once behind 128 tokens each (all
of their tokens count). vitrine measures the machine's read bandwidth between its repetitions.
llama.cpp's source comes from PyPI's llama-cpp-python and is built once (minutes) in --work; OpenVINO comes from PyPI.
All use the processors that this script may: `taskset -c 0,2 bench/peers/infer.py ...` compares two threads.
usage: bench/peers/infer.py FILE.gguf [--rounds 3] [--prompt 512] [--tokens 64] [--prefix 'COMMAND before each one']
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
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LLAMA = "llama-cpp-python==0.3.36"
SEQUENCES, CONTEXT = 16, 128
PHASES = ("prefill", "decode", "sixteen")
OPENVINO = ["openvino==2026.4.1", "openvino-genai", "openvino-tokenizers"]


def environment(folder, packages):
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def llama_programs(work):
    """The folder of llama-bench and llama-batched-bench, built where they are missing."""
    found = sorted(work.glob("llama_cpp_python-*/vendor/llama.cpp/build/bin/llama-batched-bench"))
    if found:
        return found[0].parent
    python = environment(work / "llama-venv", ["scikit-build-core"])
    subprocess.run([python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
                    "--no-build-isolation", "--dest", work, LLAMA], check=True)
    with tarfile.open(next(work.glob("llama_cpp_python-*.tar.gz"))) as archive:
        archive.extractall(work, filter="data")
    source = next(work.glob("llama_cpp_python-*/vendor/llama.cpp"))
    flags = ["-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON", "-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_UI=OFF",
             "-DLLAMA_USE_PREBUILT_UI=OFF", "-DLLAMA_OPENSSL=OFF", "-DLLAMA_CURL=OFF"]
    subprocess.run(["cmake", "-S", source, "-B", source / "build", "-G", "Ninja", *flags], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", source / "build", "llama-bench", "llama-batched-bench"], check=True,
                   stdout=subprocess.DEVNULL)
    return source / "build" / "bin"


def run_json(prefix, command):
    done = subprocess.run(prefix + [str(part) for part in command], text=True, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(map(str, command))} ended with {done.returncode}: {done.stderr[-400:]}")
    begin = min(i for i in (done.stdout.find("{"), done.stdout.find("[")) if i >= 0)
    return json.JSONDecoder().raw_decode(done.stdout, begin)[0]


class Contestants:
    def __init__(self, arguments):
        self.arguments = arguments
        self.threads = len(os.sched_getaffinity(0))
        self.limits = []
        self.list = {"vitrine": self.vitrine}
        for name, add in (("llama.cpp", self.add_llama), ("OpenVINO", self.add_openvino)):
            try:
                add()
            except (OSError, RuntimeError, StopIteration, subprocess.CalledProcessError) as error:
                print(f"{name} cannot be had here: {error}", file=sys.stderr)

    def add_llama(self):
        self.programs = self.arguments.llama_programs or llama_programs(self.arguments.work)
        self.list["llama.cpp"] = self.llama

    def add_openvino(self):
        self.python = environment(self.arguments.work / "openvino-venv", OPENVINO)
        self.list["OpenVINO"] = lambda: self.openvino([])
        self.list["OpenVINO, groups of 32"] = lambda: self.openvino([32])

    def vitrine(self):
        a = self.arguments
        report = run_json(self.prefix, [a.vitrine, "bench", "infer", "-m", a.model, "--prompts", a.prompt, "--contexts",
                                        "0", "--batches", "1", "--tokens", a.tokens, "--repetitions", "3", "--json"])
        self.limits.append(report)
        result = {row["phase"]: row["tokens_per_second"] for row in report["inference"] if row["batch"] == 1}
        many = run_json(self.prefix, [a.vitrine, "bench", "infer", "-m", a.model, "--prompts", "", "--contexts", CONTEXT,
                                      "--batches", SEQUENCES, "--tokens", 32, "--repetitions", "1", "--json"])
        return result | {"sixteen": many["inference"][0]["tokens_per_second"]}

    def llama(self):
        a = self.arguments
        rows = run_json(self.prefix, [self.programs / "llama-bench", "-m", a.model, "-p", a.prompt, "-n", a.tokens, "-t", self.threads,
                                      "-r", 1, "-o", "json"])
        many = run_json(self.prefix, [self.programs / "llama-batched-bench", "-m", a.model, "-npp", CONTEXT, "-ntg", 32,
                                      "-npl", SEQUENCES, "-c", SEQUENCES * (CONTEXT + 64), "-t", self.threads,
                                      "--output-format", "jsonl"])
        return {"decode" if row["n_gen"] else "prefill": row["avg_ts"] for row in rows} | {"sixteen": many["speed_tg"]}

    def openvino(self, options):
        a = self.arguments
        script = ROOT / "bench" / "peers" / "openvino_infer.py"
        return run_json(self.prefix, [self.python, script, a.model, a.prompt, a.tokens, self.threads, *options])

    @property
    def prefix(self):
        return shlex.split(self.arguments.prefix)


def append_history(arguments, contestants, medians):
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], text=True, capture_output=True).stdout
    report = contestants.limits[-1]
    what = arguments.name or pathlib.Path(arguments.model).stem
    common = [datetime.date.today().isoformat(), commit.strip(),
              f"{report['processor']} {contestants.threads} vCPU {report['kernels']}",
              f"bench/peers/infer.py {pathlib.Path(arguments.model).name} --rounds {arguments.rounds}"]
    rows = [row for limit in contestants.limits for row in limit["inference"]]
    share = statistics.median(row["read_share"] for row in rows if row["phase"] == "decode")
    bandwidth = statistics.median(row["read_gb_per_second"] for row in rows if row["phase"] == "decode")
    with open(arguments.history, "a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        labels = (f"prefill {arguments.prompt}", f"decode {arguments.tokens}", f"{SEQUENCES} sequences at {CONTEXT}")
        for phase, text in zip(PHASES, labels):
            ours = medians["vitrine"][phase]
            label = f"{what} {text}"
            if phase == "decode":
                writer.writerow(common + [label, f"{ours:.1f}", "tokens/s",
                                          f"read bandwidth of the same run {bandwidth:.1f} GB/s",
                                          f"{share * bandwidth:.1f}", f"{share:.3f}"])
            for name, values in medians.items():
                if name != "vitrine" and phase in values:
                    writer.writerow(common + [label, f"{ours:.1f}", "tokens/s", name, f"{values[phase]:.1f}",
                                              f"{ours / values[phase]:.3f}"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a GGUF file")
    parser.add_argument("--name", default="", help="what history.csv calls the model")
    parser.add_argument("--vitrine", default=ROOT / "build" / "release" / "vitrine")
    parser.add_argument("--llama-programs", type=pathlib.Path,
                        help="folder of a llama-bench and a llama-batched-bench that are built already")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--prefix", default="", help="command before each measured one, such as nice")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "vitrine-peers-infer")
    parser.add_argument("--history", type=pathlib.Path, default=ROOT / "bench" / "history.csv")
    parser.add_argument("--no-history", action="store_true")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    contestants = Contestants(arguments)
    rates = {name: {phase: [] for phase in PHASES} for name in contestants.list}
    for number in range(1, arguments.rounds + 1):
        for name, measure in contestants.list.items():
            if name not in rates:
                continue
            try:
                result = measure()
            except (RuntimeError, ValueError) as error:
                print(f"{name} does not run here: {error}", file=sys.stderr)
                del rates[name]
                continue
            for phase, value in result.items():
                rates[name][phase].append(value)
            print(f"round {number}: {name}: " + ", ".join(f"{phase} {value:.1f}" for phase, value in result.items())
                  + " tokens/s", flush=True)
    medians = {name: {phase: statistics.median(values) for phase, values in phases.items() if values}
               for name, phases in rates.items()}
    print(f"\n{'contestant':26}" + "".join(f" {phase:>9} {'vitrine is':>11}" for phase in PHASES))
    for name, phases in medians.items():
        cells = [f"{phases[phase]:9.1f} {medians['vitrine'][phase] / phases[phase]:9.2f} x" for phase in phases]
        print(f"{name:26} {' '.join(cells)}")
    if not arguments.no_history:
        append_history(arguments, contestants, medians)


if __name__ == "__main__":
    main()
