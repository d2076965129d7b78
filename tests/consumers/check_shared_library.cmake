# cmake -D NM=nm -D READELF=readelf -D LIBRARY=file -D VERSION=version -P check_shared_library.cmake
# Checks that of this project the library exports only what its header declares for programs, that its soname has the
# compatible version, and that it contains no path of the machine that built it.
execute_process(COMMAND ${NM} -D --defined-only ${LIBRARY} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" symbols "${symbols}")
list(TRANSFORM symbols REPLACE "^[0-9a-f]+ " "")
# ignores inline functions of std, and symbols of sanitizers
list(FILTER symbols EXCLUDE REGEX "^[VW] _Z(NS|NKS|S|TI|TS)|__odr_asan")
string(REGEX REPLACE "^([0-9]+)\\.([0-9]+).*" "v\\1_\\2" version ${VERSION})
string(LENGTH ${version} length)
set(kernels _ZN4relu7kernels${length}${version})
list(FILTER symbols EXCLUDE REGEX "^V ${kernels}5entryI")
set(expected "B ${kernels}11chosen_nameE" "T ${kernels}6chooseEv" "B ${kernels}6chosenE")
if(NOT symbols STREQUAL expected)
  message(FATAL_ERROR "${LIBRARY} exports ${symbols}")
endif()

string(REGEX MATCH "^0\\.[0-9]+|^[0-9]+" compatible ${VERSION})
execute_process(COMMAND ${READELF} -d ${LIBRARY} OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
if(NOT dynamic MATCHES "soname: \\[librelu_dispatch.so.${compatible}\\]" OR dynamic MATCHES "R(UN)?PATH")
  message(FATAL_ERROR "${LIBRARY}:\n${dynamic}")
endif()
if(NOT EXISTS ${LIBRARY}.${VERSION})
  message(FATAL_ERROR "${LIBRARY}.${VERSION} is missing")
endif()
