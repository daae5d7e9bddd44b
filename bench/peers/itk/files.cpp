#include <unistd.h>

#include <cstdio>

#include "itkImageFileReader.h"
#include "itkImageFileWriter.h"
#include "volumes.h"

namespace {

// A reader that was used before would not read again: every run has a new one.
Job reading(const Request& request) {
  using Reader = itk::ImageFileReader<Shorts>;
  const auto reader = std::make_shared<Reader::Pointer>();
  return {
      [reader, path = request.input] {
        *reader = Reader::New();
        (*reader)->SetFileName(path);
        (*reader)->Update();
      },
      [] {},
      [reader](const std::string& path) { saveVolume((*reader)->GetOutput(), path); },
  };
}

// The file is removed with the last job that writes it.
struct Written {
  std::string path;
  explicit Written(const std::string& ending) : path("written-" + std::to_string(getpid()) + "." + ending) {}
  ~Written() { std::remove(path.c_str()); }
};

Job writing(const Request& request, const std::string& ending) {
  const auto file = std::make_shared<Written>(ending);
  const auto writer = itk::ImageFileWriter<Shorts>::New();
  writer->SetInput(readVolume<short>(request));
  writer->SetFileName(file->path);
  return {
      [writer, file] {
        writer->Modified();
        writer->Update();
      },
      [] {},
      [file](const std::string& path) {
        const auto reader = itk::ImageFileReader<Shorts>::New();
        reader->SetFileName(file->path);
        reader->Update();
        saveVolume(reader->GetOutput(), path);
      },
  };
}

}  // namespace

void addFiles(Operations& operations) {
  operations["readNii int16"] = reading;
  operations["readNiiGz int16"] = reading;
  operations["writeNii int16"] = [](const Request& request) { return writing(request, "nii"); };
  operations["writeNiiGz int16"] = [](const Request& request) { return writing(request, "nii.gz"); };
}
