// The two clients of the sources. They are shared: with the managers that they are handed to, and with threads at work.
#pragma once

#include <memory>
#include <string>

#include "input/settings.hpp"
#include "values.hpp"

namespace klinekeep::python {

/// `given`: what the code said of URLs and name, which goes over all that the environment says of the other source.
struct RestClient {
  std::shared_ptr<const EnhancedRetriever> client;
  input::Given given;
};

struct VisionClient {
  std::shared_ptr<const VisionDataClient> client;
  input::Given given;
};

/// Ends work from another thread.
struct Stop {
  std::stop_source source = {};
};

void bind_clients(nb::module_& m);

}  // namespace klinekeep::python
