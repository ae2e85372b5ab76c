#include "command_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "core/quote.hpp"

namespace klinekeep::cli {
namespace {

/// The innermost command that was given.
const CLI::App& command_of(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().back();
  return *command;
}

/// As it is typed: `klinekeep cache ls`.
std::string words_of(const CLI::App& command) {
  const CLI::App* const parent = command.get_parent();
  return parent == nullptr ? "klinekeep" : fmt::format("{} {}", words_of(*parent), command.get_name());
}

std::string commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* const each : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(each->get_name());
  }
  const std::string last = std::move(names.back());
  names.pop_back();
  return fmt::format("{} and {}", fmt::join(names, ", "), last);
}

bool takes_a_command(const CLI::App& command) { return command.get_require_subcommand_min() > 0; }

}  // namespace

std::string usage_message(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = command_of(app);
  const std::string name = words_of(command);
  const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
  if (unknown.empty() && takes_a_command(command)) {
    return fmt::format("`{}` takes one of the commands {}", name, commands_of(command));
  }
  const std::string more = fmt::format("`{} --help` says what there is", name);
  if (unknown.empty()) {
    std::string what = error.what();
    std::ranges::replace(what, '\n', ' ');
    return fmt::format("{}; {}", what, more);
  }
  const std::string& word = unknown.front();
  if (word.starts_with('-')) return fmt::format("there is no flag {}; {}", quote(word), more);
  if (takes_a_command(command)) {
    return fmt::format("there is no command {}; those of `{}` are {}", quote(word), name, commands_of(command));
  }
  return fmt::format("{} is one word too many; {}", quote(word), more);
}

}  // namespace klinekeep::cli
