# `cmake --install`: headers, library, CMake package and pkg-config file.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/handfast)

install(TARGETS handfast handfast-legacy EXPORT handfast-targets)
install(DIRECTORY include/handfast DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
install(EXPORT handfast-targets NAMESPACE handfast:: DESTINATION ${package_dir})

configure_package_config_file(cmake/handfast-config.cmake.in handfast-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(handfast-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/handfast-config.cmake
  ${PROJECT_BINARY_DIR}/handfast-config-version.cmake
  DESTINATION ${package_dir})

# Like the CMake package it finds its prefix from where it stands.
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/handfast.pc.in handfast.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/handfast.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
