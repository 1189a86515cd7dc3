"""vitrine generate --beams: one beam is the greedy text, more find better ones, and the list is that of transformers."""
import math
import os
import subprocess
import sys
import unittest

from support import ROOT, VITRINE, Case, checkpoints, json_of, scratch, succeed, trained_run
from transformers_environment import python, why_not

PROMPTS = ["Tom is a boy.", "The red", "Anna sees a"]
LENGTH = ("--max-tokens", 24)


def beams(prompt, count, *more):
    return json_of("generate", "-m", trained_run(), "--beams", count, *LENGTH, *more, prompt)


def greedy(prompt, *more):
    return json_of("generate", "-m", trained_run(), "--temperature", 0, *LENGTH, *more, prompt)


class Beams(Case):
    def test_one_beam_is_the_greedy_text(self):
        for prompt in PROMPTS:
            one, text = beams(prompt, 1), greedy(prompt)
            for key in ("text", "stop_reason", "tokens", "prompt_tokens"):
                self.assertEqual(one[key], text[key])
            self.assertEqual(len(one["beams"]), 1)

    def test_its_log_probability_is_the_sum_over_what_was_drawn(self):
        for prompt in PROMPTS:
            steps = greedy(prompt, "--show-steps", 1)["steps"]
            first = steps[0]["step"]
            for row in steps:  # in lists, so that programs can read them
                self.assertEqual([set(each) for each in row["best"]], [{"id", "token", "probability"}])
                self.assertGreaterEqual(row["best"][0]["probability"], row["probability"] - 1e-6)
            total = sum(math.log(row["probability"]) for row in steps if row["step"] == first)
            self.assertAlmostEqual(beams(prompt, 1)["beams"][0]["log_probability"], total, places=4)

    def test_more_beams_find_a_text_at_least_as_probable(self):
        """No law, since what leads to it may be dropped on the way; so it is on these prompts, and more often better."""
        num_better = 0
        for prompt in PROMPTS:
            one = beams(prompt, 1, "--length-penalty", 0)["beams"][0]["log_probability"]
            best = beams(prompt, 4, "--length-penalty", 0)["beams"][0]["log_probability"]
            self.assertGreaterEqual(best, one - 1e-6)
            num_better += best > one + 1e-6
        self.assertGreater(num_better, 0)

    def test_the_list_is_sorted_and_its_figures_agree(self):
        for penalty in (0, 1, 1.5, -0.5):
            report = beams("Tom is a boy.", 5, "--length-penalty", penalty)
            found = report["beams"]
            self.assertEqual(len(found), 5)
            self.assertEqual(len({tuple(beam["ids"]) for beam in found}), 5)
            self.assertEqual(report["text"], found[0]["text"])
            self.assertEqual([beam["score"] for beam in found], sorted((beam["score"] for beam in found), reverse=True))
            for beam in found:
                self.assertEqual(beam["tokens"], len(beam["ids"]))
                length = beam["tokens"] + (beam["stop_reason"] == "stop")
                self.assertAlmostEqual(beam["score"], beam["log_probability"] / length ** penalty, places=9)

    def test_a_rounded_cache_changes_the_figures_a_little(self):
        full, half = (beams("Tom", 2, "--cache-type", name)["beams"][0]["log_probability"] for name in ("f32", "bf16"))
        self.assertNotEqual(full, half)
        self.assertAlmostEqual(full, half, delta=0.5)

    def test_people_see_a_line_for_each_text(self):
        lines = succeed("generate", "-m", trained_run(), "--beams", 3, *LENGTH, "Tom").stdout.splitlines()
        at = next(i for i, line in enumerate(lines) if "log probability" in line)
        self.assertEqual(len([line for line in lines[at + 1:] if line.strip()]), 3)

    def test_the_same_beams_as_transformers(self):
        reason = why_not()
        if reason:
            self.skipTest(reason)
        tokenizer = os.path.join(trained_run(), "checkpoints", checkpoints(trained_run())[-1])
        done = subprocess.run([python(), os.path.join(ROOT, "tests", "golden", "transformers", "beams.py"), VITRINE, tokenizer,
                               scratch("beams-model")], capture_output=True, text=True)
        print(done.stdout, file=sys.stderr)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
