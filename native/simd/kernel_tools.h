// What kernel files stand on. Compiled once per instruction-set level and included by begin_kernel.h alone.
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
#include "base/stream_copy.h"
#include "kernel/kernel.h"
#include "kernel/registry.h"

#include "simd/vector.h"

#include "simd/fields.h"
#include "simd/rows.h"
#include "simd/shapes.h"

#include "simd/registered.h"
