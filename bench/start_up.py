#!/usr/bin/env python3
"""Times the start of the program: `vitrine --help`, from the call to its end, beside /bin/true in alternation.

Usage: bench/start_up.py [--vitrine PATH] [--starts N]. Prints medians in milliseconds; standard library only.
"""
import argparse
import os
import statistics
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def milliseconds(command):
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return 1e3 * (time.perf_counter() - begin)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vitrine", default=os.path.join(ROOT, "build", "release", "vitrine"))
    parser.add_argument("--starts", type=int, default=100)
    options = parser.parse_args()
    program, floor = [], []
    for _ in range(options.starts):
        floor.append(milliseconds(["/bin/true"]))
        program.append(milliseconds([options.vitrine, "--help"]))
    program.sort()
    print("vitrine --help  median %.2f ms, nine of ten within %.2f ms, of %d starts; the aim is 20 ms" %
          (statistics.median(program), program[int(0.9 * (len(program) - 1))], len(program)))
    print("/bin/true       median %.2f ms" % statistics.median(floor))


if __name__ == "__main__":
    main()
