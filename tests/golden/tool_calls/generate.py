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
}
CALLS = [
    [("get_weather", {"city": "Paris", "days": 2, "exact": True, "limit": 1.5, "none": None}, "call00001")],
    [("find", {"text": "a \"b\" \\ {[</tool_call>]} \u00e9\n", "where": {"in": [1, {"deep": []}]}}, "abcdefghi")],
    [("a", {}, "aaaaaaaaa"), ("b", {"x": [1, 2]}, "bbbbbbbbb")],
]
ENDS = ["</s>", "<|eot_id|>", "<|im_end|>\n", "<|im_end|>", "<|end_of_text|>\n", "<|end_of_text|>"]
TOOLS = [{"type": "function", "function": {"name": name, "description": "Does it.",
                                           "parameters": {"type": "object", "properties": {}}}}
         for name in ("get_weather", "find", "a", "b")]


def said(template, calls):
    """Returns what a template has an assistant say for calls, or None where it refuses them."""
    import datetime
    now = datetime.datetime(2026, 3, 7, 9, 5, 2)
    user = {"role": "user", "content": "Do it."}
    assistant = {"role": "assistant", "content": "", "tool_calls": [
        {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}} for name, arguments, call_id in calls]}
    variables = {"tools": TOOLS, "bos_token": "<s>", "eos_token": "</s>"}
    prompt, problem = render(template, {**variables, "messages": [user], "add_generation_prompt": True}, now)
    whole, problem2 = render(template, {**variables, "messages": [user, assistant], "add_generation_prompt": False}, now)
    if problem or problem2:
        return None
    if not whole.startswith(prompt):  # the prompt opens thoughts, or lacks the turn's header
        prompt = os.path.commonprefix([prompt, whole])
        prompt = prompt[:prompt.rindex("\n") + 1]
    text = whole[len(prompt):]
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
            text = said(template, calls)
            if text is not None:
                results.append({"template": name, "form": form, "says": text,
                                "calls": [{"name": n, "arguments": a, "id": i} for n, a, i in calls]})
    with open(os.path.join(HERE, "golden.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(r, ensure_ascii=False) for r in results) + "\n]\n")


main()
