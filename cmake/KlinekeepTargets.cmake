# How our own targets are made: strict warnings as errors, sanitizers, and one function for each kind of target.

if(NOT TARGET klinekeep_options)  # another build has brought them with its layers
  add_library(klinekeep_options INTERFACE)
  target_compile_options(klinekeep_options INTERFACE
    -Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wcast-qual -Wformat=2
    -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
    # g++ 12 sees overlaps that are none in `"x" + std::string` (GCC bug 105651), hence no -Wrestrict.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wuseless-cast -Wduplicated-cond -Wduplicated-branches -Wlogical-op>
    # A product and a sum round twice on every machine, also where the processor could do both at once (arm64, AVX2 with FMA).
    -ffp-contract=off)
  if(KLINEKEEP_SANITIZE)
    # What a sanitizer puts between makes g++ lose sight of what is initialised; its manual warns of it. The release build is checked.
    target_compile_options(klinekeep_options INTERFACE
      -fsanitize=${KLINEKEEP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
      $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    target_link_options(klinekeep_options INTERFACE -fsanitize=${KLINEKEEP_SANITIZE})
  endif()
endif()

# klinekeep_layer(NAME [SOURCES ...] [BELOW ...] [PRIVATE ...] [PUBLIC ...])
# A layer of the library: a static target klinekeep_NAME that sees and links only the layers named in BELOW.
# PRIVATE and PUBLIC are third-party parts, by whether the layer's headers show them.
function(klinekeep_layer name)
  cmake_parse_arguments(layer "" "" "SOURCES;BELOW;PRIVATE;PUBLIC" ${ARGN})
  add_library(klinekeep_${name} STATIC ${layer_SOURCES})
  set_property(GLOBAL APPEND PROPERTY KLINEKEEP_LAYERS klinekeep_${name})
  target_include_directories(klinekeep_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_include_directories(klinekeep_${name} PUBLIC ${PROJECT_BINARY_DIR}/include)
  list(TRANSFORM layer_BELOW PREPEND klinekeep_)
  target_link_libraries(klinekeep_${name} PUBLIC ${layer_BELOW} ${layer_PUBLIC} PRIVATE ${layer_PRIVATE} klinekeep_options)
  if("fmt::fmt" IN_LIST layer_PRIVATE AND "klinekeep::arrow" IN_LIST layer_PUBLIC)
    klinekeep_precompile_arrow(klinekeep_${name})
  elseif("fmt::fmt" IN_LIST layer_PRIVATE)
    klinekeep_precompile(klinekeep_${name} plain LINKS fmt::fmt HEADERS <fmt/format.h>)
  endif()
endfunction()

# klinekeep_test(NAME [THOROUGH] SOURCES ... LINKS ...)
# A GoogleTest program. It links only the layer that it tests, so a layer that reached upwards would not link.
# Tests need no speed, but their templates cost the most to compile, so they are not optimised; those that compute for long are THOROUGH.
function(klinekeep_test name)
  cmake_parse_arguments(test "THOROUGH" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${test_SOURCES})
  target_link_libraries(${name} PRIVATE ${test_LINKS} klinekeep_options GTest::gtest GTest::gmock GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  # g++ 12 takes members of aggregates in temporaries for uninitialised (GCC bug 105562).
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  set(headers test)
  if(test_THOROUGH)
    set(headers thorough_test)
  endif()
  if(NOT KLINEKEEP_SANITIZE)
    target_compile_options(${name} PRIVATE $<IF:$<BOOL:${test_THOROUGH}>,-O1,-O0>)
  endif()
  target_compile_definitions(${name} PRIVATE KLINEKEEP_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  klinekeep_precompile(${name} ${headers} LINKS GTest::gtest GTest::gmock rapidcheck rapidcheck_gtest
                       HEADERS <gtest/gtest.h> <gmock/gmock.h> <rapidcheck/gtest.h>)
  add_test(NAME ${name} COMMAND ${name})
  set(environment "RC_PARAMS=seed=20261123 max_success=200")
  if(KLINEKEEP_SANITIZE MATCHES thread)
    list(APPEND environment
      "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp:die_after_fork=0"
      # The thread that the wheel's jemalloc has otherwise would be taken for the first one that a forked child starts.
      "JE_ARROW_MALLOC_CONF=background_thread:false")
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 ENVIRONMENT "${environment}")
endfunction()

# klinekeep_test_portable_kernels(NAME [FILTER])
# Runs a test program, or the tests of it that the filter names, once more with the kernels that every processor has.
function(klinekeep_test_portable_kernels name)
  set(filter "*" ${ARGN})
  list(GET filter -1 filter)
  add_test(NAME ${name}.portable_kernels COMMAND ${name} "--gtest_filter=${filter}")
  get_test_property(${name} ENVIRONMENT environment)
  list(APPEND environment KLINEKEEP_KERNELS=portable)
  set_tests_properties(${name}.portable_kernels PROPERTIES TIMEOUT 300 ENVIRONMENT "${environment}")
endfunction()

# klinekeep_test_on_real_kernel_only(NAME TEST ...)
# Tests of a program that need more of the kernel than the emulation of one process has: a cross-built one leaves them out.
# docs/architecture.md says why.
function(klinekeep_test_on_real_kernel_only name)
  if(CMAKE_CROSSCOMPILING)
    list(JOIN ARGN ":" tests)
    set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "GTEST_FILTER=-${tests}")
  endif()
endfunction()

# klinekeep_install_share(DATA_DIR MAN_DIR COMPONENT ...)
# The command's man page and completions, for a prefix and for a wheel alike. What follows the folders goes to each install().
function(klinekeep_install_share data man)
  set(share ${PROJECT_SOURCE_DIR}/cli/share)
  install(FILES ${share}/klinekeep.1 DESTINATION ${man}/man1 ${ARGN})
  install(FILES ${share}/klinekeep.bash DESTINATION ${data}/bash-completion/completions RENAME klinekeep ${ARGN})
  install(FILES ${share}/_klinekeep DESTINATION ${data}/zsh/site-functions ${ARGN})
  install(FILES ${share}/klinekeep.fish DESTINATION ${data}/fish/vendor_completions.d ${ARGN})
endfunction()
