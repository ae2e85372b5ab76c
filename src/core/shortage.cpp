#include "core/shortage.hpp"

#include <cerrno>

namespace klinekeep {

bool is_shortage(int error) { return !remedy_of_shortage(error).empty(); }

std::string_view remedy_of_shortage(int error) {
  switch (error) {
    case EMFILE:
      return "this process ran out of descriptors: raise its limit of open files (ulimit -n)";
    case ENFILE:
      return "the machine ran out of descriptors: raise fs.file-max (sysctl)";
    case ENOMEM:
      return "memory ran out: let go of earlier answers, or ask for less at once";
    case ENOBUFS:
      return "the machine ran out of room for sockets: close some, or give it more memory";
    default:
      return "";
  }
}

}  // namespace klinekeep
