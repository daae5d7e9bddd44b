// First include of every kernel file: opens the namespaces of the level being compiled. Such a file is compiled once per level, alone or in
// one unit with others, and included nowhere else; its names are its own.
#include "simd/kernel_tools.h"

namespace voxline {
namespace {
