# Run by ctest: installs BUILD under WORK, configures CONSUMER against it by WAY, builds and runs it.

set(prefix ${WORK}/prefix)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})

# A moved prefix must do as well: nobody may depend on where the package was installed first.
file(RENAME ${prefix} ${WORK}/moved)
set(prefix ${WORK}/moved)

set(ENV{PKG_CONFIG_PATH} ${prefix}/${LIBDIR}/pkgconfig)
run(${CMAKE_COMMAND} -G Ninja -S ${CONSUMER} -B ${WORK}/build
  -D WAY=${WAY} -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_PREFIX_PATH=${prefix})
run(${CMAKE_COMMAND} --build ${WORK}/build)

# What starts threads finds what they need.
run(${WORK}/build/workers)

# The program is the README's example, letter for letter, and it runs: nobody listens on port 1.
file(READ ${CONSUMER}/main.cc example)
file(READ ${CONSUMER}/../../../README.md readme)
string(FIND "${readme}" "${example}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "the README's example is not tests/package/consumer/main.cc")
endif()
execute_process(COMMAND ${WORK}/build/consumer localhost 1
  RESULT_VARIABLE exit_code ERROR_VARIABLE errors)
if(NOT exit_code EQUAL 11 OR NOT errors MATCHES "nobody listens there")
  message(FATAL_ERROR "the example ended with ${exit_code}: ${errors}")
endif()
