#include "itkAddImageFilter.h"
#include "itkCastImageFilter.h"
#include "itkRescaleIntensityImageFilter.h"
#include "itkThresholdImageFilter.h"
#include "volumes.h"

namespace {

Job threshold(const Request& request) {
  const auto filter = on<itk::ThresholdImageFilter<Shorts>>(readVolume<short>(request));
  filter->ThresholdBelow(static_cast<short>(request.number("below")));
  return jobOf(filter);
}

Job add(const Request& request) {
  const auto filter = itk::AddImageFilter<Shorts, Shorts, Shorts>::New();
  filter->SetInput1(readVolume<short>(request));
  filter->SetConstant2(static_cast<short>(request.number("operand")));
  return jobOf(filter);
}

Job cast(const Request& request) {
  return jobOf(on<itk::CastImageFilter<Shorts, Floats>>(readVolume<short>(request)));
}

template <class T>
Job rescale(const Request& request) {
  const auto filter = on<itk::RescaleIntensityImageFilter<Volume<T>, Bytes>>(readVolume<T>(request));
  filter->SetOutputMinimum(0);
  filter->SetOutputMaximum(255);
  return jobOf(filter);
}

}  // namespace

void addPoint(Operations& operations) {
  operations["threshold int16"] = threshold;
  operations["add int16"] = add;
  operations["cast int16"] = cast;
  operations["rescale int16"] = rescale<short>;
  operations["rescale float32"] = rescale<float>;
}
