"""scikit-image; arrays are z, y, x. Only the filters that take `out` reuse memory."""

import numpy as np
import skimage
from skimage import filters, measure, transform

NAME = f"scikit-image {skimage.__version__}"
THREADED = False


def median(a, args, buffers):
    out = buffers.take("median", a.shape, a.dtype)
    box = np.ones((2 * int(args.radius) + 1,) * 3, bool)
    return filters.median(a, box, out=out, mode="nearest")


def gaussian(a, args, buffers):
    real = buffers.take("real", a.shape, np.float32)
    np.copyto(real, a)
    out = buffers.take("gaussian", a.shape, np.float32)
    return filters.gaussian(real, args.sigma, output=out, mode="nearest", truncate=args.truncate, preserve_range=True)


def otsu(a, args, buffers):
    return [filters.threshold_otsu(a, int(args.bins))]


def components(a, args, buffers):
    return measure.label(a, connectivity=int(args.connectivity))


def bin_shrink(a, args, buffers):
    return np.rint(transform.downscale_local_mean(a, (2, 2, 2)))


OPERATIONS = {
    "median": median,
    "gaussian": gaussian,
    "otsu": otsu,
    "components": components,
    "binShrink": bin_shrink,
}
