"""vitrine eval perplexity and model quantize --measure: the same figures for the same model in any format, a distance that
grows with what was lost, and errors that say what is wrong."""
import os
import subprocess
import sys
import unittest

import packages
from support import (ROOT, TINY, VITRINE, Case, json_of, once, scratch, set_flags, succeed, trained_run, vitrine, world_text)

GOLDEN = os.path.join(ROOT, "tests", "golden", "gguf")
TEXT = "".join("Tom has %d red hats. Anna sees %d dogs in the garden, and the %s dog runs to the tree.\n" % (
    i % 7 + 2, i % 5 + 2, ("small", "big", "old")[i % 3]) for i in range(60))


def write(name, content):
    path = scratch(name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)
    return path


def text_file():
    return write("perplexity.txt", TEXT)


def perplexity(model, *arguments):
    return json_of("eval", "perplexity", "-m", model, "--data", text_file(), *arguments)


def quantized(choice):
    return once("perplexity-%s.gguf" % choice, lambda path: succeed("model", "quantize", "-m", trained_run(), "--type", choice,
                                                                    "--out", path))


def other_run():
    """A model of another vocabulary."""
    def make(path):
        tokenizer, dataset = path + ".json", path + "-data"
        succeed("tokenizer", "train", world_text(), "--vocab-size", 290, "--out", tokenizer)
        succeed("data", "build", world_text(), "--tokenizer", tokenizer, "--out", dataset, "--validation-share", 0.05)
        succeed("train", "pretrain", "--data", dataset, "--out", path, "--threads", 1,
                *set_flags(TINY + ["max_steps=2", "checkpoint_every=2", "evaluate_every=2"]))
    return once("other-run", make)


class Perplexity(Case):
    def test_every_format_of_one_model_gives_the_same(self):
        file, folder = scratch("perplexity-f32.gguf"), scratch("perplexity-folder")
        succeed("model", "convert", "-m", trained_run(), "--out", file)
        succeed("model", "convert", "-m", file, "--out", folder)
        reports = [perplexity(model) for model in (trained_run(), file, folder)]
        for report in reports:
            self.assertGreater(report["perplexity"], 1)
            self.assertEqual(report["perplexity"], reports[0]["perplexity"])
            self.assertEqual(report["bytes"], len(TEXT.encode()))
            self.assertEqual(report["tokens"], report["text_tokens"])
            self.assertEqual((report["window"], report["stride"]), (256, 128))

    def test_more_text_before_a_token_never_counts_it_twice(self):
        reports = [perplexity(trained_run(), "--window", 64, "--stride", stride) for stride in (8, 32, 63)]
        self.assertEqual(len({report["tokens"] for report in reports}), 1)
        self.assertGreater(reports[0]["windows"], reports[2]["windows"])
        halves = perplexity(trained_run(), "--window", 64, "--scheme", "halves")
        self.assertEqual(halves["tokens"], halves["windows"] * 31)
        self.assertEqual(halves["windows"], halves["text_tokens"] // 64)
        self.assertEqual(perplexity(trained_run(), "--window", 64, "--windows", 2)["windows"], 2)

    def test_a_model_is_no_distance_from_itself(self):
        report = perplexity(trained_run(), "--against", trained_run())
        self.assertEqual((report["mean_kl"], report["largest_logit_difference"], report["same_best_percent"]), (0, 0, 100))
        self.assertEqual(report["reference_perplexity"], report["perplexity"])

    def test_fewer_bits_are_a_larger_distance(self):
        distances = [perplexity(quantized(choice), "--against", trained_run())["mean_kl"] for choice in ("q8_0", "q4_0")]
        self.assertGreater(distances[0], 0)
        self.assertGreater(distances[1], 3 * distances[0])

    def test_quantize_measures_what_it_wrote(self):
        out = scratch("measured.gguf")
        report = json_of("model", "quantize", "-m", trained_run(), "--type", "q4_0", "--out", out, "--measure", text_file())
        expected = perplexity(out, "--against", trained_run())
        for key in ("perplexity", "reference_perplexity", "mean_kl", "same_best_percent", "largest_logit_difference"):
            self.assertEqual(report[key], expected[key], key)
        self.assertGreater(report["mean_kl"], 0)

    def test_errors_name_what_is_wrong(self):
        run, short = trained_run(), write("perplexity-short.txt", "a")
        empty = write("perplexity-empty.txt", "")
        for arguments, status, words in (
                (["--data", scratch("nothing.txt")], 1, ["nothing.txt"]),
                (["--data", empty], 1, ["too short"]),
                (["--data", short, "--scheme", "halves"], 1, ["too short"]),
                (["--data", text_file(), "--window", 1000], 1, ["does not fit", "256"]),
                (["--data", text_file(), "--window", 32, "--stride", 32], 1, ["bad stride"]),
                (["--data", text_file(), "--against", other_run()], 1, ["vocabularies differ"]),
                (["--data", text_file(), "--scheme", "all"], 2, ["sliding, halves"]),
                ([], 2, ["--data is missing"])):
            self.assert_error(vitrine("eval", "perplexity", "-m", run, *arguments), status, *words)


class PerplexityLong(Case):
    def test_equals_that_of_transformers_on_the_real_model(self):
        try:
            file = packages.smollm2_file()
            python = packages.python_with("smollm2-venv",
                                          ["torch==2.13.0", "transformers<5", "gguf", "accelerate", "safetensors"],
                                          ["torch", "transformers", "gguf", "accelerate", "safetensors"])
        except packages.OutOfReach as reason:
            self.skipTest(str(reason))
        with open(os.path.join(ROOT, "LICENSE"), encoding="utf-8") as licence:
            text = write("perplexity-real.txt", licence.read()[:4000])
        done = subprocess.run([python, os.path.join(GOLDEN, "perplexity.py"), file, text, VITRINE], capture_output=True,
                              text=True)
        print(done.stdout, file=sys.stderr)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
