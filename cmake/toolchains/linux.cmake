# Cross-compiles for Linux on another processor and runs the programs with qemu. The cross presets set:
#   RELU_CROSS_TRIPLE    selects the GNU compiler and libraries: aarch64-linux-gnu (Debian: g++-aarch64-linux-gnu)
#   RELU_CROSS_CLANG     replaces the GNU compiler but keeps its libraries: clang++-19
#   RELU_CROSS_FLAGS     compiler flags: -march=armv8-a+sve
#   RELU_CROSS_EMULATOR  runs the programs: qemu-aarch64;-cpu;max
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES RELU_CROSS_TRIPLE RELU_CROSS_CLANG RELU_CROSS_FLAGS)
set(CMAKE_SYSTEM_NAME Linux)
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR "${RELU_CROSS_TRIPLE}")
if(RELU_CROSS_CLANG)
  set(CMAKE_CXX_COMPILER ${RELU_CROSS_CLANG})
  set(CMAKE_CXX_COMPILER_TARGET ${RELU_CROSS_TRIPLE})
else()
  set(CMAKE_CXX_COMPILER ${RELU_CROSS_TRIPLE}-g++)
endif()
set(CMAKE_CXX_FLAGS_INIT "${RELU_CROSS_FLAGS} -Wno-psabi") # GCC 10 changed the ABI of vector arguments
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "riscv64") # qemu 7.2 aborts on loops that LLVM has vectorised
  string(APPEND CMAKE_CXX_FLAGS_INIT
         " -mllvm -vectorize-loops=false -mllvm -vectorize-slp=false -Wno-unused-command-line-argument")
endif()
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_CROSSCOMPILING_EMULATOR ${RELU_CROSS_EMULATOR})
set(CMAKE_FIND_ROOT_PATH /usr/${RELU_CROSS_TRIPLE})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
