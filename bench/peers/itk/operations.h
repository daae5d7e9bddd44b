#pragma once

#include <fstream>
#include <vector>

#include "edge_map.h"
#include "itkBoxMeanImageFilter.h"
#include "itkCastImageFilter.h"
#include "itkDiscreteGaussianImageFilter.h"
#include "itkImage.h"
#include "itkMedianImageFilter.h"
#include "job.h"
#include "request.h"

template <class T>
using Volume = itk::Image<T, 3>;
using Bytes = Volume<unsigned char>;
using Floats = Volume<float>;

template <class T>
typename Volume<T>::Pointer readVolume(const Request& request) {
  auto volume = Volume<T>::New();
  typename Volume<T>::SizeType size;
  typename Volume<T>::SpacingType spacing;
  for (unsigned axis = 0; axis < 3; ++axis) {
    size[axis] = request.shape[axis];
    spacing[axis] = request.spacing[axis];
  }
  volume->SetRegions(size);
  volume->SetSpacing(spacing);
  volume->Allocate();
  const auto bytes = static_cast<std::streamsize>(volume->GetPixelContainer()->Size() * sizeof(T));
  std::ifstream file(request.input, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(volume->GetBufferPointer()), bytes))
    throw std::runtime_error(request.input + ": expected " + std::to_string(bytes) + " bytes");
  return volume;
}

template <class Image>
void saveVolume(const Image* image, const std::string& path) {
  using Pixel = typename Image::PixelType;
  std::ofstream file(path, std::ios::binary);
  const auto bytes = static_cast<std::streamsize>(image->GetPixelContainer()->Size() * sizeof(Pixel));
  if (!file.write(reinterpret_cast<const char*>(image->GetBufferPointer()), bytes))
    throw std::runtime_error(path + ": cannot be written");
}

// The job of a chain of filters that starts with `first` and ends with `last`; `between` frees what lies between.
template <class First, class Last>
Job jobOf(
    First first, Last last, std::function<void()> between = [] {}) {
  return {
      [first, last] {
        first->Modified();
        last->Update();
      },
      [last, between] {
        between();
        last->GetOutput()->ReleaseData();
      },
      [last](const std::string& path) { saveVolume(last->GetOutput(), path); },
  };
}

template <class Filter, class Image>
typename Filter::Pointer on(const Image& input) {
  auto filter = Filter::New();
  filter->SetInput(input);
  return filter;
}

template <class Filter, class Image>
typename Filter::Pointer withRadius(const Image& input, unsigned radius) {
  auto filter = on<Filter>(input);
  typename Filter::InputSizeType size;
  size.Fill(radius);
  filter->SetRadius(size);
  return filter;
}

template <class T>
Job makeJob(const Request& request) {
  using In = Volume<T>;
  const auto input = readVolume<T>(request);
  const auto& name = request.operation;
  if (name == "median") {
    const auto filter = withRadius<itk::MedianImageFilter<In, In>>(input, request.radius);
    return jobOf(filter, filter);
  }
  if (name == "mean") {
    const auto filter = on<itk::BoxMeanImageFilter<In, Floats>>(input);
    typename In::SizeType radius;
    radius.Fill(request.radius);
    filter->SetRadius(radius);
    return jobOf(filter, filter);
  }
  if (name == "gradientMagnitude") {
    const auto filter = on<itk::GradientMagnitudeImageFilter<In, Floats>>(input);
    return jobOf(filter, filter);
  }
  if (name == "gaussian") {
    const auto filter = on<itk::DiscreteGaussianImageFilter<In, Floats>>(input);
    filter->SetVariance(request.sigma * request.sigma);
    filter->SetMaximumError(0.01);
    filter->SetMaximumKernelWidth(32);
    return jobOf(filter, filter);
  }
  if (name == "threshold") {
    const auto filter = on<itk::ThresholdImageFilter<In>>(input);
    filter->ThresholdBelow(static_cast<T>(request.below));
    return jobOf(filter, filter);
  }
  if (name == "cast") {
    const auto filter = on<itk::CastImageFilter<In, Floats>>(input);
    return jobOf(filter, filter);
  }
  if (name == "rescaleIntensity") {
    const auto filter = on<itk::RescaleIntensityImageFilter<In, Bytes>>(input);
    filter->SetOutputMinimum(0);
    filter->SetOutputMaximum(255);
    return jobOf(filter, filter);
  }
  if (name == "edgeMap") {
    const auto filter = on<EdgeMap<In, Bytes>>(input);
    filter->setBelow(request.below);
    return jobOf(filter, filter, [filter] { filter->releaseIntermediates(); });
  }
  if (name == "medianEdgeMap") {
    const auto first = withRadius<itk::MedianImageFilter<In, In>>(input, request.radius);
    const auto last = on<EdgeMap<In, Bytes>>(first->GetOutput());
    last->setBelow(request.below);
    return jobOf(first, last, [first, last] {
      first->GetOutput()->ReleaseData();
      last->releaseIntermediates();
    });
  }
  throw std::invalid_argument("--op: unknown operation " + name);
}
