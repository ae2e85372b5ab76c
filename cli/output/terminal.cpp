#include "output/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace klinekeep::cli {

int terminal_width(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  if (const char* const columns = std::getenv("COLUMNS")) {
    const std::string_view text = columns;
    int width = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), width);
    if (problem == std::errc{} && end == text.data() + text.size() && width > 0) return width;
  }
  return 80;
}

Screen stdout_screen() {
  if (isatty(STDOUT_FILENO) != 1) return {};
  return {.is_terminal = true,
          .width = static_cast<std::size_t>(terminal_width()),
          .colour = std::getenv("NO_COLOR") == nullptr};
}

}  // namespace klinekeep::cli
