# Settings for this project's own tests, benchmarks and examples. The library targets do not inherit them.
set(CMAKE_CXX_EXTENSIONS OFF)
add_compile_options(-Wall -Wextra -Wconversion -Wshadow $<$<BOOL:${RELU_WERROR}>:-Werror>)
