// Values as somebody gave them, with the place where he did, so that a message can name it.
#pragma once

#include <fmt/format.h>

#include <string>

#include "klinekeep/errors.hpp"

namespace klinekeep::input {

struct Said {
  std::string text;
  std::string where = {};  // KLINEKEEP_NOW, or /home/me/.config/klinekeep/config.toml:3 (now); empty: the caller knows
};

/// What `parse` makes of the text. Where it throws InvalidRequest, this one's message begins with the place.
template <class Parse>
[[nodiscard]] auto understand(const Said& said, Parse parse) {
  try {
    return parse(said.text);
  } catch (const InvalidRequest& error) {
    if (said.where.empty()) throw;
    throw InvalidRequest(fmt::format("{}: {}", said.where, error.what()));
  }
}

}  // namespace klinekeep::input
