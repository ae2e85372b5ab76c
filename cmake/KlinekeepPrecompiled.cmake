# Precompiled headers: what most files of a kind include anyway, of the standard library and of third parties alone, read once.
# They save a third of a build. Where nearly each file makes the same of a third party's templates anew, several are compiled as one
# piece, which saves the half of that. The builds of `make check` go without, so that each file names what it includes, and is warned of all.
option(KLINEKEEP_PRECOMPILE "Use precompiled headers" ON)

set(klinekeep_standard_headers <algorithm> <array> <charconv> <chrono> <filesystem> <functional> <map> <memory> <mutex> <optional>
    <set> <span> <stop_token> <string> <string_view> <utility> <vector>)

# klinekeep_precompile(TARGET SET LINKS ... HEADERS ...): TARGET is compiled with HEADERS and the standard library's, read once for
# all targets of the same SET and type, and where TOGETHER is given so many files as one piece. LINKS are the parts that they all link: g++ takes the headers for these definitions only.
function(klinekeep_precompile target set)
  if(NOT KLINEKEEP_PRECOMPILE)
    return()
  endif()
  cmake_parse_arguments(precompile "" "TOGETHER" "LINKS;HEADERS" ${ARGN})
  set(owner klinekeep_precompiled_${set})
  if(NOT TARGET ${owner})
    get_target_property(type ${target} TYPE)
    if(type STREQUAL EXECUTABLE)
      add_executable(${owner} EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
      set_target_properties(${owner} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/CMakeFiles)
    else()
      add_library(${owner} OBJECT EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
    endif()
    target_link_libraries(${owner} PRIVATE ${precompile_LINKS} klinekeep_options)
    get_target_property(options ${target} COMPILE_OPTIONS)  # g++ takes the headers for these alone
    if(options)
      target_compile_options(${owner} PRIVATE ${options})
    endif()
    target_precompile_headers(${owner} PRIVATE ${klinekeep_standard_headers} ${precompile_HEADERS})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
  if(precompile_TOGETHER)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${precompile_TOGETHER})
  endif()
  # What g++ 12 reads from there it no longer knows for system headers, and warns of sizes that inlining cannot reach.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds -Wno-stringop-overread -Wno-stringop-overflow>)
endfunction()

function(klinekeep_precompile_arrow target)
  klinekeep_precompile(${target} arrow LINKS fmt::fmt klinekeep::arrow
                       HEADERS <fmt/format.h> <arrow/record_batch.h> <arrow/table.h>)
endfunction()
