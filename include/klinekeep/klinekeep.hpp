// The umbrella header: all of klinekeep's C++ interface.
#pragma once

#include "klinekeep/client_options.hpp"
#include "klinekeep/clock.hpp"
#include "klinekeep/data_source.hpp"
#include "klinekeep/enhanced_retriever.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/fetch_result.hpp"
#include "klinekeep/fill.hpp"
#include "klinekeep/interval.hpp"
#include "klinekeep/market.hpp"
#include "klinekeep/report.hpp"
#include "klinekeep/schema.hpp"
#include "klinekeep/symbol.hpp"
#include "klinekeep/time.hpp"
#include "klinekeep/version.hpp"
#include "klinekeep/vision_data_client.hpp"
