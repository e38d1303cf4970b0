# Run by ctest: configures and builds SOURCE in WORK as the README promises it to users, without
# presets, and uses what comes out. GENERATOR, COMPILER and FLAGS are those of the build around it,
# and WORK lies beside that: so ccache finds everything compiled already.

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(expect actual expected what)
  if(NOT "${actual}" STREQUAL "${expected}")
    message(FATAL_ERROR "${what} is \"${actual}\", not \"${expected}\"")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
set(ENV{CXX} ${COMPILER})
unset(ENV{CXXFLAGS})
run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${SOURCE} -B ${WORK}
  "-DCMAKE_CXX_FLAGS_RELEASE=${FLAGS}" -DHANDFAST_WERROR=${WERROR})
run(${CMAKE_COMMAND} --build ${WORK})

load_cache(${WORK} READ_WITH_PREFIX plain_
  CMAKE_BUILD_TYPE HANDFAST_BUILD_TESTS HANDFAST_BUILD_BENCH HANDFAST_BUILD_TOOLS)
expect("${plain_CMAKE_BUILD_TYPE}" Release "the build type by default")
expect("${plain_HANDFAST_BUILD_TESTS}" OFF "HANDFAST_BUILD_TESTS by default")
expect("${plain_HANDFAST_BUILD_BENCH}" OFF "HANDFAST_BUILD_BENCH by default")

# Whoever builds this test has what the command needs, and then it is built without being asked for.
expect("${plain_HANDFAST_BUILD_TOOLS}" ON "HANDFAST_BUILD_TOOLS by default")
execute_process(COMMAND ${WORK}/bin/handfast --version
  OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
expect("${version}" "handfast ${VERSION}" "the command's version")
if(NOT EXISTS ${WORK}/src/libhandfast.a)
  message(FATAL_ERROR "there is no library")
endif()
file(REMOVE_RECURSE ${WORK})
