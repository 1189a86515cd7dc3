#!/usr/bin/env python3
"""Checks that names in unnamed namespaces differ within each module that is compiled UNITY: its files are compiled several
as one, and which ones meet changes with every file that is added. A helper with other arguments would not even be an
error there, but another overload.

Usage: check_names.py [ROOT]; prints what is wrong, a line each, and ends with status 1 if there is anything.
"""
import os
import re
import sys

UNITY = re.compile(r"^vitrine_module\((\w+)[^)]*\bUNITY\b", re.M)
ATTRIBUTES = re.compile(r"__attribute__\(\(.*?\)\)\)|\[\[[^\]]*\]\]|alignas\(\d+\)")
TYPE = re.compile(r"(?:template ?<.*> )?(?:struct|class|union|enum class|enum) (\w+)")
CONSTANT = re.compile(r"\b(k[A-Z]\w*)(?=(?:\[\w*\])* *[={;,])")
VALUE = re.compile(r"\{[^{}]*\}|(?<==)[^=,;]*")
FUNCTION = re.compile(r"(?:^|[\s&*])(\w+)\(")
VARIABLE = re.compile(r"[\w>\]][\s&*]+(\w+)(?:\[[^\]]*\])* ?[={;]")
ENUMERATORS = re.compile(r"enum (?!class)\w* ?\{(.*)\}")


def declared_names(line):
    """Returns the names that a line at the left margin of an unnamed namespace declares."""
    line = ATTRIBUTES.sub("", line).strip()
    if re.match(r"(static_assert|template ?<.*>$|using namespace|namespace|#|//|\})", line):
        return []
    alias = re.match(r"using (\w+) =", line)
    if alias:
        return [alias.group(1)]
    if line.startswith("using "):
        return [line[6:].rstrip(";").split("::")[-1]]
    kind = TYPE.match(line)
    if kind and "(" not in line.split("{")[0]:
        values = ENUMERATORS.match(line)
        return [kind.group(1)] + ([one.split("=")[0].strip() for one in values.group(1).split(",")] if values else [])
    constants = CONSTANT.findall(VALUE.sub("", line)) if re.match(r"(inline |static )?(constexpr|const) ", line) else []
    if constants:
        return constants
    declared = FUNCTION.search(line.split("=")[0]) or VARIABLE.search(line)
    return [declared.group(1)] if declared and declared.group(1) != "operator" else []


def unnamed_names(path):
    """Yields (name, line number, line) for all that stands in the unnamed namespaces of a file."""
    inside = False
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("namespace {"):
                inside = True
            elif line.startswith("}  // namespace\n"):
                inside = False
            elif inside and re.match(r"[\w\[]", line):
                for name in declared_names(line):
                    yield name, number, line.strip()


def module_sources(root, module):
    for folder, folders, names in os.walk(os.path.join(root, "src", module)):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".cc") and not name.endswith(("_test.cc", "_bench.cc")) and name != "main.cc":
                yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")


def check(root):
    """Returns what is wrong in a tree, a line each."""
    with open(os.path.join(root, "cmake", "modules.cmake"), encoding="utf-8") as file:
        modules = UNITY.findall(file.read())
    problems = []
    for module in modules:
        first = {}
        for source in module_sources(root, module):
            for name, number, line in unnamed_names(os.path.join(root, source)):
                other = first.setdefault(name, (source, number, line))
                same_alias = line.startswith("using ") and line == other[2]
                if other[0] != source and not same_alias:
                    problems.append("%s:%d: '%s' stands in an unnamed namespace of %s:%d too" %
                                    (source, number, name, other[0], other[1]))
    return problems


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    problems = check(root)
    print("\n".join(problems) if problems else "names in unnamed namespaces differ")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
