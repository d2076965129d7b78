# What relu is built with, and where it comes from: the system or the user (find_package), else a download
# pinned by version and hash, else, on Debian, packages that are unpacked into the build folder.
include(FetchContent)

set(relu_xsimd_version 14.3)
set(relu_xsimd_url https://github.com/xtensor-stack/xsimd/archive/refs/tags/14.3.0.tar.gz)
set(relu_xsimd_sha256 b3d50e7a73fbf4642ceef30131c93414901d69eee41c2a5302db650b03e2c792)
set(relu_xsimd_debian "libxsimd-dev of testing")
set(relu_xsimd_target xsimd)

set(relu_Catch2_version 3)
set(relu_Catch2_url https://github.com/catchorg/Catch2/archive/refs/tags/v3.7.1.tar.gz)
set(relu_Catch2_sha256 c991b247a1a0d7bb9c39aa35faf0fe9e19764213f28ffba3109388e62ee0269c)
set(relu_Catch2_debian "catch2, or libcatch2-dev of bookworm-backports")
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

# relu_dependency(PACKAGE): its target exists afterwards, or configuring ends.
macro(relu_dependency package)
  if(NOT TARGET ${relu_${package}_target})
    set(XSIMD_ENABLE_XTL_COMPLEX OFF) # Debian's xsimd would ask for xtl
    find_package(${package} ${relu_${package}_version} QUIET)
    if(NOT TARGET ${relu_${package}_target} AND RELU_FETCH_DEPENDENCIES)
      relu_download(${package})
    endif()
    if(NOT TARGET ${relu_${package}_target} AND RELU_DEBIAN_DEPENDENCIES)
      relu_unpack_debian_packages()
      list(PREPEND CMAKE_PREFIX_PATH ${RELU_DEBIAN_PREFIX}/usr)
      find_package(${package} ${relu_${package}_version} QUIET)
      list(POP_FRONT CMAKE_PREFIX_PATH)
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
    message(STATUS "relu: ${package} from ${${package}_DIR}${${package}_SOURCE_DIR}")
  endif()
endmacro()

# Downloads at once or not at all: FetchContent would retry for minutes on a machine without a network. It checks
# the hash.
function(relu_download package)
  get_property(offline GLOBAL PROPERTY relu_offline)
  get_filename_component(archive ${relu_${package}_url} NAME)
  set(archive ${CMAKE_BINARY_DIR}/_deps/download/${package}-${archive})
  if(NOT offline AND NOT EXISTS ${archive})
    file(DOWNLOAD ${relu_${package}_url} ${archive} TIMEOUT 60 INACTIVITY_TIMEOUT 5 STATUS status)
    list(GET status 0 failed)
    if(failed)
      list(GET status 1 reason)
      message(STATUS "relu: no download of ${package}: ${reason}")
      set_property(GLOBAL PROPERTY relu_offline ON)
      file(REMOVE ${archive})
    endif()
  endif()
  if(NOT EXISTS ${archive})
    return()
  endif()
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW) # the settings below reach the packages
  set(BENCHMARK_ENABLE_TESTING OFF)
  set(BENCHMARK_ENABLE_INSTALL OFF)
  set(CATCH_INSTALL_DOCS OFF)
  if(package STREQUAL "Eigen3") # headers only: its own build adds hundreds of targets
    set(headers_only SOURCE_SUBDIR none)
  endif()
  if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.25)
    set(not_ours SYSTEM) # its warnings
  endif()
  FetchContent_Declare(relu_${package} ${not_ours} URL ${archive} URL_HASH SHA256=${relu_${package}_sha256} ${headers_only})
  FetchContent_MakeAvailable(relu_${package})
  string(TOLOWER relu_${package} name)
  if(package STREQUAL "Eigen3")
    add_library(Eigen3::Eigen INTERFACE IMPORTED GLOBAL)
    target_include_directories(Eigen3::Eigen INTERFACE ${${name}_SOURCE_DIR})
  elseif(package STREQUAL "xsimd") # also with an older CMake, for it reaches the users
    set_target_properties(xsimd PROPERTIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${${name}_SOURCE_DIR}/include)
  endif()
  set(${package}_SOURCE_DIR ${${name}_SOURCE_DIR} PARENT_SCOPE)
endfunction()

function(relu_unpack_debian_packages)
  set(prefix ${CMAKE_BINARY_DIR}/_deps/debian)
  set(RELU_DEBIAN_PREFIX ${prefix} PARENT_SCOPE)
  if(NOT EXISTS ${prefix}/.done)
    message(STATUS "relu: unpacking Debian's packages into ${prefix}")
    execute_process(COMMAND bash ${PROJECT_SOURCE_DIR}/cmake/debian-deps.sh ${prefix} RESULT_VARIABLE failed)
    if(NOT failed)
      file(TOUCH ${prefix}/.done)
    endif()
  endif()
endfunction()
