#include "exec/box_io.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/reverse_copy.h"
#include "base/stream_copy.h"
#include "exec/merge_axes.h"

namespace voxline {
namespace {

RunKernel converter(std::string_view name, std::initializer_list<double> numbers, Level level, DType in, DType out,
                    ParamBlock& params) {
  const KernelInfo* kernel = findKernel(name);
  if (!kernel) throw internalError("kernel " + std::string(name) + " is missing");
  kernel->decode(std::data(numbers), numbers.size(), params);
  return findRun(*kernel, level, in, out);
}

// Rows of two blocks that lie behind one another in both are one row.
Region merged(const Region& box, Block& a, Block& b) {
  Region rows = box;
  rows.rank = mergeAxes(box.rank, rows.shape, {&a.stride, &b.stride});
  return rows;
}

// Of n > 0 voxels; reads none behind the last.
template <class T>
void copyEverySecond(const T* from, T* to, std::int64_t n) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n - 1; ++i) to[i] = from[2 * i];
  to[n - 1] = from[2 * (n - 1)];
}

// One of the rows is scratch: they never overlap.
template <class T>
void copyStrided(const void* from, std::ptrdiff_t fromStride, void* to, std::ptrdiff_t toStride, std::int64_t n) {
  const T* in = static_cast<const T*>(from);
  T* out = static_cast<T*>(to);
  if (n <= 0) return;
  if (fromStride == 1 && toStride == 1) {
    std::memcpy(out, in, static_cast<std::size_t>(n) * sizeof(T));
  } else if (fromStride == -1 && toStride == 1) {
    reverseCopy(out, in - (n - 1), n, sizeof(T));
  } else if (fromStride == 1 && toStride == -1) {
    reverseCopy(out - (n - 1), in, n, sizeof(T));
  } else if (fromStride == 2 && toStride == 1) {
    copyEverySecond(in, out, n);
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i * toStride] = in[i * fromStride];
  }
}

void copyRow(std::size_t bytes, const void* from, std::ptrdiff_t fromStride, void* to, std::ptrdiff_t toStride, std::int64_t n) {
  switch (bytes) {
    case 1: return copyStrided<std::uint8_t>(from, fromStride, to, toStride, n);
    case 2: return copyStrided<std::uint16_t>(from, fromStride, to, toStride, n);
    case 4: return copyStrided<std::uint32_t>(from, fromStride, to, toStride, n);
    default: return copyStrided<std::uint64_t>(from, fromStride, to, toStride, n);
  }
}

std::byte* at(const Block& block, const Index& index, int rank, std::size_t bytes) {
  std::ptrdiff_t offset = 0;
  for (int a = 1; a < rank; ++a) offset += index[a] * block.stride[a];
  return static_cast<std::byte*>(block.data) + offset * static_cast<std::ptrdiff_t>(bytes);
}

// Fetches the row behind the one at `row`: where rows are read backwards, or only some of them, the processor does not foresee it.
void prefetchNext(const std::byte* row, const Block& block, std::int64_t length, std::int64_t bytes) {
  constexpr std::int64_t most = 4096;
  const std::int64_t extent = (length - 1) * block.stride[0] * bytes;
  const std::byte* next = row + std::min<std::int64_t>(extent, 0) + block.stride[1] * bytes;
  for (std::int64_t i = 0; i <= std::min(std::abs(extent), most); i += static_cast<std::int64_t>(kCacheLine)) __builtin_prefetch(next + i);
}

// Calls f for every row of the box, its index along axes ≥ 1 counted from the box's start.
template <class F>
void eachRow(const Region& box, F&& f) {
  Index index{};
  for (;;) {
    f(index);
    int a = 1;
    for (; a < box.rank; ++a) {
      if (++index[a] < box.shape[a]) break;
      index[a] = 0;
    }
    if (a >= box.rank) return;
  }
}

Call boxCall(const Region& box, const Block& from, const Block& to) {
  Call call;
  call.rank = box.rank;
  call.shape = box.shape;
  call.origin = box.start;
  call.inputs = 1;
  call.in[0] = from;
  call.out = to;
  return call;
}

Call rowCall(std::int64_t length, const void* from, void* to) {
  Call call;
  call.rank = 1;
  call.shape[0] = length;
  call.inputs = 1;
  call.in[0].data = const_cast<void*>(from);
  call.in[0].stride[0] = 1;
  call.out.data = to;
  call.out.stride[0] = 1;
  return call;
}

// Voxels on their way past the caches: few enough to stay in the first of them beside what they are made of.
constexpr std::int64_t kPieceBytes = 4096;

// Whether a node's floats hold no NaN but the positive quiet one.
bool isCanonical(const Node& node) {
  if (node.kind == Node::Kind::Source) return node.scaling.scaled || node.stored != node.dtype;
  if (!node.kernel) return false;
  const bool isOfIntegers = node.in != DType::Float32 && node.in != DType::Float64;
  return node.kernel->nans == NanKind::Quiet || (isOfIntegers && node.kernel->nans == NanKind::NoneOfIntegers);
}

}  // namespace

Block blockIn(const View& view, const Index& first, const Region& box) {
  Block block;
  std::byte* data = view.data;
  const auto size = static_cast<std::int64_t>(sizeOf(view.dtype));
  for (int a = 0; a < box.rank; ++a) {
    data += (box.start[a] - first[a]) * view.strides[a];
    block.stride[a] = view.strides[a] / size;
  }
  block.data = data;
  return block;
}

BoxLoader::BoxLoader(const Node& source, Level level) : dtype_(source.dtype), stored_(source.stored) {
  if (source.scaling.scaled)
    convert_ = converter("scale_convert", {source.scaling.slope, source.scaling.intercept}, level, stored_, dtype_, params_);
  else if (stored_ != dtype_)
    convert_ = converter("convert", {0, 0}, level, stored_, dtype_, params_);
}

void BoxLoader::loadRow(const void* from, void* to, std::int64_t n) const {
  if (convert_) convert_(params_, rowCall(n, from, to));
  else std::memcpy(to, from, static_cast<std::size_t>(n) * sizeOf(dtype_));
}

void BoxLoader::load(const View& view, const Index& first, const Region& region, Block to, std::byte* row) const {
  Block from = blockIn(view, first, region);
  const bool contiguous = from.stride[0] == 1;
  const Region box = contiguous ? merged(region, from, to) : region;
  if (convert_ && contiguous) return convert_(params_, boxCall(box, from, to));
  const std::size_t in = sizeOf(stored_), out = sizeOf(dtype_);
  eachRow(box, [&](const Index& index) {
    std::byte* target = at(to, index, box.rank, out);
    const std::byte* source = at(from, index, box.rank, in);
    if (!contiguous) prefetchNext(source, from, box.shape[0], static_cast<std::int64_t>(in));
    copyRow(in, source, from.stride[0], convert_ ? row : target, 1, box.shape[0]);
    if (convert_) convert_(params_, rowCall(box.shape[0], row, target));
  });
}

BoxStorer::BoxStorer(const Sink& sink, const Node& node, Level level, bool streamed)
    : dtype_(node.dtype), stored_(sink.stored), streamed_(streamed) {
  const bool isFloat = dtype_ == DType::Float32 || dtype_ == DType::Float64;
  if (stored_ != dtype_ || (isFloat && !isCanonical(node))) convert_ = converter("convert", {0, 0}, level, dtype_, stored_, params_);
}

void BoxStorer::storeRow(const void* from, void* to, std::int64_t n, std::byte* row) const {
  const auto in = static_cast<std::int64_t>(sizeOf(dtype_)), out = static_cast<std::int64_t>(sizeOf(stored_));
  if (!convert_) {
    const auto copy = streamed_ ? &streamCopy : [](void* a, const void* b, std::size_t bytes) { std::memcpy(a, b, bytes); };
    return copy(to, from, static_cast<std::size_t>(n * out));
  }
  if (!streamed_) return convert_(params_, rowCall(n, from, to));
  const std::int64_t piece = kPieceBytes / out;
  for (std::int64_t x = 0; x < n; x += piece) {
    const std::int64_t part = std::min(piece, n - x);
    convert_(params_, rowCall(part, static_cast<const std::byte*>(from) + x * in, row));
    streamCopy(static_cast<std::byte*>(to) + x * out, row, static_cast<std::size_t>(part * out));
  }
}

void BoxStorer::store(Block from, const Region& region, const View& view, const Index& first, std::byte* row) const {
  Block to = blockIn(view, first, region);
  const bool contiguous = to.stride[0] == 1;
  const Region box = contiguous ? merged(region, from, to) : region;
  if (convert_ && contiguous && !streamed_) return convert_(params_, boxCall(box, from, to));
  const std::size_t in = sizeOf(dtype_), out = sizeOf(stored_);
  eachRow(box, [&](const Index& index) {
    const std::byte* source = at(from, index, box.rank, in);
    std::byte* target = at(to, index, box.rank, out);
    if (contiguous) return storeRow(source, target, box.shape[0], row);
    if (convert_) convert_(params_, rowCall(box.shape[0], source, row));
    copyRow(out, convert_ ? row : source, 1, target, to.stride[0], box.shape[0]);
  });
}

}  // namespace voxline
