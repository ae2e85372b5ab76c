# Arrow and Parquet as klinekeep::arrow and klinekeep::parquet: an installed Arrow where there is one, else the one that the
# pyarrow wheel carries. The wheel has headers and versioned libraries but no CMake package and no libarrow.so, so it is given
# imported targets with full file names. ARROW_WHEEL_LIBRARIES lists the files that an installation has to bring along.

find_package(Arrow QUIET CONFIG)
find_package(Parquet QUIET CONFIG)
set(ARROW_WHEEL_LIBRARIES "")
if(Arrow_FOUND AND Parquet_FOUND)
  add_library(klinekeep::arrow ALIAS Arrow::arrow_shared)
  add_library(klinekeep::parquet ALIAS Parquet::parquet_shared)
  set(KLINEKEEP_ARROW_VERSION ${Arrow_VERSION})
  return()
endif()

# KLINEKEEP_PYARROW names the wheel, unpacked, where no Python could be asked: it is another machine's.
if(NOT KLINEKEEP_PYARROW)
  if(Python_EXECUTABLE AND NOT KLINEKEEP_PYTHON_FOR_ARROW)  # a wheel is being built: the pyarrow of the interpreter that it is for
    set(KLINEKEEP_PYTHON_FOR_ARROW ${Python_EXECUTABLE})
  endif()
  find_program(KLINEKEEP_PYTHON_FOR_ARROW NAMES python python3 HINTS ${CMAKE_SOURCE_DIR}/.venv/bin NO_DEFAULT_PATH)
  find_program(KLINEKEEP_PYTHON_FOR_ARROW NAMES python3 python REQUIRED)
  execute_process(COMMAND ${KLINEKEEP_PYTHON_FOR_ARROW} -c "import pyarrow as p; print(p.get_library_dirs()[0])"
                  OUTPUT_VARIABLE KLINEKEEP_PYARROW OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "No Arrow C++ is installed, and ${KLINEKEEP_PYTHON_FOR_ARROW} has no pyarrow. "
                        "Run `make build`, which sets up a .venv, or install either.")
  endif()
endif()
set(arrow_libs ${KLINEKEEP_PYARROW})
set(arrow_include ${KLINEKEEP_PYARROW}/include)
file(STRINGS ${arrow_include}/arrow/util/config.h version REGEX "#define ARROW_VERSION_STRING ")
string(REGEX REPLACE ".*\"(.*)\".*" "\\1" KLINEKEEP_ARROW_VERSION "${version}")

foreach(name arrow parquet)
  file(GLOB found ${arrow_libs}/lib${name}.so.*)
  list(FILTER found INCLUDE REGEX "lib${name}\\.so\\.[0-9]+$")
  list(LENGTH found count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "Expected one lib${name}.so.N in ${arrow_libs}, found: ${found}")
  endif()
  add_library(klinekeep_${name}_wheel SHARED IMPORTED)
  set_target_properties(klinekeep_${name}_wheel PROPERTIES IMPORTED_LOCATION ${found}
                        INTERFACE_INCLUDE_DIRECTORIES ${arrow_include})
  add_library(klinekeep::${name} ALIAS klinekeep_${name}_wheel)
  list(APPEND ARROW_WHEEL_LIBRARIES ${found})
endforeach()
set(ARROW_WHEEL_INCLUDE ${arrow_include})
set(ARROW_WHEEL_LIBRARY_DIR ${arrow_libs})
target_link_libraries(klinekeep_parquet_wheel INTERFACE klinekeep_arrow_wheel)
message(STATUS "Arrow ${KLINEKEEP_ARROW_VERSION} from the pyarrow wheel in ${arrow_libs}")
