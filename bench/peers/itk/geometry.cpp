#include "itkAffineTransform.h"
#include "itkBinShrinkImageFilter.h"
#include "itkFlipImageFilter.h"
#include "itkPermuteAxesImageFilter.h"
#include "itkResampleImageFilter.h"
#include "itkShrinkImageFilter.h"
#include "volumes.h"

namespace {

Job rotation(const Request& request) {
  const auto input = readVolume<short>(request);
  const auto transform = itk::AffineTransform<double, 3>::New();
  itk::AffineTransform<double, 3>::MatrixType matrix;
  itk::AffineTransform<double, 3>::InputPointType middle;
  for (unsigned i = 0; i < 3; ++i) {
    middle[i] = (request.shape[i] - 1) / 2.0;
    for (unsigned k = 0; k < 3; ++k)
      matrix[i][k] = request.number("m" + std::to_string(i) + std::to_string(k));
  }
  transform->SetCenter(middle);
  transform->SetMatrix(matrix);
  const auto filter = on<itk::ResampleImageFilter<Shorts, Shorts>>(input);
  filter->SetTransform(transform);
  filter->SetReferenceImage(input);
  filter->UseReferenceImageOn();
  return jobOf(filter);
}

template <template <class, class> class Filter>
Job shrinking(const Request& request) {
  const auto filter = on<Filter<Shorts, Shorts>>(readVolume<short>(request));
  filter->SetShrinkFactors(2);
  return jobOf(filter);
}

Job flipX(const Request& request) {
  const auto filter = on<itk::FlipImageFilter<Shorts>>(readVolume<short>(request));
  itk::FixedArray<bool, 3> axes(false);
  axes[0] = true;
  filter->SetFlipAxes(axes);
  return jobOf(filter);
}

Job permuted(const Request& request, std::array<unsigned, 3> axes) {
  const auto filter = on<itk::PermuteAxesImageFilter<Shorts>>(readVolume<short>(request));
  itk::FixedArray<unsigned, 3> order;
  for (unsigned i = 0; i < 3; ++i) order[i] = axes[i];
  filter->SetOrder(order);
  return jobOf(filter);
}

}  // namespace

void addGeometry(Operations& operations) {
  operations["rotation int16"] = rotation;
  operations["rotationZ int16"] = rotation;
  operations["shrink int16"] = shrinking<itk::ShrinkImageFilter>;
  operations["binShrink int16"] = shrinking<itk::BinShrinkImageFilter>;
  operations["flipX int16"] = flipX;
  operations["permuteYXZ int16"] = [](const Request& request) { return permuted(request, {1, 0, 2}); };
  operations["permuteZYX int16"] = [](const Request& request) { return permuted(request, {2, 1, 0}); };
}
