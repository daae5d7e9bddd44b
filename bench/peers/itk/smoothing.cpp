#include "itkBoxMeanImageFilter.h"
#include "itkCurvatureAnisotropicDiffusionImageFilter.h"
#include "itkDiscreteGaussianImageFilter.h"
#include "itkGradientAnisotropicDiffusionImageFilter.h"
#include "itkSmoothingRecursiveGaussianImageFilter.h"
#include "volumes.h"

namespace {

template <class T>
Job mean(const Request& request) {
  const auto filter = on<itk::BoxMeanImageFilter<Volume<T>, Floats>>(readVolume<T>(request));
  filter->SetRadius(static_cast<unsigned>(request.number("radius")));
  return jobOf(filter);
}

Job discreteGaussian(const Request& request) {
  const auto filter = on<itk::DiscreteGaussianImageFilter<Shorts, Floats>>(readVolume<short>(request));
  filter->SetVariance(request.number("sigma") * request.number("sigma"));
  filter->SetMaximumError(0.01);
  filter->SetMaximumKernelWidth(32);
  return jobOf(filter);
}

Job recursiveGaussian(const Request& request) {
  const auto filter =
      on<itk::SmoothingRecursiveGaussianImageFilter<Shorts, Floats>>(readVolume<short>(request));
  filter->SetSigma(request.number("sigma"));
  return jobOf(filter);
}

template <class Filter>
Job diffusion(const Request& request) {
  const auto filter = on<Filter>(readVolume<float>(request));
  filter->SetNumberOfIterations(static_cast<unsigned>(request.number("iterations")));
  filter->SetTimeStep(request.number("timeStep"));
  filter->SetConductanceParameter(request.number("conductance"));
  return jobOf(filter);
}

}  // namespace

void addSmoothing(Operations& operations) {
  operations["mean int16"] = mean<short>;
  operations["mean float32"] = mean<float>;
  operations["discreteGaussian int16"] = discreteGaussian;
  operations["recursiveGaussian int16"] = recursiveGaussian;
  operations["diffusion float32"] = diffusion<itk::GradientAnisotropicDiffusionImageFilter<Floats, Floats>>;
  operations["curvatureDiffusion float32"] = diffusion<itk::CurvatureAnisotropicDiffusionImageFilter<Floats, Floats>>;
}
