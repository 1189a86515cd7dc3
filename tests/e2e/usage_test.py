"""Wrong use and bad input: status, one error line, one hint. Each row of the tables is a test of its own."""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import unittest

from support import (VITRINE, Case, checkpoints, dataset, once, scratch, scratch_folder, start, succeed, tokenizer,
                     trained_run, vitrine, wait_until, world_text)


def write(name, content):
    path = scratch(name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def empty():
    return write("empty.txt", b"")


def binary():
    return write("binary.txt", bytes(range(256)) * 8)


def bad_utf8():
    return write("bad.txt", b"good words \xff\xfe and more\n" * 20)


def bad_json():
    return write("bad.jsonl", b'{"text": "fine and long enough"}\n{"text": \n')


WITH_TOOLS = ('{"messages": [{"role": "user", "content": "x"}], "tools": [{"type": "function", "function": '
              '{"name": "weigh", "description": "Weighs.", "parameters": {"type": "object"}}}]}')


def pipe():
    return once("pipe", os.mkfifo)


def copied_run(name, change):
    """A folder of the tiny run's files, changed."""
    def make(folder):
        newest = os.path.join(trained_run(), "checkpoints", checkpoints(trained_run())[-1])
        shutil.copytree(newest, folder)
        os.remove(os.path.join(folder, "manifest.json"))
        change(folder)
    return once("copy-" + name, make)


def pipe_at(name):
    def change(folder):
        os.remove(os.path.join(folder, name))
        os.mkfifo(os.path.join(folder, name))
    return change


def broken(name):
    def change(folder):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write("[")
    return change


def loop():
    return once("loop", lambda path: os.symlink(path, path))


def short_text():
    return write("short.txt", b"a b c\n")


def larger_dataset():
    """A dataset with a vocabulary that the tiny run's is too small for."""
    def make(path):
        larger = scratch("larger-tokenizer.json")
        succeed("tokenizer", "train", world_text(), "--vocab-size", 320, "--out", larger)
        succeed("data", "build", world_text(), "--tokenizer", larger, "--out", path)
    return once("larger-dataset", make)


# name: (arguments as a function, words that the error has to hold). Status 2: seen from the command line alone.
WRONG_USAGE = {
    "no_command": (lambda: [], ["no command"]),
    "unknown_command": (lambda: ["generat"], ["'generat'", "did you mean 'vitrine generate'"]),
    "unknown_subcommand": (lambda: ["train", "pretain"], ["did you mean 'vitrine train pretrain'"]),
    "group_alone": (lambda: ["tokenizer"], ["train, encode, decode, info"]),
    "nonsense_command": (lambda: ["xyzzyxyzzy"], ["'xyzzyxyzzy'", "--help"]),
    "misspelt_option": (lambda: ["generate", "--temprature", "1"], ["--temprature", "did you mean '--temperature'"]),
    "misspelt_option_with_value": (lambda: ["data", "synth", "--levl=small"], ["--levl", "did you mean '--level'"]),
    "unknown_short_option": (lambda: ["generate", "-z"], ["-z"]),
    "value_missing": (lambda: ["generate", "--seed"], ["--seed"]),
    "surplus_argument": (lambda: ["generate", "Once", "upon"], ["upon", "quotes"]),
    "not_a_number": (lambda: ["generate", "--max-tokens", "many"], ["--max-tokens", "'many'", "whole number"]),
    "fraction_for_whole": (lambda: ["data", "synth", "--documents", "1.5"], ["--documents", "'1.5'"]),
    "number_too_big": (lambda: ["generate", "--max-tokens", "9" * 40], ["--max-tokens"]),
    "below_range": (lambda: ["generate", "--temperature", "-1"], ["--temperature", "'-1'", "at least 0"]),
    "above_range": (lambda: ["generate", "--top-p", "1.5"], ["--top-p", "at most 1"]),
    "not_finite": (lambda: ["generate", "--temperature", "nan"], ["--temperature", "'nan'"]),
    "infinite": (lambda: ["generate", "--temperature", "inf"], ["--temperature"]),
    "empty_number": (lambda: ["generate", "--max-tokens", ""], ["--max-tokens"]),
    "no_documents": (lambda: ["data", "synth", "--documents", "0"], ["--documents", "at least 1"]),
    "unknown_level": (lambda: ["data", "synth", "--level", "smal"], ["--level", "small, full"]),
    "bad_size": (lambda: ["data", "synth", "--bytes", "12parsecs", "--out", scratch("x.jsonl")], ["12parsecs", "20MB"]),
    "both_kinds": (lambda: ["data", "synth", "--preferences", "--questions"], ["--preferences", "--questions"]),
    "documents_and_bytes": (lambda: ["data", "synth", "--documents", "5", "--bytes", "1MB", "--out", scratch("x.jsonl")],
                            ["--documents and --bytes exclude"]),
    "tokenizer_over_its_text": (lambda: ["tokenizer", "train", world_text(), "--vocab-size", "300", "--out", world_text()],
                                ["one of the texts"]),
    "tokenizer_over_another_file": (lambda: ["tokenizer", "train", world_text(), "--vocab-size", "300", "--out",
                                             short_text()], ["short.txt", "no tokenizer"]),
    "unknown_preset": (lambda: ["train", "pretrain", "--preset", "nanno"], ["nanno", "nano"]),
    "preset_and_depth": (lambda: ["train", "pretrain", "--preset", "nano", "--depth", "4"], ["--depth"]),
    "preset_as_a_value": (lambda: ["train", "pretrain", "--set", "preset=micro", "--data", dataset(), "--out",
                                   scratch("r")], ["--preset micro"]),
    "out_as_a_value": (lambda: ["train", "pretrain", "--resume", "--set", "out=runs/x y", "--data", dataset()],
                       ["--out 'runs/x y'"]),
    "data_as_a_value": (lambda: ["train", "pretrain", "--set", "data=some/where", "--out", scratch("r")],
                        ["--data some/where"]),
    "checked_without_being_run": (lambda: ["chat", "-m", scratch("nothing"), "--check-options", "--temprature", "0"],
                                  ["--temprature", "did you mean '--temperature'"]),
    "vocabulary_below_its_bytes": (lambda: ["tokenizer", "train", world_text(), "--vocab-size", "262"],
                                   ["at least 263 and at most 16777216"]),
    "json_beside_the_text": (lambda: ["data", "synth", "--documents", "1", "--out", "-", "--json"], ["--out"]),
    "no_input": (lambda: ["tokenizer", "train"], ["missing", "for example"]),
    "no_input_to_build": (lambda: ["data", "build"], ["missing"]),
    "nothing_to_encode": (lambda: ["tokenizer", "encode"], ["missing"]),
    "tiny_vocabulary": (lambda: ["tokenizer", "train", world_text(), "--vocab-size", "10"], ["--vocab-size"]),
    "unknown_pre_tokenizer": (lambda: ["tokenizer", "train", "x", "--pre-tokenizer", "gpt3"], ["gpt2"]),
    "unknown_device": (lambda: ["model", "info", "--device", "tpu"], ["tpu", "cpu"]),
    "unknown_suite": (lambda: ["eval", "gramar"], ["gramar", "did you mean 'grammar'"]),
    "unknown_tool": (lambda: ["tools", "call", "calculater", "{}"], ["did you mean 'calculator'"]),
    "tool_without_arguments": (lambda: ["tools", "call", "calculator"], ["ARGUMENTS"]),
    "unknown_bench_shape": (lambda: ["bench", "train", "--shape", "1b"], ["124m"]),
    "two_rules": (lambda: ["generate", "--regex", "a", "--json-schema", "true"], ["--json-schema", "--regex", "exclude"]),
    "beams_and_temperature": (lambda: ["generate", "--beams", "4", "--temperature", "0.5"],
                              ["--beams and --temperature exclude", "nothing is drawn"]),
    "beams_and_a_penalty": (lambda: ["generate", "--beams", "4", "--repeat-penalty", "1.1"], ["--repeat-penalty"]),
    "beams_and_steps": (lambda: ["generate", "--beams", "4", "--show-steps", "3"], ["--show-steps", "nothing is drawn"]),
    "beams_and_a_rule": (lambda: ["generate", "--beams", "4", "--regex", "a"], ["--beams and --regex exclude", "rule"]),
    "beams_and_a_schema": (lambda: ["generate", "--beams", "4", "--json-schema", "true"], ["--json-schema"]),
    "beams_and_speculation": (lambda: ["generate", "--beams", "4", "--speculate", "lookup"], ["--speculate", "ahead"]),
    "no_beams": (lambda: ["generate", "--beams", "0"], ["--beams", "at least 1"]),
    "too_many_beams": (lambda: ["generate", "--beams", "65"], ["--beams", "at most 64"]),
    "length_penalty_alone": (lambda: ["generate", "--length-penalty", "2"], ["--length-penalty", "--beams"]),
    "longest_run_without_schema": (lambda: ["generate", "--regex", "a", "--longest-run", "9"], ["--longest-run", "--json-schema"]),
    "compact_without_schema": (lambda: ["chat", "--regex", "a", "--compact-json"], ["--compact-json", "--json-schema"]),
    "draft_model_alone": (lambda: ["generate", "-m", trained_run(), "--draft-model", trained_run(), "Once"],
                          ["--draft-model goes with --speculate draft"]),
    "tools_twice": (lambda: ["tokenizer", "render", "-m", trained_run(), "--tools", WITH_TOOLS],
                    ["--tools", "'tools'", "exclude"]),
    "unknown_kernels": (lambda: ["generate", "-m", trained_run(), "--kernels", "avx3"], ["avx3"]),
    "misspelt_key": (lambda: ["train", "pretrain", "--data", dataset(), "--out", scratch("r"), "--set", "max_step=3"],
                     ["max_step", "did you mean 'max_steps'"]),
    "bad_key_value": (lambda: ["train", "pretrain", "--data", dataset(), "--out", scratch("r"), "--set", "lr=fast"],
                      ["lr", "fast"]),
    "no_assignment": (lambda: ["train", "pretrain", "--data", dataset(), "--out", scratch("r"), "--set", "lr"],
                      ["key=value"]),
    "value_of_no_choice": (lambda: ["train", "pretrain", "--data", dataset(), "--out", scratch("r"), "--set",
                                    "learn=asistant"], ["learn", "asistant", "assistant"]),
    "no_documents": (lambda: ["data", "synth", "--documents", "0"], ["at least 1", "data synth --help"]),
    "out_empty": (lambda: ["train", "pretrain", "--data", dataset(), "--out", ""], ["--out", "empty"]),
    "tokenizer_out_empty": (lambda: ["tokenizer", "train", short_text(), "--out", ""], ["--out", "empty"]),
    "synth_out_empty": (lambda: ["data", "synth", "--out", ""], ["--out", "empty"]),
    "build_out_empty": (lambda: ["data", "build", world_text(), "--out", ""], ["--out", "empty"]),
    "model_empty": (lambda: ["generate", "-m", ""], ["--model", "empty"]),
    "flag_with_value": (lambda: ["model", "info", "--tensors=perhaps"], ["tensors"]),
}

# Status 1: the command line is fine, what it names is not.
FAILURES = {
    "cuda": (lambda: ["generate", "--device", "cuda"], ["cuda", "cpu"]),
    "model_missing": (lambda: ["generate", "-m", scratch("nothing")], ["nothing"]),
    "model_is_a_file": (lambda: ["generate", "-m", world_text()], ["world.jsonl"]),
    "model_is_empty": (lambda: ["generate", "-m", empty()], ["empty.txt", "the file is empty", "GGUF file"]),
    "model_is_a_pipe": (lambda: ["chat", "-m", pipe(), "x"], ["it is a pipe", "GGUF file"]),
    "model_is_a_device": (lambda: ["generate", "-m", "/dev/zero"], ["/dev/zero", "it is a device"]),
    "model_is_a_text": (lambda: ["generate", "-m", short_text()], ["no GGUF file", "config.json"]),
    "model_is_a_loop": (lambda: ["generate", "-m", loop()], ["symbolic links"]),
    "schema_is_a_list": (lambda: ["generate", "-m", trained_run(), "--json-schema", "[]"], ["no schema (got []", "object"]),
    "schema_is_a_text": (lambda: ["generate", "-m", trained_run(), "--json-schema", '"x"'], ["no schema", "object"]),
    "schema_of_another_draft": (lambda: ["generate", "-m", trained_run(), "--json-schema", '{"items": [{}]}'],
                                ["'items'", "'prefixItems'"]),
    "schema_too_deep": (lambda: ["generate", "-m", trained_run(), "--json-schema", '{"not":' * 300 + "{}" + "}" * 300],
                        ["nested deeper", "hint: write it flatter"]),
    "regex_of_no_text": (lambda: ["generate", "-m", trained_run(), "--regex", "a$b"], ["nothing can satisfy", "^ and $"]),
    "schema_missing": (lambda: ["generate", "-m", trained_run(), "--json-schema", scratch("no.json")], ["no.json"]),
    "serve_adapter_of_no_form": (lambda: ["serve", "-m", trained_run(), "--port", "0", "--adapter", "x"],
                                 ["NAME=FOLDER", "'x'"]),
    "serve_adapter_missing": (lambda: ["serve", "-m", trained_run(), "--port", "0", "--adapter",
                                       "x=" + scratch("nowhere")], ["--adapter x=", "nowhere"]),
    "render_messages_of_no_form": (lambda: ["tokenizer", "render", "-m", trained_run(), '{"messages": 3}'],
                                   ['give {"messages": [{"role"']),
    "weights_are_a_pipe": (lambda: ["generate", "-m", copied_run("weights", pipe_at("model.safetensors")), "x"],
                           ["model.safetensors': it is no regular file"]),
    "config_is_a_pipe": (lambda: ["generate", "-m", copied_run("config", pipe_at("config.json")), "x"],
                         ["config.json': it is no regular file"]),
    "broken_generation_config": (lambda: ["generate", "-m", copied_run("generation", broken("generation_config.json")), "x"],
                                 ["generation_config.json: malformed JSON"]),
    "render_tools_of_no_form": (lambda: ["tokenizer", "render", "-m", trained_run(),
                                         '{"messages": [{"role": "user", "content": "x"}], "tools": 3}'],
                                ["'tools' is wrong", "array"]),
    "model_folder_empty": (lambda: ["model", "info", "-m", scratch_folder()], ["config.json"]),
    "tokenizer_missing": (lambda: ["tokenizer", "encode", "-m", scratch("no.json"), "x"], ["no.json"]),
    "tokenizer_is_text": (lambda: ["tokenizer", "info", "-m", short_text()], ["short.txt"]),
    "tokenizer_empty": (lambda: ["tokenizer", "info", "-m", empty()], ["empty.txt"]),
    "tokenizer_binary": (lambda: ["tokenizer", "info", "-m", binary()], ["binary.txt"]),
    "id_outside": (lambda: ["tokenizer", "decode", "-m", tokenizer(), "300"], ["300"]),
    "id_negative": (lambda: ["tokenizer", "decode", "-m", tokenizer(), "--", "-1"], ["-1"]),
    "id_no_number": (lambda: ["tokenizer", "decode", "-m", tokenizer(), "1", "two"], ["two"]),
    "id_huge": (lambda: ["tokenizer", "decode", "-m", tokenizer(), "9" * 30], ["999"]),
    "input_missing": (lambda: ["tokenizer", "train", scratch("none.txt")], ["none.txt"]),
    "input_empty": (lambda: ["tokenizer", "train", empty(), "--out", scratch("t.json")], ["empty"]),
    "input_binary": (lambda: ["tokenizer", "train", binary(), "--out", scratch("t.json")], ["binary"]),
    "input_bad_utf8": (lambda: ["tokenizer", "train", bad_utf8(), "--out", scratch("t.json")], ["UTF-8"]),
    "perplexity_bad_utf8": (lambda: ["eval", "perplexity", "-m", trained_run(), "--data", bad_utf8()], ["bad.txt", "byte 11"]),
    "measure_bad_utf8": (lambda: ["model", "quantize", "-m", trained_run(), "--measure", bad_utf8(), "--out",
                                  scratch("q.gguf")], ["bad.txt", "byte 11"]),
    "input_bad_json": (lambda: ["tokenizer", "train", bad_json(), "--out", scratch("t.json")], ["bad.jsonl:2"]),
    "field_missing": (lambda: ["data", "build", bad_json(), "--field", "body", "--tokenizer", tokenizer(), "--out",
                               scratch("d")], ["body"]),
    "vocabulary_larger_than_text": (lambda: ["tokenizer", "train", short_text(), "--vocab-size", "5000", "--out",
                                             scratch("t.json")], ["5000"]),
    "build_input_missing": (lambda: ["data", "build", scratch("none"), "--tokenizer", tokenizer()], ["none"]),
    "build_input_empty": (lambda: ["data", "build", empty(), "--tokenizer", tokenizer(), "--out", scratch("d")],
                          ["empty"]),
    "build_input_binary": (lambda: ["data", "build", binary(), "--tokenizer", tokenizer(), "--out", scratch("d")],
                           ["binary"]),
    "build_tokenizer_missing": (lambda: ["data", "build", world_text(), "--tokenizer", scratch("no.json")], ["no.json"]),
    "build_out_is_a_file": (lambda: ["data", "build", world_text(), "--tokenizer", tokenizer(), "--out", world_text()],
                            ["world.jsonl"]),
    "out_is_a_folder": (lambda: ["data", "synth", "--documents", "1", "--out", scratch_folder()], ["folder"]),
    "out_is_a_device": (lambda: ["data", "synth", "--documents", "1", "--out", "/dev/null"], ["regular file"]),
    "out_below_a_file": (lambda: ["data", "synth", "--documents", "1", "--out", world_text() + "/x.jsonl"],
                         ["world.jsonl"]),
    "dataset_missing": (lambda: ["data", "stats", "--data", scratch("no-data")], ["no-data"]),
    "train_dataset_missing": (lambda: ["train", "pretrain", "--data", scratch("no-data"), "--out", scratch("r")],
                              ["no-data"]),
    "template_bad_utf8": (lambda: ["chat", "-m", trained_run(), "--chat-template", bad_utf8(), "x"], ["bad.txt", "byte 11"]),
    "breakers_bad_utf8": (lambda: ["generate", "-m", trained_run(), "--dry-sequence-breakers", "caf\udce9", "x"],
                          ["dry_sequence_breakers", "byte 3"]),
    "chat_model_missing": (lambda: ["chat", "-m", scratch("nothing"), "Hello"], ["nothing"]),
    "chat_message_too_long": (lambda: ["chat", "-m", trained_run(), "cat " * 500], ["context"]),
    "eval_model_missing": (lambda: ["eval", "-m", scratch("nothing")], ["nothing"]),
    "eval_dataset_missing": (lambda: ["eval", "bits_per_byte", "-m", trained_run(), "--data", scratch("no-data")],
                             ["no-data"]),
    "tool_arguments_malformed": (lambda: ["tools", "call", "calculator", "12 + 7"], ["JSON"]),
    "tool_expression_wrong": (lambda: ["tools", "call", "calculator", '{"expression": "5 km in kg"}'], ["km"]),
    "tool_division_by_zero": (lambda: ["tools", "call", "calculator", '{"expression": "1 / 0"}'], ["zero"]),
    "no_model_at_all": (lambda: ["generate"], ["runs/nano", "./run", "-m"]),
    "run_below_a_file": (lambda: ["train", "pretrain", "--data", dataset(), "--out", world_text() + "/run"],
                         ["run folder", "--out"]),
    "another_vocabulary_on_resume": (lambda: ["train", "pretrain", "--resume", "--data", larger_dataset(), "--out",
                                              trained_run()], ["another dataset", "--data"]),
    "batch_nearest_is_above": (lambda: ["train", "pretrain", "--data", dataset(), "--out", scratch("r"), "--set",
                                        "batch_tokens=1000"], ["batch_tokens=1024"]),
    "unknown_file_layout": (lambda: ["train", "pretrain", "--data", dataset(), "--out", scratch("r"), "--set",
                                     "mlp=relu2"], ["relu2", "swiglu"]),
    "batch_does_not_divide": (lambda: ["train", "pretrain", "--data", dataset(), "--out", scratch("r"), "--set",
                                       "batch_tokens=1000"], ["batch_tokens", "1000"]),
    "impossible_shape": (lambda: ["train", "pretrain", "--data", dataset(), "--out", scratch("r"), "--set",
                                  "key_heads=3"], ["key_heads"]),
    "too_big_for_memory": (lambda: ["train", "pretrain", "--data", dataset(), "--out", scratch("r"), "--set",
                                    "width=16384", "--set", "layers=500"], ["memory", "lower"]),
    "config_missing": (lambda: ["train", "pretrain", "--config", scratch("none.toml")], ["none.toml"]),
    "config_malformed": (lambda: ["train", "pretrain", "--config", write("bad.toml", b"lr = = 3\n"), "--data",
                                  dataset()], ["bad.toml", "line 1"]),
    "config_misspelt": (lambda: ["train", "pretrain", "--config", write("key.toml", b"max_stesp = 3\n"), "--data",
                                 dataset()], ["max_stesp", "max_steps"]),
    "config_unknown_preset": (lambda: ["train", "pretrain", "--config", write("p.toml", b'preset = "nanno"\n'), "--data",
                                       dataset()], ["p.toml", "nanno", "did you mean 'nano'"]),
    "warmup_beyond_the_run": (lambda: ["train", "pretrain", "--data", dataset(), "--out", scratch("r"), "--set",
                                       "max_steps=20", "--set", "warmup_steps=30"], ["warmup_steps", "30", "20"]),
    "run_in_its_dataset": (lambda: ["train", "pretrain", "--data", dataset(), "--out", dataset()], ["dataset", "--out"]),
    "run_is_a_file": (lambda: ["train", "pretrain", "--data", dataset(), "--out", world_text()], ["is a file", "--out"]),
    "narrower_than_a_head": (lambda: ["train", "pretrain", "--data", dataset(), "--out", scratch("r"), "--set",
                                      "width=7"], ["head_width 32 (got 7)", "width=32"]),
    "build_tokenizer_is_text": (lambda: ["data", "build", world_text(), "--tokenizer", world_text(), "--out",
                                         scratch("d")], ["world.jsonl", "give a tokenizer"]),
    "resume_from_nowhere": (lambda: ["train", "pretrain", "--data", dataset(), "--resume", scratch("no/run")],
                            ["there is no checkpoint", "no/run"]),
    "build_into_a_model": (lambda: ["data", "build", world_text(), "--tokenizer", trained_run(), "--out", trained_run()],
                           ["holds other things", "--out"]),
    "config_sets_twice": (lambda: ["train", "pretrain", "--config", write("t.toml", b"[a]\nwidth = 64\n[b]\nwidth = 96\n"),
                                   "--data", dataset()], ["t.toml", "'width' is set twice", "line 4"]),
    "resume_without_run": (lambda: ["train", "pretrain", "--resume", "--data", dataset(), "--out", scratch("none")],
                           ["no checkpoint", "without --resume"]),
    "run_is_there_already": (lambda: ["train", "pretrain", "--data", dataset(), "--out", trained_run()],
                             ["already", "--resume"]),
}


def add_tests(target, table, status):
    for name, (arguments, words) in table.items():
        def test(self, arguments=arguments, words=words):
            self.assert_error(vitrine(*arguments()), status, *words)
        setattr(target, "test_" + name, test)


class WrongUsage(Case):
    pass


class Failures(Case):
    def test_dataset_folder_without_rights(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        folder = scratch("locked")
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o500)
        self.assert_error(vitrine("data", "synth", "--documents", 1, "--out", folder + "/x.jsonl"), 1, "locked")


class Memory(Case):
    """An address space limit is a machine with little memory. Megabytes are chosen by what each command needs."""

    def limited(self, megabytes, *arguments):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        return subprocess.run([VITRINE, *map(str, arguments)], capture_output=True, text=True, preexec_fn=limit,
                              timeout=300, cwd=scratch_folder(), env=dict(os.environ, MALLOC_ARENA_MAX="1"))

    def least_megabytes(self):
        """What the program and its libraries take before they do anything."""
        return next(megabytes for megabytes in range(4, 500) if self.limited(megabytes, "--help").returncode == 0)

    def test_a_build_that_does_not_fit_says_how_much_it_asked_for_and_what_to_lower(self):
        path = once("many.txt", lambda path: write("many.txt", b"words of a document\n" * 2000000))
        limit = self.least_megabytes() + 40 + 8  # the text is mapped, what is made of it does not fit
        done = self.limited(limit, "data", "build", path, "--tokenizer", tokenizer(), "--out", scratch("never"),
                            "--threads", 1, "--piece-bytes", 20)
        self.assert_error(done, 1, "MB", "of %d MB" % round(limit * 1.048576), "ulimit -v", "--piece-bytes")

    def test_threads_that_cannot_be_made_are_said_with_what_to_lower(self):
        threads = 1024  # each reserves its stack
        done = self.limited(60, "data", "synth", "--documents", 5, "--out", scratch("never"), "--threads", threads)
        self.assert_error(done, 1, "asked for 1024, got ", "--threads", "ulimit -v")

    def test_training_that_does_not_fit_knows_the_limit(self):
        done = self.limited(120, "train", "pretrain", "--data", dataset(), "--out", scratch("never"), "--threads", 1,
                            "--set", "width=512", "--set", "context_length=1024", "--set", "batch_tokens=8192")
        self.assert_error(done, 1, "needs", "lower micro_batch_rows")
        there = float(re.search("there are ([0-9]+) MB", done.stderr).group(1))
        self.assertLess(there, 126)


class Streams(Case):
    def test_synth_writes_into_a_pipe(self):
        arguments = ["data", "synth", "--level", "small", "--documents", 5]
        path = scratch("five.jsonl")
        succeed(*arguments, "--out", path)
        with open(path, encoding="utf-8") as file:
            expected = file.read()
        for name in ("-", "/dev/stdout"):
            done = succeed(*arguments, "--out", name)
            self.assertEqual(done.stdout, expected)
            self.assertIn("documents", done.stderr)

    def test_ctrl_c_is_said_where_a_command_does_not_wait_for_it(self):
        for flags in ((), ("--json",)):
            process = start("bench", "infer", "-m", trained_run(), "--repetitions", 100, *flags)
            wait_until(lambda: os.path.exists("/proc/%d/task" % process.pid) and
                       len(os.listdir("/proc/%d/task" % process.pid)) > 1, process, "its threads")
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=60)
            self.assertEqual((process.returncode, error.splitlines()[-1]), (130, "error: interrupted"))
            self.assertEqual(json.loads(out)["code"] if flags else out, "interrupted" if flags else "")

    def test_whole_numbers_may_have_an_exponent(self):
        lines = succeed("data", "synth", "--level", "small", "--documents", "1e1", "--out", "-").stdout.splitlines()
        self.assertEqual(len(lines), 10)


add_tests(WrongUsage, WRONG_USAGE, 2)
add_tests(Failures, FAILURES, 1)

if __name__ == "__main__":
    unittest.main()
