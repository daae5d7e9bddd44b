#include "edge_map.h"
#include "itkGradientMagnitudeImageFilter.h"
#include "itkGradientMagnitudeRecursiveGaussianImageFilter.h"
#include "itkMedianImageFilter.h"
#include "volumes.h"

namespace {

template <class T>
Job gradientMagnitude(const Request& request) {
  return jobOf(on<itk::GradientMagnitudeImageFilter<Volume<T>, Floats>>(readVolume<T>(request)));
}

Job gradientMagnitudeRecursiveGaussian(const Request& request) {
  const auto filter =
      on<itk::GradientMagnitudeRecursiveGaussianImageFilter<Shorts, Floats>>(readVolume<short>(request));
  filter->SetSigma(request.number("sigma"));
  return jobOf(filter);
}

template <class T>
auto medianOf(const Request& request) {
  const auto filter = on<itk::MedianImageFilter<Volume<T>, Volume<T>>>(readVolume<T>(request));
  filter->SetRadius(static_cast<unsigned>(request.number("radius")));
  return filter;
}

template <class T>
Job median(const Request& request) {
  return jobOf(medianOf<T>(request));
}

Job edgeMap(const Request& request) {
  const auto filter = on<EdgeMap<Shorts, Bytes>>(readVolume<short>(request));
  filter->setBelow(request.number("below"));
  return jobOf(filter, filter, [filter] { filter->releaseIntermediates(); });
}

Job medianEdgeMap(const Request& request) {
  const auto first = medianOf<short>(request);
  const auto last = on<EdgeMap<Shorts, Bytes>>(first->GetOutput());
  last->setBelow(request.number("below"));
  return jobOf(first, last, [first, last] {
    first->GetOutput()->ReleaseData();
    last->releaseIntermediates();
  });
}

}  // namespace

void addGradients(Operations& operations) {
  operations["gradientMagnitude int16"] = gradientMagnitude<short>;
  operations["gradientMagnitude float32"] = gradientMagnitude<float>;
  operations["gradientMagnitudeRecursiveGaussian int16"] = gradientMagnitudeRecursiveGaussian;
  operations["median uint8"] = median<unsigned char>;
  operations["median int16"] = median<short>;
  operations["median float32"] = median<float>;
  operations["edgeMap int16"] = edgeMap;
  operations["medianEdgeMap int16"] = medianEdgeMap;
}
