// From the transport's answers to those of a step: what both runners share.
#pragma once

#include "klinekeep/client_options.hpp"
#include "sources/step_runner.hpp"
#include "transport/host_client.hpp"

namespace klinekeep::sources {

[[nodiscard]] transport::Services make_services(const NetworkOptions& network, double budget_share);
[[nodiscard]] transport::RetryPolicy retry_policy(const NetworkOptions& network);

/// When an answer of REST was asked and how far it reaches: by its own Date, never later than our clock when it was
/// heard; without a Date, as far as when it was sent.
[[nodiscard]] planner::AnswerTimes times_of_rest(const transport::Response& response);

/// Its Date where that lies outside of the time from sending to hearing, by more than clocks and the wire may differ:
/// a sentence for the report.
[[nodiscard]] std::optional<std::string> remark_on_date(const transport::Response& response);

/// What is to be thrown where a request had no answer for a reason of ours: Cancelled, CacheError where something ran
/// out, or what was thrown; else null.
[[nodiscard]] std::exception_ptr unless_it_is_upstreams(const transport::Failure& failure);

/// For a request that had no answer: what is to be thrown, or else the Failed answer.
[[nodiscard]] StepResult failed(const transport::Failure& failure);

/// Throws the error of a Failed answer to a question that was not about candles.
[[noreturn]] void throw_failed(const StepResult& result);

/// The Failed answer for a status that is of no use here.
[[nodiscard]] StepResult refused(const std::string& url, int status, const std::string& why);

}  // namespace klinekeep::sources
