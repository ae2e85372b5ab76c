#include "errors.hpp"

#include <exception>

#include "values.hpp"

namespace klinekeep::python {
namespace {

nb::object asked_parts(const std::optional<Asked>& asked) {
  if (!asked) return nb::none();
  const nb::tuple range = tuple_of(asked->range, asked->interval);
  return nb::make_tuple(name(asked->market), asked->symbol.text(), asked->interval.name(), range[0], range[1],
                        asked->upstream.name());
}

nb::object failure_parts(const std::optional<HttpFailure>& failure) {
  if (!failure) return nb::none();
  std::optional<std::int64_t> retry_after;
  if (failure->retry_after) retry_after = failure->retry_after->count();
  return nb::make_tuple(failure->url, failure->status, retry_after);
}

/// Sets the Python error of class `name` that klinekeep.errors makes of the parts.
template <class... Parts>
void raise(const char* name, const Error& error, Parts&&... parts) {
  const nb::object type = nb::module_::import_("klinekeep.errors").attr(name);
  const nb::object made = type.attr("_from_parts")(error.what(), std::forward<Parts>(parts)...);
  PyErr_SetObject(type.ptr(), made.ptr());
}

void raise_incomplete(const char* name, const IncompleteData& error) {
  const auto& asked = error.asked();
  const Interval interval = asked ? asked->interval : Interval{Interval::SECOND_1};
  raise(name, error, asked_parts(asked), list_of(error.missing(), interval), failure_parts(error.failure()));
}

void translate(const std::exception_ptr& pointer, void*) {
  try {
    std::rethrow_exception(pointer);
  } catch (const InvalidRequest& error) {
    raise("InvalidRequest", error);
  } catch (const UnknownSymbol& error) {
    raise("UnknownSymbol", error, asked_parts(error.asked()));
  } catch (const IntegrityError& error) {
    raise_incomplete("IntegrityError", error);
  } catch (const RateLimited& error) {
    raise_incomplete("RateLimited", error);
  } catch (const OfflineMiss& error) {
    raise_incomplete("OfflineMiss", error);
  } catch (const SourceUnavailable& error) {
    raise_incomplete("SourceUnavailable", error);
  } catch (const IncompleteData& error) {
    raise_incomplete("IncompleteData", error);
  } catch (const CacheError& error) {
    raise("CacheError", error);
  } catch (const Cancelled& error) {
    raise("Cancelled", error);
  }
}

}  // namespace

void translate_errors() { nb::register_exception_translator(&translate); }

}  // namespace klinekeep::python
