// How the manager reaches into a client that it was handed: to run single steps with the client's settings and
// connections.
#pragma once

#include "klinekeep/enhanced_retriever.hpp"
#include "klinekeep/vision_data_client.hpp"
#include "transport/host_client.hpp"

namespace klinekeep::sources {

struct ClientAccess {
  [[nodiscard]] static const RestOptions& options(const EnhancedRetriever& client);
  [[nodiscard]] static const transport::Parts& parts(const EnhancedRetriever& client);
  [[nodiscard]] static const VisionOptions& options(const VisionDataClient& client);
  [[nodiscard]] static const transport::Parts& parts(const VisionDataClient& client);
};

}  // namespace klinekeep::sources
