#include <cmath>
#include <string>

#include "base/checked.h"
#include "plan/plan.h"

namespace voxline {
namespace {

constexpr double kMaxExact = 9007199254740992.0;  // 2^53

class PlanReader {
 public:
  PlanReader(const std::vector<double>& numbers, const std::vector<Handle>& handles)
      : numbers_(numbers), handles_(handles) {}

  double number(const char* what) {
    if (at_ >= numbers_.size()) fail(what, "missing");
    return numbers_[at_++];
  }

  std::int64_t integer(const char* what, std::int64_t low, std::int64_t high) {
    const double value = number(what);
    if (!(value >= static_cast<double>(low) && value <= static_cast<double>(high)) || value != std::floor(value))
      fail(what, "out of range");
    return static_cast<std::int64_t>(value);
  }

  std::int64_t length(const char* what) { return integer(what, 1, static_cast<std::int64_t>(kMaxExact)); }
  std::int64_t offset(const char* what) { return integer(what, -kFar, kFar); }
  bool flag(const char* what) { return integer(what, 0, 1) == 1; }
  DType dtype(const char* what) { return static_cast<DType>(integer(what, 0, kDTypes - 1)); }

  template <class F>
  Index perAxis(int rank, F&& next) {
    Index values{};
    for (int a = 0; a < rank; ++a) values[a] = next();
    return values;
  }

  template <class T>
  const T& handle(const char* what) {
    return handleAt<T>(integer(what, 0, static_cast<std::int64_t>(handles_.size()) - 1), what);
  }

  template <class T>
  const T& handleAt(std::int64_t index, const char* what) {
    if (index >= static_cast<std::int64_t>(handles_.size())) fail(what, "not among the handles");
    const T* value = std::get_if<T>(&handles_[static_cast<std::size_t>(index)]);
    if (!value) fail(what, "a handle of another kind");
    return *value;
  }

  std::size_t at() const { return at_; }
  void skip(std::size_t count) { at_ += count; }
  bool atEnd() const { return at_ == numbers_.size(); }

  [[noreturn]] void fail(const char* what, const char* why) const {
    throw internalError(std::string("invalid plan: ") + what + ' ' + why + " (number " + std::to_string(at_) + ')');
  }

 private:
  static constexpr std::int64_t kFar = static_cast<std::int64_t>(kMaxExact);
  const std::vector<double>& numbers_;
  const std::vector<Handle>& handles_;
  std::size_t at_ = 0;
};

class PlanDecoder {
 public:
  PlanDecoder(Plan& plan, const std::vector<Handle>& handles) : plan_(plan), in_(plan.numbers, handles) {}

  void decode() {
    if (in_.number("magic") != kPlanMagic || in_.number("version") != kPlanVersion) in_.fail("magic", "unknown");
    header();
    const auto nodes = in_.integer("node count", 1, 4096);
    plan_.nodes.reserve(static_cast<std::size_t>(nodes));
    for (std::int64_t i = 0; i < nodes; ++i) node();
    const auto sinks = in_.integer("sink count", 0, 64);
    for (std::int64_t i = 0; i < sinks; ++i) sink();
    if (!in_.atEnd()) in_.fail("end", "not where the plan ends");
    checkOutputs();
    checkComputed();
  }

 private:
  void header() {
    Plan& p = plan_;
    p.rank = static_cast<int>(in_.integer("rank", 1, kMaxRank));
    p.region.rank = p.rank;
    p.region.start = in_.perAxis(p.rank, [&] { return in_.integer("region.start", 0, std::int64_t{1} << 53); });
    p.region.shape = in_.perAxis(p.rank, [&] { return in_.length("region.shape"); });
    p.reference = in_.flag("executor");
    const auto level = in_.integer("level", -1, kLevels - 1);
    p.level = level < 0 ? levelNamed("") : static_cast<Level>(level);
    if (level >= 0) levelNamed(nameOf(p.level));
    p.threads = static_cast<int>(in_.integer("threads", 0, 1 << 20));
    p.memory = in_.integer("memory", 0, std::int64_t{1} << 53);
    p.divisions = in_.integer("divisions", 0, std::int64_t{1} << 53);
    p.blocks = in_.flag("split");
    p.tile = in_.perAxis(p.rank, [&] { return in_.integer("tile", 0, std::int64_t{1} << 53); });
    p.axes = in_.perAxis(p.rank, [&] { return in_.integer("axes", 0, p.rank - 1); });
    unsigned seen = 0;
    for (int a = 0; a < p.rank; ++a) seen |= 1u << p.axes[a];
    if (seen != (1u << p.rank) - 1) in_.fail("axes", "not a permutation");
  }

  void node() {
    Node& node = plan_.nodes.emplace_back();
    node.kind = static_cast<Node::Kind>(in_.integer("node kind", 0, 3));
    switch (node.kind) {
      case Node::Kind::Source: return source(node);
      case Node::Kind::Scripted: return script(node);
      default: return stage(node);
    }
  }

  void source(Node& node) {
    node.dtype = in_.dtype("source dtype");
    node.extent = in_.perAxis(plan_.rank, [&] { return in_.length("extent"); });
    switch (in_.integer("storage", 0, 2)) {
      case 0: node.storage = view(node.extent); break;
      case 1: node.storage = file(node.extent, nullptr); break;
      default: node.storage = supply(node);
    }
    node.stored = std::visit([](const auto& storage) { return storage.dtype; }, node.storage);
    node.scaling.scaled = in_.flag("scaled");
    node.scaling.slope = in_.number("slope");
    node.scaling.intercept = in_.number("intercept");
    const bool isReal = node.dtype == DType::Float32 || node.dtype == DType::Float64;
    if (node.scaling.scaled && !isReal) in_.fail("source dtype", "not a float though scaled");
    const std::string_view loader = node.scaling.scaled ? "scale_convert" : "convert";
    requireTypes(findKernel(loader), node.stored, node.dtype);
  }

  View view(const Index& shape) {
    View view;
    view.memory = in_.handle<MemoryPtr>("memory");
    view.dtype = in_.dtype("stored dtype");
    const std::int64_t offset = in_.integer("offset", 0, std::int64_t{1} << 53);
    view.rank = plan_.rank;
    view.shape = shape;
    view.strides = in_.perAxis(plan_.rank, [&] { return in_.offset("stride"); });
    if (offset > static_cast<std::int64_t>(view.memory->bytes())) in_.fail("offset", "beyond the memory");
    view.data = view.memory->data() + offset;
    if (!isInside(view)) in_.fail("strides", "reach beyond the memory");
    const auto size = static_cast<std::int64_t>(sizeOf(view.dtype));
    bool aligned = reinterpret_cast<std::uintptr_t>(view.data) % static_cast<std::uintptr_t>(size) == 0;
    for (int a = 0; a < view.rank; ++a) aligned = aligned && view.strides[a] % size == 0;
    if (!aligned) throw Error(Code::Unsupported, "voxels are not aligned to their size in memory");
    return view;
  }

  // `length` is that of a sink.
  FileLayout file(const Index& shape, std::int64_t* length) {
    const bool isSource = length == nullptr;
    FileLayout layout;
    layout.path = in_.handle<std::string>("path");
    layout.dtype = in_.dtype("stored dtype");
    const std::int64_t compression = in_.integer("compression", 0, isSource ? 6 : 5);
    if ((compression & 3) > static_cast<int>(Compression::Zlib) || (isSource && compression == 4)) in_.fail("compression", "unknown");
    layout.compression = static_cast<Compression>(compression & 3);
    if (!isSource && (compression & 3) > static_cast<int>(Compression::Gzip)) in_.fail("compression", "unknown");
    if (compression & 4) (isSource ? layout.streamStart : *length) = in_.integer("streamStart or length", 0, std::int64_t{1} << 53);
    if (isSource || compression & 4) layout.bigEndian = in_.flag("bigEndian");
    layout.start = in_.integer("start", 0, std::int64_t{1} << 53);
    layout.rank = plan_.rank;
    layout.shape = shape;
    layout.strides = in_.perAxis(plan_.rank, [&] { return in_.offset("stride"); });
    std::int64_t low = layout.start;
    for (int a = 0; a < layout.rank; ++a) {
      const std::int64_t reach = checkedMul(layout.strides[a], layout.shape[a] - 1);
      low = checkedAdd(low, std::min<std::int64_t>(reach, 0));
    }
    if (low < 0) in_.fail("strides", "reach before the file's start");
    return layout;
  }

  FileLayout supply(Node& node) {
    plan_.supplies.push_back(in_.handle<Supply>("supply"));
    node.supply = static_cast<int>(plan_.supplies.size()) - 1;
    FileLayout layout;
    layout.dtype = in_.dtype("stored dtype");
    layout.rank = plan_.rank;
    layout.shape = node.extent;
    layout.strides = in_.perAxis(plan_.rank, [&] { return in_.offset("stride"); });
    return layout;
  }

  void border(Node& node) {
    node.border = static_cast<Border>(in_.integer("border", 0, 5));
    const std::int64_t low = in_.integer("border value", 0, 0xffffffff), high = in_.integer("border value", 0, 0xffffffff);
    node.borderBits = static_cast<std::uint64_t>(high) << 32 | static_cast<std::uint64_t>(low);
  }

  void inputs(Node& node, int count) {
    for (int i = 0; i < count; ++i) {
      const auto id = static_cast<NodeId>(in_.integer("input", 0, static_cast<std::int64_t>(plan_.nodes.size()) - 2));
      const Node& input = plan_.nodes[static_cast<std::size_t>(id)];
      if (input.kind == Node::Kind::Reduce) in_.fail("input", "a reduction");
      const DType wanted = i > 0 && node.kernel && node.kernel->ownSecond ? node.kernel->second : node.in;
      if (input.dtype != wanted) in_.fail("input", "of another dtype");
      if (i > 0 && input.extent != node.extent) in_.fail("input", "of another shape");
      node.extent = input.extent;
      node.inputs.push_back(id);
    }
  }

  void requireTypes(const KernelInfo* kernel, DType in, DType out) {
    if (!kernel || !findRun(*kernel, Level::Baseline, in, out)) in_.fail("kernel", "not built for these dtypes");
  }

  void stage(Node& node) {
    const auto all = kernels();
    node.kernel = all[static_cast<std::size_t>(in_.integer("kernel", 0, static_cast<std::int64_t>(all.size()) - 1))];
    const bool reduces = node.kernel->shape == KernelShape::Reduce;
    if (reduces != (node.kind == Node::Kind::Reduce)) in_.fail("kernel", "of another kind than its node");
    node.in = in_.dtype("in dtype");
    node.dtype = in_.dtype("out dtype");
    requireTypes(node.kernel, node.in, node.dtype);
    const auto count = in_.integer("input count", 1, kMaxInputs);
    if (count < node.kernel->leastInputs || count > node.kernel->inputs) in_.fail("input count", "not the kernel's");
    inputs(node, static_cast<int>(count));
    node.axis = static_cast<int>(in_.integer("axis", -1, plan_.rank - 1));
    if ((node.axis >= 0) != (node.kernel->shape == KernelShape::Line)) in_.fail("axis", "wanted for line kernels only");
    border(node);
    const auto params = static_cast<std::size_t>(in_.integer("parameter count", 0, 1 << 24));
    if (params > plan_.numbers.size() - in_.at()) in_.fail("parameters", "missing");
    if (!node.kernel->decode(plan_.numbers.data() + in_.at(), params, node.params)) in_.fail("parameters", "not the kernel's");
    in_.skip(params);
    if (const auto wrong = node.kernel->check(node.params, plan_.rank); !wrong.empty())
      throw internalError("invalid plan: " + std::string(node.kernel->name) + ": " + std::string(wrong));
    node.halo = node.kernel->halo(node.params, plan_.rank, node.axis);
    finishHalo(node);
  }

  void script(Node& node) {
    plan_.scripts.push_back(in_.handle<Script>("script"));
    node.script = static_cast<int>(plan_.scripts.size()) - 1;
    node.in = in_.dtype("in dtype");
    node.dtype = in_.dtype("out dtype");
    const auto isFloat = [](DType dtype) { return dtype == DType::Float32 || dtype == DType::Float64; };
    if (!isFloat(node.in) || !isFloat(node.dtype)) in_.fail("script dtype", "not a float");
    inputs(node, static_cast<int>(in_.integer("input count", 1, 1)));
    border(node);
    node.halo.low = in_.perAxis(plan_.rank, [&] { return in_.integer("halo", 0, kMaxHalo); });
    node.halo.high = in_.perAxis(plan_.rank, [&] { return in_.integer("halo", 0, kMaxHalo); });
    finishHalo(node);
  }

  // Mirrored borders read as far inside as the halo reaches outside, so their halo is the same on both sides.
  void finishHalo(Node& node) {
    const bool mirrored = node.border == Border::Symmetric || node.border == Border::Reflect;
    for (int a = 0; a < plan_.rank; ++a) {
      auto &low = node.halo.low[a], &high = node.halo.high[a];
      if (low < 0 || high < 0 || low > kMaxHalo || high > kMaxHalo) in_.fail("halo", "out of range");
      if (mirrored) low = high = std::max(low, high);
    }
  }

  void sink() {
    Sink& sink = plan_.sinks.emplace_back();
    sink.node = static_cast<NodeId>(in_.integer("sink node", 0, static_cast<std::int64_t>(plan_.nodes.size()) - 1));
    const Node& node = plan_.nodes[static_cast<std::size_t>(sink.node)];
    if (node.kind == Node::Kind::Reduce) in_.fail("sink node", "a reduction");
    const bool isFile = in_.flag("storage");
    if (isFile) {
      sink.storage = file(plan_.region.shape, &sink.length);
      sink.stored = std::get<FileLayout>(sink.storage).dtype;
      const auto header = in_.integer("header", -1, 1 << 20);
      if (header >= 0) {
        plan_.headers.push_back(in_.handleAt<std::vector<std::byte>>(header, "header"));
        sink.header = static_cast<int>(plan_.headers.size()) - 1;
      }
      sink.gzipLevel = static_cast<int>(in_.integer("level", 0, 9));
      const std::int64_t overwrite = in_.integer("overwrite", 0, 2);
      sink.overwrite = overwrite == 1;
      sink.isPaste = overwrite == 2;
    } else {
      View to = view(plan_.region.shape);
      if (!to.memory->isWritable()) throw Error(Code::Unsupported, "the target volume is read-only");
      sink.stored = to.dtype;
      sink.storage = std::move(to);
    }
    requireTypes(findKernel("convert"), node.dtype, sink.stored);
  }

  // A rim is computed by stages for one reader: sources have none, another reader would fill its own border there, and mirrored
  // borders would want voxels that a sliding tile has not come to.
  void checkComputed() const {
    std::vector<int> readers(plan_.nodes.size());
    for (const Node& node : plan_.nodes)
      for (const NodeId input : node.inputs) ++readers[static_cast<std::size_t>(input)];
    for (const Node& node : plan_.nodes) {
      if (node.border != Border::Computed) continue;
      for (const NodeId input : node.inputs) {
        const Node& above = plan_.nodes[static_cast<std::size_t>(input)];
        const bool mirrored = above.border == Border::Symmetric || above.border == Border::Reflect;
        const bool alone = readers[static_cast<std::size_t>(input)] == 1 && !mirrored;
        if (node.kind == Node::Kind::Stage && above.kind == Node::Kind::Stage && alone) continue;
        in_.fail("border", "computed by something else than a stage of its own");
      }
    }
  }

  void checkOutputs() {
    bool any = !plan_.sinks.empty();
    for (const Node& node : plan_.nodes) any = any || node.kind == Node::Kind::Reduce;
    if (!any) in_.fail("sinks", "missing");
    std::int64_t voxels = 1;
    for (int a = 0; a < plan_.rank; ++a) voxels = checkedMul(voxels, plan_.nodes[0].extent[a]);
    for (const Node& node : plan_.nodes)
      if (node.extent != plan_.nodes[0].extent) in_.fail("extents", "differ");
    if (!Region{plan_.rank, {}, plan_.nodes[0].extent}.contains(plan_.region)) in_.fail("region", "outside the extent");
  }

  static constexpr std::int64_t kMaxHalo = std::int64_t{1} << 31;
  Plan& plan_;
  PlanReader in_;
};

}  // namespace

Plan decodePlan(std::vector<double> numbers, const std::vector<Handle>& handles) {
  Plan plan;
  plan.numbers = std::move(numbers);
  PlanDecoder(plan, handles).decode();
  return plan;
}

}  // namespace voxline
