#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "kernel/kernel.h"

namespace voxline {

// Kernel files register themselves while the library is loaded; afterwards the registry never changes.
struct KernelRegistration {
  KernelRegistration(const KernelInfo& info, std::span<const KernelEntry> entries);
};

struct TypePair {
  DType in;
  DType out;
};

// All kernels, sorted by name. A kernel's number in a plan is its position here.
std::span<const KernelInfo* const> kernels();
std::vector<TypePair> typesOf(const KernelInfo& info);
const KernelInfo* findKernel(std::string_view name);

// The instance for a level; null when the kernel is not built for these types.
RunKernel findRun(const KernelInfo& info, Level level, DType in, DType out);
// Of a region kernel; how much scratch it wants follows from its level's vectors.
const KernelEntry* findRegionEntry(const KernelInfo& info, Level level, DType in, DType out);

// Levels this build contains, those of them this machine runs, and the best of these unless VOXLINE_SIMD or chooseLevel names one.
std::vector<Level> builtLevels();
const std::vector<Level>& usableLevels();
Level bestLevel();
void chooseLevel(Level level);
std::string_view nameOf(Level level);
// The level named, or the best one for an empty name; throws Error{InvalidArgument} for an unknown name or one the machine lacks.
Level levelNamed(std::string_view name);

}  // namespace voxline
