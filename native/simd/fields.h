// A kernel's parameters as a list of named members: decoding, checking and permuting are derived from it.

namespace voxline {
namespace {

// Values per axis of the volume, in the order of the call's axes; members of `Params`.
struct PerAxis {
  std::span<const double> values;
  double operator[](int axis) const { return axis < static_cast<int>(values.size()) ? values[axis] : 0; }
};

template <class P, class M>
struct Field {
  std::string_view name;
  M P::*member;
};

template <class P, class M>
constexpr Field<P, M> field(std::string_view name, M P::*member) {
  return {name, member};
}

template <class... F>
constexpr std::tuple<F...> fieldsOf(F... fields) {
  return {fields...};
}

template <class M>
constexpr FieldKind kindOf() {
  if constexpr (std::is_same_v<M, PerAxis>) return FieldKind::PerAxis;
  else if constexpr (std::is_same_v<M, std::span<const double>>) return FieldKind::List;
  else if constexpr (std::is_integral_v<M>) return FieldKind::Integer;
  else return FieldKind::Number;
}

template <class K, std::size_t... I>
constexpr auto infosOf(std::index_sequence<I...>) {
  constexpr auto fields = K::fields;
  return std::array<FieldInfo, sizeof...(I)>{
      FieldInfo{std::get<I>(fields).name,
                kindOf<std::remove_reference_t<decltype(std::declval<typename K::Params>().*
                                                        (std::get<I>(fields).member))>>()}...};
}

template <class K>
inline constexpr auto kFieldInfos =
    infosOf<K>(std::make_index_sequence<std::tuple_size_v<decltype(K::fields)>>{});

template <class M>
bool decodeField(M& member, const double* numbers, std::size_t count, std::size_t& at) {
  if (at >= count) return false;
  const double number = numbers[at++];
  if constexpr (std::is_integral_v<M>) {
    if (!(number >= -9007199254740992.0 && number <= 9007199254740992.0)) return false;
    const std::int64_t whole = static_cast<std::int64_t>(number);
    if (static_cast<double>(whole) != number) return false;
    if (whole < std::numeric_limits<M>::min() || whole > std::numeric_limits<M>::max()) return false;
    member = static_cast<M>(whole);
  } else if constexpr (std::is_floating_point_v<M>) {
    member = static_cast<M>(number);
  } else {
    if (!(number >= 0 && number <= static_cast<double>(count - at))) return false;
    const std::size_t length = static_cast<std::size_t>(number);
    if (static_cast<double>(length) != number) return false;
    const std::span<const double> values{numbers + at, length};
    at += length;
    if constexpr (std::is_same_v<M, PerAxis>) member.values = values;
    else member = values;
  }
  return true;
}

template <class K>
typename K::Params& paramsOf(ParamBlock& block) {
  static_assert(sizeof(typename K::Params) <= kParamBytes &&
                std::is_trivially_copyable_v<typename K::Params>);
  return *reinterpret_cast<typename K::Params*>(block.bytes.data());
}
template <class K>
const typename K::Params& paramsOf(const ParamBlock& block) {
  return *reinterpret_cast<const typename K::Params*>(block.bytes.data());
}

template <class K>
bool decodeParams(const double* numbers, std::size_t count, ParamBlock& block) {
  typename K::Params params{};
  std::size_t at = 0;
  const bool fits = std::apply(
      [&](auto... f) { return (decodeField(params.*(f.member), numbers, count, at) && ...); }, K::fields);
  if (!fits || at != count) return false;
  std::memcpy(block.bytes.data(), &params, sizeof params);
  return true;
}

template <class K>
std::string_view checkParams(const ParamBlock& block, int rank) {
  const auto& params = paramsOf<K>(block);
  bool lengths = true;
  std::apply(
      [&](auto... f) {
        [[maybe_unused]] const auto one = [&](const auto& member) {
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, PerAxis>)
            lengths = lengths && static_cast<int>(member.values.size()) == rank;
        };
        (one(params.*(f.member)), ...);
      },
      K::fields);
  if (!lengths) return "a value per axis is missing";
  if constexpr (requires { K::check(params); }) return K::check(params);
  return {};
}

// New axis a holds what was axis order[a]; `storage` has room for kMaxRank numbers per field.
template <class K>
void permuteParams(ParamBlock& block, const Index& order, int rank, double* storage) {
  auto& params = paramsOf<K>(block);
  std::apply(
      [&](auto... f) {
        [[maybe_unused]] const auto one = [&](auto& member) {
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, PerAxis>) {
            for (int a = 0; a < rank; ++a) storage[a] = member[static_cast<int>(order[a])];
            member.values = {storage, static_cast<std::size_t>(rank)};
            storage += kMaxRank;
          }
        };
        (one(params.*(f.member)), ...);
      },
      K::fields);
}

}  // namespace
}  // namespace voxline
