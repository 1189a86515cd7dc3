"""bench infer: it says where it stands, and what is finished is not lost when it is interrupted."""
import json
import signal
import unittest

from support import Case, start, trained_run, vitrine

PLAN = ["--prompts", "8", "--contexts", "16", "--batches", "1,2", "--tokens", "2", "--repetitions", "1"]
NUM_ROWS = 100


class BenchInfer(Case):
    def test_each_row_is_told_before_it_is_measured(self):
        done = vitrine("bench", "infer", "-m", trained_run(), *PLAN, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([(row["phase"], row["batch"]) for row in json.loads(done.stdout)["inference"]],
                         [("prefill", 1), ("prefill", 2), ("decode", 1), ("decode", 2)])
        for line in ("row 1 of 4: prefill  batch 1  prompt 8", "row 4 of 4: decode  batch 2  context 16"):
            self.assertIn(line, done.stderr)

    def test_people_see_lines_of_at_most_120_columns(self):
        done = vitrine("bench", "infer", "-m", trained_run(), *PLAN)
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), 120, line)
        row = next(line.split() for line in done.stdout.splitlines() if line.split()[:2] == ["prefill", "1"])
        self.assertEqual(row[2:4], ["0", "8"])
        self.assertGreater(float(row[4].replace(",", "")), 0)

    def test_ctrl_c_shows_the_rows_that_are_finished(self):
        process = start("bench", "infer", "-m", trained_run(), "--prompts", "8", "--contexts", "", "--batches",
                        ",".join(["1"] * NUM_ROWS), "--repetitions", "3", "--json")
        shown = ""
        while "row 2 of" not in shown:
            line = process.stderr.readline()
            self.assertNotEqual(line, "", shown)
            shown += line
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, error)
        self.assertEqual(json.loads(out)["inference"][0]["phase"], "prefill")
        self.assertLess(len(json.loads(out)["inference"]), NUM_ROWS)
        self.assertIn("interrupted", error)


if __name__ == "__main__":
    unittest.main()
