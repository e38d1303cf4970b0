# What can be chosen. The library alone asks for nothing but libcrypto, so that is all a user needs.

option(HANDFAST_WERROR "Treat warnings as errors" OFF)
option(HANDFAST_BUILD_TESTS "Build the tests" OFF)
option(HANDFAST_BUILD_BENCH "Build the benchmarks, which measure libssl beside Handfast" OFF)
option(HANDFAST_BUILD_FUZZ "Build the fuzz targets with libFuzzer, which needs clang" OFF)
option(HANDFAST_AVX2 "Use AVX2 where the processor has it; off: portable code alone" ON)
option(HANDFAST_NATIVE_P384 "Use our own P-384, three times as fast as libcrypto 3.0's" ON)
option(HANDFAST_TOGETHER "Compile many files as one, for builds that are made once" OFF)
set(HANDFAST_SANITIZE "" CACHE STRING "Sanitizers to build with, as in address,undefined")

set(tools_default OFF)
if(PROJECT_IS_TOP_LEVEL)
  find_package(CLI11 QUIET)
  find_package(fmt QUIET)
  find_package(nlohmann_json QUIET)
  find_package(Boost 1.81 QUIET)
  if(CLI11_FOUND AND fmt_FOUND AND nlohmann_json_FOUND AND Boost_FOUND)
    set(tools_default ON)
  else()
    message(STATUS "Handfast: building the library without the command, "
      "which needs CLI11, fmt, nlohmann-json and Boost 1.81")
  endif()
endif()
option(HANDFAST_BUILD_TOOLS "Build the handfast command" ${tools_default})

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
