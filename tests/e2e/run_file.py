#!/usr/bin/env python3
"""Runs the unittest classes of one file; the last line of standard output is the result as JSON."""
import importlib.util
import json
import os
import sys
import unittest


def cases_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from cases_of(test)
        else:
            yield test


def short_name(test):
    return ".".join(test.id().split(".")[-2:])


class Result(unittest.TextTestResult):
    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)
        self.passed = []

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed.append(short_name(test))


def main():
    path, names = os.path.abspath(sys.argv[1]), sys.argv[2:]
    for folder in (os.path.dirname(os.path.abspath(__file__)), os.path.dirname(path)):
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location("tested", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["tested"] = module
    spec.loader.exec_module(module)
    cases = list(cases_of(unittest.defaultTestLoader.loadTestsFromModule(module)))
    if names == ["--list"]:
        print(json.dumps([short_name(case) for case in cases]))
        return
    suite = unittest.TestSuite(case for case in cases if not names or short_name(case) in names)
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2, resultclass=Result).run(suite)
    # A failed set-up of a class counts as one failure, by the name that unittest gives it.
    failed = sorted({short_name(test) for test, _ in result.failures + result.errors})
    passed = [name for name in result.passed if name not in failed]
    print(json.dumps({"passed": passed, "failed": failed, "skipped": [short_name(test) for test, _ in result.skipped]}))


if __name__ == "__main__":
    main()
