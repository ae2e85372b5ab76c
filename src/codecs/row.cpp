#include "codecs/row.hpp"

#include <fmt/format.h>

#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "codecs/decimal.hpp"
#include "core/quote.hpp"

namespace klinekeep::codecs {
namespace {

constexpr std::size_t kOpenTime = 0;
constexpr std::size_t kCloseTime = 6;
constexpr std::size_t kIgnored = kSchema.size();
static_assert(kSchema[kOpenTime].name == "open_time" && kSchema[kCloseTime].name == "close_time");

template <std::size_t I>
using ValueOf =
    typename std::remove_reference_t<std::tuple_element_t<I, decltype(std::declval<Candles&>().columns())>>::value_type;

/// Reads the fields of one row and keeps the first problem; values read after it mean nothing.
class RowReader {
 public:
  RowReader(const Fields& fields, std::size_t row) : fields_(fields), row_(row) {}

  template <std::size_t I>
  ValueOf<I> value() {
    if constexpr (I == kOpenTime) {
      return open_time();
    } else if constexpr (I == kCloseTime) {
      return close_time();
    } else if constexpr (std::is_same_v<ValueOf<I>, double>) {
      return decimal(I);
    } else {
      return integer(I);
    }
  }

  double decimal(std::size_t index) {
    const auto value = parse_decimal(fields_[index]);
    if (!value) complain(index, "is not a decimal number");
    return value.value_or(0);
  }

  [[nodiscard]] std::optional<Malformed>& problem() { return problem_; }

 private:
  std::int64_t integer(std::size_t index) {
    const auto value = parse_integer(fields_[index]);
    if (!value) complain(index, "is not an integer");
    return value.value_or(0);
  }

  std::int64_t open_time() {
    const std::int64_t value = integer(kOpenTime);
    const bool microseconds = value >= kFirstMicroseconds;
    if (microseconds && value % 1000 != 0) complain(kOpenTime, "is in microseconds and not a whole millisecond");
    const std::int64_t ms = microseconds ? value / 1000 : value;
    if (ms < kMinOpenMs || ms >= kEndOpenMs) {
      complain(kOpenTime, "is neither milliseconds nor microseconds of a time from 2001-09-09 to 2286-11-20");
    }
    return ms;
  }

  std::int64_t close_time() {
    const std::int64_t value = integer(kCloseTime);
    if (value < 0) complain(kCloseTime, "is negative");
    return value >= kFirstMicroseconds ? value / 1000 : value;
  }

  void complain(std::size_t index, std::string_view what) {
    if (problem_) return;
    problem_ = Malformed{fmt::format("row {}: {} {} {}", row_, field_name(index), quote(fields_[index]), what)};
  }

  const Fields& fields_;
  std::size_t row_;
  std::optional<Malformed> problem_;
};

}  // namespace

std::string_view field_name(std::size_t index) { return index < kSchema.size() ? kSchema[index].name : "ignore"; }

Parsed<void> append_row(const Fields& fields, std::size_t row, Candles& to) {
  RowReader read{fields, row};
  return [&]<std::size_t... I>(std::index_sequence<I...>) -> Parsed<void> {
    const std::tuple values{read.value<I>()...};
    read.decimal(kIgnored);
    if (read.problem()) return tl::unexpected<Malformed>(std::move(*read.problem()));
    auto columns = to.columns();
    (std::get<I>(columns).push_back(std::get<I>(values)), ...);
    return {};
  }(std::make_index_sequence<kSchema.size()>{});
}

}  // namespace klinekeep::codecs
