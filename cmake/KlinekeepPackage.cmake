# `make deb`: the component `klinekeep` as one Debian package, with the command, the library and what is needed to build against it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "klinekeep maintainers <klinekeep@localhost>")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/../packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL klinekeep)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_KLINEKEEP_PACKAGE_NAME klinekeep)
set(CPACK_DEBIAN_KLINEKEEP_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_KLINEKEEP_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_KLINEKEEP_DESCRIPTION
    "Binance candles: the best source, one Arrow cache\nThe command klinekeep, the C++ library, and what is needed to build against it.")
# The libraries that the command and the library link are found by dpkg-shlibdeps; Arrow comes along. TLS needs certificates.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${ARROW_WHEEL_LIBRARY_DIR})
set(CPACK_DEBIAN_KLINEKEEP_PACKAGE_DEPENDS ca-certificates)
include(CPack)
