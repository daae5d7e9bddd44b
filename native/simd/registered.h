// What makes a kernel known for the level being compiled. Included by begin_kernel.h.
#pragma once

namespace voxline {
namespace {

constexpr Level kLevel =
#if defined(__aarch64__)
    Level::Neon;
#elif VOXLINE_VECTOR_BYTES == 64
    Level::V4;
#elif VOXLINE_VECTOR_BYTES == 32
    Level::V3;
#elif defined(__SSE4_2__)
    Level::V2;
#else
    Level::Baseline;
#endif

// A kernel file ends with `template struct Registered<ItsKernel>;`.
template <class Kernel>
struct Registered {
  static constexpr KernelInfo info = describe<Kernel>();

  template <class In, class Out>
  static constexpr KernelEntry entryFor() {
    KernelEntry entry{&info, kLevel, dtypeOf<In>, dtypeOf<Out>};
    if constexpr (Kernel::kind == Kind::Region) {
      entry.runRegion = &runRegionKernel<Kernel, In, Out>;
    } else {
      entry.run = &Driver<Kernel, In, Out>::run;
    }
    return entry;
  }

  template <class... P>
  static constexpr std::array<KernelEntry, sizeof...(P)> entriesFor(Types<P...>) {
    return {entryFor<typename P::In, typename P::Out>()...};
  }

  static constexpr auto entries = entriesFor(Kernel::types);
  static const KernelRegistration registration;
};

template <class Kernel>
const KernelRegistration Registered<Kernel>::registration{info, entries};

}  // namespace
}  // namespace voxline
