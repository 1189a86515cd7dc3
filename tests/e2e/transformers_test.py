"""A saved model is a folder that transformers loads, with the same ids and logits."""
import json
import os
import subprocess
import sys
import unittest

from support import Case, ROOT, checkpoints, json_of, pretrain_arguments, scratch, succeed
from transformers_environment import WRITE_LOGITS, python, why_not_logits as why_not

TEXT = "Tom is a boy. He has a red ball.\nWhat does Tom have?"
GPT2 = ["architecture=gpt2", "norm=layer", "norm_eps=1e-5", "mlp=gelu", "positions=learned", "qk_norm=false", "bias=true",
        "key_heads=2", "optimizer=adamw", "start=random"]


class Transformers(Case):
    def compare(self, name, settings):
        reason = why_not()
        if reason:
            self.skipTest(reason)
        run, logits = scratch(name), scratch(name + ".safetensors")
        succeed(*pretrain_arguments(run, settings=settings))
        folder = os.path.join(run, "checkpoints", checkpoints(run)[-1])
        ids = json_of("tokenizer", "encode", "-m", folder, TEXT)["ids"]
        subprocess.run([WRITE_LOGITS, folder, logits, *map(str, ids)], check=True)
        done = subprocess.run([python(), os.path.join(ROOT, "tests", "golden", "transformers", "check.py"), folder, logits,
                               json.dumps(ids), TEXT], capture_output=True, text=True)
        print(done.stdout, file=sys.stderr)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_qwen3_shaped_model(self):
        self.compare("as-qwen3", [])

    def test_qwen3_shaped_model_with_a_head_of_its_own(self):
        self.compare("as-qwen3-untied", ["tie_embeddings=false"])

    def test_gpt2_shaped_model(self):
        self.compare("as-gpt2", GPT2)

    def test_llama_shaped_model_with_llama_3_scaling(self):
        self.compare("as-llama", ["architecture=llama", "qk_norm=false", "rope_scaling=llama3", "rope_scaling_factor=8",
                                  "rope_original_context=64", "rope_theta=500000", "start=random"])

    def test_llama_shaped_model_with_biases_and_dynamic_scaling(self):
        self.compare("as-llama-biases", ["architecture=llama", "qk_norm=false", "attention_bias=true", "mlp_bias=true",
                                         "rope_scaling=dynamic", "rope_scaling_factor=2", "start=random"])

    def test_mistral_shaped_model_with_a_window(self):
        self.compare("as-mistral", ["architecture=mistral", "qk_norm=false", "window=7", "start=random"])

    def test_qwen2_shaped_model_with_yarn(self):
        self.compare("as-qwen2", ["architecture=qwen2", "qk_norm=false", "qkv_bias=true", "rope_scaling=yarn",
                                  "rope_scaling_factor=4", "rope_original_context=64", "start=random"])

    def test_random_models_of_every_architecture(self):
        reason = why_not()
        if reason:
            self.skipTest(reason)
        done = subprocess.run([python(), os.path.join(ROOT, "tests", "golden", "transformers", "random_models.py"),
                               WRITE_LOGITS, os.path.dirname(scratch("x"))], capture_output=True, text=True)
        print(done.stdout, file=sys.stderr)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)



if __name__ == "__main__":
    unittest.main()
