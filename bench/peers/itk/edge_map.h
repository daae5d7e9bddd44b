#pragma once

#include "itkGradientMagnitudeImageFilter.h"
#include "itkImageToImageFilter.h"
#include "itkRescaleIntensityImageFilter.h"
#include "itkThresholdImageFilter.h"

/// Gradient magnitude, threshold below, rescale to 0…255: the mini-pipeline of ITK's composite filter example.
template <class In, class Out>
class EdgeMap : public itk::ImageToImageFilter<In, Out> {
 public:
  using Self = EdgeMap;
  using Superclass = itk::ImageToImageFilter<In, Out>;
  using Pointer = itk::SmartPointer<Self>;
  using Real = itk::Image<float, In::ImageDimension>;
  itkNewMacro(Self);

  void setBelow(double below) {
    threshold_->ThresholdBelow(static_cast<float>(below));
    this->Modified();
  }

  /// Gives the intermediate images' memory back, so that the next run touches fresh pages.
  void releaseIntermediates() {
    gradient_->GetOutput()->ReleaseData();
    threshold_->GetOutput()->ReleaseData();
    rescale_->GetOutput()->ReleaseData();
  }

 protected:
  EdgeMap() {
    threshold_->SetInput(gradient_->GetOutput());
    rescale_->SetInput(threshold_->GetOutput());
    rescale_->SetOutputMinimum(0);
    rescale_->SetOutputMaximum(255);
  }

  void GenerateInputRequestedRegion() override {
    Superclass::GenerateInputRequestedRegion();
    const_cast<In*>(this->GetInput())->SetRequestedRegionToLargestPossibleRegion();
  }

  // A mini-pipeline whose input is unchanged would not run again, hence Modified().
  void GenerateData() override {
    gradient_->SetInput(this->GetInput());
    gradient_->Modified();
    rescale_->GraftOutput(this->GetOutput());
    rescale_->Update();
    this->GraftOutput(rescale_->GetOutput());
  }

 private:
  typename itk::GradientMagnitudeImageFilter<In, Real>::Pointer gradient_ =
      itk::GradientMagnitudeImageFilter<In, Real>::New();
  typename itk::ThresholdImageFilter<Real>::Pointer threshold_ = itk::ThresholdImageFilter<Real>::New();
  typename itk::RescaleIntensityImageFilter<Real, Out>::Pointer rescale_ =
      itk::RescaleIntensityImageFilter<Real, Out>::New();
};
