"""Renders conversations.jsonl with template.jinja as transformers does, into rendered.jsonl."""
import copy
import json
import pathlib

from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

folder = pathlib.Path(__file__).parent
template = (folder / "template.jinja").read_text()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()))


def render(messages, prompt):
    return tokenizer.apply_chat_template(
        messages, chat_template=template, tokenize=False, add_generation_prompt=prompt
    )


with open(folder / "rendered.jsonl", "w") as out:
    for line in open(folder / "conversations.jsonl"):
        messages = json.loads(line)["messages"]
        parsed = copy.deepcopy(messages)  # the same calls with arguments as objects, as clients pass them
        for message in parsed:
            for call in message.get("tool_calls", []):
                call["function"]["arguments"] = json.loads(call["function"]["arguments"])
        whole, prompt = render(messages, False), render(messages, True)
        assert render(parsed, False) == whole and render(parsed, True) == prompt
        out.write(json.dumps({"text": whole}) + "\n" + json.dumps({"text": prompt}) + "\n")
