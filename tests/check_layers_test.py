"""The tree keeps its layers, and the check finds what breaks them."""
import os
import tempfile
import unittest

import check_layers

ROOT = os.path.join(os.path.dirname(os.path.abspath(check_layers.__file__)), "..")
LAYERS = "base ->\ncore -> base\nkernels -> core\nops -> kernels\nio -> core\ncli -> *\n"


class Layers(unittest.TestCase):
    def test_this_tree_keeps_them(self):
        self.assertEqual(check_layers.check(ROOT), [])


class PlantedViolations(unittest.TestCase):
    def problems(self, files, layers=LAYERS):
        long_files, check_layers.LONG_FILES = check_layers.LONG_FILES, {}
        try:
            with tempfile.TemporaryDirectory() as root:
                for name, text in dict(files, **{"layers.txt": layers}).items():
                    path = os.path.join(root, name)
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    with open(path, "w", encoding="utf-8") as file:
                        file.write(text)
                return check_layers.check(root)
        finally:
            check_layers.LONG_FILES = long_files

    def assert_found(self, files, words, layers=LAYERS):
        problems = self.problems(files, layers)
        self.assertEqual(len(problems), 1, problems)
        for word in words:
            self.assertIn(word, problems[0])

    def test_allowed_includes_pass(self):
        self.assertEqual(self.problems({
            "src/ops/a.cc": '#include "ops/a.h"\n#include "kernels/k.h"\n#include "core/t.h"\n#include "base/e.h"\n',
            "src/cli/m.cc": '#include "ops/a.h"\n#include <CLI/CLI.hpp>\n'}), [])

    def test_upward_include_is_found(self):
        self.assert_found({"src/core/t.cc": '#include "core/t.h"\n#include "ops/a.h"\n'}, ["src/core/t.cc:2", "core -> ops"])

    def test_sideways_include_is_found(self):
        self.assert_found({"src/io/f.cc": '  #  include "kernels/k.h"\n'}, ["src/io/f.cc:1", "io -> kernels"])

    def test_heavy_header_in_a_header_is_found(self):
        for header in ("nlohmann/json.hpp", "CLI/CLI.hpp", "toml++/toml.h", "simdjson.h", "boost/asio.hpp", "sqlite3.h",
                       "curl/curl.h"):
            self.assert_found({"src/io/f.h": "#include <%s>\n" % header}, ["src/io/f.h:1", header])
            self.assertEqual(self.problems({"src/io/f.cc": "#include <%s>\n" % header}), [])

    def test_cuda_header_outside_its_folders_is_found(self):
        self.assert_found({"src/ops/a.cc": "#include <cuda_runtime.h>\n"}, ["src/ops/a.cc:1", "CUDA"])
        self.assertEqual(self.problems({"src/kernels/cuda/a.cu": "#include <cuda_runtime.h>\n"}), [])

    def test_long_file_is_found(self):
        self.assert_found({"src/io/f.cc": "//\n" * 601}, ["src/io/f.cc", "601"])
        self.assertEqual(self.problems({"src/io/f.cc": "//\n" * 600}), [])

    def test_unknown_folder_is_found(self):
        self.assert_found({"src/utils/f.cc": "//\n"}, ["utils"])

    def test_circle_is_found(self):
        self.assert_found({}, ["circle"], "base ->\na -> b\nb -> a\n")


if __name__ == "__main__":
    unittest.main()
