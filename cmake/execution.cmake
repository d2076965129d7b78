# relu::execution: the verbs on the threads of the standard library's parallel algorithms, which with libstdc++ are
# oneTBB's. Where that is missing there is no such target; nothing but the tests and benchmarks needs it.
if(RELU_BUILD_TESTS OR RELU_BUILD_BENCH)
  relu_dependency(TBB)
elseif(NOT TARGET TBB::tbb)
  find_package(TBB ${relu_TBB_version} QUIET)
  if(NOT TARGET TBB::tbb)
    message(STATUS "relu: no relu::execution, which needs oneTBB (Debian: libtbb-dev)")
    return()
  endif()
  relu_found(TBB ${TBB_DIR})
endif()

add_library(relu_execution INTERFACE)
add_library(relu::execution ALIAS relu_execution)
target_link_libraries(relu_execution INTERFACE relu TBB::tbb)
set_target_properties(relu_execution PROPERTIES EXPORT_NAME execution)
