"""nibabel: files. Its arrays are x, y, z in Fortran order."""

import atexit
import os

import nibabel
import numpy as np

NAME = f"nibabel {nibabel.__version__}"
THREADED = False


def read(path, args, buffers):
    voxels = np.array(nibabel.load(path).dataobj, order="F")
    return lambda: voxels.T


def mapped(path, args, buffers):
    voxels = np.asanyarray(nibabel.load(path).dataobj)
    return lambda: voxels.T


def written(ending):
    path = f"written-{os.getpid()}.{ending}"
    atexit.register(lambda: os.path.exists(path) and os.remove(path))

    def write(a, args, buffers):
        nibabel.save(nibabel.Nifti1Image(a.T, np.eye(4)), path)
        return lambda: np.asanyarray(nibabel.load(path).dataobj).T

    return write


nibabel.openers.Opener.default_compresslevel = 6

OPERATIONS = {
    "readNii": read,
    "readNiiGz": read,
    "mapNii": mapped,
    "writeNii": written("nii"),
    "writeNiiGz": written("nii.gz"),
}
