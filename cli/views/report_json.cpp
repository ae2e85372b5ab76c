#include "views/report_json.hpp"

#include "views/range_json.hpp"

namespace klinekeep::cli {
namespace {

Json times_json(const std::vector<Timestamp>& times) {
  Json list = Json::array();
  for (const Timestamp t : times) list.push_back(format_iso(t));
  return list;
}

}  // namespace

std::string report_json(const Report& report, Interval interval) {
  Json gaps = Json::array();
  for (const Gap& gap : report.gaps) {
    Json entry = range_json(gap.range, interval);
    entry["reason"] = std::string{gap.reason};
    gaps.push_back(std::move(entry));
  }
  const Json json{{"upstream", report.upstream.name()},
                  {"kind", std::string{name(report.kind)}},
                  {"rows", report.rows},
                  {"filled", report.filled},
                  {"rows_by_source", report.rows_by_source},
                  {"requests", report.requests},
                  {"bytes", report.bytes},
                  {"complete", report.missing.empty()},
                  {"missing", missing_json(report.missing, interval)},
                  {"gaps", std::move(gaps)},
                  {"duplicates", report.duplicates},
                  {"conflicts", times_json(report.conflicts)},
                  {"off_grid_rows", times_json(report.off_grid)},
                  {"parts", report.parts_by_trust},
                  {"notes", report.notes}};
  return json_text(json);
}

}  // namespace klinekeep::cli
