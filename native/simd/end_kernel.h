// Last include of every kernel file: builds `Kernel` for the level being compiled and registers it.
#pragma once

constexpr KernelInfo kInfo = describe<Kernel>();

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

template <class In, class Out>
constexpr KernelEntry entryFor() {
  KernelEntry entry{&kInfo, kLevel, dtypeOf<In>, dtypeOf<Out>};
  if constexpr (Kernel::kind == Kind::Region) {
    entry.runRegion = &runRegionKernel<Kernel, In, Out>;
  } else {
    entry.run = &Driver<Kernel, In, Out>::run;
  }
  return entry;
}

template <class... P>
constexpr std::array<KernelEntry, sizeof...(P)> entriesFor(Types<P...>) {
  return {entryFor<typename P::In, typename P::Out>()...};
}

constexpr auto kEntries = entriesFor(Kernel::types);

const KernelRegistration kRegistration{kInfo, kEntries};

}  // namespace
}  // namespace voxline
