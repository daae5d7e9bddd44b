#pragma once

#include <string>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace voxline::test {

// Writes plans by hand, in the encoding of plan/plan.h.
class PlanBuilder {
 public:
  explicit PlanBuilder(std::vector<std::int64_t> shape) : shape_(std::move(shape)), start_(shape_.size(), 0), size_(shape_) {
    for (std::size_t a = 0; a < shape_.size(); ++a) axes_.push_back(static_cast<double>(a));
    tile_.assign(shape_.size(), 0);
  }

  PlanBuilder& region(std::vector<std::int64_t> start, std::vector<std::int64_t> size) {
    start_ = std::move(start);
    size_ = std::move(size);
    return *this;
  }
  PlanBuilder& tile(std::vector<double> tile) {
    tile_ = std::move(tile);
    return *this;
  }

  bool reference = false;
  double level = -1;
  double threads = 0;
  double memory = 0;
  double divisions = 0;
  bool blocks = false;

  NodeId source(const View& view, DType dtype) {
    nodes_.insert(nodes_.end(), {0, code(dtype)});
    for (const auto n : shape_) nodes_.push_back(static_cast<double>(n));
    nodes_.push_back(0);
    storage(nodes_, view);
    nodes_.insert(nodes_.end(), {0, 1, 0});
    return count_++;
  }

  // A raw file of that dtype, its first voxel at byte `start`.
  NodeId file(const std::string& path, DType stored, DType dtype, std::int64_t start, const std::vector<std::int64_t>& strides) {
    nodes_.insert(nodes_.end(), {0, code(dtype)});
    for (const auto n : shape_) nodes_.push_back(static_cast<double>(n));
    handles.emplace_back(path);
    nodes_.insert(nodes_.end(), {1, static_cast<double>(handles.size() - 1), code(stored), 0, 0, static_cast<double>(start)});
    for (const auto stride : strides) nodes_.push_back(static_cast<double>(stride));
    nodes_.insert(nodes_.end(), {0, 1, 0});
    return count_++;
  }

  // A function over float32 that reads so many voxels on either side along every axis.
  NodeId script(Script function, NodeId input, const std::vector<std::int64_t>& low, const std::vector<std::int64_t>& high, Border border) {
    handles.emplace_back(std::move(function));
    nodes_.insert(nodes_.end(), {3, static_cast<double>(handles.size() - 1), code(DType::Float32), code(DType::Float32), 1,
                                 static_cast<double>(input), static_cast<double>(border), 0, 0});
    for (const auto n : low) nodes_.push_back(static_cast<double>(n));
    for (const auto n : high) nodes_.push_back(static_cast<double>(n));
    return count_++;
  }

  struct Options {
    int axis = -1;
    Border border = Border::Edge;
    std::uint64_t bits = 0;
  };

  NodeId stage(std::string_view kernel, DType in, DType out, std::vector<NodeId> inputs, std::vector<double> params,
               Options options) {
    const KernelInfo* info = findKernel(kernel);
    const bool reduces = info->shape == KernelShape::Reduce;
    double number = 0;
    for (const KernelInfo* k : kernels()) {
      if (k == info) break;
      ++number;
    }
    nodes_.insert(nodes_.end(), {reduces ? 2.0 : 1.0, number, code(in), code(out), static_cast<double>(inputs.size())});
    for (const NodeId input : inputs) nodes_.push_back(input);
    nodes_.insert(nodes_.end(), {static_cast<double>(options.axis), static_cast<double>(options.border),
                                 static_cast<double>(options.bits & 0xffffffff), static_cast<double>(options.bits >> 32)});
    nodes_.push_back(static_cast<double>(params.size()));
    nodes_.insert(nodes_.end(), params.begin(), params.end());
    return count_++;
  }

  void sink(NodeId node, const View& view) {
    sinks_.insert(sinks_.end(), {static_cast<double>(node), 0});
    storage(sinks_, view);
    ++sinkCount_;
  }

  // To a raw file, whose first voxel is at byte `start`.
  void sink(NodeId node, const std::string& path, DType dtype, std::int64_t start, const std::vector<std::int64_t>& strides) {
    handles.emplace_back(path);
    sinks_.insert(sinks_.end(), {static_cast<double>(node), 1, static_cast<double>(handles.size() - 1), code(dtype), 0, static_cast<double>(start)});
    for (const auto stride : strides) sinks_.push_back(static_cast<double>(stride));
    sinks_.insert(sinks_.end(), {-1, 0, 1});
    ++sinkCount_;
  }

  std::vector<double> numbers() const {
    std::vector<double> all{kPlanMagic, kPlanVersion, static_cast<double>(shape_.size())};
    for (const auto s : start_) all.push_back(static_cast<double>(s));
    for (const auto s : size_) all.push_back(static_cast<double>(s));
    all.insert(all.end(), {reference ? 1.0 : 0.0, level, threads, memory, divisions, blocks ? 1.0 : 0.0});
    all.insert(all.end(), tile_.begin(), tile_.end());
    all.insert(all.end(), axes_.begin(), axes_.end());
    all.push_back(count_);
    all.insert(all.end(), nodes_.begin(), nodes_.end());
    all.push_back(sinkCount_);
    all.insert(all.end(), sinks_.begin(), sinks_.end());
    return all;
  }

  Plan plan() const { return decodePlan(numbers(), handles); }

  std::vector<Handle> handles;

 private:
  static double code(DType dtype) { return static_cast<double>(dtype); }

  void storage(std::vector<double>& to, const View& view) {
    handles.emplace_back(view.memory);
    to.insert(to.end(), {static_cast<double>(handles.size() - 1), code(view.dtype), static_cast<double>(view.data - view.memory->data())});
    for (int a = 0; a < view.rank; ++a) to.push_back(static_cast<double>(view.strides[a]));
  }

  std::vector<std::int64_t> shape_, start_, size_;
  std::vector<double> tile_, axes_, nodes_, sinks_;
  int count_ = 0;
  int sinkCount_ = 0;
};

// A dense volume in memory, axis 0 fastest.
inline View denseView(DType dtype, const std::vector<std::int64_t>& shape) {
  View view;
  view.dtype = dtype;
  view.rank = static_cast<int>(shape.size());
  auto stride = static_cast<std::int64_t>(sizeOf(dtype));
  for (int a = 0; a < view.rank; ++a) {
    view.shape[a] = shape[static_cast<std::size_t>(a)];
    view.strides[a] = stride;
    stride *= view.shape[a];
  }
  view.memory = allocate(static_cast<std::size_t>(stride), Fill::Zero);
  view.data = view.memory->data();
  return view;
}

}  // namespace voxline::test
