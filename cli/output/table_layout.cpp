#include "output/table_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "klinekeep/schema.hpp"
#include "output/display_text.hpp"
#include "output/table_cells.hpp"
#include "output/table_summary.hpp"

namespace klinekeep::cli {
namespace {

constexpr int kPriceDigits = 12;

/// What to keep when the width is short, most important first. The first kEssential are worth getting shorter for.
constexpr std::array<std::string_view, kSchema.size()> kPriority{"open_time",
                                                                 "close",
                                                                 "high",
                                                                 "low",
                                                                 "open",
                                                                 "volume",
                                                                 "trades",
                                                                 "quote_volume",
                                                                 "taker_buy_volume",
                                                                 "taker_buy_quote_volume",
                                                                 "close_time"};
constexpr std::size_t kEssential = 6;

/// One way of writing the cells, from roomy to tight.
struct Spacing {
  std::size_t gap;
  int quantity_digits;
  bool with_year;
};
constexpr std::array<Spacing, 5> kSpacings{{{2, 9, true}, {2, 6, true}, {2, 6, false}, {1, 6, false}, {1, 4, false}}};

struct TextColumn {
  std::size_t place;  // in a row of the content
  std::string_view header;
  ColumnType type;
  std::vector<std::string> cells;
  std::size_t width;
};

std::size_t priority_of(std::string_view column) {
  return static_cast<std::size_t>(std::ranges::find(kPriority, column) - kPriority.begin());
}

bool is_price(std::string_view column) { return 1 <= priority_of(column) && priority_of(column) <= 4; }

class Layout {
 public:
  Layout(const TableContent& content, std::size_t width) : content_(content), width_(width) {
    for (const TableRow& row : content.head) rows_.push_back(&row);
    for (const TableRow& row : content.tail) rows_.push_back(&row);
    choose();
  }

  [[nodiscard]] std::size_t columns() const { return shown_.size(); }

  [[nodiscard]] StyledLine header() const {
    StyledLine line;
    for (const TextColumn& column : shown_) add(line, column, column.header, Style::dim);
    return line;
  }

  [[nodiscard]] StyledLine row(std::size_t index) const {
    StyledLine line;
    for (const TextColumn& column : shown_) {
      add(line, column, column.cells[index], column.header == "close" ? direction(*rows_[index]) : Style::plain);
    }
    return line;
  }

 private:
  /// The first spacing with which all essential columns fit, and then as many more as do.
  void choose() {
    std::vector<std::size_t> places(content_.columns.size());
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
    std::ranges::sort(places, {}, [this](std::size_t place) { return priority_of(name(place)); });
    const auto essential = static_cast<std::size_t>(
        std::ranges::count_if(places, [this](std::size_t place) { return priority_of(name(place)) < kEssential; }));

    for (const Spacing& spacing : kSpacings) {
      spacing_ = spacing;
      shown_.clear();
      std::size_t used = 0;
      for (const std::size_t place : places) {
        TextColumn column = make_column(place);
        const std::size_t needed = column.width + (shown_.empty() ? 0 : spacing.gap);
        if (!shown_.empty() && used + needed > width_) break;
        used += needed;
        shown_.push_back(std::move(column));
      }
      if (shown_.size() >= essential && used <= width_) break;
    }
    std::ranges::sort(shown_, {}, &TextColumn::place);
  }

  [[nodiscard]] TextColumn make_column(std::size_t place) const {
    TextColumn column{place, name(place), kSchema[content_.columns[place]].type, cells_of(place), 0};
    column.width = display_width(column.header);
    for (const std::string& cell : column.cells) column.width = std::max(column.width, display_width(cell));
    return column;
  }

  [[nodiscard]] std::vector<std::string> cells_of(std::size_t place) const {
    const std::string_view column = name(place);
    const ColumnType type = kSchema[content_.columns[place]].type;
    std::vector<std::string> cells;
    if (type == ColumnType::float64) {
      const int decimals =
          is_price(column) ? price_decimals() : decimals_for_all(numbers(place), spacing_.quantity_digits);
      for (const TableRow* const row : rows_) cells.push_back(number_cell((*row)[place].number, decimals));
    } else if (type == ColumnType::timestamp_ms || column == "close_time") {
      std::vector<std::int64_t> times;
      times.reserve(rows_.size());
      for (const TableRow* const row : rows_) times.push_back((*row)[place].integer);
      cells = time_cells(times, spacing_.with_year);
    } else {
      for (const TableRow* const row : rows_) cells.push_back(fmt::format("{}", (*row)[place].integer));
    }
    return cells;
  }

  /// The same for all prices, so that they can be compared at a glance.
  [[nodiscard]] int price_decimals() const {
    std::vector<double> prices;
    for (std::size_t place = 0; place < content_.columns.size(); ++place) {
      if (!is_price(name(place))) continue;
      const std::vector<double> of_column = numbers(place);
      prices.insert(prices.end(), of_column.begin(), of_column.end());
    }
    return decimals_for_all(prices, kPriceDigits);
  }

  [[nodiscard]] std::vector<double> numbers(std::size_t place) const {
    std::vector<double> values;
    values.reserve(rows_.size());
    for (const TableRow* const row : rows_) values.push_back((*row)[place].number);
    return values;
  }

  [[nodiscard]] Style direction(const TableRow& row) const {
    const auto open = place_of(content_, "open");
    const auto close = place_of(content_, "close");
    if (!open || !close) return Style::plain;
    if (row[*close].number > row[*open].number) return Style::green;
    return row[*close].number < row[*open].number ? Style::red : Style::plain;
  }

  void add(StyledLine& line, const TextColumn& column, std::string_view text, Style style) const {
    const bool left = column.type == ColumnType::timestamp_ms;
    const std::size_t gap = line.width() == 0 ? 0 : spacing_.gap;
    line.add(std::string(gap, ' ')).add(left ? pad_right(text, column.width) : pad_left(text, column.width), style);
  }

  [[nodiscard]] std::string_view name(std::size_t place) const { return kSchema[content_.columns[place]].name; }

  const TableContent& content_;
  std::size_t width_;
  std::vector<const TableRow*> rows_;
  Spacing spacing_{};
  std::vector<TextColumn> shown_;
};

}  // namespace

std::string render_table(const TableContent& content, const WriterOptions& options) {
  const auto width = static_cast<std::size_t>(std::max(options.width, 1));
  const Layout layout{content, width};
  std::string text;
  const auto put = [&](const StyledLine& line) { text += line.render(width, options.colour); };

  if (!options.title.empty()) put(StyledLine{}.add(options.title, Style::bold));
  put(layout.header());
  for (std::size_t i = 0; i < content.head.size(); ++i) put(layout.row(i));
  const auto shown = content.head.size() + content.tail.size();
  if (const std::int64_t left_out = content.rows - static_cast<std::int64_t>(shown); left_out > 0) {
    put(StyledLine{}.add(fmt::format("… {} more", with_thousands(left_out)), Style::dim));
  }
  for (std::size_t i = content.head.size(); i < shown; ++i) put(layout.row(i));
  for (const StyledLine& line : summarize(content, layout.columns(), width)) put(line);
  return text;
}

}  // namespace klinekeep::cli
