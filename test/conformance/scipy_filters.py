"""Reference results by scipy.ndimage and numpy.  One JSON line in, one out, until standard input ends.

in : {"voxels": path of float32, first axis fastest, "shape", "spacing", "filter", "out": path}
out: {"done": true}; "out" then holds float64, first axis fastest.  Spatial axes are the first three.
"""
import json
import sys

import numpy as np
from scipy import ndimage


def gradient_magnitude(v, spacing):
    parts = [ndimage.correlate1d(v, [-0.5 / spacing[a], 0, 0.5 / spacing[a]], axis=a, mode='nearest') for a in range(3)]
    return np.sqrt(sum(p * p for p in parts))


def rescale_intensity(v, spacing):
    low, high = v.min(), v.max()
    return (v - low) * (255 / (high - low))


def threshold(v, spacing):
    limit = np.float32(v.mean(dtype=np.float64))
    return np.where(v >= limit, v, 0), float(limit)


FILTERS = {
    'gradientMagnitude': gradient_magnitude,
    'median': lambda v, spacing: ndimage.median_filter(v.astype(np.float32), 3, mode='nearest'),
    'mean': lambda v, spacing: ndimage.uniform_filter(v, 3, mode='nearest'),
    'rescaleIntensity': rescale_intensity,
    'threshold': threshold,
}

for line in sys.stdin:
    query = json.loads(line)
    voxels = np.fromfile(query['voxels'], '<f4').reshape(query['shape'], order='F').astype(np.float64)
    result = FILTERS[query['filter']](voxels, query['spacing'])
    result, limit = result if isinstance(result, tuple) else (result, None)
    np.asarray(result, '<f8').ravel(order='F').tofile(query['out'])
    print(json.dumps({'done': True, 'limit': limit}), flush=True)
