# How everything here is compiled: language, warnings, checks, sanitizers and the compiler cache.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

find_program(HANDFAST_CCACHE ccache)
if(HANDFAST_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without the sloppiness ccache refuses precompiled headers; the base folder lets a second clone
  # of the project find what the first one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
    ${HANDFAST_CCACHE})
endif()

set(handfast_warnings
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports a mismatch at every coroutine with its own operator new; a pragma does not help.
  list(APPEND handfast_warnings
    -Wduplicated-cond -Wlogical-op -Wsuggest-override -Wno-mismatched-new-delete)
else()
  # g++ at -O2 sees nulls inside other people's templates; it is asked for the core alone, in src/.
  list(APPEND handfast_warnings -Wnull-dereference)
endif()
if(HANDFAST_WERROR)
  list(APPEND handfast_warnings -Werror)
endif()

set(handfast_options
  # Source locations then read "src/handshake/client13.cc", on whatever machine they were compiled.
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(HANDFAST_SANITIZE)
  # No vptr: the core has no RTTI, so tests, which have it, would find its objects invalid.
  list(APPEND handfast_options
    -fsanitize=${HANDFAST_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
endif()

# Every target of the project passes through here.
function(handfast_compile target)
  target_compile_options(${target} PRIVATE ${handfast_warnings} ${handfast_options})
  target_compile_definitions(${target} PRIVATE _GLIBCXX_ASSERTIONS
    $<$<NOT:$<BOOL:${HANDFAST_AVX2}>>:HANDFAST_NO_AVX2>
    $<$<NOT:$<BOOL:${HANDFAST_NATIVE_AES_GCM}>>:HANDFAST_NO_AES_GCM>
    $<$<NOT:$<BOOL:${HANDFAST_NATIVE_CHACHA20}>>:HANDFAST_NO_CHACHA20>)
  if(HANDFAST_SANITIZE)
    target_link_options(${target} PRIVATE -fsanitize=${HANDFAST_SANITIZE})
  endif()
endfunction()

# With HANDFAST_TOGETHER the files of `target` are compiled some at a time: most of the time goes into
# the headers that they share. For builds that are made once, such as CI's.
function(compile_together target)
  if(HANDFAST_TOGETHER)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # It takes the files for headers, with other file-local types wherever they are included.
      target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
    endif()
  endif()
endfunction()
