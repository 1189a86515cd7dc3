#!/usr/bin/env python3
"""Loads `vitrine serve` for a while and says whether it stood it. Standard library only; Linux.

usage: bench/serving_load.py idle -m MODEL [--minutes 10] [--waiting 1000] [--active 64]
       bench/serving_load.py disconnects -m MODEL [--requests 10000]
       bench/serving_load.py slow -m MODEL [--readers 8] [--slow 8] [--seconds 20]

idle: that many streams wait in the queue (they get comments) while others are written; memory has to stay flat.
disconnects: clients leave at random moments; no slot may stay taken, and memory may grow by less than 2 %.
slow: times between tokens (p99) of readers, without and with neighbours that do not read.
Prints one JSON object; the status is 1 where a bound was missed.
"""
import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Server:
    """A server of its own, on a free port."""

    def __init__(self, options, *more):
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [options.vitrine, "serve", "-m", options.model, "--only-this-model", "--port", "0", "--store",
             os.path.join(self.folder.name, "store.db"), *map(str, more)], stderr=subprocess.PIPE, text=True)
        self.port = int(re.search(r"http://[^:]+:(\d+)", self.process.stderr.readline()).group(1))

    def metric(self, name):
        with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % self.port, timeout=60) as answer:
            return float(re.search(r"^vitrine_%s (\S+)$" % name, answer.read().decode(), re.MULTILINE).group(1))

    def resident_bytes(self):
        with open("/proc/%d/statm" % self.process.pid, encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    def stop(self):
        self.process.terminate()
        status = self.process.wait(60)
        self.folder.cleanup()
        return status


def chat_bytes(number, tokens):
    body = json.dumps({"messages": [{"role": "user", "content": "Tell tale number %d." % number}], "stream": True,
                       "temperature": 0, "max_tokens": tokens, "ignore_eos": True}).encode()
    return (b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)) + body


async def begin(server, number, tokens):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(chat_bytes(number, tokens))
    await writer.drain()
    return reader, writer


async def leave(writer, abruptly=False):
    if abruptly:
        writer.transport.abort()
    else:
        writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def keep_asking(server, number, tokens, counts, end):
    """One client: a stream after another until the end."""
    while time.monotonic() < end:
        reader, writer = await begin(server, random.randrange(10**9), tokens)
        counts["streams"] += 1
        try:
            while (line := await reader.readline()) and time.monotonic() < end:
                counts["events"] += line.startswith(b"data: {")
                counts["comments"] += line.startswith(b": keep-alive")
                counts["whole"] += line.startswith(b"data: [DONE]")
                counts["refused"] += line.startswith(b"HTTP/1.1 ") and b" 200 " not in line
        except OSError:
            counts["broken"] += 1
        await leave(writer)


async def run_idle(options):
    clients = options.waiting + options.active
    server = Server(options, "--max-parallel", options.active, "--max-queue", clients + 8)
    counts = dict.fromkeys(("streams", "events", "comments", "whole", "refused", "broken"), 0)
    seconds = options.minutes * 60
    end = time.monotonic() + seconds
    tasks = []
    for i in range(clients):
        tasks.append(asyncio.create_task(keep_asking(server, i, options.tokens, counts, end)))
        if i % 50 == 49:
            await asyncio.sleep(0.05)
    samples = []
    while time.monotonic() < end - 1:
        await asyncio.sleep(max(1.0, seconds / 60))
        samples.append((server.resident_bytes(), await asyncio.to_thread(server.metric, "connections")))
    await asyncio.gather(*tasks)
    resident = [sample[0] for sample in samples]
    if len(resident) < 6:
        server.stop()
        raise SystemExit("too few samples: the machine is too busy, or --minutes too small")
    third = max(1, len(resident) // 3)
    # The first third is warming up: caches and the allocator's arenas fill.
    early, late = max(resident[third:2 * third]), max(resident[2 * third:])
    growth = late / early - 1
    for _ in range(600):
        if await asyncio.to_thread(server.metric, "generations_active") == 0:
            break
        await asyncio.sleep(0.1)
    result = dict(counts, seconds=seconds, connections=max(sample[1] for sample in samples),
                  resident_mb=[round(value / 1e6, 1) for value in resident[::max(1, len(resident) // 15)]],
                  growth=round(growth, 4), active_at_end=await asyncio.to_thread(server.metric, "generations_active"), status=server.stop())
    bad = growth > 0.02 or counts["refused"] or counts["broken"] or result["active_at_end"] or result["status"]
    return result, bool(bad)


async def one_that_leaves(server, number, rng, counts):
    request = chat_bytes(number, 24)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        kind = rng.randrange(5)
        if kind == 0:  # in the middle of the request
            writer.write(request[:rng.randrange(len(request))])
            await writer.drain()
        else:
            writer.write(request)
            await writer.drain()
            lines = {1: 0, 2: rng.randrange(8), 3: rng.randrange(60), 4: 10**6}[kind]
            for _ in range(lines):
                line = await reader.readline()
                if not line:
                    break
                counts["whole"] += line.startswith(b"data: [DONE]")
                counts["refused"] += line.startswith(b"HTTP/1.1 429")
        await leave(writer, abruptly=rng.random() < 0.5)
    except OSError:
        counts["broken"] += 1


async def run_disconnects(options):
    server = Server(options)
    rng = random.Random(options.seed)
    counts = dict.fromkeys(("whole", "refused", "broken"), 0)
    limit = asyncio.Semaphore(48)
    begin_time = time.monotonic()

    async def bounded(number):
        async with limit:
            await one_that_leaves(server, number, rng, counts)

    warm = max(1, options.requests // 5)
    await asyncio.gather(*(bounded(i) for i in range(warm)))
    early = server.resident_bytes()
    await asyncio.gather(*(bounded(i) for i in range(warm, options.requests)))
    active = 1.0
    for _ in range(300):
        active = await asyncio.to_thread(server.metric, "generations_active")
        if active == 0:
            break
        await asyncio.sleep(0.1)
    late = server.resident_bytes()
    result = dict(counts, requests=options.requests, seconds=round(time.monotonic() - begin_time, 1),
                  resident_mb=[round(early / 1e6, 1), round(late / 1e6, 1)], growth=round(late / early - 1, 4),
                  active_at_end=active, connections_at_end=server.metric("connections"),
                  cancelled=server.metric("generations_cancelled_total"),
                  tokens_after_leaving=server.metric("cancelled_tokens_total"), status=server.stop())
    bad = (result["growth"] > 0.02 or active or result["connections_at_end"] > 1 or counts["broken"]
           or result["tokens_after_leaving"] > result["cancelled"] or result["status"])
    return result, bool(bad)


async def token_gaps(server, number, seconds):
    gaps, last, end = [], None, time.monotonic() + seconds
    while time.monotonic() < end:
        reader, writer = await begin(server, number, 100_000)
        last = None
        while time.monotonic() < end and (line := await reader.readline()):
            if line.startswith(b"data: {"):
                now = time.monotonic()
                if last:
                    gaps.append(now - last)
                last = now
        await leave(writer)
    return gaps


async def p99_of_readers(server, options, seconds):
    gaps = [gap for one in await asyncio.gather(*(token_gaps(server, i, seconds) for i in range(options.readers)))
            for gap in one]
    return sorted(gaps)[int(len(gaps) * 0.99)] * 1e3, len(gaps)


async def unread(server, end):
    """Asks for large answers and reads none of them: the sockets fill up."""
    import socket
    sockets = []
    while time.monotonic() < end:
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", server.port))
        one.setblocking(False)
        with contextlib.suppress(BlockingIOError, ConnectionError):
            for _ in range(200):
                one.send(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        sockets.append(one)
        await asyncio.sleep(0.5)
    for one in sockets:
        one.close()


async def silent_stream(server, number, end):
    reader, writer = await begin(server, number, 100_000)
    writer.transport.pause_reading()
    await asyncio.sleep(max(0.0, end - time.monotonic()))
    await leave(writer, abruptly=True)


async def run_slow(options):
    server = Server(options, "--max-parallel", options.readers + options.slow)
    await p99_of_readers(server, options, 3)
    rounds = []
    for _ in range(2):
        # The same number of answers is written in both parts: only who reads them differs.
        end = time.monotonic() + options.seconds
        read = [asyncio.create_task(token_gaps(server, 1000 + i, options.seconds)) for i in range(options.slow)]
        alone, _ = await p99_of_readers(server, options, options.seconds)
        await asyncio.gather(*read)
        end = time.monotonic() + options.seconds
        stuck = [asyncio.create_task(silent_stream(server, 1000 + i, end)) for i in range(options.slow)]
        stuck.append(asyncio.create_task(unread(server, end)))
        beside, count = await p99_of_readers(server, options, options.seconds)
        await asyncio.gather(*stuck)
        rounds.append({"all_read_p99_ms": round(alone, 2), "some_do_not_p99_ms": round(beside, 2), "gaps": count})
    ratio = min(one["some_do_not_p99_ms"] / one["all_read_p99_ms"] for one in rounds)
    return {"rounds": rounds, "ratio": round(ratio, 3), "status": server.stop()}, ratio > 1.2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("load", choices=["idle", "disconnects", "slow"])
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("--vitrine", default=os.path.join(ROOT, "build", "release", "vitrine"))
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--waiting", type=int, default=1000)
    parser.add_argument("--active", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=100_000, help="of each stream of idle; the context ends it")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--slow", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    run = {"idle": run_idle, "disconnects": run_disconnects, "slow": run_slow}[options.load]
    result, is_bad = asyncio.run(run(options))
    print(json.dumps(dict(result, load=options.load, is_ok=not is_bad)))
    return 1 if is_bad else 0


if __name__ == "__main__":
    sys.exit(main())
