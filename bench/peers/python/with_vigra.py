"""vigra; volumes of float32."""

import numpy as np
import vigra

NAME = f"vigra {vigra.__version__ if isinstance(vigra.__version__, str) else vigra.__version__.version}"
THREADED = False


def real(a, buffers):
    out = buffers.take("real", a.shape, np.float32)
    np.copyto(out, a)
    return out


def gaussian(a, args, buffers):
    out = buffers.take("gaussian", a.shape, np.float32)
    return vigra.filters.gaussianSmoothing(real(a, buffers), args.sigma, out=out)


def distance(a, args, buffers):
    out = buffers.take("distance", a.shape, np.float32)
    background = buffers.take("background", a.shape, np.uint32)
    np.equal(a, 0, out=background, casting="unsafe")
    return vigra.filters.distanceTransform(background, out=out)


OPERATIONS = {"gaussian": gaussian, "distance": distance}
