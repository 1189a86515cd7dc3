"""Run by clients_test.py in an environment that has the official clients: prints a JSON object, claim to problem or null."""
import base64
import concurrent.futures
import json
import struct
import sys
import traceback
import urllib.request

import anthropic
import jsonschema
import openai
from pydantic import BaseModel

URL = sys.argv[1]
client = openai.OpenAI(base_url=URL + "/v1", api_key="none", max_retries=0)
claude = anthropic.Anthropic(base_url=URL, api_key="none", max_retries=0)
MODEL = client.models.list().data[0].id
TOOLS = [{"type": "function", "function": {
    "name": "get_weather", "description": "The weather of a city", "parameters": {
        "type": "object", "properties": {"city": {"type": "string", "maxLength": 20}}, "required": ["city"],
        "additionalProperties": False}}}]


def user(text):
    return [{"role": "user", "content": text}]


def chat(text="Name three colours.", **more):
    return client.chat.completions.create(model=MODEL, messages=user(text), **{"max_tokens": 24, **more})


def content(answer):
    return answer.choices[0].message.content


def streamed(text="Name three colours.", **more):
    return "".join(chunk.choices[0].delta.content or "" for chunk in chat(text, stream=True, **more) if chunk.choices)


def chat_streamed():
    for settings in ({"temperature": 0}, {"temperature": 1, "seed": 5}):
        assert content(chat(**settings)) == streamed(**settings)


def seed_under_load():
    alone = content(chat("Tell me a story.", seed=11, temperature=1.0))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        others = [pool.submit(chat, "Count to %d." % i, seed=i) for i in range(7)]
        again = pool.submit(chat, "Tell me a story.", seed=11, temperature=1.0)
        assert content(again.result()) == alone
        [other.result() for other in others]
    assert content(chat("Tell me a story.", seed=12, temperature=1.0)) != alone


def cached_prefix():
    text = "Say something about rivers and the towns beside them, please, " * 4
    first, second = chat(text, temperature=0), chat(text, temperature=0)
    assert content(first) == content(second)
    assert second.usage.prompt_tokens_details.cached_tokens > 16, second.usage


def log_probabilities():
    answer = chat(temperature=0, logprobs=True, top_logprobs=20)
    tokens = answer.choices[0].logprobs.content
    assert b"".join(bytes(token.bytes) for token in tokens).decode() == content(answer)
    for token in tokens:
        assert len(token.top_logprobs) == 20
        assert token.top_logprobs[0].logprob == token.logprob
        assert all(a.logprob >= b.logprob for a, b in zip(token.top_logprobs, token.top_logprobs[1:]))
    pieces = [t for chunk in chat(temperature=0, logprobs=True, stream=True) if chunk.choices[0].logprobs
              for t in chunk.choices[0].logprobs.content]
    assert [t.logprob for t in pieces] == [t.logprob for t in tokens]


def tools():
    for choice in ("required", {"type": "function", "function": {"name": "get_weather"}}):
        answer = chat("What is the weather in Paris?", tools=TOOLS, tool_choice=choice, max_tokens=64, seed=1).choices[0]
        call = answer.message.tool_calls[0]
        assert answer.finish_reason == "tool_calls" and answer.message.content is None and call.id
        assert set(json.loads(call.function.arguments)) == {"city"}
        with client.chat.completions.stream(model=MODEL, messages=user("What is the weather in Paris?"), tools=TOOLS,
                                            tool_choice=choice, max_tokens=64, seed=1) as stream:
            pieces = [event.arguments_delta for event in stream if event.type == "tool_calls.function.arguments.delta"]
            final = stream.get_final_completion().choices[0].message.tool_calls[0]
        assert final.function.arguments == call.function.arguments == "".join(pieces) and len(pieces) > 2, pieces
    history = user("Weather?") + [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": {
            "name": "get_weather", "arguments": "{\"city\": \"Paris\"}"}}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"}]
    assert client.chat.completions.create(model=MODEL, messages=history, tools=TOOLS, max_tokens=8).choices
    assert chat(tools=TOOLS, tool_choice="none").choices[0].message.tool_calls is None
    other = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}}}
    allowed = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [
        {"type": "function", "function": {"name": "get_weather"}}]}}
    call = chat(tools=[other] + TOOLS, tool_choice=allowed, max_tokens=64, seed=1).choices[0].message.tool_calls[0]
    assert call.function.name == "get_weather"


class Person(BaseModel):
    name: str
    age: int


def schemas():
    parsed = client.chat.completions.parse(model=MODEL, messages=user("Anna is 31 years old."), response_format=Person,
                                           max_tokens=200, temperature=0)
    assert isinstance(parsed.choices[0].message.parsed, Person)
    any_object = chat("Give me JSON.", response_format={"type": "json_object"}, max_tokens=300, temperature=0)
    if any_object.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(content(any_object)), dict)


def choices_stops_biases():
    answer = chat(n=3, temperature=1, seed=3)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in answer.choices}) > 1
    assert content(chat(temperature=1, seed=3)) == answer.choices[0].message.content
    whole = content(chat(temperature=0))
    stop = whole[8:11]
    cut = chat(temperature=0, stop=[stop]).choices[0]
    assert cut.message.content == whole[:whole.index(stop)] and cut.finish_reason == "stop"
    assert streamed(temperature=0, stop=[stop]) == cut.message.content
    body = json.dumps({"content": " blue"}).encode()
    request = urllib.request.Request(URL + "/tokenize", body, {"Content-Type": "application/json"})
    token = json.load(urllib.request.urlopen(request))["tokens"][0]
    assert content(chat(temperature=0, logit_bias={str(token): 100}, max_tokens=4)).strip().startswith("blue")
    assert chat(max_tokens=2).choices[0].finish_reason == "length"


def stream_usage():
    chunks = list(chat(stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens > 0
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"


def completions():
    answer = client.completions.create(model=MODEL, prompt="The capital of France is", max_tokens=8, temperature=0, logprobs=2)
    text = answer.choices[0].text
    assert "".join(answer.choices[0].logprobs.tokens) == text
    pieces = client.completions.create(model=MODEL, prompt="The capital of France is", max_tokens=8, temperature=0, stream=True)
    assert "".join(piece.choices[0].text for piece in pieces) == text
    several = client.completions.create(model=MODEL, prompt=["One", "Two"], max_tokens=2, n=2)
    assert len(several.choices) == 4


def embeddings():
    texts = ["a cat", "a kitten", "quantum chromodynamics"]
    floats = client.embeddings.create(model=MODEL, input=texts, encoding_format="float").data
    plain = client.embeddings.create(model=MODEL, input=texts).data  # the client asks for base64
    for a, b in zip(floats, plain):
        assert max(abs(x - y) for x, y in zip(a.embedding, b.embedding)) < 1e-6
        assert abs(sum(x * x for x in a.embedding) - 1) < 1e-4
    body = json.dumps({"input": "a cat", "encoding_format": "base64"}).encode()
    request = urllib.request.Request(URL + "/v1/embeddings", body, {"Content-Type": "application/json"})
    raw = base64.b64decode(json.load(urllib.request.urlopen(request))["data"][0]["embedding"])
    assert max(abs(x - y) for x, y in zip(struct.unpack("<%df" % (len(raw) // 4), raw), floats[0].embedding)) < 1e-6


def responses():
    first = client.responses.create(model=MODEL, input="My name is Anna. Hello!", max_output_tokens=16, temperature=0)
    assert first.output_text and first.status in ("completed", "incomplete")
    assert client.responses.retrieve(first.id).output_text == first.output_text
    second = client.responses.create(model=MODEL, input="What is my name?", previous_response_id=first.id,
                                     max_output_tokens=16, temperature=0)
    assert second.previous_response_id == first.id and second.usage.input_tokens > first.usage.input_tokens
    assert client.responses.input_items.list(first.id).data
    client.responses.delete(first.id)
    try:
        client.responses.retrieve(first.id)
        raise AssertionError("a deleted response is still there")
    except openai.NotFoundError:
        pass
    unstored = client.responses.create(model=MODEL, input="Hi", store=False, max_output_tokens=4)
    try:
        client.responses.retrieve(unstored.id)
        raise AssertionError("it was not to be stored")
    except openai.NotFoundError:
        pass
    tool = {"type": "function", **TOOLS[0]["function"], "strict": True}
    call = client.responses.create(model=MODEL, input="Weather in Paris?", tools=[tool], tool_choice="required",
                                   max_output_tokens=64)
    assert call.output[0].type == "function_call" and json.loads(call.output[0].arguments)
    parsed = client.responses.parse(model=MODEL, input="Anna is 31.", text_format=Person, max_output_tokens=200, temperature=0)
    assert isinstance(parsed.output_parsed, Person)


def responses_streamed():
    kinds, numbers, text = [], [], ""
    with client.responses.stream(model=MODEL, input="Name three colours.", max_output_tokens=24, temperature=0) as stream:
        for event in stream:
            kinds.append(event.type)
            numbers.append(event.sequence_number)
            text += event.delta if event.type == "response.output_text.delta" else ""
    assert event.response.output[0].content[0].text == text
    assert kinds[:4] == ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"]
    assert kinds[-1] in ("response.completed", "response.incomplete") and numbers == sorted(set(numbers))
    tool = {"type": "function", **TOOLS[0]["function"]}
    with client.responses.stream(model=MODEL, input="Weather in Paris?", tools=[tool], tool_choice="required",
                                 max_output_tokens=64) as stream:
        kinds = [event.type for event in stream]
    assert "response.function_call_arguments.done" in kinds
    assert kinds.count("response.function_call_arguments.delta") > 2
    told = client.responses.create(model=MODEL, input="Name a colour.", max_output_tokens=6, temperature=0, top_logprobs=2,
                                   include=["message.output_text.logprobs"], truncation="auto",
                                   reasoning={"effort": "low"})
    part = told.output[0].content[0]
    assert "".join(token.token for token in part.logprobs) == part.text and len(part.logprobs[0].top_logprobs) == 2
    assert told.truncation == "auto" and told.reasoning.effort == "low"
    assert told.status == "completed" or told.output[0].status == "incomplete"
    assert client.responses.cancel(told.id).id == told.id


def errors():
    for expected, settings in ((openai.NotFoundError, {"model": "nope"}), (openai.BadRequestError, {"temperature": 9})):
        try:
            client.chat.completions.create(**{"model": MODEL, "messages": user("x"), **settings})
            raise AssertionError("nothing was refused")
        except expected as error:
            assert error.body["param"] == list(settings)[0] and error.request_id
    try:
        chat("word " * 9000)
        raise AssertionError("nothing was refused")
    except openai.BadRequestError as error:
        assert error.code == "context_length_exceeded" and "8192" in str(error)


def anthropic_messages():
    settings = {"model": MODEL, "max_tokens": 24, "messages": user("Name three colours."), "system": "You are brief.",
                "extra_body": {"temperature": 0}}  # the client has no argument for it any more
    answer = claude.messages.create(**settings)
    assert answer.content[0].type == "text" and answer.stop_reason in ("max_tokens", "end_turn")
    with claude.messages.stream(**settings) as stream:
        assert "".join(stream.text_stream) == answer.content[0].text
        assert stream.get_final_message().usage.output_tokens == answer.usage.output_tokens
    text = answer.content[0].text
    cut = claude.messages.create(**settings, stop_sequences=[text[6:9]])
    assert cut.stop_reason == "stop_sequence" and cut.stop_sequence == text[6:9]
    assert claude.messages.count_tokens(model=MODEL, messages=settings["messages"]).input_tokens > 0
    try:
        claude.messages.create(**{**settings, "model": "nope"})
        raise AssertionError("nothing was refused")
    except anthropic.NotFoundError as error:
        assert error.body["error"]["type"] == "not_found_error"


def anthropic_tools():
    tool = {"name": "get_weather", "description": "weather", "input_schema": TOOLS[0]["function"]["parameters"]}
    settings = {"model": MODEL, "max_tokens": 64, "messages": user("Weather in Paris?"), "tools": [tool],
                "tool_choice": {"type": "any"}}
    answer = claude.messages.create(**settings)
    use = [block for block in answer.content if block.type == "tool_use"][0]
    assert answer.stop_reason == "tool_use" and set(use.input) == {"city"}
    with claude.messages.stream(**settings) as stream:
        pieces = [event for event in stream if event.type == "input_json"]
        final = stream.get_final_message()
    assert [block for block in final.content if block.type == "tool_use"][0].input and len(pieces) > 2
    for limit in range(6, 40, 3):  # what is cut off is the same to the client that put it together from the stream
        cut = dict(settings, max_tokens=limit, extra_body={"temperature": 0})
        cut["tools"] = [dict(tool, input_schema={"type": "object", "required": ["city", "day"], "properties": {
            "city": {"type": "string", "maxLength": 4}, "day": {"type": "string", "maxLength": 20}}})]
        with claude.messages.stream(**cut) as stream:
            streamed = [block.input for block in stream.get_final_message().content if block.type == "tool_use"]
        whole = [block.input for block in claude.messages.create(**cut).content if block.type == "tool_use"]
        assert whole == streamed, (limit, whole, streamed)
    for _ in range(2):  # forced calls whose prompts are cached
        usage = claude.messages.create(**settings).usage
        assert usage.input_tokens >= 0 and usage.cache_read_input_tokens > 0, usage
    prefilled = claude.messages.create(model=MODEL, max_tokens=16, messages=user("Name three colours.") + [
        {"role": "assistant", "content": "Red, green and"}])
    assert prefilled.content[0].text and not prefilled.content[0].text.startswith("Red")
    more = settings["messages"] + [
        {"role": "assistant", "content": [{"type": "tool_use", "id": use.id, "name": use.name, "input": use.input}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "sunny"}]}]
    assert claude.messages.create(model=MODEL, max_tokens=8, messages=more, tools=[tool]).content is not None


def document():
    api = json.load(urllib.request.urlopen(URL + "/openapi.json"))

    def check(method, path, route, body=None):
        request = urllib.request.Request(URL + path, None if body is None else json.dumps(body).encode(),
                                         {"Content-Type": "application/json"}, method=method)
        try:
            response = urllib.request.urlopen(request)
            described = api["paths"][route][method.lower()]["responses"][str(response.status)]
        except urllib.error.HTTPError as error:
            response, described = error, api["paths"][route][method.lower()]["responses"]["default"]
        text = response.read()
        if not text:
            return None
        schema = described["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator({**schema, "components": api["components"]}).validate(json.loads(text))
        return json.loads(text)

    messages = user("hi")
    forced = {"messages": messages, "tools": TOOLS, "tool_choice": "required", "max_tokens": 64}
    for _ in range(2):
        check("POST", "/v1/chat/completions", "/v1/chat/completions", forced)
        check("POST", "/v1/messages", "/v1/messages", {
            "messages": messages, "max_tokens": 64, "tool_choice": {"type": "any"},
            "tools": [{"name": "get_weather", "input_schema": TOOLS[0]["function"]["parameters"]}]})
        check("POST", "/v1/responses", "/v1/responses", {
            "input": "hi", "max_output_tokens": 64, "tool_choice": "required",
            "tools": [{"type": "function", **TOOLS[0]["function"]}]})
    for path in ("/health", "/v1/models", "/api/status", "/api/models", "/api/settings", "/api/conversations",
                 "/api/folders", "/api/feedback", "/api/feedback/stats", "/api/export", "/openapi.json"):
        check("GET", path, path)
    check("GET", "/v1/models/" + MODEL, "/v1/models/{model}")
    check("GET", "/v1/models/nope", "/v1/models/{model}")
    for path, body in (("/v1/chat/completions", {"messages": messages, "max_tokens": 4, "logprobs": True, "top_logprobs": 2}),
                       ("/v1/chat/completions", {"messages": []}),
                       ("/v1/chat/completions", {"messages": messages, "tools": TOOLS, "tool_choice": "required", "max_tokens": 64}),
                       ("/v1/completions", {"prompt": "a", "max_tokens": 2}), ("/v1/embeddings", {"input": "a"}),
                       ("/v1/responses", {"input": "a", "max_output_tokens": 2}), ("/v1/responses", {}),
                       ("/v1/messages", {"messages": messages, "max_tokens": 2}), ("/v1/messages", {}),
                       ("/tokenize", {"content": "a"}), ("/detokenize", {"tokens": [1]}),
                       ("/apply-template", {"messages": messages})):
        check("POST", path, path, body)
    made = check("POST", "/api/conversations", "/api/conversations", {"title": "t"})
    one, route = "/api/conversations/" + made["id"], "/api/conversations/{id}"
    turn = check("POST", one + "/messages", route + "/messages", {"role": "user", "parts": [{"type": "text", "text": "hi"}]})
    answers = check("POST", one + "/answers", route + "/answers",
                    {"parent_id": turn["id"], "settings": {"max_tokens": 8}, "count": 2})["messages"]
    events = urllib.request.urlopen(URL + "/api/answers/%s/events" % answers[0]["id"]).read().decode()
    done = json.loads([line for line in events.splitlines() if line.startswith("data: ")][-1][6:])["message"]
    shown = "".join(json.loads(block.split("data: ")[1])["text"] for block in events.split("\n\n") if "event: text" in block)
    assert done["state"] == "done" and "".join(part["text"] for part in done["parts"]) == shown
    check("POST", "/api/feedback", "/api/feedback", {"kind": "thumb", "message_id": answers[0]["id"], "value": 1})
    tree = check("GET", one, route)
    assert len(tree["messages"]) == 3 and tree["messages"][1]["feedback"]["thumb"] == 1
    check("POST", "/api/folders", "/api/folders", {"name": "f"})
    for path in ("/api/search?q=hi", "/api/folders", "/api/feedback", "/api/feedback/stats", "/api/export"):
        check("GET", path, path.split("?")[0])
    everything = check("GET", one + "/export", route + "/export")
    check("DELETE", one, route)
    check("GET", one, route)
    assert check("POST", "/api/import", "/api/import", everything)["messages"] == 3
    check("DELETE", one, route)


CLAIMS = {"chat_streamed": chat_streamed, "seed_under_load": seed_under_load, "cached_prefix": cached_prefix,
          "log_probabilities": log_probabilities, "tools": tools, "schemas": schemas,
          "choices_stops_biases": choices_stops_biases, "stream_usage": stream_usage, "completions": completions,
          "embeddings": embeddings, "responses": responses, "responses_streamed": responses_streamed, "errors": errors,
          "anthropic": anthropic_messages, "anthropic_tools": anthropic_tools, "document": document}

problems = {}
for name, claim in CLAIMS.items():
    try:
        claim()
        problems[name] = None
    except Exception:
        problems[name] = traceback.format_exc()
print(json.dumps(problems))
