#include "simd/begin_kernel.h"

#include "kernels/order_keys.h"
#include "kernels/placed_voxels.h"
#include "kernels/type_lists.h"

// The greatest, least or middle voxel of every line along an axis, in the total order of voxels; of an even number of voxels the middle
// is the lower of two. The output has length 1 along the axis.
struct ProjectOrderRegion : RegionKernel {
  struct Params {
    std::int32_t method = 0;  // 0 greatest, 1 least, 2 middle
  };

  static constexpr auto name = "project_order_region";
  static constexpr auto fields = fieldsOf(field("method", &Params::method));
  static constexpr AllTypes types{};

  static std::string_view check(const Params& p) {
    return p.method < 0 || p.method > 2 ? "method must be 0, 1 or 2" : "";
  }
  static std::string_view checkRegion(const Params&, const RegionCall& call) { return checkLines(call); }

  static std::size_t localBytes(const Params& p, const RegionCall& call) {
    const std::int64_t length = p.method == 2 ? call.in[0].shape[call.axis] : 2;
    return static_cast<std::size_t>(2 * LocalMemory::bytesOf<double>(kLines) +
                                    LocalMemory::bytesOf<double>(length * kLines));
  }

  template <class In, class Out>
  static void run(const Params& p, const RegionCall& call) {
    using Key = std::conditional_t<sizeof(In) == 1, std::uint8_t, SignedOf<In>>;
    LocalMemory local(call.local);
    In* voxels = local.take<In>(kLines);
    Key* found = local.take<Key>(kLines);
    Key* keys = local.take<Key>((p.method == 2 ? call.in[0].shape[call.axis] : 2) * kLines);
    eachBundle(call, [&](const Lines& lines, std::byte* to, std::ptrdiff_t toStride) {
      const std::int64_t n = lines.count;
      for (std::int64_t i = 0; i < lines.length; ++i) {
        readLine(lines.from + i * lines.step, lines.across, voxels, n);
        Key* row = p.method == 2 ? keys + i * kLines : keys;
#pragma GCC ivdep
        for (std::int64_t l = 0; l < n; ++l) row[l] = keyOf<Key>(voxels[l]);
        if (p.method != 2) combine(p.method, i == 0, row, found, n);
      }
      if (p.method == 2) middles(keys, lines.length, found, n);
      for (std::int64_t l = 0; l < n; ++l) voxels[l] = valueOf<In>(found[l]);
      writeLine(voxels, to, toStride, n);
    });
  }

 private:
  template <class Key>
  static void combine(int method, bool isFirst, const Key* row, Key* found, std::int64_t n) {
    if (isFirst) {
      std::memcpy(found, row, static_cast<std::size_t>(n) * sizeof(Key));
    } else if (method == 0) {
#pragma GCC ivdep
      for (std::int64_t l = 0; l < n; ++l) found[l] = row[l] > found[l] ? row[l] : found[l];
    } else {
#pragma GCC ivdep
      for (std::int64_t l = 0; l < n; ++l) found[l] = row[l] < found[l] ? row[l] : found[l];
    }
  }

  // Line l is keys[l], keys[l + kLines], …; they are reordered.
  template <class Key>
  static void middles(Key* keys, std::int64_t length, Key* found, std::int64_t n) {
    for (std::int64_t l = 0; l < n; ++l) {
      const auto at = [&](std::int64_t i) -> Key& { return keys[i * kLines + l]; };
      std::int64_t low = 0, high = length - 1;
      const std::int64_t wanted = high / 2;
      while (low < high) {
        const Key pivot = at(low + (high - low) / 2);
        std::int64_t i = low, j = high;
        while (i <= j) {
          while (at(i) < pivot) ++i;
          while (pivot < at(j)) --j;
          if (i > j) break;
          const Key other = at(i);
          at(i++) = at(j);
          at(j--) = other;
        }
        if (wanted <= j) high = j;
        else if (wanted >= i) low = i;
        else break;
      }
      found[l] = at(wanted);
    }
  }
};

template struct Registered<ProjectOrderRegion>;
#include "simd/end_kernel.h"
