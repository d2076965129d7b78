# relu::dispatch: run-time dispatch. One source of kernels is compiled to separate objects for each instruction set.
include(CheckLinkerFlag)

# The tables of instruction sets and of element types are in the headers. This reads them:
# - RELU_ISAS: the instruction sets of this processor architecture, the slowest first, as names for targets and variables
# - RELU_ISA_NAME_<isa>, RELU_ISA_FLAGS_<isa>, RELU_ISA_ARCH_<isa>: the name that relu::isa() returns, the compiler flags,
#   and xsimd's architecture
# - RELU_KERNEL_OBJECTS, RELU_ELEMENTS_<object>: the objects for each instruction set, and their element types
# - RELU_SHARES_<object>_<isa>: whether this instruction set has no such object, because it uses that of the one before it
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS include/relu/detail/isa.hpp
                                                               include/relu/detail/elements.hpp)
set(RELU_ISAS)
set(RELU_ISA_NAME_native native) # also where RELU_ISAS has other names, for the tests of a cross build
file(STRINGS include/relu/detail/isa.hpp lines REGEX "struct isa<xsimd::| (name|flags) = \"| shares_float16_kernels = true")
foreach(line IN LISTS lines)
  if(line MATCHES "struct isa<(xsimd::.*)> :")
    set(arch ${CMAKE_MATCH_1})
  elseif(line MATCHES "shares_float16_kernels = true")
    set(RELU_SHARES_float16_${isa} ON)
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
string(REGEX MATCH "using dispatched_elements =[ \n]*type_list<(float[^>]*)>" found "${elements}")
string(REGEX REPLACE ",[ \n]*" ";" elements "${CMAKE_MATCH_1}")
# One object for all integers, one for the 16-bit floats, and one for each other type.
set(RELU_KERNEL_OBJECTS integers float16)
foreach(element IN LISTS elements)
  if(element MATCHES "float16")
    list(APPEND RELU_ELEMENTS_float16 ${element})
  elseif(element MATCHES "int")
    list(APPEND RELU_ELEMENTS_integers ${element})
  else()
    list(APPEND RELU_KERNEL_OBJECTS ${element})
    set(RELU_ELEMENTS_${element} ${element})
  endif()
endforeach()
foreach(object IN LISTS RELU_KERNEL_OBJECTS)
  list(JOIN RELU_ELEMENTS_${object} "," RELU_ELEMENTS_${object})
endforeach()

# A processor must never run code for an instruction set that it lacks. If several objects contain the same inline
# function, the linker keeps one copy, which may be the one for AVX-512. Therefore ld -r first links each object alone,
# which resolves its COMDAT groups, and objcopy then makes every symbol local except the kernels. This needs GNU ld
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

# With debug information and sanitizers the objects of kernels would take minutes and gigabytes each. Instead
# detail/memory_check.hpp checks the memory that kernels touch. The sanitizer `memory` stays on, because it needs a program
# in which everything is instrumented.
set(uninstrumented -g0 $<$<CXX_COMPILER_ID:GNU>:-fno-sanitize=all>
    $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=address$<COMMA>hwaddress$<COMMA>thread$<COMMA>undefined$<COMMA>integer$<COMMA>nullability>)

add_library(relu_dispatch)
add_library(relu::dispatch ALIAS relu_dispatch)
target_sources(relu_dispatch PRIVATE include/relu/dispatch/choose.cpp include/relu/dispatch/entry_points.cpp)
target_link_libraries(relu_dispatch PUBLIC relu)
target_compile_definitions(relu_dispatch PUBLIC RELU_DISPATCH)
string(REGEX MATCH "^0\\.[0-9]+|^[0-9]+" compatible ${PROJECT_VERSION}) # before 1.0, any minor version may differ
set_target_properties(relu_dispatch PROPERTIES EXPORT_NAME dispatch VERSION ${PROJECT_VERSION} SOVERSION ${compatible}
                                               VISIBILITY_INLINES_HIDDEN ON INTERPROCEDURAL_OPTIMIZATION OFF
                                               POSITION_INDEPENDENT_CODE ON) # you may link it into a shared library
# Link-time optimization and sanitizers would keep every entry point. A library with unique symbols could not be unloaded.
target_compile_options(relu_dispatch PRIVATE -O2 -fno-lto -ffunction-sections ${uninstrumented}
                                             $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
# A shared library exports the entry points. What links a static one does not export them, so the linker leaves out all
# kernels that a program does not name. lld would also leave out sections that a program finds by their bounds.
get_target_property(type relu_dispatch TYPE)
set(visibility default)
if(type STREQUAL "STATIC_LIBRARY")
  set(visibility hidden)
  if(CMAKE_EXECUTABLE_FORMAT STREQUAL "ELF")
    check_linker_flag(CXX LINKER:-z,nostart-stop-gc RELU_LINKER_KEEPS_BOUNDS)
    target_link_options(relu_dispatch INTERFACE LINKER:--gc-sections
                                                $<$<BOOL:${RELU_LINKER_KEEPS_BOUNDS}>:LINKER:-z,nostart-stop-gc>)
  endif()
endif()
set_target_properties(relu_dispatch PROPERTIES CXX_VISIBILITY_PRESET ${visibility})
target_compile_definitions(relu_dispatch PRIVATE RELU_VISIBILITY="${visibility}")
if(NOT PROJECT_IS_TOP_LEVEL AND NOT RELU_INSTALL)
  set_target_properties(relu_dispatch PROPERTIES EXCLUDE_FROM_ALL ON) # built only if you link it
endif()

# relu_kernel_object(TARGET ISA ELEMENTS): adds an object library with the kernels for an instruction set and element types.
function(relu_kernel_object target isa elements)
  add_library(${target} OBJECT EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/include/relu/dispatch/kernels.cpp)
  target_link_libraries(${target} PRIVATE relu)
  target_compile_definitions(${target} PRIVATE RELU_DISPATCH RELU_KERNELS_OF=${elements})
  # Optimise in every configuration, because xsimd is slow unless it is inlined. Fix the floating-point flags, because
  # results must not depend on your flags. objcopy cannot make the symbols of LTO objects local, and it does not
  # make GCC's unique symbols local either. Clang warns that -ffast-math is overridden.
  # Clang's [[gnu::flatten]] inlines only the calls that a function itself contains. With this threshold no formula for
  # numbers stays a function of its own, which would lack the instruction set in its type.
  set(inline_all "SHELL:-mllvm -inline-threshold=2000")
  target_compile_options(${target} PRIVATE -O2 -fno-lto -fno-fast-math -ffp-contract=off -fno-exceptions
                                           -ffunction-sections -fdata-sections # so that linkers can leave kernels out
                                           ${uninstrumented}
                                           "$<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique;-funswitch-loops>"
                                           "$<$<CXX_COMPILER_ID:Clang>:-Wno-overriding-t-option;${inline_all}>"
                                           ${RELU_ISA_FLAGS_${isa}})
  set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF CXX_VISIBILITY_PRESET hidden
                                             POSITION_INDEPENDENT_CODE ON)
endfunction()

# Each instruction set has several objects: they compile in parallel, and after an edit the build compiles only those that
# the edit affects.
foreach(isa IN LISTS RELU_ISAS)
  set(targets)
  foreach(object IN LISTS RELU_KERNEL_OBJECTS)
    if(RELU_SHARES_${object}_${isa})
      continue()
    endif()
    set(target relu_kernels_${isa}_${object})
    relu_kernel_object(${target} ${isa} "${RELU_ELEMENTS_${object}}")
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
      COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=_ZN4relu7kernels*6kernelI* ${object}
      COMMENT "Making the ${isa} kernels local" COMMAND_EXPAND_LISTS VERBATIM)
    target_sources(relu_dispatch PRIVATE ${object})
  else()
    target_sources(relu_dispatch PRIVATE ${objects})
  endif()
endforeach()
