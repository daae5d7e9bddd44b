"""Runs one operation of one Python library on a raw little-endian volume and times it.

    peer.py --library numpy --op threshold --input v.raw --shape 256,256,256 --dtype int16 --threads 1 --below 150

Runs once, then obeys lines on standard input (fresh | reused | save PATH DTYPE); every answer is a line of JSON.
With --about in place of an operation it says what the library can do.
"""

import importlib
import json
import sys
import time
from types import SimpleNamespace

import numpy as np


class Buffers:
    """Arrays by name, made anew after `drop`."""

    def __init__(self):
        self.kept = {}

    def take(self, name, shape, dtype):
        return self.keep(name, lambda: np.empty(shape, dtype))

    def keep(self, name, make):
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]

    def drop(self):
        self.kept.clear()


def number(text):
    try:
        return float(text)
    except ValueError:
        return text


def read_arguments(words):
    args = SimpleNamespace(**{name[2:]: number(text) for name, text in zip(words[::2], words[1::2])})
    args.shape = [int(n) for n in args.shape.split(",")]
    args.threads = int(args.threads)
    return args


def timed(operation, a, args, buffers):
    start = time.perf_counter()
    result = operation(a, args, buffers)
    print(json.dumps({"ms": (time.perf_counter() - start) * 1000}), flush=True)
    return result


def obey(operation, a, args):
    buffers = Buffers()
    result = timed(operation, a, args, buffers)
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "save":
            voxels = result() if callable(result) else result
            np.ascontiguousarray(voxels, rest[1]).tofile(rest[0])
            print("{}", flush=True)
            continue
        if word == "fresh":
            del result
            buffers.drop()
        result = timed(operation, a, args, buffers)


def main():
    words = sys.argv[1:]
    library = importlib.import_module(f"with_{words[words.index('--library') + 1]}")
    if "--about" in words:
        about = {"name": library.NAME, "threaded": library.THREADED, "operations": list(library.OPERATIONS)}
        print(json.dumps(about))
        return
    args = read_arguments(words)
    if library.THREADED:
        library.use_threads(args.threads)
    a = args.input if args.op.startswith(("read", "map")) else np.fromfile(args.input, args.dtype).reshape(args.shape[::-1])
    obey(library.OPERATIONS[args.op], a, args)


if __name__ == "__main__":
    try:
        main()
    except ModuleNotFoundError as error:
        sys.exit(str(error))
