"""Runs one operation with NumPy and SciPy; same options and protocol as the ITK peer, one thread."""

import argparse
import sys
import time

import numpy as np
import scipy
from scipy import ndimage


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--op", required=True)
    parser.add_argument("--input", required=True)
    parser.add_argument("--shape", required=True)
    parser.add_argument("--dtype", required=True)
    parser.add_argument("--spacing", default="1,1,1")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--radius", type=int, default=1)
    parser.add_argument("--below", type=float, default=1)
    parser.add_argument("--sigma", type=float, default=2)
    return parser.parse_args()


class Buffers:
    """Arrays by name, made anew after `drop`."""

    def __init__(self):
        self.arrays = {}

    def take(self, name, shape, dtype):
        if name not in self.arrays:
            self.arrays[name] = np.empty(shape, dtype)
        return self.arrays[name]

    def drop(self):
        self.arrays.clear()


def median(a, args, buffers):
    out = buffers.take("median", a.shape, a.dtype)
    ndimage.median_filter(a, size=2 * args.radius + 1, mode="nearest", output=out)
    return out


def mean(a, args, buffers):
    out = buffers.take("mean", a.shape, np.float32)
    real = buffers.take("real", a.shape, np.float32)
    np.copyto(real, a)
    ndimage.uniform_filter(real, size=2 * args.radius + 1, mode="nearest", output=out)
    return out


def cast(a, args, buffers):
    out = buffers.take("cast", a.shape, np.float32)
    np.copyto(out, a)
    return out


def threshold(a, args, buffers):
    out = buffers.take("threshold", a.shape, a.dtype)
    below = buffers.take("below", a.shape, bool)
    np.less(a, args.below, out=below)
    np.copyto(out, a)
    np.putmask(out, below, 0)
    return out


def rescale(a, args, buffers):
    real = buffers.take("rescaled", a.shape, np.float32)
    out = buffers.take("bytes", a.shape, np.uint8)
    low, high = float(a.min()), float(a.max())
    np.subtract(a, np.float32(low), out=real)
    np.multiply(real, np.float32(255 / (high - low)), out=real)
    np.rint(real, out=real)
    np.copyto(out, real, casting="unsafe")
    return out


def gradient_magnitude(a, args, buffers):
    real = a if a.dtype == np.float32 else cast(a, args, buffers)
    total = buffers.take("gradient", a.shape, np.float32)
    slope = buffers.take("slope", a.shape, np.float32)
    total.fill(0)
    spacing = [float(s) for s in args.spacing.split(",")]
    for axis in range(3):
        v, d = np.moveaxis(real, 2 - axis, 0), np.moveaxis(slope, 2 - axis, 0)
        np.subtract(v[2:], v[:-2], out=d[1:-1])
        np.subtract(v[1], v[0], out=d[0])
        np.subtract(v[-1], v[-2], out=d[-1])
        np.multiply(slope, np.float32(1 / (2 * spacing[axis])), out=slope)
        np.multiply(slope, slope, out=slope)
        np.add(total, slope, out=total)
    np.sqrt(total, out=total)
    return total


def edge_map(a, args, buffers):
    return rescale(threshold(gradient_magnitude(a, args, buffers), args, buffers), args, buffers)


def median_edge_map(a, args, buffers):
    return edge_map(median(a, args, buffers), args, buffers)


OPERATIONS = {
    "median": median,
    "mean": mean,
    "cast": cast,
    "threshold": threshold,
    "rescaleIntensity": rescale,
    "gradientMagnitude": gradient_magnitude,
    "edgeMap": edge_map,
    "medianEdgeMap": median_edge_map,
}


def timed(operation, a, args, buffers):
    start = time.perf_counter()
    result = operation(a, args, buffers)
    print('{"ms":%.6f}' % ((time.perf_counter() - start) * 1000), flush=True)
    return result


def main():
    if sys.argv[1:] == ["--version"]:
        print(f"NumPy {np.__version__} and SciPy {scipy.__version__}")
        return
    args = parse()
    shape = [int(n) for n in args.shape.split(",")]
    a = np.fromfile(args.input, args.dtype).reshape(shape[::-1])
    operation, buffers = OPERATIONS[args.op], Buffers()
    result = timed(operation, a, args, buffers)
    for line in sys.stdin:
        word, _, path = line.strip().partition(" ")
        if word == "save":
            result.tofile(path)
            print("{}", flush=True)
            continue
        if word == "fresh":
            del result
            buffers.drop()
        result = timed(operation, a, args, buffers)


main()
