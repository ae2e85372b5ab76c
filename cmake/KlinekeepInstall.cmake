# What `cmake --install BUILD --component klinekeep` puts into a prefix, which then needs neither this checkout nor its .venv and
# can be moved: all paths in it are relative. The Python package is a component of its own, `python` (python/CMakeLists.txt).
include(CMakePackageConfigHelpers)

set(component COMPONENT klinekeep)
# Where no find_package looks: with the build's bin on PATH, CMake would take what it finds beside it for an installation.
set(package_files ${PROJECT_BINARY_DIR}/CMakeFiles/package)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/klinekeep)

# An Arrow from the wheel comes along, in a folder of its own: nobody else's Arrow is replaced.
set(KLINEKEEP_BUNDLED_ARROW "")
set(pkgconfig_requires arrow)
set(arrow_libs_dir ${CMAKE_INSTALL_LIBDIR}/klinekeep)
set(arrow_include_dir ${CMAKE_INSTALL_INCLUDEDIR}/klinekeep-arrow)
if(ARROW_WHEEL_LIBRARIES)
  install(FILES ${ARROW_WHEEL_LIBRARIES} DESTINATION ${arrow_libs_dir} ${component})
  # Not arrow/python and its like, which need headers and libraries that do not come along.
  install(DIRECTORY ${ARROW_WHEEL_INCLUDE}/arrow DESTINATION ${arrow_include_dir} ${component}
          PATTERN python EXCLUDE PATTERN flight EXCLUDE PATTERN "*.pxd" EXCLUDE)
  file(GLOB arrow_licenses ${ARROW_WHEEL_INCLUDE}/../../pyarrow-*.dist-info/licenses/*.txt)
  install(FILES ${arrow_licenses} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/klinekeep/arrow ${component})
  list(GET ARROW_WHEEL_LIBRARIES 0 libarrow)
  get_filename_component(KLINEKEEP_BUNDLED_ARROW ${libarrow} NAME)
  set(pkgconfig_requires "")
  set(pkgconfig_cflags "-I\${includedir}/klinekeep-arrow")
  set(pkgconfig_libs "-L\${libdir}/klinekeep -l:${KLINEKEEP_BUNDLED_ARROW} -Wl,-rpath,\${libdir}/klinekeep")
  file(RELATIVE_PATH bin_to_arrow /p/${CMAKE_INSTALL_BINDIR} /p/${arrow_libs_dir})
  set_target_properties(klinekeep_cli PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_arrow}")
  set_target_properties(klinekeep_shared PROPERTIES INSTALL_RPATH "$ORIGIN/klinekeep")
endif()

install(TARGETS klinekeep_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} ${component})
install(TARGETS klinekeep_shared EXPORT klinekeepTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ${component}
        NAMELINK_COMPONENT klinekeep)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/klinekeep ${PROJECT_BINARY_DIR}/include/klinekeep
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${component} FILES_MATCHING PATTERN "*.hpp")

install(EXPORT klinekeepTargets NAMESPACE klinekeep:: DESTINATION ${package_dir} ${component})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/klinekeepConfig.cmake.in ${package_files}/klinekeepConfig.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS arrow_libs_dir arrow_include_dir NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Below 1.0 a new minor version may change the interface.
write_basic_package_version_file(${package_files}/klinekeepConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${package_files}/klinekeepConfig.cmake ${package_files}/klinekeepConfigVersion.cmake
        DESTINATION ${package_dir} ${component})

file(RELATIVE_PATH prefix_from_pkgconfig /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
configure_file(cmake/klinekeep.pc.in ${package_files}/klinekeep.pc @ONLY)
install(FILES ${package_files}/klinekeep.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig ${component})

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/klinekeep ${component})
install(FILES ${PROJECT_SOURCE_DIR}/NOTICE RENAME copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/klinekeep ${component})  # Debian's name
klinekeep_install_share(${CMAKE_INSTALL_DATADIR} ${CMAKE_INSTALL_MANDIR} ${component})
