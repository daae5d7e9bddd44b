"""Reference results by scipy.ndimage and numpy.  One JSON line in, one out, until standard input ends.

in : {"voxels": path of float32, first axis fastest, "shape": three lengths, "spacing", "affine", "limit", "filter", "out": path,
      "field": path of float32, the components of a vector in millimetres side by side}
out: {"done": true}; "out" then holds float64, first axis fastest.
"""
import json
import sys

import numpy as np
from scipy import ndimage


def gradient_magnitude(v, query):
    step = query['spacing']
    parts = [ndimage.correlate1d(v, [-0.5 / step[a], 0, 0.5 / step[a]], axis=a, mode='nearest') for a in range(3)]
    return np.sqrt(sum(p * p for p in parts))


def median(v, query):
    return ndimage.median_filter(v.astype(np.float32), 3, mode='nearest')


def mean(v, query):
    return ndimage.uniform_filter(v, 3, mode='nearest')


def rescale_intensity(v, query):
    low, high = v.min(), v.max()
    return (v - low) * (255 / (high - low))


def threshold(v, query):
    return np.where(v >= query['limit'], v, 0)


def warp(v, query):
    field = np.fromfile(query['field'], '<f4').astype(np.float64).reshape([3, *query['shape']], order='F')
    steps = np.linalg.inv(np.array(query['affine'])[:3, :3])
    at = np.indices(v.shape) + np.tensordot(steps, field, 1)
    inside = np.all([(a >= -0.5) & (a < n - 0.5) for a, n in zip(at, v.shape)], axis=0)
    return np.where(inside, ndimage.map_coordinates(v, at, order=1, mode='nearest'), 0)


for line in sys.stdin:
    query = json.loads(line)
    voxels = np.fromfile(query['voxels'], '<f4').reshape(query['shape'], order='F').astype(np.float64)
    result = globals()[query['filter']](voxels, query)
    np.asarray(result, '<f8').ravel(order='F').tofile(query['out'])
    print(json.dumps({'done': True}), flush=True)
