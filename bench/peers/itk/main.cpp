// Runs one ITK operation on a raw little-endian volume and times it.
//
//   itk_peer --op median --radius 1 --input v.raw --shape 256,256,256 --dtype int16 [--spacing 1,1,1] [--threads 1]
//            [--below 1] [--sigma 2] [--repeats 5 --output result.raw]
//
// With --repeats: one warm-up, then that many runs each into fresh and into reused memory; prints their medians.
// Without: runs once, into fresh memory, and says how long it took; then obeys lines on standard input (fresh | reused | save PATH).
// Every answer is a line of JSON.

#include <algorithm>
#include <chrono>
#include <iostream>

#include "itkMultiThreaderBase.h"
#include "itkVersion.h"
#include "operations.h"

namespace {

double milliseconds(const Job& job, bool fresh) {
  if (fresh) job.release();
  const auto start = std::chrono::steady_clock::now();
  job.run();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double median(const Job& job, bool fresh, unsigned repeats) {
  std::vector<double> times;
  for (unsigned i = 0; i < repeats; ++i) times.push_back(milliseconds(job, fresh));
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

Job jobFor(const Request& request) {
  if (request.dtype == "uint8") return makeJob<unsigned char>(request);
  if (request.dtype == "int16") return makeJob<short>(request);
  if (request.dtype == "float32") return makeJob<float>(request);
  throw std::invalid_argument("--dtype: expected uint8, int16 or float32, received " + request.dtype);
}

void obey(const Job& job) {
  for (std::string word; std::cin >> word;) {
    if (word == "save") {
      std::string path;
      std::cin >> path;
      job.save(path);
      std::cout << "{}" << std::endl;
    } else {
      std::cout << "{\"ms\":" << milliseconds(job, word == "fresh") << "}" << std::endl;
    }
  }
}

void report(const Request& request, const Job& job) {
  job.run();
  if (!request.output.empty()) job.save(request.output);
  const double fresh = median(job, true, request.repeats);
  const double reused = median(job, false, request.repeats);
  std::cout << "{\"peer\":\"ITK " << itk::Version::GetITKVersion() << "\",\"operation\":\""
            << request.operation << "\",\"dtype\":\"" << request.dtype << "\",\"threads\":" << request.threads
            << ",\"threader\":\""
            << itk::MultiThreaderBase::ThreaderTypeToString(
                   itk::MultiThreaderBase::GetGlobalDefaultThreader())
            << "\",\"repeats\":" << request.repeats << ",\"fresh\":" << fresh << ",\"reused\":" << reused
            << "}" << std::endl;
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count == 2 && std::string(words[1]) == "--version") {
      std::cout << "ITK " << itk::Version::GetITKVersion() << std::endl;
      return 0;
    }
    const Request request = readRequest(count, words);
    itk::MultiThreaderBase::SetGlobalMaximumNumberOfThreads(request.threads);
    itk::MultiThreaderBase::SetGlobalDefaultNumberOfThreads(request.threads);
    const Job job = jobFor(request);
    if (request.repeats > 0) {
      report(request, job);
      return 0;
    }
    std::cout << "{\"ms\":" << milliseconds(job, false) << "}" << std::endl;
    obey(job);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "itk_peer: " << error.what() << std::endl;
    return 1;
  }
}
