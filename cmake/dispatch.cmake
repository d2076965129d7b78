# relu::dispatch: run-time dispatch. One source of kernels is compiled to a separate object for each instruction set.

# The tables of instruction sets and of element types are in the headers. This reads them:
# - RELU_ISAS: the instruction sets of this processor architecture, the slowest first, as names for targets and variables
# - RELU_ISA_NAME_<isa>, RELU_ISA_FLAGS_<isa>, RELU_ISA_ARCH_<isa>: the name that relu::isa() returns, the compiler flags,
#   and xsimd's architecture
# - RELU_ELEMENTS: the element types
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS include/relu/detail/isa.hpp
                                                               include/relu/detail/elements.hpp)
set(RELU_ISAS)
set(RELU_ISA_NAME_native native) # also where RELU_ISAS has other names, for the tests of a cross build
file(STRINGS include/relu/detail/isa.hpp lines REGEX "struct isa<xsimd::| (name|flags) = \"")
foreach(line IN LISTS lines)
  if(line MATCHES "struct isa<(xsimd::.*)> :")
    set(arch ${CMAKE_MATCH_1})
  elseif(line MATCHES "name = \"(.*)\"")
    set(name ${CMAKE_MATCH_1})
  elseif(line MATCHES "flags = \"(-march=([^ ]+).*)\"")
    set(flags ${CMAKE_MATCH_1})
    set(x86-64 "x86_64|AMD64|amd64")
    set(armv8-a "aarch64|arm64")
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(${${CMAKE_MATCH_2}})$")
      string(MAKE_C_IDENTIFIER ${name} isa)
      list(APPEND RELU_ISAS ${isa})
      set(RELU_ISA_NAME_${isa} ${name})
      set(RELU_ISA_ARCH_${isa} ${arch})
      separate_arguments(RELU_ISA_FLAGS_${isa} UNIX_COMMAND ${flags})
    endif()
  endif()
endforeach()
if(NOT RELU_ISAS)
  set(RELU_ISAS native)
endif()

file(READ include/relu/detail/elements.hpp elements)
if(NOT elements MATCHES "using elements =[ \n]*type_list<([^>]*)>")
  message(FATAL_ERROR "relu: include/relu/detail/elements.hpp has no list of element types")
endif()
string(REGEX REPLACE ",[ \n]*" ";" RELU_ELEMENTS "${CMAKE_MATCH_1}")

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
target_sources(relu_dispatch PRIVATE include/relu/dispatch/choose.cpp)
target_link_libraries(relu_dispatch PUBLIC relu)
target_compile_definitions(relu_dispatch PUBLIC RELU_DISPATCH)
string(REGEX MATCH "^0\\.[0-9]+|^[0-9]+" compatible ${PROJECT_VERSION}) # before 1.0, any minor version may differ
set_target_properties(relu_dispatch PROPERTIES EXPORT_NAME dispatch VERSION ${PROJECT_VERSION} SOVERSION ${compatible}
                                               CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
                                               POSITION_INDEPENDENT_CODE ON) # you may link it into a shared library
if(NOT PROJECT_IS_TOP_LEVEL AND NOT RELU_INSTALL)
  set_target_properties(relu_dispatch PROPERTIES EXCLUDE_FROM_ALL ON) # built only if you link it
endif()

# relu_kernel_object(TARGET ISA ELEMENT): adds an object library with the kernels for an instruction set and element type.
function(relu_kernel_object target isa element)
  add_library(${target} OBJECT EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/include/relu/dispatch/kernels.cpp)
  target_link_libraries(${target} PRIVATE relu)
  target_compile_definitions(${target} PRIVATE RELU_DISPATCH RELU_KERNELS_OF=${element})
  # Optimise in every configuration, because xsimd is slow unless it is inlined. Fix the floating-point flags, because
  # results must not depend on your flags. objcopy cannot make the symbols of LTO objects local, and it does not
  # make GCC's unique symbols local either. Clang warns that -ffast-math is overridden. Debug information and sanitizers
  # would take minutes and gigabytes for each object; detail/memory_check.hpp checks the memory that kernels touch.
  target_compile_options(${target} PRIVATE -O2 -fno-lto -fno-fast-math -ffp-contract=off -fno-exceptions -g0
                                           "$<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique;-funswitch-loops;-fno-sanitize=all>"
                                           # not memory: MemorySanitizer needs a program in which all is instrumented
                                           $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=address$<COMMA>hwaddress$<COMMA>thread$<COMMA>undefined$<COMMA>integer$<COMMA>nullability>
                                           $<$<CXX_COMPILER_ID:Clang>:-Wno-overriding-t-option>
                                           ${RELU_ISA_FLAGS_${isa}})
  set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF CXX_VISIBILITY_PRESET hidden
                                             POSITION_INDEPENDENT_CODE ON)
endfunction()

# An object for each element type, so that they compile in parallel and an edit rebuilds what it affects.
foreach(isa IN LISTS RELU_ISAS)
  set(targets)
  foreach(element IN LISTS RELU_ELEMENTS)
    string(REGEX REPLACE "^std::|_t$" "" target ${element})
    string(PREPEND target relu_kernels_${isa}_)
    relu_kernel_object(${target} ${isa} ${element})
    list(APPEND targets ${target})
  endforeach()
  set(relu_kernels_${isa}_objects ${targets})
  list(TRANSFORM relu_kernels_${isa}_objects REPLACE ".+" "$<TARGET_OBJECTS:\\0>")
  set(objects ${relu_kernels_${isa}_objects})
  if(count GREATER 1)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/relu_kernels_${isa}.o)
    add_custom_command(
      OUTPUT ${object}
      DEPENDS ${targets} ${objects}
      COMMAND ${RELU_LD_BFD} -r --force-group-allocation -o ${object} ${objects}
      COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=_ZN4relu7kernels*8table_onI* ${object}
      COMMENT "Making the ${isa} kernels local" COMMAND_EXPAND_LISTS VERBATIM)
    target_sources(relu_dispatch PRIVATE ${object})
  else()
    target_sources(relu_dispatch PRIVATE ${objects})
  endif()
endforeach()
