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
run(${WORK}/build/consumer)
