#!/usr/bin/env python3
"""Runs the tests of a build folder and counts test cases, not programs.

Unit tests are GoogleTest programs (*_test); their cases are read from --gtest_output. End-to-end and repository tests
are unittest classes in tests/*_test.py, tests/e2e/*_test.py and tests/fuzz/*_test.py. Suites whose name ends in Long run with --long only.
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import time

TESTS = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(os.path.dirname(TESTS), "src")
PROGRAM_TIMEOUT_S = 1500
GTEST_KEYS = {"name", "file", "line", "status", "result", "timestamp", "time", "classname", "value_param", "type_param",
              "failures", "skipped"}  # all else of a case's report is a property that it recorded


class Outcome:
    """The cases of one program or file."""

    def __init__(self, name):
        self.name = name
        self.passed, self.failed, self.skipped = [], [], []
        self.measured = []  # what cases recorded of themselves, as lines
        self.log = ""
        self.seconds = 0.0


def gtest_cases(program):
    """Lists Suite.Case of a GoogleTest program."""
    listing = subprocess.run([program, "--gtest_list_tests"], capture_output=True, text=True, timeout=60, check=True)
    cases, suite = [], ""
    for line in listing.stdout.splitlines():
        name = line.split("#")[0].strip()
        if line.startswith(" "):
            cases.append(suite + name)
        elif name.endswith("."):
            suite = name
    return cases


def listed_unit_cases():
    """Cases by program as the sources name them: nothing has to be built. What stands for several values is named once."""
    cases = {}
    pattern = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)
    for folder, _, names in sorted(os.walk(SOURCES)):
        program = os.path.relpath(folder, SOURCES).split(os.sep)[0] + "_test"
        for name in sorted(names):
            if name.endswith("_test.cc"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    cases.setdefault(program, []).extend(".".join(found) for found in pattern.findall(file.read()))
    return sorted(cases.items())


def is_long(case):
    return case.split(".")[0].split("/")[-1].endswith("Long")


def run_gtest(program, cases, everything):
    """Runs the given cases; a program that dies fails the case that it died in."""
    outcome = Outcome(os.path.basename(program))
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.json")
        command = [program, "--gtest_output=json:" + report, "--gtest_brief=1"]
        if not everything:
            command.append("--gtest_filter=" + ":".join(cases))
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PROGRAM_TIMEOUT_S)
            outcome.log, status = done.stdout.decode(errors="replace"), done.returncode
        except subprocess.TimeoutExpired as late:
            outcome.log = (late.stdout or b"").decode(errors="replace") + "\ntook longer than %d s" % PROGRAM_TIMEOUT_S
            status = -1
        if not os.path.exists(report):
            outcome.failed.append("%s (ended with status %d before its report)" % (outcome.name, status))
            return outcome
        with open(report, encoding="utf-8") as file:
            suites = json.load(file)["testsuites"]
    for suite in suites:
        for case in suite["testsuite"]:
            name = "%s.%s.%s" % (outcome.name, suite["name"], case["name"])
            outcome.measured.extend("%s: %s %s" % (name, key.replace("_", " "), value)
                                    for key, value in case.items() if key not in GTEST_KEYS)
            if case.get("result") == "SKIPPED":
                outcome.skipped.append(name)
            elif case.get("status") == "RUN":
                (outcome.failed if case.get("failures") else outcome.passed).append(name)
    if status != 0 and not outcome.failed:
        outcome.failed.append("%s (ended with status %d)" % (outcome.name, status))
    return outcome


def python_files():
    for folder in (TESTS, os.path.join(TESTS, "e2e"), os.path.join(TESTS, "fuzz")):
        for name in sorted(os.listdir(folder)):
            if name.endswith("_test.py"):
                yield os.path.join(folder, name)


def python_cases(path):
    listing = subprocess.run([sys.executable, os.path.join(TESTS, "e2e", "run_file.py"), path, "--list"],
                             capture_output=True, text=True, check=True)
    return json.loads(listing.stdout)


def run_python(path, cases, build):
    name = os.path.relpath(path, TESTS)
    outcome = Outcome(name)
    environment = dict(os.environ, VITRINE=os.path.abspath(os.path.join(build, "vitrine")))
    command = [sys.executable, os.path.join(TESTS, "e2e", "run_file.py"), path] + cases
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=PROGRAM_TIMEOUT_S)
        outcome.log = done.stderr
        result = json.loads(done.stdout.splitlines()[-1])
    except (subprocess.TimeoutExpired, ValueError, IndexError) as problem:
        outcome.failed.append("%s (%s)" % (name, type(problem).__name__))
        return outcome
    for kind in ("passed", "failed", "skipped"):
        getattr(outcome, kind).extend("%s.%s" % (name, case) for case in result[kind])
    return outcome


def timed(function, *arguments):
    start = time.monotonic()
    outcome = function(*arguments)
    outcome.seconds = time.monotonic() - start
    return outcome


def show(outcome):
    print("%-34s %4d passed %3d failed %3d skipped  %6.1f s" % (
        outcome.name, len(outcome.passed), len(outcome.failed), len(outcome.skipped), outcome.seconds), flush=True)
    for name in outcome.failed:
        print("  FAILED  " + name, flush=True)
    for name in outcome.skipped:
        print("  skipped " + name, flush=True)
    for line in outcome.measured:
        print("  measured " + line, flush=True)
    if outcome.failed:
        print("\n".join("    " + line for line in outcome.log.splitlines()[-60:]), flush=True)


def wanted(program, cases, options):
    return [case for case in cases
            if (options.long or not is_long(case)) and (options.filter in "%s.%s" % (program, case))]


def plan(options):
    """Jobs as (name, cases, function, arguments); unit tests may run beside each other, the rest one after another."""
    unit, rest = [], []
    for name in sorted(os.listdir(options.build)):
        program = os.path.join(options.build, name)
        if name.endswith("_test") and os.access(program, os.X_OK):
            cases = gtest_cases(program)
            chosen = wanted(name, cases, options)
            unit.append((name, chosen, run_gtest, (program, chosen, len(chosen) == len(cases))))
    for path in python_files():
        name = os.path.relpath(path, TESTS)
        chosen = wanted(name, python_cases(path), options)
        rest.append((name, chosen, run_python, (path, chosen, options.build)))
    return [job for job in unit if job[1]], [job for job in rest if job[1]]


def main():
    parser = argparse.ArgumentParser(prog="./test")
    parser.add_argument("filter", nargs="?", default="", metavar="FILTER")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--build", default="build/tests")
    options = parser.parse_args()
    if options.list:
        files = [(os.path.relpath(path, TESTS), python_cases(path)) for path in python_files()]
        for name, cases in listed_unit_cases() + files:
            for case in wanted(name, cases, options):
                print("%s.%s" % (name, case))
        return 0
    unit, rest = plan(options)
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, (os.cpu_count() or 2) // 2)) as pool:
        futures = [pool.submit(timed, function, *arguments) for _, _, function, arguments in unit]
        for future in concurrent.futures.as_completed(futures):
            outcomes.append(future.result())
            show(outcomes[-1])
    for _, _, function, arguments in rest:
        outcomes.append(timed(function, *arguments))
        show(outcomes[-1])
    counts = [sum(len(getattr(outcome, kind)) for outcome in outcomes) for kind in ("passed", "failed", "skipped")]
    if sum(counts) == 0:
        print("no test matches '%s'" % options.filter)
    print("%d passed, %d failed, %d skipped" % tuple(counts))
    return 1 if counts[1] > 0 or counts[0] == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
