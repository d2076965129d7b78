include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/relu)
install(TARGETS relu EXPORT relu INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET relu_dispatch)
  install(TARGETS relu_dispatch EXPORT relu)
endif()
install(TARGETS relu_execution EXPORT relu-execution) # a separate export set, because only this target needs TBB
install(DIRECTORY include/relu DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(EXPORT relu NAMESPACE relu:: DESTINATION ${package_dir} FILE relu-targets.cmake)
install(EXPORT relu-execution NAMESPACE relu:: DESTINATION ${package_dir} FILE relu-execution-targets.cmake)
configure_package_config_file(cmake/relu-config.cmake.in relu-config.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0, any minor version may break the API.
write_basic_package_version_file(relu-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/relu-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/relu-config-version.cmake
        DESTINATION ${package_dir})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
