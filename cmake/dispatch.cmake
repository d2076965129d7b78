# relu::dispatch: run-time dispatch. One source of kernels is compiled to a separate object for each instruction set.

# The flags enable exactly the features that relu::dispatch tests at run time. -march=haswell, for example, would add
# BMI, which nothing tests. The -mno-... flags remove features that CMAKE_CXX_FLAGS may have enabled.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(RELU_ISAS sse2 sse4_2 avx2 avx512)
  set(RELU_ISA_FLAGS_sse2 -march=x86-64 -mno-sse3)
  set(RELU_ISA_FLAGS_sse4_2 -march=x86-64 -msse4.2 -mno-avx)
  set(RELU_ISA_FLAGS_avx2 -march=x86-64 -mavx2 -mfma -mno-avx512f)
  set(RELU_ISA_FLAGS_avx512 -march=x86-64 -mavx512f -mavx512cd -mavx512dq -mavx512bw)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC bug 105593: false warnings in GCC's own AVX-512 intrinsics
    list(APPEND RELU_ISA_FLAGS_avx512 -Wno-uninitialized -Wno-maybe-uninitialized)
  endif()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(RELU_ISAS neon)
  set(RELU_ISA_FLAGS_neon -march=armv8-a)
else()
  set(RELU_ISAS native)
  set(RELU_ISA_FLAGS_native)
endif()

# A processor must never run code for an instruction set that it lacks. If several objects contain the same inline
# function, the linker keeps one copy, which may be the one for AVX-512. Therefore ld -r first links each object alone,
# which resolves its COMDAT groups, and objcopy then makes every symbol local except the entry point. This needs GNU ld
# and ELF. A single instruction set needs no such protection.
list(LENGTH RELU_ISAS count)
if(count GREATER 1)
  find_program(RELU_LD_BFD NAMES ${CMAKE_CXX_COMPILER_TARGET}-ld.bfd ${CMAKE_LIBRARY_ARCHITECTURE}-ld.bfd ld.bfd)
  mark_as_advanced(RELU_LD_BFD)
  if(NOT CMAKE_EXECUTABLE_FORMAT STREQUAL "ELF" OR NOT RELU_LD_BFD OR NOT CMAKE_OBJCOPY)
    message(STATUS "relu: relu::dispatch is not available: it needs ELF, GNU ld and objcopy (Debian: binutils)")
    return()
  endif()
endif()

add_library(relu_dispatch)
add_library(relu::dispatch ALIAS relu_dispatch)
target_sources(relu_dispatch PRIVATE include/relu/detail/dispatch_choose.cpp)
target_link_libraries(relu_dispatch PUBLIC relu)
target_compile_definitions(relu_dispatch PUBLIC RELU_DISPATCH)
string(REGEX MATCH "^0\\.[0-9]+|^[0-9]+" compatible ${PROJECT_VERSION}) # before 1.0, any minor version may differ
set_target_properties(relu_dispatch PROPERTIES EXPORT_NAME dispatch VERSION ${PROJECT_VERSION} SOVERSION ${compatible}
                                               CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
                                               POSITION_INDEPENDENT_CODE ON) # you may link it into a shared library
if(NOT PROJECT_IS_TOP_LEVEL AND NOT RELU_INSTALL)
  set_target_properties(relu_dispatch PROPERTIES EXCLUDE_FROM_ALL ON) # built only if you link it
endif()

# relu_kernel_object(TARGET ISA): adds an object library with the kernels for the instruction set ISA.
function(relu_kernel_object target isa)
  add_library(${target} OBJECT EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/include/relu/detail/dispatch_kernels.cpp)
  target_link_libraries(${target} PRIVATE relu)
  target_compile_definitions(${target} PRIVATE RELU_DISPATCH)
  # Optimise in every configuration, because xsimd is slow unless it is inlined. Fix the floating-point flags, because
  # results must not depend on your flags. objcopy cannot make the symbols of LTO objects local, and it does not
  # make GCC's unique symbols local either. Clang warns that -ffast-math is overridden.
  target_compile_options(${target} PRIVATE -O2 -fno-lto -fno-fast-math -ffp-contract=off -fno-exceptions
                                           "$<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique;-funswitch-loops>"
                                           $<$<CXX_COMPILER_ID:Clang>:-Wno-overriding-t-option>
                                           ${RELU_ISA_FLAGS_${isa}})
  set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF CXX_VISIBILITY_PRESET hidden
                                             POSITION_INDEPENDENT_CODE ON)
endfunction()

foreach(isa IN LISTS RELU_ISAS)
  relu_kernel_object(relu_kernels_${isa} ${isa})
  if(count GREATER 1)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/relu_kernels_${isa}.o)
    add_custom_command(
      OUTPUT ${object}
      DEPENDS relu_kernels_${isa} $<TARGET_OBJECTS:relu_kernels_${isa}>
      COMMAND ${RELU_LD_BFD} -r --force-group-allocation -o ${object} $<TARGET_OBJECTS:relu_kernels_${isa}>
      COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=_ZN4relu7kernels8table_onI* ${object}
      COMMENT "Making the ${isa} kernels local" COMMAND_EXPAND_LISTS VERBATIM)
    target_sources(relu_dispatch PRIVATE ${object})
  else()
    target_sources(relu_dispatch PRIVATE $<TARGET_OBJECTS:relu_kernels_${isa}>)
  endif()
endforeach()
