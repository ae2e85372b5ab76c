#include "views/report_json.hpp"

#include "views/range_json.hpp"

namespace klinekeep::cli {
namespace {

Json times_json(const std::vector<Timestamp>& times) {
  Json list = Json::array();
  for (const Timestamp t : times) list.push_back(format_iso(t));
  return list;
}

/// As the errors are called in C++ and Python, by what a script can tell them apart by.
std::string_view kind_of(const Error& error) {
  switch (error.exit_code()) {
    case 2:
      return "InvalidRequest";
    case 3:
      return "IncompleteData";
    case 4:
      return "IntegrityError";
    case 5:
      return "RateLimited";
    case 6:
      return "OfflineMiss";
    case 7:
      return "UnknownSymbol";
    case 8:
      return "SourceUnavailable";
    case 9:
      return "CacheError";
    case 130:
      return "Cancelled";
    default:
      return "Error";
  }
}

Json http_json(const std::optional<HttpFailure>& failure) {
  if (!failure) return {};
  Json json{{"url", failure->url}, {"status", nullptr}, {"retry_after", nullptr}};
  if (failure->status != 0) json["status"] = failure->status;
  if (failure->retry_after) json["retry_after"] = failure->retry_after->count();
  return json;
}

Json object_of(const Report& report, Interval interval) {
  Json gaps = Json::array();
  for (const Gap& gap : report.gaps) {
    Json entry = range_json(gap.range, interval);
    entry["reason"] = std::string{gap.reason};
    gaps.push_back(std::move(entry));
  }
  return {{"upstream", report.upstream.name()},
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
          {"notes", report.notes},
          {"error", nullptr}};
}

}  // namespace

std::string report_json(const Report& report, Interval interval) { return json_text(object_of(report, interval)); }

std::string failure_json(const Error& error, const std::optional<Report>& report, const Upstream& upstream,
                         Interval interval) {
  Report told;
  told.upstream = upstream;
  Json json = object_of(report.value_or(told), interval);
  const auto* const incomplete = dynamic_cast<const IncompleteData*>(&error);
  json["complete"] = false;
  if (incomplete != nullptr) json["missing"] = missing_json(incomplete->missing(), interval);
  if (!report) {
    for (const char* const unknown : {"requests", "bytes"}) json[unknown] = nullptr;
  }
  json["error"] = {{"kind", kind_of(error)},
                   {"message", error.what()},
                   {"exit_code", error.exit_code()},
                   {"http", incomplete != nullptr ? http_json(incomplete->failure()) : Json()}};
  return json_text(json);
}

}  // namespace klinekeep::cli
