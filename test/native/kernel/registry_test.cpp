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
      for (const TypePair& pair : types) CHECK(findRun(*info, level, pair.in, pair.out) != nullptr);
  }
}

TEST(registry_knows_no_instance_for_other_types) {
  const KernelInfo* linear = findKernel("linear");
  CHECK(linear != nullptr);
  CHECK(findRun(*linear, builtLevels().front(), DType::UInt8, DType::Float32) == nullptr);
}

// Ends up in the registry of this program alone.
constexpr KernelInfo kHigh{.name = "registry_test_point"}, kLow{.name = "registry_test_point"};
void runNothing(const ParamBlock&, const Call&) {}
constexpr KernelEntry kHighEntry[] = {{&kHigh, Level::V4, DType::Int8, DType::Int8, &runNothing}};
constexpr KernelEntry kLowEntry[] = {{&kLow, Level::Baseline, DType::Int8, DType::Int8, &runNothing}};

TEST(registry_takes_the_functions_of_the_lowest_level) {
  const std::vector<const KernelInfo*> before(kernels().begin(), kernels().end());
  const KernelRegistration high(kHigh, kHighEntry);
  CHECK(findKernel("registry_test_point") == &kHigh);
  const KernelRegistration low(kLow, kLowEntry);
  CHECK(findKernel("registry_test_point") == &kLow);
  CHECK_EQUAL(kernels().size(), before.size() + 1);
  CHECK_EQUAL(typesOf(kLow).size(), std::size_t{1});
}

}  // namespace
}  // namespace voxline::test
