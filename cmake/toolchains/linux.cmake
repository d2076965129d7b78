# Linux on another processor, run by qemu. Set by the cross presets:
#   RELU_CROSS_TRIPLE    aarch64-linux-gnu: its GNU compiler and libraries (Debian: g++-aarch64-linux-gnu)
#   RELU_CROSS_CLANG     clang++-19: this compiler instead, with those libraries
#   RELU_CROSS_FLAGS     for every program
#   RELU_CROSS_EMULATOR  qemu-aarch64;-cpu;max
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES RELU_CROSS_TRIPLE RELU_CROSS_CLANG RELU_CROSS_FLAGS)
set(CMAKE_SYSTEM_NAME Linux)
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR "${RELU_CROSS_TRIPLE}")
if(RELU_CROSS_CLANG)
  set(CMAKE_CXX_COMPILER ${RELU_CROSS_CLANG})
  set(CMAKE_CXX_COMPILER_TARGET ${RELU_CROSS_TRIPLE})
else()
  set(CMAKE_CXX_COMPILER ${RELU_CROSS_TRIPLE}-g++)
endif()
set(CMAKE_CXX_FLAGS_INIT "${RELU_CROSS_FLAGS} -Wno-psabi") # the ABI of vectors as arguments changed in GCC 10
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "riscv64") # qemu 7.2 aborts on what LLVM makes of plain loops
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
