#pragma once

#include <fstream>
#include <vector>

#include "itkImage.h"
#include "job.h"

template <class T>
using Volume = itk::Image<T, 3>;
using Bytes = Volume<unsigned char>;
using Shorts = Volume<short>;
using Floats = Volume<float>;

template <class T>
typename Volume<T>::Pointer readVolume(const Request& request) {
  auto volume = Volume<T>::New();
  typename Volume<T>::SizeType size;
  for (unsigned axis = 0; axis < 3; ++axis) size[axis] = request.shape[axis];
  volume->SetRegions(size);
  volume->Allocate();
  const auto bytes = static_cast<std::streamsize>(volume->GetPixelContainer()->Size() * sizeof(T));
  std::ifstream file(request.input, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(volume->GetBufferPointer()), bytes))
    throw std::runtime_error(request.input + ": expected " + std::to_string(bytes) + " bytes");
  return volume;
}

template <class T>
void saveValues(const T* values, std::size_t count, const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  if (!file.write(reinterpret_cast<const char*>(values), static_cast<std::streamsize>(count * sizeof(T))))
    throw std::runtime_error(path + ": cannot be written");
}

template <class Image>
void saveVolume(const Image* image, const std::string& path) {
  saveValues(image->GetBufferPointer(), image->GetPixelContainer()->Size(), path);
}

/// The job of a chain of filters that starts with `first` and ends with `last`; `between` frees what lies between.
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

/// The job of one filter.
template <class Filter>
Job jobOf(Filter filter) {
  return jobOf(filter, filter);
}

template <class Filter, class Image>
typename Filter::Pointer on(const Image& input) {
  auto filter = Filter::New();
  filter->SetInput(input);
  return filter;
}
