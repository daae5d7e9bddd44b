"""VTK: one filter on an image, its output's memory kept between runs."""

import numpy as np
import vtkmodules.util.numpy_support as convert
from vtkmodules import vtkImagingCore, vtkImagingGeneral, vtkImagingMath, vtkImagingStatistics
from vtkmodules.vtkCommonCore import vtkMultiThreader, vtkSMPTools, vtkVersion
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4

NAME = f"VTK {vtkVersion.GetVTKVersion()}"
THREADED = True


def use_threads(count):
    vtkMultiThreader.SetGlobalDefaultNumberOfThreads(count)
    vtkMultiThreader.SetGlobalMaximumNumberOfThreads(count)
    vtkSMPTools.Initialize(count)


def image_of(a):
    image = vtkImageData()
    image.SetDimensions(*a.shape[::-1])
    image.GetPointData().SetScalars(convert.numpy_to_vtk(a.ravel()))
    return image


def voxels_of(image):
    nx, ny, nz = image.GetDimensions()
    return convert.vtk_to_numpy(image.GetPointData().GetScalars()).reshape(nz, ny, nx)


def filtered(make):
    """An operation of a filter or a chain of filters; `make` is given the image and the arguments, and returns the filters."""

    def operation(a, args, buffers):
        image = buffers.keep("image", lambda: image_of(a))
        chain = buffers.keep("chain", lambda: make(image, args))
        chain[0].Modified()
        chain[-1].Update()
        return lambda: voxels_of(chain[-1].GetOutput())

    return operation


def ready(algorithm, image, **settings):
    for name, value in settings.items():
        getattr(algorithm, f"Set{name}")(*value if isinstance(value, tuple) else (value,))
    if hasattr(algorithm, "SetInputData"):
        algorithm.SetInputData(image)
    return algorithm


def floats(image):
    return ready(vtkImagingCore.vtkImageCast(), image, OutputScalarType=10)


def then(first, second):
    second.SetInputConnection(first.GetOutputPort())
    return second


def threshold(image, args):
    f = ready(vtkImagingCore.vtkImageThreshold(), image, ReplaceOut=1, OutValue=0, ReplaceIn=0)
    f.ThresholdByUpper(args.below)
    return [f]


def add(image, args):
    f = ready(vtkImagingMath.vtkImageMathematics(), image, ConstantC=args.operand)
    f.SetOperationToAddConstant()
    return [f]


def gradient_magnitude(image, args):
    f = vtkImagingGeneral.vtkImageGradientMagnitude()
    f.SetDimensionality(3)
    f.HandleBoundariesOn()
    if image.GetScalarType() == 10:
        return [ready(f, image)]
    cast = floats(image)
    return [cast, then(cast, f)]


def median(image, args):
    return [ready(vtkImagingGeneral.vtkImageMedian3D(), image, KernelSize=(2 * int(args.radius) + 1,) * 3)]


def diffusion(image, args):
    f = ready(
        vtkImagingGeneral.vtkImageAnisotropicDiffusion3D(), image, NumberOfIterations=int(args.iterations),
        DiffusionFactor=args.conductance, DiffusionThreshold=20,
    )
    return [f]


def squared_distance(image, args):
    f = ready(vtkImagingGeneral.vtkImageEuclideanDistance(), image)
    f.InitializeOn()
    f.ConsiderAnisotropyOff()
    root = vtkImagingMath.vtkImageMathematics()
    root.SetOperationToSquareRoot()
    return [f, then(f, root)]


def rotation(image, args):
    middle = (np.array(image.GetDimensions()) - 1) / 2
    matrix = np.eye(4)
    matrix[:3, :3] = [[getattr(args, f"m{i}{k}") for k in range(3)] for i in range(3)]
    matrix[:3, 3] = middle - matrix[:3, :3] @ middle
    axes = vtkMatrix4x4()
    axes.DeepCopy(matrix.ravel())
    f = ready(vtkImagingCore.vtkImageReslice(), image, ResliceAxes=axes)
    f.SetInterpolationModeToLinear()
    f.SetOutputExtent(image.GetExtent())
    f.SetOutputSpacing(1, 1, 1)
    f.SetOutputOrigin(0, 0, 0)
    return [f]


def shrink(image, args):
    nx, ny, nz = image.GetDimensions()
    return [ready(vtkImagingCore.vtkExtractVOI(), image, VOI=(1, nx - 1, 1, ny - 1, 1, nz - 1), SampleRate=(2, 2, 2))]


def bin_shrink(image, args):
    return [ready(vtkImagingCore.vtkImageShrink3D(), image, ShrinkFactors=(2, 2, 2), Mean=1)]


def flip_x(image, args):
    return [ready(vtkImagingCore.vtkImageFlip(), image, FilteredAxis=0)]


def permuted(*axes):
    return lambda image, args: [ready(vtkImagingCore.vtkImagePermute(), image, FilteredAxes=axes)]


def histogram(a, args, buffers):
    low, high, bins = int(a.min()), int(a.max()), int(args.bins)
    image = buffers.keep("image", lambda: image_of(a))
    f = vtkImagingStatistics.vtkImageAccumulate()
    f.SetInputData(image)
    f.SetComponentExtent(0, bins - 1, 0, 0, 0, 0)
    f.SetComponentOrigin(low, 0, 0)
    f.SetComponentSpacing((high - low) / bins, 0, 0)
    f.Update()
    return lambda: voxels_of(f.GetOutput())


OPERATIONS = {
    "threshold": filtered(threshold),
    "add": filtered(add),
    "cast": filtered(lambda image, args: [floats(image)]),
    "histogram": histogram,
    "gradientMagnitude": filtered(gradient_magnitude),
    "median": filtered(median),
    "diffusion": filtered(diffusion),
    "distance": filtered(squared_distance),
    "rotation": filtered(rotation),
    "rotationZ": filtered(rotation),
    "shrink": filtered(shrink),
    "binShrink": filtered(bin_shrink),
    "flipX": filtered(flip_x),
    "permuteYXZ": filtered(permuted(1, 0, 2)),
    "permuteZYX": filtered(permuted(2, 1, 0)),
}
