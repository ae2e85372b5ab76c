#include "core/candles.hpp"

#include <algorithm>
#include <bit>

namespace klinekeep {
namespace {

/// Calls f(column, column of other) for each pair of columns.
template <class A, class B, class F>
void zip_columns(A a, B b, F f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (f(std::get<I>(a), std::get<I>(b)), ...);
  }(std::make_index_sequence<std::tuple_size_v<A>>{});
}

}  // namespace

void Candles::reserve(std::size_t rows) {
  std::apply([&](auto&... column) { (column.reserve(rows), ...); }, columns());
}

void Candles::lay_out(std::size_t rows) {
  std::apply([&](auto&... column) { (klinekeep::lay_out(column, rows), ...); }, columns());
}

void Candles::push_back(const Candles& other, std::size_t index) {
  zip_columns(columns(), other.columns(), [&](auto& to, const auto& from) { to.push_back(from[index]); });
}

void Candles::append(const Candles& other, std::size_t begin, std::size_t end) {
  zip_columns(columns(), other.columns(), [&](auto& to, const auto& from) {
    const std::size_t size = to.size();
    to.resize(size + end - begin);
    std::copy(from.data() + begin, from.data() + end, to.data() + size);
  });
}

bool Candles::same_row(std::size_t index, const Candles& other, std::size_t other_index) const {
  bool same = true;
  zip_columns(columns(), other.columns(), [&](const auto& a, const auto& b) {
    same = same && std::bit_cast<std::int64_t>(a[index]) == std::bit_cast<std::int64_t>(b[other_index]);
  });
  return same;
}

Candles candles_in(const std::shared_ptr<PageStock>& stock) {
  Candles candles;
  const auto put = [&]<class T>(CandleColumn<T>& column) { column = CandleColumn<T>(StockAllocator<T>{stock}); };
  std::apply([&](auto&... column) { (put(column), ...); }, candles.columns());
  return candles;
}

}  // namespace klinekeep
