# Compiles to WebAssembly SIMD with Emscripten (Debian: emscripten). Node.js runs the programs.
find_program(RELU_EM_CONFIG em-config REQUIRED)
execute_process(COMMAND ${RELU_EM_CONFIG} EMSCRIPTEN_ROOT OUTPUT_VARIABLE root OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
include(${root}/cmake/Modules/Platform/Emscripten.cmake)
set(CMAKE_CXX_FLAGS_INIT "-msimd128 -fexceptions")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-sALLOW_MEMORY_GROWTH=1 -sSINGLE_FILE=1") # newer Node.js tries to fetch() a separate .wasm file
