// Runs one ITK operation on a raw little-endian volume and times it.
//
//   itk_peer --op median --input v.raw --shape 256,256,256 --dtype int16 --threads 1 --radius 1
//
// Runs once, into fresh memory, and says how long it took; then obeys lines on standard input (fresh | reused | save PATH).
// Every answer is a line of JSON. With --about it says what it can do.

#include <chrono>
#include <iostream>

#include "itkMultiThreaderBase.h"
#include "itkVersion.h"
#include "job.h"

namespace {

Operations allOperations() {
  Operations operations;
  for (const auto add : {addPoint, addMeasures, addGradients, addSmoothing, addLabels, addGeometry, addFiles})
    add(operations);
  return operations;
}

double milliseconds(const Job& job, bool fresh) {
  if (fresh) job.release();
  const auto start = std::chrono::steady_clock::now();
  job.run();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void obey(const Job& job) {
  for (std::string line; std::getline(std::cin, line);) {
    if (line.rfind("save ", 0) == 0) {
      job.save(line.substr(5, line.find(' ', 5) - 5));
      std::cout << "{}" << std::endl;
    } else {
      std::cout << "{\"ms\":" << milliseconds(job, line == "fresh") << "}" << std::endl;
    }
  }
}

void describe(const Operations& operations) {
  std::cout << "{\"name\":\"ITK " << itk::Version::GetITKVersion() << "\",\"threaded\":true,\"operations\":[";
  const char* comma = "";
  for (const auto& [name, make] : operations) {
    std::cout << comma << '"' << name << '"';
    comma = ",";
  }
  std::cout << "]}" << std::endl;
}

}  // namespace

int main(int count, char** words) {
  try {
    const Operations operations = allOperations();
    if (count == 2 && std::string(words[1]) == "--about") {
      describe(operations);
      return 0;
    }
    const Request request = readRequest(count, words);
    itk::MultiThreaderBase::SetGlobalMaximumNumberOfThreads(request.threads);
    itk::MultiThreaderBase::SetGlobalDefaultNumberOfThreads(request.threads);
    const auto found = operations.find(request.operation + " " + request.dtype);
    if (found == operations.end()) throw std::invalid_argument("unknown operation " + request.operation);
    const Job job = found->second(request);
    std::cout << "{\"ms\":" << milliseconds(job, false) << "}" << std::endl;
    obey(job);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "itk_peer: " << error.what() << std::endl;
    return 1;
  }
}
