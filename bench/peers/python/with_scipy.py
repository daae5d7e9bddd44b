"""scipy.ndimage; arrays are z, y, x."""

import numpy as np
import scipy
import with_numpy
from scipy import ndimage

NAME = f"SciPy {scipy.__version__}"
THREADED = False


def real(a, args, buffers):
    return a if a.dtype == np.float32 else with_numpy.cast(a, args, buffers)


def median(a, args, buffers):
    out = buffers.take("median", a.shape, a.dtype)
    return ndimage.median_filter(a, size=2 * int(args.radius) + 1, mode="nearest", output=out)


def median_edge_map(a, args, buffers):
    return with_numpy.edge_map(median(a, args, buffers), args, buffers)


def mean(a, args, buffers):
    out = buffers.take("mean", a.shape, np.float32)
    return ndimage.uniform_filter(real(a, args, buffers), 2 * int(args.radius) + 1, mode="nearest", output=out)


def gaussian(a, args, buffers):
    out = buffers.take("gaussian", a.shape, np.float32)
    return ndimage.gaussian_filter(
        real(a, args, buffers), args.sigma, mode="nearest", truncate=args.truncate, output=out
    )


def components(a, args, buffers):
    out = buffers.take("labels", a.shape, np.int32)
    ndimage.label(a, ndimage.generate_binary_structure(3, int(args.connectivity)), output=out)
    return out


def distance(a, args, buffers):
    return ndimage.distance_transform_edt(a)


def rotation(a, args, buffers):
    matrix = np.array([[getattr(args, f"m{2 - i}{2 - k}") for k in range(3)] for i in range(3)])
    middle = (np.array(a.shape) - 1) / 2
    out = buffers.take("rotated", a.shape, a.dtype)
    return ndimage.affine_transform(a, matrix, middle - matrix @ middle, order=1, output=out)


OPERATIONS = {
    "median": median,
    "medianEdgeMap": median_edge_map,
    "mean": mean,
    "gaussian": gaussian,
    "components": components,
    "distance": distance,
    "rotation": rotation,
    "rotationZ": rotation,
}
