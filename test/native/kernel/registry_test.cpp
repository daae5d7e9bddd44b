#include "kernel/registry.h"

#include <algorithm>

#include "support/check.h"

namespace voxline::test {
namespace {

TEST(registry_lists_kernels_once_and_by_name) {
  const auto all = kernels();
  CHECK(!all.empty());
  for (std::size_t i = 1; i < all.size(); ++i) CHECK(all[i - 1]->name < all[i]->name);
  for (const KernelInfo* info : all) CHECK(findKernel(info->name) == info);
  CHECK(findKernel("no_such_kernel") == nullptr);
}

TEST(registry_has_every_kernel_at_every_level_for_the_same_types) {
  for (const KernelInfo* info : kernels()) {
    const auto types = typesOf(*info);
    CHECK(!types.empty());
    for (const Level level : builtLevels())
      for (const TypePair& pair : types) {
        const bool runs = info->shape == KernelShape::Region ? findRegionEntry(*info, level, pair.in, pair.out) != nullptr
                                                             : findRun(*info, level, pair.in, pair.out) != nullptr;
        CHECK(runs);
      }
  }
}

TEST(registry_knows_no_instance_for_other_types) {
  const KernelInfo* linear = findKernel("linear");
  CHECK(linear != nullptr);
  CHECK(findRun(*linear, builtLevels().front(), DType::UInt8, DType::Float32) == nullptr);
}

constexpr KernelInfo named(std::string_view name) {
  KernelInfo info;
  info.name = name;
  return info;
}

// Stay in the registry of this program, so they look like any other kernel: one instance for every level.
constexpr KernelInfo kHigher = named("registry_test_point"), kLowest = named("registry_test_point");
void runNothing(const ParamBlock&, const Call&) {}

void enroll(const KernelInfo& info, Level level) {
  const KernelEntry entry{&info, level, DType::Int8, DType::Int8, &runNothing};
  const KernelRegistration registration(info, {&entry, 1});
}

TEST(registry_takes_the_functions_of_the_lowest_level) {
  const std::vector<Level> levels = builtLevels();
  const std::size_t before = kernels().size();
  for (auto level = levels.rbegin(); level != levels.rend() - 1; ++level) enroll(kHigher, *level);
  if (levels.size() > 1) CHECK(findKernel("registry_test_point") == &kHigher);
  enroll(kLowest, levels.front());
  CHECK(findKernel("registry_test_point") == &kLowest);
  CHECK_EQUAL(kernels().size(), before + 1);
  CHECK_EQUAL(typesOf(kLowest).size(), std::size_t{1});
}

}  // namespace
}  // namespace voxline::test
