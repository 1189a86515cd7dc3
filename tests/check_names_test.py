"""Names in unnamed namespaces differ within a module compiled UNITY, and the check finds those that do not."""
import os
import tempfile
import unittest

import check_names

ROOT = os.path.join(os.path.dirname(os.path.abspath(check_names.__file__)), "..")
MODULES = "vitrine_module(a COLD UNITY DEPS b)\nvitrine_module(b DEPS base)\n"


class Names(unittest.TestCase):
    def test_they_differ_in_this_tree(self):
        self.assertEqual(check_names.check(ROOT), [])


class PlantedCollisions(unittest.TestCase):
    def problems(self, one, other, module="a", other_name="other.cc"):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "src", module, "inner"))
            os.makedirs(os.path.join(root, "cmake"))
            for path, text in (("cmake/modules.cmake", MODULES), ("src/%s/one.cc" % module, self.unnamed(one)),
                               ("src/%s/inner/%s" % (module, other_name), self.unnamed(other))):
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            return check_names.check(root)

    @staticmethod
    def unnamed(text):
        return "int outside();\n\nnamespace {\n\n%s\n\n}  // namespace\n\nint twice();\n" % text

    def assert_collides(self, name, one, other):
        problems = self.problems(one, other)
        self.assertEqual(len(problems), 1, problems)
        for word in ("one.cc", "other.cc", "'%s'" % name):
            self.assertIn(word, problems[0])

    def test_different_names_pass(self):
        self.assertEqual(self.problems("int run_one() { return run(); }\nconstexpr int kOne = kTwo;",
                                       "int run_two() { return run(); }\nconstexpr int kTwo = 2;"), [])

    def test_functions_collide_whatever_they_take(self):
        self.assert_collides("fail", "[[noreturn]] void fail(std::string what) {\n}", "Error fail(int line, int column);")

    def test_constants_types_and_enumerators_collide(self):
        self.assert_collides("kMost", "constexpr int kLeast = 1, kMost = 4;", "constexpr size_t kMost = size_t{4} << 20;")
        self.assert_collides("Parser", "class Parser {\n};", "struct Parser : Base {\n};")
        self.assert_collides("kNone", "enum Binding { kNone = -1, kSum };", "constexpr auto kNone = Rule::kNone;")
        self.assert_collides("Json", "using Json = nlohmann::json;", "using Json = nlohmann::ordered_json;")

    def test_variables_collide(self):
        self.assert_collides("writes_json", "bool writes_json = false;", "thread_local std::atomic<bool> writes_json{run()};")
        self.assert_collides("table", "int table[4] = {run(), 2};", "volatile float table;")

    def test_the_same_alias_twice_passes(self):
        self.assertEqual(self.problems("using Json = nlohmann::json;\nusing base::Error;",
                                       "using Json = nlohmann::json;\nusing base::Error;"), [])

    def test_members_and_inner_lines_pass(self):
        self.assertEqual(self.problems("void Tale::run() {\n  int count(0);\n}", "void run();\nint count();"), [])

    def test_tests_and_modules_compiled_file_by_file_pass(self):
        self.assertEqual(self.problems("int run();", "int run();", other_name="other_test.cc"), [])
        self.assertEqual(self.problems("int run();", "int run();", module="b"), [])


if __name__ == "__main__":
    unittest.main()
