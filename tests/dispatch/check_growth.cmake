# cmake -D BEFORE=file -D AFTER=file -D LIMIT=bytes -P check_growth.cmake
# Checks that AFTER has at most LIMIT bytes more than BEFORE.
foreach(when BEFORE AFTER)
  file(SIZE ${${when}} size_${when})
endforeach()
math(EXPR growth "${size_AFTER} - ${size_BEFORE}")
message("${size_BEFORE} bytes and ${growth} more")
if(growth GREATER LIMIT)
  message(FATAL_ERROR "${AFTER} has ${growth} bytes more than ${BEFORE}, above the limit of ${LIMIT}")
endif()
