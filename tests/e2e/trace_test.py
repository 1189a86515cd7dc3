"""--trace: what the file holds, that nothing else changes, and what happens when it cannot be written."""
import json
import os
import re
import signal
import unittest

from support import (Case, dataset, final_weights, pretrain_arguments, scratch, start, succeed, tokenizer, trained_run,
                     vitrine, wait_until)

TOLERANCE_US = 0.0011  # times have three decimals


def complete_events(path):
    with open(path, encoding="utf-8") as file:
        return [event for event in json.load(file) if event["ph"] == "X"]


class Trace(Case):
    def traced(self, name, *arguments, **keywords):
        """Runs a command with --trace; returns the finished process and its complete events."""
        path = scratch(name)
        done = succeed(*arguments, "--trace", path, **keywords)
        events = complete_events(path)
        self.assert_nested(events)
        whole = [event for event in events if event["name"] == "vitrine " + self.command_of(arguments)]
        self.assertEqual(len(whole), 1)
        return done, events

    @staticmethod
    def command_of(arguments):
        words = [word for word in arguments[:2] if re.fullmatch("[a-z]+", str(word))]
        return " ".join(words if words[0] in ("train", "tokenizer", "data", "bench", "model") else words[:1])

    def assert_nested(self, events):
        """On each track, two events lie apart or one lies in the other; one track holds the whole command."""
        tracks = {}
        for event in events:
            self.assertGreaterEqual(event["dur"], 0)
            tracks.setdefault(event["tid"], []).append((event["ts"], -event["ts"] - event["dur"], event["name"]))
        for track in tracks.values():
            open_ends = []
            for begin, negative_end, name in sorted(track):
                while open_ends and open_ends[-1][0] <= begin + TOLERANCE_US:
                    open_ends.pop()
                if open_ends:
                    self.assertLessEqual(-negative_end, open_ends[-1][0] + TOLERANCE_US, (name, open_ends[-1][1]))
                open_ends.append((-negative_end, name))

    def assert_table(self, done, *operations):
        """The table on standard error has at most ten operations, and these are in it."""
        lines = done.stderr.split("costliest operations", 1)[1].splitlines()
        rows = [line.split("  ")[1] for line in lines[2:] if line.startswith("  ")]
        self.assertEqual(rows[-1], "outside operations")
        self.assertLessEqual(len([row for row in rows if row not in ("other operations", "outside operations")]), 10)
        for operation in operations:
            self.assertIn(operation, rows)

    def test_training_has_its_steps_and_the_same_weights(self):
        run = scratch("traced-run")
        done, events = self.traced("train.json", *pretrain_arguments(run))
        self.assert_table(done, "linear", "linear backward", "attention")
        steps = [event for event in events if re.fullmatch(r"step \d+", event["name"])]
        self.assertEqual([event["name"] for event in steps], ["step %d" % i for i in range(1, 13)])
        self.assertEqual(final_weights(run), final_weights(trained_run()))
        # Two passes of 2 rows of 256 tokens; 2 layers of q, k, v, o, gate, up, down; a head over 300 tokens.
        weights = 2 * (32 * 32 + 2 * 32 * 16 + 32 * 32 + 3 * 32 * 64) + 300 * 32
        for step in steps:
            end = step["ts"] + step["dur"]
            inside = [event for event in events if event["tid"] == step["tid"] and step["ts"] <= event["ts"] < end]
            gemms = sum(event["args"]["flops"] for event in inside
                        if event["name"] == "gemm" and event["args"]["extents"].count("512"))
            self.assertEqual(gemms, 6 * 512 * weights)
            self.assertEqual(len([event for event in inside if event["name"] == "update"]), 1)
            self.assertGreaterEqual(len([event for event in inside if event["name"] == "layer 1"]), 2)

    def test_text_and_evaluation_are_the_same_and_traced(self):
        for name, arguments, operations in (
                ("generate.json", ["generate", "-m", trained_run(), "The", "--max-tokens", 20], ["linear", "sample"]),
                ("chat.json", ["chat", "-m", trained_run(), "Hello.", "--max-tokens", 20], ["linear", "sample"]),
                ("eval.json", ["eval", "-m", trained_run(), "bits_per_byte", "--data", dataset(), "--rows", 2],
                 ["linear", "head and cross entropy"])):
            done, events = self.traced(name, *arguments)
            self.assertEqual(done.stdout, succeed(*arguments).stdout, name)
            self.assert_table(done, *operations)
            gemms = [event for event in events if event["name"] == "gemm"]
            self.assertGreater(len(gemms), 10)
            for gemm in gemms:
                self.assertGreater(gemm["args"]["flops"], 0)
                self.assertGreater(gemm["args"]["bytes"], 0)

    def test_threads_have_tracks_of_their_own(self):
        _, events = self.traced("threads.json", "eval", "-m", trained_run(), "bits_per_byte", "--data", dataset(),
                                "--rows", 4, "--threads", 3)
        # Whether a worker is in time for any of these short loops is open; what it does is on a track of its own.
        shares = [event for event in events if event["cat"] == "share"]
        main_track = {event["tid"] for event in events if event["cat"] == "operation"}
        self.assertEqual(len(main_track), 1)
        self.assertLessEqual(len({event["tid"] for event in shares}), 2)
        self.assertFalse(main_track & {event["tid"] for event in shares})

    def test_measuring_the_machine_is_traced(self):
        _, events = self.traced("machine.json", "bench", "machine", "--samples", 1)
        self.assertIn("measure read bandwidth", {event["name"] for event in events})

    def test_a_command_that_computes_nothing_gives_a_valid_file(self):
        _, events = self.traced("encode.json", "tokenizer", "encode", "-m", tokenizer(), "The cat.")
        self.assertEqual(len(events), 1)

    def test_standard_output_holds_the_result_alone(self):
        path = scratch("json.json")
        arguments = ["eval", "-m", trained_run(), "bits_per_byte", "--data", dataset(), "--rows", 2, "--trace", path]
        self.assertIn("bits_per_byte", json.loads(succeed(*arguments, "--json").stdout))
        self.assertEqual(succeed(*arguments, "--quiet", "--json").stderr, "")

    def test_a_run_that_is_stopped_leaves_a_valid_file(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)):
            run, path = scratch("stopped-%d" % number), scratch("stopped-%d.json" % number)
            process = start(*pretrain_arguments(run, "--trace", path, settings=["max_steps=100000"]))
            wait_until(lambda: os.path.exists(path) and os.path.getsize(path) > 300000, process, "the trace to grow")
            process.send_signal(number)
            process.communicate(timeout=120)
            self.assertEqual(process.returncode, status)
            events = complete_events(path)
            self.assertGreater(len(events), 1000)
            self.assert_nested(events)

    def test_a_file_that_cannot_be_made_is_an_error_before_the_work(self):
        run = scratch("never")
        for path in (scratch("no-such-folder/trace.json"), scratch(""), "/dev/null"):
            done = vitrine(*pretrain_arguments(run, "--trace", path))
            self.assert_error(done, 1, path.rstrip("/"))
            self.assertFalse(os.path.exists(run))


if __name__ == "__main__":
    unittest.main()
