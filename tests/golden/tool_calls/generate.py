#!/usr/bin/env python3
"""Writes golden.json: what assistants say when they call tools, as the chat templates of open models have it.

  generate.py TEMPLATES   the folder vendor/llama.cpp/models/templates of the source package llama-cpp-python 0.3.36

Each template renders a conversation that ends in calls, in the environment that transformers compiles templates in; what it
adds to the prompt, without the end of the turn, is what the model learnt to say.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "template"))
from reference import Clock, render  # noqa: E402

FORMS = {
    "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use": "hermes", "NousResearch-Hermes-3-Llama-3.1-8B-tool_use": "hermes",
    "Qwen-Qwen2.5-7B-Instruct": "hermes", "Qwen-Qwen3-0.6B": "hermes", "Qwen-QwQ-32B": "hermes",
    "ibm-granite-granite-4.0": "hermes", "ibm-granite-granite-4.1": "hermes",
    "meta-llama-Llama-3.1-8B-Instruct": "llama", "meta-llama-Llama-3.2-3B-Instruct": "llama",
    "meta-llama-Llama-3.3-70B-Instruct": "llama",
    "mistralai-Mistral-Nemo-Instruct-2407": "mistral", "Mistral-Small-3.2-24B-Instruct-2506": "mistral",
    "unsloth-mistral-Devstral-Small-2507": "mistral", "mistralai-Ministral-3-14B-Reasoning-2512": "mistral",
    "Qwen3-Coder": "qwen-coder", "Qwen3.5-4B": "qwen-coder", "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16": "qwen-coder",
    "StepFun3.5-Flash": "qwen-coder", "GLM-4.6": "glm", "GLM-4.7-Flash": "glm",
    "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B": "deepseek", "deepseek-ai-DeepSeek-V3.1": "deepseek",
    "google-gemma-4-31B-it": "gemma", "openai-gpt-oss-120b": "harmony",
}
THINK = {"Qwen-Qwen3-0.6B", "Qwen3.5-4B", "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "GLM-4.6", "google-gemma-4-31B-it",
         "openai-gpt-oss-120b"}
CALLS = [
    [("get_weather", {"city": "Paris", "days": 2, "exact": True, "limit": 1.5, "none": None}, "call00001")],
    [("find", {"text": "a \"b\" \\ {[</tool_call>]} \u00e9\n", "where": {"in": [1, {"deep": []}]}}, "abcdefghi")],
    [("a", {}, "aaaaaaaaa"), ("b", {"x": [1, 2]}, "bbbbbbbbb")],
    [("find", {"text": "5", "where": {"in": [True, None, "x, y: {z}"]}}, "abcdefghi")],
]
THOUGHT = "Which one?\n\nThis one."
ENDS = ["<\uff5cend\u2581of\u2581sentence\uff5c>", "<|call|>", "<|tool_response>", "</s>", "<|eot_id|>", "<|im_end|>\n", "<|im_end|>", "<|end_of_text|>\n", "<|end_of_text|>"]
STRING, OBJECT = {"type": "string"}, {"type": "object"}
SCHEMAS = {"get_weather": {"city": STRING, "days": {"type": "integer"}, "exact": {"type": "boolean"}, "limit": {"type": "number"},
                           "none": {"anyOf": [STRING, {"type": "null"}]}},
           "find": {"text": STRING, "where": OBJECT}, "a": {}, "b": {"x": {"type": "array"}}}
TOOLS = [{"type": "function", "function": {"name": name, "description": "Does it.", "parameters": {
    "type": "object", "properties": schemas}}} for name, schemas in SCHEMAS.items()]
# Where the assistant's turn begins, for templates whose prompt says more than that.
TURNS = ["<\uff5cAssistant\uff5c>", "<|turn>model\n", "<|assistant|>", "<|im_start|>assistant\n"]


def said(template, calls, thought=None):
    """Returns what a template has an assistant say for calls, or None where it refuses them."""
    import datetime
    now = datetime.datetime(2026, 3, 7, 9, 5, 2)
    user = {"role": "user", "content": "Do it."}
    assistant = {"role": "assistant", "content": "", "tool_calls": [
        {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}} for name, arguments, call_id in calls]}
    if thought:
        assistant["reasoning_content"] = assistant["thinking"] = thought
    variables = {"tools": TOOLS, "bos_token": "<s>", "eos_token": "</s>"}
    prompt, problem = render(template, {**variables, "messages": [user], "add_generation_prompt": True}, now)
    whole, problem2 = render(template, {**variables, "messages": [user, assistant], "add_generation_prompt": False}, now)
    if problem or problem2:
        return None
    if not whole.startswith(prompt):
        turn = next(turn for turn in TURNS if turn in whole)
        prompt = whole[:whole.index(turn) + len(turn)]
    text = whole[len(prompt):]
    text = text.removesuffix(TURNS[0] + ENDS[0])  # a turn of calls that has an empty one of words behind it
    for end in ENDS:
        if text.endswith(end):
            return text[:-len(end)]
    return text


def main():
    results = []
    for name, form in FORMS.items():
        with open(os.path.join(sys.argv[1], name + ".jinja"), encoding="utf-8") as file:
            template = file.read()
        for calls in CALLS:
            if form == "harmony":  # whose template writes the first call of a turn alone
                calls = calls[:1]
            for thought in [None, THOUGHT] if name in THINK else [None]:
                text = said(template, calls, thought)
                if text is not None:
                    results.append({"template": name, "form": form, "says": text, "thinks": thought or "",
                                    "opens": text.find("</think>") > -1 and "<think>" not in text,
                                    "calls": [{"name": n, "arguments": a, "id": i} for n, a, i in calls]})
    with open(os.path.join(HERE, "tools.json"), "w", encoding="utf-8") as file:
        json.dump(TOOLS, file)
    with open(os.path.join(HERE, "golden.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(r, ensure_ascii=False) for r in results) + "\n]\n")


main()
