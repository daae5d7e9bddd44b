// Included by kernel files after begin_kernel.h, in its namespaces.
#pragma once

// A sum of float64 values without any rounding until the end, so that their order and grouping do not matter:
// an integer in units of 2^-1074, the least float64, in digits of 32 bits that carry late.
class ExactSum {
 public:
  void add(double value) {
    const std::uint64_t bits = __builtin_bit_cast(std::uint64_t, value);
    const int exponent = static_cast<int>(bits >> 52 & 0x7ff);
    const std::uint64_t fraction = bits & 0xfffffffffffff;
    if (exponent == 0x7ff) {
      (fraction ? nan_ : bits >> 63 ? below_ : above_) = 1;
      return;
    }
    const std::uint64_t units = exponent ? fraction | 0x10000000000000 : fraction;
    if (units == 0) return;
    const int place = exponent ? exponent - 1 : 0, shift = place % 32;
    const std::uint64_t low = units << shift, high = shift ? units >> (64 - shift) : 0;
    const std::int64_t sign = bits >> 63 ? -1 : 1;
    std::int64_t* digit = digits_ + place / 32;
    digit[0] += sign * static_cast<std::int64_t>(low & 0xffffffff);
    digit[1] += sign * static_cast<std::int64_t>(low >> 32);
    digit[2] += sign * static_cast<std::int64_t>(high);
    if (++pending_ >= kMaxPending) carry();
  }

  void add(const ExactSum& other) {
    if (pending_ + other.pending_ >= kMaxPending) carry();
    for (int i = 0; i < kDigits; ++i) digits_[i] += other.digits_[i];
    pending_ += other.pending_ + 1;
    nan_ |= other.nan_;
    below_ |= other.below_;
    above_ |= other.above_;
  }

  // Rounded once, to nearest, ties to even.
  double value() const {
    if (nan_ || (below_ && above_)) return std::numeric_limits<double>::quiet_NaN();
    if (below_ || above_)
      return above_ ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
    ExactSum sum = *this;
    sum.carry();
    const bool negative = sum.digits_[kDigits - 1] < 0;
    if (negative) {
      for (std::int64_t& digit : sum.digits_) digit = -digit;
      sum.carry();
    }
    return negative ? -sum.magnitude() : sum.magnitude();
  }

 private:
  static constexpr int kDigits = 68;  // 2098 bits of float64 and 64 for the number of values
  static constexpr std::uint32_t kMaxPending = 1u << 30;

  // Leaves every digit but the last one in 0 … 2^32 - 1.
  void carry() {
    std::int64_t over = 0;
    for (int i = 0; i < kDigits - 1; ++i) {
      const std::int64_t digit = digits_[i] + over;
      digits_[i] = digit & 0xffffffff;
      over = digit >> 32;
    }
    digits_[kDigits - 1] += over;
    pending_ = 1;
  }

  int bit(int place) const { return static_cast<int>(digits_[place / 32] >> (place % 32) & 1); }

  double magnitude() const {
    int top = 32 * kDigits - 1;
    while (top > 0 && !bit(top)) --top;
    if (top <= 52)  // units alone are the bits of a float64
      return __builtin_bit_cast(double, static_cast<std::uint64_t>(digits_[0] | digits_[1] << 32));
    const int cut = top - 52;
    std::uint64_t units = 0;
    for (int place = top; place >= cut; --place) units = units << 1 | static_cast<std::uint64_t>(bit(place));
    bool rest = false;
    for (int i = 0; i < (cut - 1) / 32; ++i) rest = rest || digits_[i] != 0;
    rest = rest || (digits_[(cut - 1) / 32] & ((std::int64_t{1} << (cut - 1) % 32) - 1)) != 0;
    std::uint64_t bits = (static_cast<std::uint64_t>(cut) << 52) + units;
    if (bit(cut - 1) && (rest || (units & 1))) ++bits;
    constexpr std::uint64_t infinity = std::uint64_t{0x7ff} << 52;
    return __builtin_bit_cast(double, bits < infinity ? bits : infinity);
  }

  std::int64_t digits_[kDigits] = {};
  std::uint32_t pending_ = 0;  // values since the last carry
  std::uint8_t nan_ = 0, below_ = 0, above_ = 0;
};
