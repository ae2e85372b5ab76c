#include "views/plan_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "output/display_text.hpp"
#include "views/json.hpp"
#include "views/range_json.hpp"

namespace klinekeep::cli {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kMaxMissing = 5;
constexpr std::size_t kReasonRoom = 30;  // with less beside a step, the reason goes below it

/// The widths of what stands before the reason.
struct Widths {
  std::size_t action = display_width("step");
  std::size_t requests = display_width("requests");
  std::size_t bytes = display_width("size");

  [[nodiscard]] std::size_t total() const { return action + requests + bytes + 3 * kGap.size(); }
};

Widths widths_of(const FetchPlan& plan) {
  Widths widths;
  for (const PlannedStep& step : plan.steps) {
    widths.action = std::max(widths.action, display_width(step.action));
    widths.requests = std::max(widths.requests, display_width(with_thousands(step.requests)));
    widths.bytes = std::max(widths.bytes, display_width(size_text(step.bytes)));
  }
  return widths;
}

class Page {
 public:
  explicit Page(const Screen& screen) : screen_(screen) {}

  void put(const StyledLine& line) { text_ += line.render(screen_.width, screen_.colour); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  const Screen& screen_;
  std::string text_;
};

void put_beside(Page& page, const FetchPlan& plan, const Widths& widths, std::size_t reason_width) {
  const auto line = [&](std::string_view action, std::string_view requests, std::string_view bytes, Style style) {
    StyledLine made;
    made.add(pad_right(action, widths.action), style).add(kGap).add(pad_left(requests, widths.requests), style);
    return made.add(kGap).add(pad_left(bytes, widths.bytes), style).add(kGap);
  };
  page.put(line("step", "requests", "size", Style::dim).add("reason", Style::dim));
  for (const PlannedStep& step : plan.steps) {
    const std::vector<std::string> reason = wrap(step.reason, reason_width);
    page.put(line(step.action, with_thousands(step.requests), size_text(step.bytes), Style::plain).add(reason.front()));
    for (std::size_t i = 1; i < reason.size(); ++i) page.put(line("", "", "", Style::plain).add(reason[i]));
  }
}

void put_below(Page& page, const FetchPlan& plan, std::size_t width) {
  const std::size_t room = width - std::min(width, kGap.size());
  for (const PlannedStep& step : plan.steps) {
    for (const std::string& line : wrap(step.action, width)) page.put(StyledLine{}.add(line));
    const std::string cost =
        fmt::format("{}, {}: {}", counted(step.requests, "request"), size_text(step.bytes), step.reason);
    for (const std::string& line : wrap(cost, room)) page.put(StyledLine{}.add(kGap).add(line, Style::dim));
  }
}

void put_steps(Page& page, const FetchPlan& plan, const Screen& screen) {
  const Widths widths = widths_of(plan);
  if (screen.width >= widths.total() + kReasonRoom) {
    put_beside(page, plan, widths, screen.width - widths.total());
  } else {
    put_below(page, plan, screen.width);
  }
  const std::string total = fmt::format("{}, about {}", counted(plan.requests, "request"), size_text(plan.bytes));
  page.put(StyledLine{}.add(total, Style::bold));
}

void put_missing(Page& page, const FetchPlan& plan, Interval interval, std::size_t width) {
  for (std::size_t i = 0; i < std::min(kMaxMissing, plan.missing.size()); ++i) {
    const MissingRange& m = plan.missing[i];
    const std::string text = fmt::format("missing: {}: {}", from_to(m.range, interval), m.detail);
    for (const std::string& line : wrap(text, width)) page.put(StyledLine{}.add(line));
  }
  if (plan.missing.size() <= kMaxMissing) return;
  page.put(StyledLine{}.add(
      fmt::format("missing: {} more", counted(static_cast<std::int64_t>(plan.missing.size() - kMaxMissing), "range"))));
}

}  // namespace

std::string plan_text(const FetchPlan& plan, Interval interval, std::string_view nothing, const Screen& screen) {
  Page page{screen};
  if (plan.steps.empty()) {
    for (const std::string& line : wrap(nothing, screen.width)) page.put(StyledLine{}.add(line));
  } else {
    put_steps(page, plan, screen);
  }
  put_missing(page, plan, interval, screen.width);
  if (!plan.upstream.is_binance()) page.put(StyledLine{}.add(fmt::format("upstream: {}", plan.upstream.name())));
  return page.text();
}

std::string plan_json(const FetchPlan& plan, Interval interval) {
  Json steps = Json::array();
  for (const PlannedStep& step : plan.steps) {
    Json json = Json::parse(step.json);
    json.emplace("reason", step.reason);
    steps.push_back(std::move(json));
  }
  return json_text({{"upstream", plan.upstream.name()},
                    {"kind", std::string{name(plan.kind)}},
                    {"steps", std::move(steps)},
                    {"requests", plan.requests},
                    {"bytes", plan.bytes},
                    {"missing", missing_json(plan.missing, interval)}});
}

}  // namespace klinekeep::cli
