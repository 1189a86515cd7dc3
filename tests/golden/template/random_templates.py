#!/usr/bin/env python3
"""Writes random templates with variables, in the parts of Jinja and Python that both sides claim to share.

Usage: random_templates.py COUNT SEED OUT
"""
import json
import random
import sys

STRINGS = ["", "a", "Hello, World", "  pad  ", "x\ny\n\nz", "é日🎉ß", "a,b,,c", "<b>&\"'", "UPPER lower", "123", "-4.5", "true",
           "</think>\n\nanswer", "tab\tİ ǆ Σ", "aaa", "{}", "%s", "a.b.c", "\u00a0x\u2028y"]
VARIABLES = {
    "s": "Hello, World", "t": "  x y  z ", "u": "éß日🎉", "e": "", "n": 7, "m": -3, "z": 0, "f": 2.5, "g": -0.1, "big": 123456789,
    "yes": True, "no": False, "nil": None, "xs": [3, 1, 2], "ys": ["b", "A", "c", "a"], "ps": [[1, "x"], [2, "y"]], "es": [],
    "d": {"k": 1, "b": "two", "a": [1, 2]}, "ds": [{"n": "x", "v": 1}, {"n": "y", "v": 0}, {"n": "Z", "v": 1}], "ed": {},
}
KINDS = {"string": ["s", "t", "u", "e"], "number": ["n", "m", "z", "big", "f", "g"], "whole": ["n", "m", "z"],
         "list": ["xs", "ys", "es", "ps"], "dict": ["d", "ed"], "any": list(VARIABLES) + ["missing"]}


class Maker:
    def __init__(self, rng):
        self.rng = rng
        self.locals = []

    def pick(self, *options):
        return self.rng.choice(options)

    def literal(self, text):
        quote = self.pick("'", '"')
        escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace(quote, "\\" + quote)
        return quote + escaped + quote

    def string(self, depth):
        if depth <= 0 or self.rng.random() < 0.25:
            return self.pick(self.literal(self.rng.choice(STRINGS)), self.rng.choice(KINDS["string"]))
        s = lambda: self.string(depth - 1)
        w = lambda: self.whole(depth - 2)
        return self.pick(
            lambda: f"({s()} + {s()})", lambda: f"({s()} ~ {self.any(depth - 1)})", lambda: f"({s()})[{w()}]",
            lambda: f"({s()})[{w()}:{w()}]", lambda: f"({s()})[{w()}:]", lambda: f"({s()})[::{self.pick('-1', '2', '-2', '3')}]",
            lambda: f"({s()}).{self.pick('upper', 'lower', 'title', 'capitalize', 'strip', 'lstrip', 'rstrip', 'swapcase')}()",
            lambda: f"({s()}).{self.pick('strip', 'lstrip', 'rstrip')}({s()})", lambda: f"({s()}).replace({s()}, {s()})",
            lambda: f"({s()}).replace({s()}, {s()}, {w()})", lambda: f"({s()}) * {self.pick(0, 1, 2, 3)}",
            lambda: f"({s()}) | {self.pick('upper', 'lower', 'title', 'capitalize', 'trim', 'reverse', 'string')}", lambda: f"(({s()}) | escape ~ '')",
            lambda: f"({s()}) | replace({s()}, {s()})", lambda: f"({s()}) | indent({w()})",
            lambda: f"({s()}) | truncate({self.pick(5, 8, 12)}, {self.pick('true', 'false')}, '..', {self.pick(0, 2)})",
            lambda: f"({s()}) | center({self.pick(3, 9)})", lambda: f"({self.list(depth - 1)}) | join({s()})",
            lambda: f"({s()}).join({self.list(depth - 1)})", lambda: f"{self.any(depth - 1)} | string",
            lambda: f"{self.any(depth - 1)} | tojson", lambda: f"{self.list(depth - 1)} | tojson(indent={self.pick(0, 1, 2)})",
            lambda: f"({s()} if {self.any(depth - 1)} else {s()})", lambda: f"({s()}).{self.pick('center', 'ljust', 'rjust', 'zfill')}({self.pick(2, 7, 11)})",
            lambda: f"'%s|%r' % ({self.any(depth - 1)}, {self.any(depth - 1)})",
            lambda: f"'{self.pick('%d', '%5d', '%-4d|', '%03d', '%+d', '%x', '%5.1f', '%.2e', '%g')}' % {self.number(depth - 1)}",
            lambda: f"'{{:{self.pick('>8', '<8', '^9', '*^7', '')}}}'.format({s()})",
            lambda: f"'{{:{self.pick('d', '5d', ',', '08.3f', '+.1f', 'e', 'g', 'x', '.2%', '>6', '_')}}}'.format({self.number(depth - 1)})",
        )()

    def whole(self, depth):
        if depth <= 0 or self.rng.random() < 0.4:
            return self.pick(self.rng.choice(KINDS["whole"]), str(self.rng.randint(-3, 6)))
        return self.pick(
            lambda: f"({self.whole(depth - 1)} {self.pick('+', '-', '*', '//', '%')} {self.whole(depth - 1)})",
            lambda: f"({self.string(depth - 1)} | length)", lambda: f"({self.list(depth - 1)} | length)",
            lambda: f"({self.string(depth - 1)}).{self.pick('find', 'rfind', 'count')}({self.string(depth - 1)})",
            lambda: f"({self.string(depth - 1)} | int)", lambda: f"({self.number(depth - 1)} | int)", lambda: f"-{self.whole(depth - 1)}",
            lambda: f"({self.string(depth - 1)} | wordcount)",
        )()

    def number(self, depth):
        if depth <= 0 or self.rng.random() < 0.4:
            return self.pick(self.rng.choice(KINDS["number"]), str(self.rng.randint(-20, 99)), f"{self.rng.uniform(-9, 9):.3g}", "1e-7", "1e17")
        n = lambda: self.number(depth - 1)
        return self.pick(
            lambda: f"({n()} {self.pick('+', '-', '*', '/', '//', '%')} {n()})", lambda: f"({n()} | round({self.pick(0, 1, 2)}))",
            lambda: f"({n()} | abs)", lambda: f"({self.string(depth - 1)} | float)", lambda: f"({self.whole(depth - 1)} ** {self.pick(0, 1, 2, 3, -1)})",
            lambda: f"(xs | {self.pick('sum', 'max', 'min', 'first', 'last')})", lambda: self.whole(depth),
            lambda: f"({n()} | round({self.pick(0, 1)}, {self.literal(self.pick('ceil', 'floor'))}))",
        )()

    def list(self, depth):
        if depth <= 0 or self.rng.random() < 0.25:
            return self.rng.choice(KINDS["list"])
        l = lambda: self.list(depth - 1)
        return self.pick(
            lambda: f"[{', '.join(self.any(depth - 1) for _ in range(self.rng.randint(0, 3)))}]", lambda: f"({l()} + {l()})",
            lambda: f"({l()})[{self.whole(depth - 2)}:{self.whole(depth - 2)}]", lambda: f"({l()})[::-1]",
            lambda: f"({self.string(depth - 1)}).split({self.pick('', repr(','), self.string(depth - 1))})",
            lambda: f"({self.string(depth - 1)}).{self.pick('split', 'rsplit')}({self.pick('none', repr(' '))}, {self.pick(0, 1, 2)})",
            lambda: f"({self.string(depth - 1)}).splitlines()", lambda: f"({self.string(depth - 1)} | list)",
            lambda: f"({l()} | {self.pick('sort', 'reverse | list', 'unique | list', 'list', 'select | list', 'reject | list')})",
            lambda: f"({l()} | map({self.literal(self.pick('string', 'upper', 'int', 'tojson', 'length'))}) | list)",
            lambda: f"({l()} | {self.pick('select', 'reject')}({self.literal(self.pick('string', 'number', 'defined', 'none', 'odd'))}) | list)",
            lambda: f"(ds | {self.pick('selectattr', 'rejectattr')}({self.pick(repr('v'), repr('n') + ', ' + repr('equalto') + ', ' + repr('y'), repr('q') + ', ' + repr('defined'))}) | map(attribute='n') | list)",
            lambda: f"(ds | sort(attribute={self.pick(repr('v'), repr('n'), repr('v,n'))}, reverse={self.pick('true', 'false')}) | map(attribute='n') | list)",
            lambda: f"({self.dict(depth - 1)} | dictsort)", lambda: f"({self.dict(depth - 1)}.{self.pick('keys', 'values', 'items')}() | list)",
            lambda: f"(range({self.whole(depth - 2)}) | list)", lambda: f"({l()} | batch({self.pick(1, 2, 3)}) | list)",
            lambda: f"(ds | groupby('v') | list)", lambda: f"({l()} * {self.pick(0, 1, 2)})", lambda: f"({self.string(depth - 1)}).partition({self.string(depth - 1)})",
        )()

    def dict(self, depth):
        if depth <= 0 or self.rng.random() < 0.4:
            return self.rng.choice(KINDS["dict"])
        entries = ", ".join(f"{self.pick(self.string(depth - 1), self.whole(0))}: {self.any(depth - 1)}" for _ in range(self.rng.randint(0, 3)))
        return self.pick("{" + entries + "}", f"dict(d, x={self.any(depth - 1)})")

    def boolean(self, depth):
        a = lambda: self.any(depth - 1)
        test = lambda: self.pick("defined", "undefined", "none", "string", "mapping", "sequence", "iterable", "number", "integer", "float",
                                 "boolean", "true", "false", "odd", "even", "lower", "upper", "callable")
        return self.pick(
            lambda: f"({a()} {self.pick('==', '!=')} {a()})", lambda: f"({self.number(depth - 1)} {self.pick('<', '<=', '>', '>=')} {self.number(depth - 1)})",
            lambda: f"({self.string(depth - 1)} {self.pick('<', '>', 'in', 'not in', '==')} {self.string(depth - 1)})",
            lambda: f"({a()} in {self.list(depth - 1)})", lambda: f"(not {a()})", lambda: f"({a()} is {self.pick('', 'not ')}{test()})",
            lambda: f"({a()} {self.pick('and', 'or')} {a()})", lambda: f"({self.string(depth - 1)}).{self.pick('startswith', 'endswith')}({self.string(depth - 1)})",
            lambda: f"({self.string(depth - 1)}).{self.pick('isdigit', 'isalpha', 'isspace', 'isupper', 'islower', 'isalnum')}()",
            lambda: f"({self.number(depth - 1)} < {self.number(depth - 1)} < {self.number(depth - 1)})", lambda: f"({self.string(depth - 1)} in {self.dict(depth - 1)})",
        )()

    def any(self, depth):
        if depth <= 0:
            return self.rng.choice(KINDS["any"] + self.locals)
        return self.pick(self.string, self.number, self.list, self.dict, self.boolean, lambda depth: self.rng.choice(KINDS["any"] + self.locals),
                         lambda depth: f"({self.any(depth - 1)} | default({self.any(depth - 1)}))",
                         lambda depth: f"{self.dict(depth - 1)}.get({self.string(depth - 1)}, {self.any(depth - 1)})")(depth)

    def text(self):
        return self.pick(" ", "\n", "  \n", "a", "x y", "\n\n  ", "{ }", "\t", "é ", "", "#", "\r\n")

    def tag(self, open_tag, body, close_tag):
        return open_tag + self.pick("", "", "-", "+" if open_tag != "{{" else "") + " " + body + " " + self.pick("", "", "-", "+" if open_tag == "{%" else "") + close_tag

    def statement(self, body):
        return self.tag("{%", body, "%}")

    def block(self, depth):
        return "".join(self.piece(depth) for _ in range(self.rng.randint(1, 4)))

    def piece(self, depth):
        options = [self.text, lambda: self.tag("{{", self.any(self.rng.randint(1, 3)), "}}"), lambda: self.tag("{#", "c", "#}")]
        if depth > 0:
            options += [lambda: self.loop(depth), lambda: self.choice(depth), lambda: self.setting(depth), lambda: self.macro(depth),
                        lambda: self.statement("filter " + self.pick("upper", "trim", "replace('a', 'b')")) + self.block(depth - 1) + self.statement("endfilter"),
                        lambda: self.statement("with q = " + self.any(1)) + self.block(depth - 1) + "{{ q }}" + self.statement("endwith"),
                        lambda: self.statement("raw") .replace("+%}", "%}") + self.pick("{{ x }}", " {% if %} ", "\n") + self.statement("endraw")]
        return self.rng.choice(options)()

    def loop(self, depth):
        head = self.pick(f"for i in {self.list(2)}", f"for i in {self.string(1)}", f"for k, i in d.items()", f"for i in xs if {self.boolean(1)}")
        self.locals.append("i")
        body = self.block(depth - 1) + self.pick("", "{{ loop.index }}", "{{ ',' if not loop.last }}", "{{ loop.previtem }}",
                                                 "{% if loop.index == 2 %}{% break %}{% endif %}", "{% if loop.first %}{% continue %}{% endif %}")
        self.locals.pop()
        otherwise = self.pick("", self.statement("else") + self.block(depth - 1))
        return self.statement(head) + body + otherwise + self.statement("endfor")

    def choice(self, depth):
        return (self.statement("if " + self.any(2)) + self.block(depth - 1) +
                self.pick("", self.statement("elif " + self.boolean(2)) + self.block(depth - 1)) +
                self.pick("", self.statement("else") + self.block(depth - 1)) + self.statement("endif"))

    def setting(self, depth):
        name = self.pick("v", "w", "s", "n", "xs")
        return self.pick(
            lambda: self.statement(f"set v = {self.any(2)}") + "{{ v }}",
            lambda: self.statement(f"set v, w = {self.any(1)}, {self.any(1)}") + "{{ w }}{{ v }}",
            lambda: self.statement("set v") + self.block(depth - 1) + self.statement("endset") + "{{ v | length }}{{ v }}",
            lambda: self.statement(f"set ns = namespace(a={self.any(1)})") + self.statement(f"set ns.a = {self.any(2)}") + "{{ ns.a }}",
        )()

    def macro(self, depth):
        self.locals += ["p", "q"]
        body = self.block(depth - 1)
        self.locals = self.locals[:-2]
        call = self.pick(f"mm({self.any(1)})", f"mm({self.any(1)}, q={self.any(1)})", f"mm(q={self.any(1)}, p=1)", "mm()")
        return self.statement(f"macro mm(p, q={self.any(1)})") + body + self.statement("endmacro") + "{{ " + call + " }}"


def main():
    count, seed, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    rng = random.Random(seed)
    cases = []
    for i in range(count):
        maker = Maker(rng)
        template = "{{ " + maker.any(rng.randint(1, 4)) + " }}" if i % 2 else maker.block(3)
        cases.append({"template": template, "variables": VARIABLES})
    with open(out, "w", encoding="utf-8") as file:
        json.dump(cases, file, ensure_ascii=False)


main()
