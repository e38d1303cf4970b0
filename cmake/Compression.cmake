# The libraries that compress certificates. A build that finds one offers it; none is needed.

set(handfast_compressors "")            # what to link
set(handfast_compressor_definitions "") # HANDFAST_BROTLI and the like
set(handfast_compressor_packages "")    # their names for pkg-config

function(find_compressor name header)
  foreach(library IN LISTS ARGN)
    find_library(HANDFAST_LIB_${library} ${library})
    mark_as_advanced(HANDFAST_LIB_${library})
    list(APPEND found ${HANDFAST_LIB_${library}})
  endforeach()
  find_path(HANDFAST_INCLUDE_${name} ${header})
  mark_as_advanced(HANDFAST_INCLUDE_${name})
  if(NOT HANDFAST_INCLUDE_${name} OR found MATCHES NOTFOUND)
    message(STATUS "Handfast: certificates are not compressed with ${name}, which is not here")
    return()
  endif()
  # Installed, they are found by name, wherever they are by then.
  foreach(library path IN ZIP_LISTS ARGN found)
    list(APPEND handfast_compressors $<BUILD_INTERFACE:${path}> $<INSTALL_INTERFACE:${library}>)
    string(REGEX REPLACE "^z$" "zlib" package ${library})
    string(REGEX REPLACE "^(brotli|zstd)" "lib\\1" package ${package})
    list(APPEND handfast_compressor_packages ${package})
  endforeach()
  string(TOUPPER HANDFAST_${name} definition)
  set(handfast_compressors ${handfast_compressors} PARENT_SCOPE)
  set(handfast_compressor_definitions ${handfast_compressor_definitions} ${definition} PARENT_SCOPE)
  set(handfast_compressor_packages ${handfast_compressor_packages} PARENT_SCOPE)
endfunction()

find_compressor(brotli brotli/encode.h brotlienc brotlidec)
find_compressor(zstd zstd.h zstd)
find_compressor(zlib zlib.h z)
list(TRANSFORM handfast_compressor_packages PREPEND ", ")
list(JOIN handfast_compressor_packages "" handfast_compressor_packages)
