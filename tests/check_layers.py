#!/usr/bin/env python3
"""Checks the arrows of layers.txt, the headers that may not stand in a .h, and the sizes of files.

Usage: check_layers.py [ROOT]; prints what is wrong, a line each, and ends with status 1 if there is anything.
"""
import os
import re
import sys

MAX_LINES = 600
# Files that may be longer, with the reason.
LONG_FILES = {}
# Header of a library that is slow to compile or leaks its macros -> what it is, for the message.
HEAVY_HEADERS = [
    (re.compile(r"nlohmann/"), "nlohmann-json"),
    (re.compile(r"CLI/"), "CLI11"),
    (re.compile(r"toml\+\+/"), "toml++"),
    (re.compile(r"simdjson"), "simdjson"),
    (re.compile(r"boost/"), "Boost"),
    (re.compile(r"sqlite3"), "SQLite"),
    (re.compile(r"curl/"), "curl"),
    (re.compile(r"asio"), "Asio"),
]
# Libraries whose own convention is to be included with quotes.
QUOTED_LIBRARIES = ("hwy/",)
CUDA_HEADER = re.compile(r"cuda|cublas|cudnn|nccl|cub/")
CUDA_FOLDERS = ("src/kernels/cuda/", "src/core/cuda/", "src/comm/")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
SOURCES = (".h", ".cc", ".cu", ".cuh")


def read_layers(path):
    """Returns folder -> set of folders that it may include directly, or None where it may include all."""
    arrows = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            if "->" not in line:
                raise ValueError("%s:%d: expected 'folder -> folder …'" % (path, number))
            folder, targets = (part.strip() for part in line.split("->"))
            arrows[folder] = None if targets == "*" else set(targets.split())
    return arrows


def closure(arrows):
    """Returns folder -> every folder that it may include: what its targets may include comes with them."""
    reach = {}

    def visit(folder, path):
        if folder in path:
            raise ValueError("layers.txt: the arrows go round in a circle: " + " -> ".join(path + (folder,)))
        if folder not in reach:
            if folder not in arrows:
                raise ValueError("layers.txt: '%s' has no line of its own" % folder)
            targets = set(arrows) if arrows[folder] is None else arrows[folder]
            found = {folder, "base"}
            for target in targets - {folder}:
                found |= {target} | visit(target, path + (folder,))
            reach[folder] = found
        return reach[folder]

    for folder in arrows:
        visit(folder, ())
    return reach


def source_files(root):
    for folder, folders, names in os.walk(os.path.join(root, "src")):
        folders.sort()
        for name in sorted(names):
            if name.endswith(SOURCES):
                yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")


def check_include(file, folder, quote, target, reach):
    """Returns what is wrong with one #include, or nothing."""
    if quote == '"':
        top = target.split("/")[0]
        if "/" not in target:
            return "includes '%s' without its folder" % target
        if top in reach and top not in reach[folder]:
            return "includes '%s', and layers.txt has no arrow %s -> %s" % (target, folder, top)
        is_test = file.endswith(("_test.cc", "_bench.cc", "_testing.h", "test_support.h"))
        if top not in reach and not is_test and not target.startswith(QUOTED_LIBRARIES):
            return "includes '%s' from outside src/" % target
    if file.endswith(".h"):
        for pattern, library in HEAVY_HEADERS:
            if pattern.match(target):
                return "a header includes %s ('%s'): only .cc files may" % (library, target)
    if CUDA_HEADER.match(target) and not file.startswith(CUDA_FOLDERS):
        return "includes a CUDA header ('%s') outside %s" % (target, ", ".join(CUDA_FOLDERS))
    return None


def check_file(root, file, reach):
    """Yields what is wrong with one file."""
    folder = file.split("/")[1]
    if folder not in reach:
        yield "%s: folder '%s' is not in layers.txt" % (file, folder)
        return
    with open(os.path.join(root, file), encoding="utf-8") as text:
        lines = text.read().splitlines()
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        wrong = check_include(file, folder, include.group(1), include.group(2), reach) if include else None
        if wrong:
            yield "%s:%d: %s" % (file, number, wrong)
    if len(lines) > MAX_LINES and file not in LONG_FILES:
        yield "%s: %d lines, at most %d (or a reason in LONG_FILES)" % (file, len(lines), MAX_LINES)


def check(root):
    """Returns what is wrong in a tree, a line each."""
    try:
        reach = closure(read_layers(os.path.join(root, "layers.txt")))
    except ValueError as wrong:
        return [str(wrong)]
    files = list(source_files(root))
    problems = [problem for file in files for problem in check_file(root, file, reach)]
    problems += ["%s: in LONG_FILES, but not there" % file for file in LONG_FILES if file not in files]
    return problems


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    problems = check(root)
    print("\n".join(problems) if problems else "layers, headers and sizes are as they should be")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
