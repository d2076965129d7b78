# What each consumer builds once it has relu::relu and relu::dispatch. CTest runs them all.
enable_testing()
set(apps ${CMAKE_CURRENT_LIST_DIR})

add_executable(header_only ${apps}/app.cpp)
target_link_libraries(header_only PRIVATE relu::relu)
add_executable(dispatched ${apps}/app.cpp)
target_link_libraries(dispatched PRIVATE relu::dispatch)

add_library(by_headers STATIC ${apps}/isa_of.cpp)
target_link_libraries(by_headers PRIVATE relu::relu)
add_library(by_dispatch STATIC ${apps}/isa_of.cpp)
target_link_libraries(by_dispatch PRIVATE relu::dispatch)
add_executable(both ${apps}/both.cpp)
target_link_libraries(both PRIVATE by_headers by_dispatch)
target_compile_features(both PRIVATE cxx_std_20)

foreach(program header_only dispatched both)
  add_test(NAME ${program} COMMAND ${program})
endforeach()
