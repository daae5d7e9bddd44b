#include "itkMinimumMaximumImageFilter.h"
#include "itkOtsuThresholdImageFilter.h"
#include "itkStatisticsImageFilter.h"
#include "volumes.h"

namespace {

// The job of a filter whose results are numbers beside its image.
template <class Filter>
Job measuring(Filter filter, std::function<std::vector<double>()> numbers) {
  return {
      [filter] {
        filter->Modified();
        filter->Update();
      },
      [] {},
      [numbers](const std::string& path) {
        const auto values = numbers();
        saveValues(values.data(), values.size(), path);
      },
  };
}

Job range(const Request& request) {
  const auto filter = on<itk::MinimumMaximumImageFilter<Shorts>>(readVolume<short>(request));
  return measuring(filter, [filter] {
    return std::vector<double>{double(filter->GetMinimum()), double(filter->GetMaximum())};
  });
}

Job statistics(const Request& request) {
  const auto filter = on<itk::StatisticsImageFilter<Shorts>>(readVolume<short>(request));
  return measuring(filter, [filter] {
    return std::vector<double>{double(filter->GetMinimum()), double(filter->GetMaximum()), filter->GetMean(),
                               filter->GetSigma()};
  });
}

// Threshold and mask: ITK has no filter for the number alone.
Job otsu(const Request& request) {
  const auto filter = on<itk::OtsuThresholdImageFilter<Shorts, Bytes>>(readVolume<short>(request));
  filter->SetNumberOfHistogramBins(static_cast<unsigned>(request.number("bins")));
  filter->SetReturnBinMidpoint(false);
  return measuring(filter, [filter] { return std::vector<double>{double(filter->GetThreshold())}; });
}

}  // namespace

void addMeasures(Operations& operations) {
  operations["range int16"] = range;
  operations["statistics int16"] = statistics;
  operations["otsu int16"] = otsu;
}
