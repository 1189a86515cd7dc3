"""What a model's files say beside its weights: how it is drawn from, whose it is; and model info --check of files that are
not whole."""
import json
import os
import shutil
import struct
import unittest

from support import Case, checkpoints, json_of, once, scratch, succeed, trained_run, vitrine

DEFAULTS = {"do_sample": True, "temperature": 0.25, "top_k": 7, "repetition_penalty": 1.1, "max_new_tokens": 5, "num_beams": 4}
CARD = "---\nlicense: mit\nlanguage: [en, 'no']\nbase_model: owner/base\n---\n\n# Mine\n\nMore to know.\n"


def plain_folder(name, change):
    def make(folder):
        shutil.copytree(os.path.join(trained_run(), "checkpoints", checkpoints(trained_run())[-1]), folder)
        os.remove(os.path.join(folder, "manifest.json"))
        change(folder)
    return once("files-" + name, make)


def edit_json(name, change):
    def edit(folder):
        path = os.path.join(folder, name)
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
        change(value)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(value, file)
    return edit


def described():
    def change(folder):
        edit_json("generation_config.json", lambda config: config.update(DEFAULTS))(folder)
        with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as file:
            file.write(CARD)
    return plain_folder("described", change)


def greedy():
    return plain_folder("greedy", edit_json("generation_config.json", lambda config: config.update(do_sample=False)))


def sampling_of(model):
    return {row["setting"]: row["value"] for row in json_of("model", "info", "-m", model).get("sampling", [])}


def text_of(model, *more):
    return json_of("generate", "-m", model, "The", *more)["text"]


def rename_tensor(old, new):
    """Names of one length, so that nothing moves."""
    def edit(folder):
        with open(os.path.join(folder, "model.safetensors"), "r+b") as file:
            size = struct.unpack("<Q", file.read(8))[0]
            header = file.read(size)
            assert len(old) == len(new) and old.encode() in header
            file.seek(8)
            file.write(header.replace(old.encode(), new.encode()))
    return edit


class Drawing(Case):
    def test_the_files_say_what_holds_where_the_user_says_nothing(self):
        self.assertEqual(sampling_of(trained_run()), {})
        held = sampling_of(described())
        self.assertEqual({name: float(held[name]) for name in ("temperature", "top_k", "top_p", "repeat_penalty",
                                                               "repeat_last_n", "max_tokens")},
                         {"temperature": 0.25, "top_k": 7, "top_p": 1, "repeat_penalty": 1.1, "repeat_last_n": -1,
                          "max_tokens": 5})
        by_hand = ["--temperature", 0.25, "--top-k", 7, "--top-p", 1, "--repeat-penalty", 1.1, "--repeat-last-n", -1,
                   "--max-tokens", 5]
        self.assertEqual(text_of(described()), text_of(trained_run(), *by_hand))
        self.assertEqual(json_of("generate", "-m", described(), "The", "--max-tokens", 9)["tokens"], 9)

    def test_a_model_that_is_not_drawn_from_is_greedy_unless_asked_otherwise(self):
        for seed in (1, 2):
            self.assertEqual(text_of(greedy(), "--seed", seed), text_of(trained_run(), "--temperature", 0))
        self.assertEqual(text_of(greedy(), "--temperature", 3), text_of(trained_run(), "--temperature", 3))

    def test_bad_values_are_refused_by_file_and_key(self):
        for number, (key, value) in enumerate([("temperature", -1), ("top_p", "much"), ("top_k", 2.5), ("max_new_tokens", 0),
                                               ("eos_token_id", 10 ** 9)]):
            folder = plain_folder("bad-%d" % number, edit_json("generation_config.json", lambda config: config.update({key: value})))
            done = vitrine("generate", "-m", folder, "The")
            self.assertEqual(done.returncode, 1)
            self.assertIn("generation_config.json: '%s' is wrong (got " % key, done.stderr)


class Conversion(Case):
    def test_a_file_and_the_folder_made_from_it_say_the_same(self):
        file, folder, copy = scratch("card.gguf"), scratch("card-back"), scratch("card-copy")
        done = succeed("model", "convert", "-m", described(), "--out", file)
        for loss in ("'num_beams' is not followed", "5 tokens an answer is left out"):
            self.assertIn(loss, done.stderr)
        metadata = {row["key"]: row["value"] for row in json_of("model", "info", "-m", file)["metadata"]}
        self.assertEqual(metadata["general.license"], "'mit'")
        self.assertEqual(float(metadata["general.sampling.temp"]), 0.25)
        self.assertEqual(metadata["general.base_model.0.repo_url"], "'https://huggingface.co/owner/base'")
        succeed("model", "convert", "-m", file, "--out", folder)
        with open(os.path.join(folder, "README.md"), encoding="utf-8") as readme:
            text = readme.read()
        for line in ("license: mit\n", '- en\n- "no"\n', "- owner/base\n", "\n# files-described"):
            self.assertIn(line, text)
        self.assertEqual(json_of("model", "info", "-m", folder)["licence"], "mit")
        with open(os.path.join(folder, "generation_config.json"), encoding="utf-8") as config:
            config = json.load(config)
        for key in ("do_sample", "temperature", "top_k", "repetition_penalty"):
            self.assertEqual(config[key], DEFAULTS[key])
        succeed("model", "convert", "-m", described(), "--out", copy)
        with open(os.path.join(copy, "README.md"), encoding="utf-8") as readme:
            self.assertEqual(readme.read(), CARD)


class Check(Case):
    def test_tensors_that_are_missing_or_not_used_are_named_with_status_1(self):
        whole = json_of("model", "info", "-m", trained_run(), "--check")
        self.assertTrue(whole["all_tensors_as_expected"])
        old, new = "model.layers.0.mlp.up_proj.weight", "model.layers.0.mlp.op_proj.weight"
        folder = plain_folder("renamed", rename_tensor(old, new))
        done = vitrine("model", "info", "-m", folder, "--check", "--json")
        self.assertEqual(done.returncode, 1)
        result = json.loads(done.stdout)
        self.assertFalse(result["all_tensors_as_expected"])
        self.assertEqual([(row["tensor"], row["fault"]) for row in result["tensor_faults"]],
                         [(old, "missing"), (new, "not used")])
        self.assertEqual(vitrine("model", "info", "-m", folder).returncode, 0)

    def test_an_end_that_is_no_token_is_a_fault_too(self):
        folder = plain_folder("endless", edit_json("config.json", lambda config: config.update(eos_token_id=10 ** 9)))
        done = vitrine("model", "info", "-m", folder, "--check", "--json")
        self.assertEqual(done.returncode, 1)
        result = json.loads(done.stdout)
        self.assertTrue(result["all_tensors_as_expected"])
        self.assertFalse(result["all_texts_as_expected"])
        self.assertIn("eos_token_id", result["text_fault"])

    def test_a_config_of_another_width_names_every_tensor_with_both_shapes(self):
        folder = plain_folder("wide", edit_json("config.json", lambda config: config.update(
            intermediate_size=config["intermediate_size"] + 8)))
        done = vitrine("model", "info", "-m", folder, "--check", "--json")
        self.assertEqual(done.returncode, 1)
        rows = json.loads(done.stdout)["tensor_faults"]
        self.assertEqual({row["fault"] for row in rows}, {"of another shape"})
        self.assertEqual(len(rows) % 3, 0)
        self.assertNotEqual(rows[0]["got"], rows[0]["expected"])


if __name__ == "__main__":
    unittest.main()
