// First include of every kernel file. Such a file is compiled once per instruction-set level and included nowhere.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "base/dtype.h"
#include "kernel/kernel.h"
#include "kernel/registry.h"

#include "simd/vector.h"

#include "simd/fields.h"
#include "simd/shapes.h"

namespace voxline {
namespace {
