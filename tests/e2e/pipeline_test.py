"""From nothing to generated text, step by step, and what each step promises."""
import json
import os
import shutil
import subprocess
import unittest

from support import (VITRINE, Case, checkpoints, dataset, events, final_weights, json_of, pretrain_arguments, scratch,
                     scratch_folder, succeed, tokenizer, trained_run, vitrine, world_text)


class Pipeline(Case):
    def test_world_is_the_same_for_any_number_of_threads(self):
        texts = []
        for threads in (1, 2):
            path = scratch("world-%d.jsonl" % threads)
            result = json_of("data", "synth", "--level", "small", "--documents", 300, "--out", path, "--threads", threads)
            self.assertEqual(result["documents"], 300)
            with open(path, "rb") as file:
                texts.append(file.read())
        self.assertEqual(texts[0], texts[1])
        self.assertEqual(texts[0].count(b"\n"), 300)

    def test_every_kind_of_synth_line_is_json(self):
        for flag, keys in (("--preferences", ("messages", "chosen", "rejected", "score_chosen")),
                           ("--questions", ("messages", "type", "reference"))):
            path = scratch("lines.jsonl")
            succeed("data", "synth", "--level", "small", "--documents", 40, flag, "--out", path)
            with open(path, encoding="utf-8") as file:
                lines = [json.loads(line) for line in file]
            self.assertEqual(len(lines), 40)
            for line in lines:
                for key in keys:
                    self.assertIn(key, line)

    def test_a_size_gives_about_that_many_bytes(self):
        path = scratch("sized.jsonl")
        succeed("data", "synth", "--level", "small", "--bytes", "50KB", "--out", path)
        self.assertGreaterEqual(os.path.getsize(path), 50000)
        self.assertLess(os.path.getsize(path), 56000)

    def test_another_seed_is_another_world(self):
        paths = [scratch("seed-1.jsonl"), scratch("seed-2.jsonl")]
        for seed, path in enumerate(paths, 1):
            succeed("--seed", seed, "data", "synth", "--level", "small", "--documents", 20, "--out", path)
        self.assertNotEqual(open(paths[0], "rb").read(), open(paths[1], "rb").read())

    def test_tokenizer_gives_back_any_text(self):
        for text in ("The cat sat.\n", "  two  spaces", "Grüße, 世界 🌍", "<|endoftext|>", "a\u0000b", ""):
            ids = json_of("tokenizer", "encode", "-m", tokenizer(), "-", stdin=text)["ids"]
            back = succeed("tokenizer", "decode", "-m", tokenizer(), "-", stdin=" ".join(map(str, ids)))
            self.assertEqual(back.stdout, text)

    def test_special_tokens_never_come_out_of_text(self):
        special = {entry["id"] for entry in json_of("tokenizer", "info", "-m", tokenizer())["special_tokens"]}
        self.assertEqual(len(special), 7)
        ids = json_of("tokenizer", "encode", "-m", tokenizer(), "<|im_start|>user<|im_end|><tool_call>")["ids"]
        self.assertEqual(special & set(ids), set())

    def test_dataset_counts_fit_together(self):
        stats = json_of("data", "stats", "--data", dataset())
        documents = sum(split["documents"] for split in stats["splits"])
        self.assertEqual(documents + stats["duplicates_left_out"], 300)
        self.assertEqual(stats["vocab_size"], 300)
        self.assertEqual({split["split"] for split in stats["splits"]}, {"train", "validation"})

    def test_many_text_files_are_cut_where_piece_bytes_is_given(self):
        folder = scratch("many-files")
        os.makedirs(folder)
        for i in range(1000):
            with open(os.path.join(folder, "%04d.txt" % i), "w", encoding="utf-8") as file:
                file.write("The cat %d sat.\n\nThe dog %d ran.\n" % (i, i))
        arguments = ["data", "build", folder, "--tokenizer", tokenizer(), "--out", scratch("many-data"), "--json",
                     "--validation-share", 0]
        whole, cut = succeed(*arguments), succeed(*arguments, "--piece-bytes", 10)
        self.assertIn("1000 text files", whole.stderr)
        self.assertIn("--piece-bytes", whole.stderr)
        self.assertNotIn("text files", cut.stderr)
        counts = [sum(split["documents"] for split in json.loads(done.stdout)["splits"]) for done in (whole, cut)]
        self.assertEqual(counts, [1000, 2000])

    def test_training_leaves_a_run_that_others_can_read(self):
        run = trained_run()
        self.assertEqual(checkpoints(run)[-1], "step-00000012")
        names = os.listdir(os.path.join(run, "checkpoints", "step-00000012"))
        for name in ("model.safetensors", "config.json", "tokenizer.json", "manifest.json"):
            self.assertIn(name, names)
        kinds = [json.loads(line)["event"] for line in events(run)]
        for kind in ("run", "step", "evaluation", "checkpoint", "done"):
            self.assertIn(kind, kinds)

    def test_model_info_shows_how_the_runs_model_began(self):
        run = scratch("looked-up")
        succeed(*pretrain_arguments(run, settings=["start=look_up", "max_steps=2", "heads=6", "key_heads=6"]))
        self.assertEqual(json_of("model", "info", "-m", run)["config"]["start"], "look_up")
        folder = os.path.join(run, "checkpoints", "step-00000002")
        plain = scratch("plain-model")
        shutil.copytree(folder, plain)
        for name in ("manifest.json", "run.json", "state.json", "optimizer.safetensors"):
            os.remove(os.path.join(plain, name))
        self.assertNotIn("start", json_of("model", "info", "-m", plain)["config"])  # nobody knows

    def test_model_info_counts_every_parameter(self):
        info = json_of("model", "info", "-m", trained_run(), "--tensors")
        self.assertEqual(info["parameters"], sum(part["parameters"] for part in info["parts"]))
        self.assertEqual(info["parameters"], sum(tensor["elements"] for tensor in info["tensor_list"]))
        self.assertEqual(info["config"]["width"], 32)
        self.assertEqual(info["step"], 12)

    def test_same_seed_writes_the_same_text(self):
        texts = [json_of("generate", "-m", trained_run(), "The", "--max-tokens", 30, "--seed", seed)["text"]
                 for seed in (5, 5, 6)]
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])

    def test_streamed_text_is_the_whole_text(self):
        arguments = ("generate", "-m", trained_run(), "The", "--max-tokens", 30, "--seed", 5)
        self.assertEqual(succeed(*arguments).stdout, json_of(*arguments)["text"] + "\n")

    def test_threads_do_not_change_the_text(self):
        texts = {json_of("generate", "-m", trained_run(), "The", "--max-tokens", 30, "--threads", threads)["text"]
                 for threads in (1, 2)}
        self.assertEqual(len(texts), 1)

    def test_prompt_may_be_empty_and_may_come_from_standard_input(self):
        self.assertEqual(json_of("generate", "-m", trained_run(), "--max-tokens", 5)["prompt_tokens"], 1)
        given = json_of("generate", "-m", trained_run(), "A cat", "--max-tokens", 5)
        piped = json_of("generate", "-m", trained_run(), "-", "--max-tokens", 5, stdin="A cat")
        self.assertEqual(given["text"], piped["text"])

    def test_prompt_longer_than_the_context_is_refused(self):
        self.assert_error(vitrine("generate", "-m", trained_run(), "cat " * 500), 1, "context")

    def test_chat_answers_each_message(self):
        turns = json_of("chat", "-m", trained_run(), "Hi.", "Who are you?", "--max-tokens", 5)["turns"]
        self.assertEqual([turn["user"] for turn in turns], ["Hi.", "Who are you?"])
        piped = json_of("chat", "-m", trained_run(), "--max-tokens", 5, stdin="Hi.\n\nWho are you?\n")["turns"]
        for message, stdin in (("Hi.\nWho are you?", None), ("-", "Hi.\nWho are you?")):
            one = json_of("chat", "-m", trained_run(), "--max-tokens", 5, message, stdin=stdin)["turns"]
            self.assertEqual([turn["user"] for turn in one], ["Hi.\nWho are you?"])
        self.assertEqual(turns, piped)

    def test_chat_obeys_its_commands(self):
        done = succeed("chat", "-m", trained_run(), "--max-tokens", 3,
                       stdin="/help\n/set temperature 0\n/set temprature 0\n/set logit_bias 99999999:1\n/reset\n/quit\nnever\n")
        self.assertIn("Ctrl-C stops", done.stdout)
        self.assertIn("did you mean 'temperature'", done.stderr)
        self.assertIn("there is no token 99999999 (expected ids from 0 to", done.stderr)

    def test_chat_takes_bytes_that_are_no_text(self):
        import subprocess
        from support import VITRINE
        done = subprocess.run([VITRINE, "chat", "-m", trained_run(), "--max-tokens", "3"], input=b"\xff\xfe\x00hi\n",
                              capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        done.stdout.decode("utf-8")

    def test_bytes_that_are_no_text_are_no_prompt(self):
        import subprocess
        from support import VITRINE
        for command in (["generate", "-m", trained_run(), "-"], ["tokenizer", "encode", "-m", tokenizer(), "-"]):
            done = subprocess.run([VITRINE, *map(str, command)], input=b"The \xffcat", capture_output=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"standard input: invalid UTF-8 at byte 4 (got 0xff)", done.stderr)

    def test_eval_prints_its_figures(self):
        result = json_of("eval", "-m", trained_run(), "--count", 4, "--max-tokens", 20, "--data", dataset())
        self.assertEqual(result["grammar_samples"], 4)
        self.assertEqual(result["world_questions_small_examples"], 4)
        self.assertGreater(result["bits_per_byte"], 0)
        self.assertLess(result["without_users_held_out_tokens"], result["held_out_tokens"])

    def test_questions_that_do_not_fit_the_context_are_counted_and_said(self):
        run = scratch("short-context")
        succeed(*pretrain_arguments(run, settings=["context_length=64", "max_steps=4"]))
        result = json_of("eval", "-m", run, "world_questions_small", "arithmetic", "--count", 4, "--max-tokens", 5)
        self.assertEqual(result["world_questions_small_too_long"], 4)
        self.assertEqual(result["world_questions_small_percent"], 0)
        self.assertEqual(result["world_questions_small_examples"], 4)
        self.assertEqual(result["arithmetic_examples"], 4)
        table = succeed("eval", "-m", run, "world_questions_small", "--count", 4, "--max-tokens", 5).stdout
        self.assertIn("do not fit the context", table)

    def test_tools_are_listed_and_called(self):
        names = [tool["name"] for tool in json_of("tools", "list")["tools"]]
        self.assertIn("calculator", names)
        self.assertEqual(succeed("tools", "call", "calculator", '{"expression": "1/3 + 1/6"}').stdout, "0.5\n")
        self.assertEqual(succeed("tools", "call", "calculator", "-", stdin='{"expression": "5 km in m"}').stdout, "5000 m\n")

    def test_json_is_one_value_and_quiet_is_quiet(self):
        done = succeed("data", "build", world_text(), "--tokenizer", tokenizer(), "--out", scratch("quiet"), "--json",
                       "--quiet")
        json.loads(done.stdout)
        self.assertEqual(done.stderr, "")

    def test_an_error_is_json_too(self):
        done = vitrine("data", "stats", "--data", scratch("none"), "--json")
        self.assert_error(done, 1, "none")
        self.assertEqual(json.loads(done.stdout)["code"], "not_found")

    def test_closed_standard_streams_leave_the_runs_files_alone(self):
        run = scratch("closed-streams")
        arguments = [VITRINE, *map(str, pretrain_arguments(run))]
        done = subprocess.run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *arguments], cwd=scratch_folder())
        self.assertEqual(done.returncode, 0)
        with open(os.path.join(run, "events.jsonl"), encoding="utf-8") as file:
            for line in file:
                json.loads(line)
        self.assertEqual(final_weights(run), final_weights(trained_run()))
        succeed("data", "stats", "--data", dataset())

    def test_progress_is_plain_lines_when_piped(self):
        done = vitrine("train", "pretrain", "--resume", "--data", dataset(), "--out", trained_run())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("\r", done.stderr)
        self.assertNotIn("\033", done.stderr)


if __name__ == "__main__":
    unittest.main()
