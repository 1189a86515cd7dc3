"""What people think of answers, as data that PyPI's datasets loads with the columns that TRL's trainers ask for."""
import json
import subprocess
import unittest
import urllib.request

from packages import OutOfReach, python_with
from server import Server
from support import Case, scratch, trained_run

COLUMNS = {"preference": {"prompt", "chosen", "rejected"}, "unpaired": {"prompt", "completion", "label"},
           "sft": {"messages", "tools"}, "rankings": {"prompt", "completions"}, "edits": {"prompt", "before", "after"}}
LOAD = """
import json, sys
from datasets import load_dataset
out = {}
for name in sys.argv[2:]:
    rows = load_dataset("json", data_files=sys.argv[1] % name, split="train")
    out[name] = {"columns": rows.column_names, "rows": rows.to_list()}
print(json.dumps(out))
"""


class Page:
    """What the page does, by its API."""

    def __init__(self, server):
        self.url = server.url

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(),
                                         {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def post(self, path, body):
        return json.loads(self.call("POST", path, body))

    def answers(self, conversation, parent, count):
        started = self.post("/api/conversations/%s/answers" % conversation,
                            {"parent_id": parent, "count": count, "settings": {"max_tokens": 8}})["messages"]
        for message in started:
            self.call("GET", "/api/answers/%s/events" % message["id"])
        return [message["id"] for message in started]


def collected(page):
    """A conversation with every kind of feedback; the ids of its answers."""
    conversation = page.post("/api/conversations", {"system_prompt": "Be kind."})["id"]
    question = page.post("/api/conversations/%s/messages" % conversation,
                         {"parent_id": None, "role": "user", "parts": [{"type": "text", "text": "Où est la rivière? 😀"}]})["id"]
    first, second = page.answers(conversation, question, 2)
    edited = page.post("/api/conversations/%s/messages" % conversation,
                       {"parent_id": question, "role": "assistant", "edited_from": first,
                        "parts": [{"type": "text", "text": "Behind the mill."}]})["id"]
    page.post("/api/feedback", {"kind": "choice", "message_ids": [first, second], "choice": 1, "reasons": ["style"]})
    page.post("/api/feedback", {"kind": "thumb", "message_id": second, "value": 1, "note": "good"})
    page.post("/api/feedback", {"kind": "thumb", "message_id": first, "value": -1, "reasons": ["wrong"]})
    page.post("/api/feedback", {"kind": "ranking", "message_ids": [first, second, edited], "ranking": [edited, second, first]})
    page.post("/api/feedback", {"kind": "flag", "message_id": first, "reasons": ["unsafe"]})
    return conversation


def with_calls():
    """An export with an answer that calls tools three times, as models do that give their calls no ids."""
    def call(name, arguments):
        return [{"type": "tool_call", "id": "", "name": name, "arguments": json.dumps(arguments)}]

    def result(text):
        return [{"type": "tool_result", "call_id": "", "name": "", "text": text}]

    parts = (call("calculator", {"expression": "1 + 1"}) + result("2") + call("clock", {"zone": "UTC"}) +
             call("calculator", {"expression": "1 + 1"}) + result("12:00") + result("2"))
    messages = [{"id": "q", "role": "user", "parts": [{"type": "text", "text": "Go."}], "created": 1},
                {"id": "a", "parent_id": "q", "role": "assistant", "parts": parts, "created": 2}]
    return {"format": "vitrine-conversations", "version": 1, "folders": [],
            "conversations": [{"id": "c", "messages": messages, "active_leaf": "a"}],
            "events": [{"kind": "thumb", "created": 3, "conversation_id": "c", "message_ids": ["a"], "value": 1}]}


class FeedbackExport(Case):
    def python(self):
        try:
            return python_with("datasets-venv", ["datasets"], ["datasets"])
        except OutOfReach as reason:
            self.skipTest(str(reason))

    def load(self, python, *names):
        """What `datasets` makes of export-NAME.jsonl, by name."""
        done = subprocess.run([python, "-c", LOAD, scratch("export-%s.jsonl"), *names], capture_output=True, text=True,
                              timeout=300, env={"HF_HOME": scratch("hf"), "HF_DATASETS_OFFLINE": "1", "PATH": "/usr/bin:/bin"})
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        return json.loads(done.stdout.splitlines()[-1])

    def test_datasets_loads_every_format_with_the_columns_of_the_trainers(self):
        python = self.python()
        with Server(trained_run()) as server:
            page = Page(server)
            collected(page)
            for name in COLUMNS:
                with open(scratch("export-%s.jsonl" % name), "wb") as file:
                    file.write(page.call("GET", "/api/feedback/export?format=" + name))
        tables = self.load(python, *COLUMNS)
        for name, columns in COLUMNS.items():
            self.assertEqual(set(tables[name]["columns"]), columns, name)
        prompt = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Où est la rivière? 😀"}]
        for name in ("preference", "unpaired", "rankings", "edits"):
            for row in tables[name]["rows"]:
                self.assertEqual(row["prompt"], prompt, name)
        # One of the choice, three of the ranking, one of the edit, one of the thumbs.
        self.assertEqual(len(tables["preference"]["rows"]), 6)
        self.assertEqual(sorted(row["label"] for row in tables["unpaired"]["rows"]), [False, True])
        self.assertEqual([row["after"][0]["content"] for row in tables["edits"]["rows"]], ["Behind the mill."])
        self.assertEqual(len(tables["rankings"]["rows"][0]["completions"]), 3)
        for row in tables["sft"]["rows"]:
            self.assertEqual([message["role"] for message in row["messages"]], ["system", "user", "assistant"])
            self.assertEqual(json.loads(row["tools"]), [])

    def test_datasets_loads_calls_with_their_arguments_as_objects_and_ids_that_match(self):
        python = self.python()
        with Server(trained_run()) as server:
            page = Page(server)
            page.post("/api/import", with_calls())
            with open(scratch("export-calls.jsonl"), "wb") as file:
                file.write(page.call("GET", "/api/feedback/export?format=sft"))
        rows = self.load(python, "calls")["calls"]["rows"]
        self.assertEqual(len(rows), 1)
        ids, results = [], []
        for message in rows[0]["messages"]:
            for call in message.get("tool_calls") or []:
                ids.append(call["id"])
                self.assertEqual({key: value for key, value in call["function"]["arguments"].items() if value is not None},
                                 {"expression": "1 + 1"} if call["function"]["name"] == "calculator" else {"zone": "UTC"})
            if message["role"] == "tool":
                results.append(message["tool_call_id"])
        self.assertEqual(len(set(ids)), 3)
        self.assertTrue(all(ids))
        self.assertEqual(ids, results)

    def test_import_of_an_export_gives_the_same_in_another_store(self):
        with Server(trained_run()) as server:
            page = Page(server)
            collected(page)
            everything = page.call("GET", "/api/export")
            feedback = {name: page.call("GET", "/api/feedback/export?format=" + name) for name in COLUMNS}
        with Server(trained_run()) as server:
            page = Page(server)
            counts = page.post("/api/import", json.loads(everything))
            self.assertEqual((counts["conversations"], counts["messages"], counts["events"]), (1, 4, 6), counts)
            self.assertEqual(json.loads(page.call("GET", "/api/export")), json.loads(everything))
            for name, lines in feedback.items():
                self.assertEqual(sorted(page.call("GET", "/api/feedback/export?format=" + name).splitlines()),
                                 sorted(lines.splitlines()), name)

    def test_deleted_text_is_in_no_file_and_its_events_stay(self):
        with Server(trained_run()) as server:
            page = Page(server)
            conversation = collected(page)
            page.call("DELETE", "/api/conversations/" + conversation)
            events = json.loads(page.call("GET", "/api/feedback"))["events"]
            store = server.command[server.command.index("--store") + 1]
            for name in (store, store + "-wal", store + "-shm"):
                with open(name, "rb") as file:
                    held = file.read().lower()
                for text in ("rivière", "be kind", "behind the mill"):
                    self.assertNotIn(text.encode(), held, name)
            server.interrupt()
            self.assertEqual(server.wait(), 0)
        self.assertEqual(len(events), 6)


if __name__ == "__main__":
    unittest.main()
