# What relu is built with, and where it comes from: the system or the user (find_package), else a download
# pinned by version and hash, else, on Debian, packages that are unpacked into the build folder.
include(CMakePackageConfigHelpers)
include(FetchContent)

set(relu_xsimd_version 14.3)
set(relu_xsimd_url https://github.com/xtensor-stack/xsimd/archive/refs/tags/14.3.0.tar.gz)
set(relu_xsimd_sha256 b3d50e7a73fbf4642ceef30131c93414901d69eee41c2a5302db650b03e2c792)
set(relu_xsimd_debian "libxsimd-dev of testing")
set(relu_xsimd_target xsimd)
set(relu_xsimd_headers include) # headers only: where they are

set(relu_Catch2_version 3)
set(relu_Catch2_url https://github.com/catchorg/Catch2/archive/refs/tags/v3.7.1.tar.gz)
set(relu_Catch2_sha256 c991b247a1a0d7bb9c39aa35faf0fe9e19764213f28ffba3109388e62ee0269c)
set(relu_Catch2_debian "catch2, or libcatch2-dev of bookworm-backports")
set(relu_Catch2_debian_source catch2/bookworm-backports)
set(relu_Catch2_target Catch2::Catch2WithMain)

set(relu_benchmark_version 1.7)
set(relu_benchmark_url https://github.com/google/benchmark/archive/refs/tags/v1.7.1.tar.gz)
set(relu_benchmark_sha256 6430e4092653380d9dc4ccb45a1e2dc9259d581f4866dc0759713126056bc1d7)
set(relu_benchmark_debian libbenchmark-dev)
set(relu_benchmark_target benchmark::benchmark)

set(relu_Eigen3_version 3.4)
set(relu_Eigen3_url https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.bz2)
set(relu_Eigen3_sha256 b4c198460eba6f28d34894e3a5710998818515104d6e74e5cc331ce31e46e626)
set(relu_Eigen3_debian libeigen3-dev)
set(relu_Eigen3_target Eigen3::Eigen)
set(relu_Eigen3_headers .)

set(relu_TBB_version 2021)
set(relu_TBB_url https://github.com/oneapi-src/oneTBB/archive/refs/tags/v2021.8.0.tar.gz)
set(relu_TBB_sha256 eee380323bb7ce864355ed9431f85c43955faaae9e9bce35c62b372d7ffd9f8b)
set(relu_TBB_debian libtbb-dev)
set(relu_TBB_debian_source onetbb/bookworm)
set(relu_TBB_target TBB::tbb)

# The presets share one, so that nothing is fetched twice.
set(RELU_DEPENDENCY_DIR ${CMAKE_BINARY_DIR}/_deps CACHE PATH "Where downloads and Debian's packages are kept")
# Built with the flags of this build, whatever find_package would find: a sanitizer may want that.
set(RELU_BUILD_FROM_SOURCE "" CACHE STRING "Packages of which the source is fetched and built")
if(CMAKE_CROSSCOMPILING)
  list(APPEND RELU_BUILD_FROM_SOURCE Catch2) # Debian's package is built for this machine
endif()
mark_as_advanced(RELU_DEPENDENCY_DIR RELU_BUILD_FROM_SOURCE)

# relu_dependency(PACKAGE): its target exists afterwards, or configuring ends.
macro(relu_dependency package)
  if(NOT TARGET ${relu_${package}_target})
    set(XSIMD_ENABLE_XTL_COMPLEX OFF) # Debian's xsimd would ask for xtl
    if(NOT ${package} IN_LIST RELU_BUILD_FROM_SOURCE)
      find_package(${package} ${relu_${package}_version} QUIET)
      set(relu_${package}_from "${${package}_DIR}")
    endif()
    if(NOT TARGET ${relu_${package}_target} AND RELU_FETCH_DEPENDENCIES)
      relu_download(${package})
      if(DEFINED relu_${package}_headers)
        find_package(${package} ${relu_${package}_version} QUIET)
      endif()
    endif()
    if(NOT TARGET ${relu_${package}_target} AND RELU_DEBIAN_DEPENDENCIES)
      relu_unpack_debian_packages()
      if(${package} IN_LIST RELU_BUILD_FROM_SOURCE)
        relu_download(${package})
      else()
        set(relu_${package}_from ${RELU_DEBIAN_PREFIX})
        list(PREPEND CMAKE_PREFIX_PATH ${RELU_DEBIAN_PREFIX}/usr)
        find_package(${package} ${relu_${package}_version} QUIET NO_CMAKE_FIND_ROOT_PATH)
        list(POP_FRONT CMAKE_PREFIX_PATH)
      endif()
    endif()
    if(NOT TARGET ${relu_${package}_target})
      message(FATAL_ERROR
        "relu needs ${package} ${relu_${package}_version} or later and found none. Any of these helps:\n"
        "  - install it (Debian: ${relu_${package}_debian}), or point ${package}_ROOT to where it is installed\n"
        "  - on a machine with a network: -DRELU_FETCH_DEPENDENCIES=ON downloads it from ${relu_${package}_url}\n"
        "  - on Debian: -DRELU_DEBIAN_DEPENDENCIES=ON unpacks Debian's package into the build folder")
    endif()
    get_target_property(imported ${relu_${package}_target} IMPORTED)
    if(imported) # a program that adds relu as a subdirectory links it too
      set_target_properties(${relu_${package}_target} PROPERTIES IMPORTED_GLOBAL ON)
    endif()
    message(STATUS "relu: ${package} from ${relu_${package}_from}")
  endif()
endmacro()

# Where PACKAGE's archive is, or will be.
function(relu_archive variable package)
  get_filename_component(name ${relu_${package}_url} NAME)
  set(${variable} ${RELU_DEPENDENCY_DIR}/download/${package}-${name} PARENT_SCOPE)
endfunction()

# Downloads at once or not at all: FetchContent would retry for minutes on a machine without a network.
function(relu_download package)
  file(LOCK ${RELU_DEPENDENCY_DIR} DIRECTORY GUARD FUNCTION) # another preset's configuration may be at it
  get_property(offline GLOBAL PROPERTY relu_offline)
  relu_archive(archive ${package})
  if(NOT offline AND NOT EXISTS ${archive})
    file(DOWNLOAD ${relu_${package}_url} ${archive}.part TIMEOUT 30 INACTIVITY_TIMEOUT 5 STATUS status)
    list(POP_FRONT status failed reason)
    if(NOT failed)
      file(SHA256 ${archive}.part sha256)
      if(NOT sha256 STREQUAL relu_${package}_sha256) # a proxy's page, say
        set(failed TRUE)
        set(reason "not the expected file, its SHA-256 is ${sha256}")
      endif()
    endif()
    if(failed)
      message(STATUS "relu: no download of ${package}: ${reason}")
      set_property(GLOBAL PROPERTY relu_offline ON)
      file(REMOVE ${archive}.part)
    else()
      file(RENAME ${archive}.part ${archive})
    endif()
  endif()
  if(NOT EXISTS ${archive})
    return()
  endif()
  # Of headers only the files are taken: their own builds would add targets, settings and install rules.
  if(DEFINED relu_${package}_headers)
    set(files_only SOURCE_SUBDIR none)
  endif()
  if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.25)
    set(not_ours SYSTEM) # its warnings
  endif()
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW) # these settings reach the packages
  set(TBB_TEST OFF)
  set(TBB_STRICT OFF)
  set(TBB_ENABLE_IPO OFF)
  set(BENCHMARK_ENABLE_TESTING OFF)
  set(BENCHMARK_ENABLE_INSTALL OFF)
  set(CMAKE_CXX_STANDARD 20) # Catch2 offers what its own standard had
  if(NOT package STREQUAL TBB) # which cannot
    set(CMAKE_UNITY_BUILD ON) # a third of the time
  endif()
  FetchContent_Declare(relu_${package} ${not_ours} URL ${archive} ${files_only}) # checked above, or by apt
  FetchContent_MakeAvailable(relu_${package})
  string(TOLOWER relu_${package} name)
  set(relu_${package}_from ${archive} PARENT_SCOPE)
  if(DEFINED relu_${package}_headers) # a package for find_package
    set(target ${relu_${package}_target})
    set(directory ${CMAKE_BINARY_DIR}/_deps/${package})
    file(WRITE ${directory}/${package}Config.cmake
      "if(NOT TARGET ${target})\n"
      "  add_library(${target} INTERFACE IMPORTED)\n"
      "  set_target_properties(${target} PROPERTIES\n"
      "    INTERFACE_INCLUDE_DIRECTORIES \"${${name}_SOURCE_DIR}/${relu_${package}_headers}\")\n"
      "endif()\n")
    write_basic_package_version_file(${directory}/${package}ConfigVersion.cmake VERSION ${relu_${package}_version}
                                     COMPATIBILITY SameMajorVersion ARCH_INDEPENDENT)
    set(${package}_DIR ${directory} CACHE PATH "" FORCE)
  endif()
endfunction()

# With the source of what is to be built from it.
function(relu_unpack_debian_packages)
  set(prefix ${RELU_DEPENDENCY_DIR}/debian)
  set(RELU_DEBIAN_PREFIX ${prefix} PARENT_SCOPE)
  set(script ${PROJECT_SOURCE_DIR}/cmake/debian-deps.sh)
  file(MD5 ${script} version)
  set(done ${prefix}/.done.${version})
  file(LOCK ${RELU_DEPENDENCY_DIR} DIRECTORY GUARD FUNCTION)
  set(missing "")
  set(sources "")
  if(NOT EXISTS ${done})
    set(missing ${done})
  endif()
  foreach(package IN LISTS RELU_BUILD_FROM_SOURCE)
    relu_archive(archive ${package})
    if(NOT EXISTS ${archive})
      list(APPEND missing ${archive})
    endif()
    list(APPEND sources ${relu_${package}_debian_source}=${archive})
  endforeach()
  if(NOT missing)
    return()
  endif()
  message(STATUS "relu: unpacking Debian's packages into ${prefix}")
  execute_process(COMMAND bash ${script} ${prefix} ${sources} RESULT_VARIABLE failed)
  if(NOT failed)
    file(TOUCH ${done})
  endif()
endfunction()
