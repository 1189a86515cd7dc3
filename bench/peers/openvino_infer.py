"""Times OpenVINO GenAI on a GGUF file: prints prefill and decode in tokens/s as JSON. Run by infer.py.

usage: openvino_infer.py FILE.gguf PROMPT_TOKENS NEW_TOKENS THREADS [GROUP_SIZE]
"""
import json
import sys

import openvino
import openvino_genai

path, prompt_tokens, new_tokens, threads = sys.argv[1], *map(int, sys.argv[2:5])
options = {"INFERENCE_NUM_THREADS": threads}
if len(sys.argv) > 5:
    options["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = int(sys.argv[5])
pipeline = openvino_genai.LLMPipeline(path, "CPU", **options)
mask = openvino.Tensor([[1] * prompt_tokens])
config = openvino_genai.GenerationConfig(max_new_tokens=new_tokens, min_new_tokens=new_tokens, ignore_eos=True,
                                         do_sample=False, apply_chat_template=False)
for run in range(2):  # the first run compiles; what two prompts share would be taken from a cache
    ids = openvino.Tensor([[11 + run + i % 97 for i in range(prompt_tokens)]])
    metrics = pipeline.generate(openvino_genai.TokenizedInputs(ids, mask), config).perf_metrics
print(json.dumps({"prefill": 1e3 * prompt_tokens / metrics.get_ttft().mean, "decode": metrics.get_throughput().mean}))
