# For this project's own tests, benchmarks and examples; nothing of it reaches a user.
set(CMAKE_CXX_EXTENSIONS OFF)
add_compile_options(-Wall -Wextra -Wconversion -Wshadow $<$<BOOL:${RELU_WERROR}>:-Werror>)
