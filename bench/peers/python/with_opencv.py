"""OpenCV: its 2-D calls over all slices at once, or slice by slice where neighbours count. Arrays are z, y, x."""

import cv2
import numpy as np

NAME = f"OpenCV {cv2.__version__}"
THREADED = True


def use_threads(count):
    cv2.setNumThreads(count)


def flat(a):
    return a.reshape(-1, a.shape[-1])


def threshold(a, args, buffers):
    out = buffers.take("threshold", a.shape, a.dtype)
    greatest_below = args.below - 1 if a.dtype == np.int16 else np.nextafter(np.float32(args.below), np.float32(0))
    cv2.threshold(flat(a), float(greatest_below), 0, cv2.THRESH_TOZERO, dst=flat(out))
    return out


def add(a, args, buffers):
    out = buffers.take("sum", a.shape, a.dtype)
    cv2.add(flat(a), (args.operand, 0, 0, 0), dst=flat(out))
    return out


def cast(a, args, buffers):
    out = buffers.take("cast", a.shape, np.float32)
    cv2.add(flat(a), (0, 0, 0, 0), dst=flat(out), dtype=cv2.CV_32F)
    return out


def rescale(a, args, buffers):
    out = buffers.take("bytes", a.shape, np.uint8)
    cv2.normalize(flat(a), flat(out), 0, 255, cv2.NORM_MINMAX, cv2.CV_8U)
    return out


def value_range(a, args, buffers):
    return cv2.minMaxLoc(flat(a))[:2]


def statistics(a, args, buffers):
    mean, sigma = cv2.meanStdDev(flat(a))
    unbiased = np.sqrt(a.size / (a.size - 1))
    return [*cv2.minMaxLoc(flat(a))[:2], mean[0, 0], sigma[0, 0] * unbiased]


def gradient_magnitude(a, args, buffers):
    real = a if a.dtype == np.float32 else cast(a, args, buffers)
    out = buffers.take("gradient", a.shape, np.float32)
    dx, dy, dz = (buffers.take(name, a.shape[1:], np.float32) for name in ("dx", "dy", "dz"))
    line = np.array([[-0.5, 0, 0.5]], np.float32)
    last = len(a) - 1
    for z in range(len(a)):
        cv2.filter2D(real[z], cv2.CV_32F, line, dst=dx, borderType=cv2.BORDER_REPLICATE)
        cv2.filter2D(real[z], cv2.CV_32F, line.T, dst=dy, borderType=cv2.BORDER_REPLICATE)
        cv2.addWeighted(real[min(z + 1, last)], 0.5, real[max(z - 1, 0)], -0.5, 0, dst=dz)
        cv2.multiply(dx, dx, dst=dx)
        cv2.multiply(dy, dy, dst=dy)
        cv2.multiply(dz, dz, dst=dz)
        cv2.add(dx, dy, dst=dx)
        cv2.add(dx, dz, dst=dx)
        cv2.sqrt(dx, dst=out[z])
    return out


def edge_map(a, args, buffers):
    return rescale(threshold(gradient_magnitude(a, args, buffers), args, buffers), args, buffers)


def separable(a, weights, args, buffers):
    real = a if a.dtype == np.float32 else cast(a, args, buffers)
    planes = buffers.take("planes", a.shape, np.float32)
    out = buffers.take("filtered", a.shape, np.float32)
    for z in range(len(a)):
        cv2.sepFilter2D(real[z], cv2.CV_32F, weights, weights, dst=planes[z], borderType=cv2.BORDER_REPLICATE)
    # Rows of z × y: one image whose columns run along z.
    column = weights.reshape(-1, 1)
    cv2.sepFilter2D(
        planes.reshape(len(a), -1), cv2.CV_32F, np.ones(1, np.float32), column,
        dst=out.reshape(len(a), -1), borderType=cv2.BORDER_REPLICATE,
    )
    return out


def mean(a, args, buffers):
    width = 2 * int(args.radius) + 1
    real = a if a.dtype == np.float32 else cast(a, args, buffers)
    planes = buffers.take("planes", a.shape, np.float32)
    out = buffers.take("filtered", a.shape, np.float32)
    for z in range(len(a)):
        cv2.blur(real[z], (width, width), dst=planes[z], borderType=cv2.BORDER_REPLICATE)
    cv2.blur(planes.reshape(len(a), -1), (1, width), dst=out.reshape(len(a), -1), borderType=cv2.BORDER_REPLICATE)
    return out


def gaussian(a, args, buffers):
    radius = int(args.truncate * args.sigma + 0.5)
    k = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (k / args.sigma) ** 2)
    return separable(a, (weights / weights.sum()).astype(np.float32), args, buffers)


def rotation(a, args, buffers):
    middle = (np.array(a.shape[:0:-1]) - 1) / 2
    matrix = np.array([[args.m00, args.m01], [args.m10, args.m11]])
    shift = middle - matrix @ middle
    full = np.column_stack([matrix, shift])
    out = buffers.take("rotated", a.shape, a.dtype)
    for z in range(len(a)):
        cv2.warpAffine(a[z], full, a.shape[:0:-1], dst=out[z], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return out


def flip_x(a, args, buffers):
    out = buffers.take("flipped", a.shape, a.dtype)
    cv2.flip(flat(a), 1, dst=flat(out))
    return out


def permute_yxz(a, args, buffers):
    out = buffers.take("permuted", (a.shape[0], a.shape[2], a.shape[1]), a.dtype)
    for z in range(len(a)):
        cv2.transpose(a[z], dst=out[z])
    return out


OPERATIONS = {
    "threshold": threshold,
    "add": add,
    "cast": cast,
    "rescale": rescale,
    "range": value_range,
    "statistics": statistics,
    "gradientMagnitude": gradient_magnitude,
    "edgeMap": edge_map,
    "mean": mean,
    "gaussian": gaussian,
    "rotationZ": rotation,
    "flipX": flip_x,
    "permuteYXZ": permute_yxz,
}
