#include "itkConnectedComponentImageFilter.h"
#include "itkSignedMaurerDistanceMapImageFilter.h"
#include "volumes.h"

namespace {

Job components(const Request& request) {
  const auto filter =
      on<itk::ConnectedComponentImageFilter<Bytes, Volume<unsigned>>>(readVolume<unsigned char>(request));
  filter->SetFullyConnected(request.number("connectivity") == 3);
  return jobOf(filter);
}

Job signedDistance(const Request& request) {
  const auto filter =
      on<itk::SignedMaurerDistanceMapImageFilter<Bytes, Floats>>(readVolume<unsigned char>(request));
  filter->SetSquaredDistance(false);
  filter->SetUseImageSpacing(true);
  return jobOf(filter);
}

}  // namespace

void addLabels(Operations& operations) {
  operations["components uint8"] = components;
  operations["signedDistance uint8"] = signedDistance;
}
