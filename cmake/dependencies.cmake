# The dependencies of relu. Each comes from the first of these sources that has it:
# 1. find_package, which finds what your system has or your CMake variables name,
# 2. a download, pinned by version and hash,
# 3. on Debian, a package that is unpacked into the build folder.
include(CMakePackageConfigHelpers)
include(FetchContent)

set(relu_xsimd_version 14.3)
set(relu_xsimd_url https://github.com/xtensor-stack/xsimd/archive/refs/tags/14.3.0.tar.gz)
set(relu_xsimd_sha256 b3d50e7a73fbf4642ceef30131c93414901d69eee41c2a5302db650b03e2c792)
set(relu_xsimd_debian "libxsimd-dev of testing")
set(relu_xsimd_target xsimd)
set(relu_xsimd_headers include) # header-only: the include folder in the archive

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
set(relu_Eigen3_next_version 5) # find_package(Eigen3 3.4) rejects Eigen 5
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

# All presets use the same folder, so that each dependency is downloaded once.
set(RELU_DEPENDENCY_DIR ${CMAKE_BINARY_DIR}/_deps CACHE PATH "The folder for downloads and Debian's packages")
# ThreadSanitizer, for example, needs a TBB that is built with this build's flags.
set(RELU_BUILD_FROM_SOURCE "" CACHE STRING "Packages to build from source instead of using installed ones")
if(CMAKE_CROSSCOMPILING)
  list(APPEND RELU_BUILD_FROM_SOURCE Catch2) # Debian's package is built for the host
endif()
mark_as_advanced(RELU_DEPENDENCY_DIR RELU_BUILD_FROM_SOURCE)

macro(relu_find_package package)
  find_package(${package} ${relu_${package}_version} QUIET ${ARGN})
  if(NOT ${package}_FOUND AND DEFINED relu_${package}_next_version)
    find_package(${package} ${relu_${package}_next_version} QUIET ${ARGN})
  endif()
endmacro()

# relu_dependency(PACKAGE): adds the package's target, or stops with an error.
macro(relu_dependency package)
  if(NOT TARGET ${relu_${package}_target})
    set(XSIMD_ENABLE_XTL_COMPLEX OFF) # otherwise Debian's xsimd package requires xtl
    if(NOT ${package} IN_LIST RELU_BUILD_FROM_SOURCE)
      relu_find_package(${package})
      set(relu_${package}_from "${${package}_DIR}")
    endif()
    if(NOT TARGET ${relu_${package}_target} AND RELU_FETCH_DEPENDENCIES)
      relu_download(${package})
      if(DEFINED relu_${package}_headers)
        relu_find_package(${package})
      endif()
    endif()
    if(NOT TARGET ${relu_${package}_target} AND RELU_DEBIAN_DEPENDENCIES)
      relu_unpack_debian_packages()
      if(${package} IN_LIST RELU_BUILD_FROM_SOURCE)
        relu_download(${package})
      else()
        set(relu_${package}_from ${RELU_DEBIAN_PREFIX})
        list(PREPEND CMAKE_PREFIX_PATH ${RELU_DEBIAN_PREFIX}/usr)
        relu_find_package(${package} NO_CMAKE_FIND_ROOT_PATH)
        list(POP_FRONT CMAKE_PREFIX_PATH)
      endif()
    endif()
    if(NOT TARGET ${relu_${package}_target})
      message(FATAL_ERROR
        "relu needs ${package} ${relu_${package}_version} or later and found none. You can do one of these:\n"
        "  - Install it (Debian: ${relu_${package}_debian}), or set ${package}_ROOT to the installed folder\n"
        "  - With a network, set -DRELU_FETCH_DEPENDENCIES=ON to download it from ${relu_${package}_url}\n"
        "  - On Debian, set -DRELU_DEBIAN_DEPENDENCIES=ON to unpack Debian's package into the build folder")
    endif()
    get_target_property(imported ${relu_${package}_target} IMPORTED)
    if(imported) # a parent project that adds relu as a subdirectory needs to see the target
      set_target_properties(${relu_${package}_target} PROPERTIES IMPORTED_GLOBAL ON)
    endif()
    message(STATUS "relu: ${package} from ${relu_${package}_from}")
  endif()
endmacro()

# relu_archive(VARIABLE PACKAGE): sets VARIABLE to the path of the package's archive, which may not exist yet.
function(relu_archive variable package)
  get_filename_component(name ${relu_${package}_url} NAME)
  set(${variable} ${RELU_DEPENDENCY_DIR}/download/${package}-${name} PARENT_SCOPE)
endfunction()

# relu_download(PACKAGE): downloads the package and adds its targets. It tries once and remembers a failure, because
# FetchContent's own download retries for minutes on a machine without a network.
function(relu_download package)
  file(LOCK ${RELU_DEPENDENCY_DIR} DIRECTORY GUARD FUNCTION) # another preset may be configured at the same time
  get_property(offline GLOBAL PROPERTY relu_offline)
  relu_archive(archive ${package})
  if(NOT offline AND NOT EXISTS ${archive})
    file(DOWNLOAD ${relu_${package}_url} ${archive}.part TIMEOUT 30 INACTIVITY_TIMEOUT 5 STATUS status)
    list(POP_FRONT status failed reason)
    if(NOT failed)
      file(SHA256 ${archive}.part sha256)
      if(NOT sha256 STREQUAL relu_${package}_sha256) # for example the error page of a proxy
        set(failed TRUE)
        set(reason "the file is not the expected one; its SHA-256 is ${sha256}")
      endif()
    endif()
    if(failed)
      message(STATUS "relu: could not download ${package}: ${reason}")
      set_property(GLOBAL PROPERTY relu_offline ON)
      file(REMOVE ${archive}.part)
    else()
      file(RENAME ${archive}.part ${archive})
    endif()
  endif()
  if(NOT EXISTS ${archive})
    return()
  endif()
  # Unpack header-only packages without their own CMakeLists.txt, which would add targets, settings and install rules.
  if(DEFINED relu_${package}_headers)
    set(files_only SOURCE_SUBDIR none)
  endif()
  if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.25)
    set(without_warnings SYSTEM)
  endif()
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW) # the packages' option() commands keep the variables set below
  set(TBB_TEST OFF)
  set(TBB_STRICT OFF)
  set(TBB_ENABLE_IPO OFF)
  set(BENCHMARK_ENABLE_TESTING OFF)
  set(BENCHMARK_ENABLE_INSTALL OFF)
  set(CMAKE_CXX_STANDARD 20) # Catch2 declares only the features of the standard that it is built with
  if(NOT package STREQUAL TBB) # TBB does not compile as a unity build
    set(CMAKE_UNITY_BUILD ON) # takes a third of the time
  endif()
  # The hash was checked after the download, or apt has verified the archive.
  FetchContent_Declare(relu_${package} ${without_warnings} URL ${archive} ${files_only})
  FetchContent_MakeAvailable(relu_${package})
  string(TOLOWER relu_${package} name)
  set(relu_${package}_from ${archive} PARENT_SCOPE)
  if(DEFINED relu_${package}_headers) # write a config file for find_package
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

# Unpacks Debian's packages into RELU_DEBIAN_PREFIX, and saves the sources of the packages in RELU_BUILD_FROM_SOURCE.
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
