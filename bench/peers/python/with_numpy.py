"""NumPy; arrays are z, y, x."""

import numpy as np

NAME = f"NumPy {np.__version__}"
THREADED = False


def threshold(a, args, buffers):
    out = buffers.take("threshold", a.shape, a.dtype)
    below = buffers.take("below", a.shape, bool)
    np.less(a, a.dtype.type(args.below), out=below)
    np.copyto(out, a)
    np.putmask(out, below, 0)
    return out


def add(a, args, buffers):
    return np.add(a, a.dtype.type(args.operand), out=buffers.take("sum", a.shape, a.dtype))


def cast(a, args, buffers):
    out = buffers.take("cast", a.shape, np.float32)
    np.copyto(out, a)
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


def value_range(a, args, buffers):
    return [a.min(), a.max()]


def statistics(a, args, buffers):
    return [a.min(), a.max(), a.mean(dtype=np.float64), a.std(dtype=np.float64, ddof=1)]


def histogram(a, args, buffers):
    return np.histogram(a, int(args.bins))[0]


def gradient_magnitude(a, args, buffers):
    real = a if a.dtype == np.float32 else cast(a, args, buffers)
    total = buffers.take("gradient", a.shape, np.float32)
    slope = buffers.take("slope", a.shape, np.float32)
    total.fill(0)
    for axis in range(3):
        v, d = np.moveaxis(real, axis, 0), np.moveaxis(slope, axis, 0)
        np.subtract(v[2:], v[:-2], out=d[1:-1])
        np.subtract(v[1], v[0], out=d[0])
        np.subtract(v[-1], v[-2], out=d[-1])
        np.multiply(slope, np.float32(0.5), out=slope)
        np.multiply(slope, slope, out=slope)
        np.add(total, slope, out=total)
    return np.sqrt(total, out=total)


def edge_map(a, args, buffers):
    return rescale(threshold(gradient_magnitude(a, args, buffers), args, buffers), args, buffers)


def copied(name, view):
    def operation(a, args, buffers):
        seen = view(a)
        out = buffers.take(name, seen.shape, a.dtype)
        np.copyto(out, seen)
        return out

    return operation


def bin_shrink(a, args, buffers):
    nz, ny, nx = (n // 2 for n in a.shape)
    means = a.reshape(nz, 2, ny, 2, nx, 2).mean(axis=(1, 3, 5), dtype=np.float32)
    out = buffers.take("bins", means.shape, a.dtype)
    np.copyto(out, np.rint(means, out=means), casting="unsafe")
    return out


OPERATIONS = {
    "threshold": threshold,
    "add": add,
    "cast": cast,
    "rescale": rescale,
    "range": value_range,
    "statistics": statistics,
    "histogram": histogram,
    "gradientMagnitude": gradient_magnitude,
    "edgeMap": edge_map,
    "shrink": copied("shrunk", lambda a: a[1::2, 1::2, 1::2]),
    "binShrink": bin_shrink,
    "flipX": copied("flipped", lambda a: a[:, :, ::-1]),
    "permuteYXZ": copied("permuted", lambda a: a.transpose(0, 2, 1)),
    "permuteZYX": copied("permuted", lambda a: a.transpose(2, 1, 0)),
}
