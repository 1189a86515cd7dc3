"""GGUF files: between folders and files, and what llama.cpp, PyPI's gguf and transformers make of them."""
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import unittest

import packages
from support import Case, ROOT, VITRINE, checkpoints, json_of, once, pretrain_arguments, scratch, succeed, trained_run, vitrine

GOLDEN = os.path.join(ROOT, "tests", "golden", "gguf")
WRITE_LOGITS = os.path.join(os.path.dirname(os.path.abspath(VITRINE)), "write_logits")
TEXT = "Tom is a boy. He has a red ball.\nWhat does Tom have?"
GPT2 = ["architecture=gpt2", "norm=layer", "norm_eps=1e-5", "mlp=gelu", "positions=learned", "qk_norm=false", "bias=true",
        "key_heads=2", "optimizer=adamw", "start=random"]
LLAMA3 = ["architecture=llama", "qk_norm=false", "rope_scaling=llama3", "rope_scaling_factor=8",
          "rope_original_context=8192", "rope_theta=500000", "start=random"]
LLAMA_BIASES = ["architecture=llama", "qk_norm=false", "attention_bias=true", "mlp_bias=true", "start=random"]
QWEN2 = ["architecture=qwen2", "qk_norm=false", "qkv_bias=true", "start=random"]
# Rows of 256, so that the types with blocks of 256 are used.
WIDE = ["width=256", "head_width=64", "heads=4", "key_heads=2", "hidden_width=512"]
WINDOW = 8  # continuations compared


def run_of(name, settings):
    return once("gguf-" + name, lambda path: succeed(*pretrain_arguments(path, settings=settings)))


def weights_of(run):
    with open(os.path.join(run, "checkpoints", checkpoints(run)[-1], "model.safetensors"), "rb") as file:
        return file.read()


def sharpened(name, run):
    """A plain folder of a run's weights with attention made strong, so that a wrong position or row shows in the logits:
    after a few updates it is nearly even over all tokens."""
    def make(folder):
        shutil.copytree(os.path.join(run, "checkpoints", checkpoints(run)[-1]), folder)
        os.remove(os.path.join(folder, "manifest.json"))
        with open(os.path.join(folder, "model.safetensors"), "r+b") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
            begin = file.tell()
            for tensor, entry in header.items():
                if not any(part in tensor for part in ("q_proj.", "k_proj.", "q_norm", "k_norm", "c_attn.w", "o_proj.w",
                                                       "attn.c_proj.w", "v_proj.b", "o_proj.b", "mlp.gate_proj.b",
                                                       "mlp.up_proj.b", "mlp.down_proj.b")):
                    continue
                first, last = entry["data_offsets"]
                file.seek(begin + first)
                values = struct.unpack("<%df" % ((last - first) // 4), file.read(last - first))
                factor = 3 if "norm" in tensor else 10
                file.seek(begin + first)
                file.write(struct.pack("<%df" % len(values), *(factor * value for value in values)))
    return once("sharp-" + name, make)


def read_logits(path):
    """The one f32 tensor of a safetensors file, as rows."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        columns = header["logits"]["shape"][-1]
        values = [value for (value,) in struct.iter_unpack("<f", file.read())]
    return [values[i:i + columns] for i in range(0, len(values), columns)]


def probabilities(logits):
    top = max(logits)
    weights = [math.exp(value - top) for value in logits]
    return [weight / sum(weights) for weight in weights]


class Convert(Case):
    def test_folder_to_file_and_back_keeps_every_bit(self):
        for name, settings in (("qwen3", []), ("gpt2", GPT2), ("llama3", LLAMA3), ("qwen2", QWEN2),
                               ("llama-biases", LLAMA_BIASES)):
            run = run_of(name, settings)
            file, folder = scratch(name + ".gguf"), scratch(name + "-back")
            succeed("model", "convert", "-m", run, "--out", file)
            succeed("model", "convert", "-m", file, "--out", folder)
            with open(os.path.join(folder, "model.safetensors"), "rb") as back:
                self.assertEqual(back.read(), weights_of(run), name)
            for part in ("config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"):
                with open(os.path.join(folder, part), encoding="utf-8") as back, open(
                        os.path.join(run, "checkpoints", checkpoints(run)[-1], part), encoding="utf-8") as before:
                    self.assertEqual(json.load(back), json.load(before), (name, part))

    def test_a_file_generates_what_its_folder_does(self):
        file = scratch("same.gguf")
        succeed("model", "convert", "-m", trained_run(), "--out", file)
        texts = [json_of("generate", "-m", model, "Tom has", "--max-tokens", 20, "--seed", 3)["text"]
                 for model in (trained_run(), file)]
        self.assertEqual(texts[0], texts[1])

    def test_information_about_a_file(self):
        file = scratch("info.gguf")
        succeed("model", "quantize", "-m", trained_run(), "--out", file)
        info = json_of("model", "info", "-m", file, "--tensors")
        self.assertEqual(info["architecture"], "qwen3")
        self.assertEqual(info["config"]["width"], 32)
        self.assertIn("q8_0", [row["type"] for row in info["types"]])
        self.assertIn("general.file_type", [row["key"] for row in info["metadata"]])

    def test_errors_name_what_is_wrong(self):
        damaged = scratch("damaged.gguf")
        succeed("model", "convert", "-m", trained_run(), "--out", damaged)
        with open(damaged, "r+b") as file:
            file.truncate(os.path.getsize(damaged) - 100)
        self.assert_error(vitrine("generate", "-m", damaged, "x"), 1, "tensor '", "damaged.gguf")
        self.assert_error(vitrine("model", "convert", "-m", trained_run(), "--out", scratch("a.gguf"), "--type", "q8"), 2,
                          "--type")
        taken = scratch("taken")
        os.makedirs(os.path.join(taken, "x"))
        self.assert_error(vitrine("model", "convert", "-m", trained_run(), "--out", taken), 1, "exists already")


class GgufPackage(Case):
    def test_every_written_type_is_read_by_the_reference_package(self):
        try:
            python = packages.python_with("gguf-venv", ["gguf", "numpy"], ["gguf", "numpy"])
        except packages.OutOfReach as reason:
            self.skipTest(str(reason))
        run, seen = run_of("wide", WIDE), set()
        for choice in ("f16", "bf16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_0", "q4_1", "q5_0", "q5_1"):
            quantized, plain = scratch(choice + ".gguf"), scratch(choice + "-f32.gguf")
            succeed("model", "quantize", "-m", run, "--type", choice, "--out", quantized)
            succeed("model", "convert", "-m", quantized, "--out", plain)
            done = subprocess.run([python, os.path.join(GOLDEN, "check.py"), quantized, plain], capture_output=True,
                                  text=True)
            self.assertEqual(done.returncode, 0, choice + "\n" + done.stderr)
            seen |= {word.split(":")[0] for word in done.stdout.split()}
        self.assertLessEqual({"F32", "F16", "BF16", "Q8_0", "Q6_K", "Q5_K", "Q4_K", "Q4_0", "Q4_1", "Q5_0", "Q5_1"}, seen)


    def test_no_type_loses_more_than_llama_cpps_own_quantization(self):
        try:
            python = packages.python_with("gguf-venv", ["gguf", "numpy"], ["gguf", "numpy"])
            library = os.path.join(packages.node_llama_cpp(), "node_modules", "@node-llama-cpp", "linux-x64", "bins",
                                   "linux-x64", "libggml-base.so")
        except packages.OutOfReach as reason:
            self.skipTest(str(reason))
        run, plain, files = run_of("wide", WIDE), scratch("quality-f32.gguf"), []
        succeed("model", "convert", "-m", run, "--out", plain)
        for choice in ("q8_0", "q6_k", "q5_k", "q4_k", "q4_0", "q4_1", "q5_0", "q5_1"):
            files.append(scratch("quality-%s.gguf" % choice))
            succeed("model", "quantize", "-m", run, "--type", choice, "--out", files[-1])
        done = subprocess.run([python, os.path.join(GOLDEN, "quality.py"), library, plain, *files], capture_output=True,
                              text=True)
        print(done.stdout, file=sys.stderr)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class LlamaCpp(Case):
    """A model that vitrine trained runs in llama.cpp: same ids for a text, same probabilities, same best tokens."""

    def compare(self, file, tolerance):
        try:
            folder = packages.node_llama_cpp()
        except packages.OutOfReach as reason:
            self.skipTest(str(reason))
        ids = json_of("tokenizer", "encode", "-m", self.folder, TEXT)["ids"]
        done = subprocess.run(["node", os.path.join(GOLDEN, "greedy.mjs"), folder, file, TEXT, str(WINDOW),
                               *map(str, ids)], capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        theirs = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual(theirs["text_ids"], ids)
        logits = scratch("llama-cpp.safetensors")
        subprocess.run([WRITE_LOGITS, file, logits, *map(str, ids + theirs["ids"][:-1])], check=True)
        rows, worst = read_logits(logits)[-WINDOW:], 0
        for row, best, listed in zip(rows, theirs["ids"], theirs["probabilities"]):
            ours = probabilities(row)
            worst = max([worst] + [abs(ours[token] - value) for token, value in listed])
            # Two tokens may change places only where they are as close as the difference allows.
            self.assertGreaterEqual(ours[best], max(ours) - 2 * tolerance)
            if tolerance < 1e-3:
                self.assertEqual(best, ours.index(max(ours)))
        print("%s: probabilities differ by at most %.2g" % (os.path.basename(file), worst), file=sys.stderr)
        self.assertLessEqual(worst, tolerance)

    def compare_run(self, name, settings, choice="f32", tolerance=1.5e-4):
        # llama.cpp keeps keys and values in f16; another base of the rotary angles makes a difference of 5e-4.
        self.folder = sharpened(name, run_of(name, settings))
        file = scratch("%s-%s.gguf" % (name, choice))
        succeed("model", "quantize", "-m", self.folder, "--type", choice, "--out", file)
        self.compare(file, tolerance)

    def test_qwen3(self):
        self.compare_run("qwen3", [])

    def test_gpt2(self):
        self.compare_run("gpt2", GPT2)

    def test_llama_with_llama_3_scaling(self):
        self.compare_run("llama3", LLAMA3)

    def test_llama_with_biases(self):
        self.compare_run("llama-biases", LLAMA_BIASES)

    def test_qwen2(self):
        self.compare_run("qwen2", QWEN2)

    def test_quantized_types(self):
        # llama.cpp rounds the activations to eight bits as well.
        for choice in ("q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_0"):
            self.compare_run("wide", WIDE, choice, tolerance=0.03)


class SmolLm2Long(Case):
    """The real model against PyPI's transformers in f32, which reads the same file."""

    def compare(self, script, *arguments):
        try:
            file = packages.smollm2_file()
            python = packages.python_with("smollm2-venv",
                                          ["torch==2.13.0", "transformers<5", "gguf", "accelerate", "safetensors"],
                                          ["torch", "transformers", "gguf", "accelerate", "safetensors"])
            more = [argument() for argument in arguments]
        except packages.OutOfReach as reason:
            self.skipTest(str(reason))
        done = subprocess.run([python, os.path.join(GOLDEN, script), file, WRITE_LOGITS, *more,
                               os.path.dirname(scratch("x"))], capture_output=True, text=True)
        print(done.stdout, file=sys.stderr)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_logits_of_the_real_model_equal_those_of_transformers(self):
        self.compare("smollm2.py")

    def test_the_real_model_is_no_further_from_transformers_than_llama_cpp_is(self):
        self.compare("kl.py", packages.node_llama_cpp)


if __name__ == "__main__":
    unittest.main()
