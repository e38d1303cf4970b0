# Prints where a handshake is parked, innermost coroutine first, in a build with -g by either
# compiler. A parked coroutine is on no stack, so `backtrace` cannot tell.
#
#   (gdb) source tools/gdb/handfast.gdb
#   (gdb) hfstack hs             a Handshake, by reference or pointer
#   (gdb) hfconnection *this     a Connection while its handshake runs

define hfstack
  set $hf_frame = ($arg0).leaf_
  if $hf_frame == 0
    echo no coroutine is parked\n
  end
  while $hf_frame
    # The first word of a frame is the function that resumes it.
    info symbol *(void**)$hf_frame->self._M_fr_ptr
    printf "    at %s:%d\n", $hf_frame->at._M_impl->_M_file_name, $hf_frame->at._M_impl->_M_line
    set $hf_frame = $hf_frame->parent
  end
end

document hfstack
hfstack HANDSHAKE: the parked coroutines of a handshake, innermost first.
end

define hfconnection
  # What a unique_ptr holds is its pointer.
  set $hf_state = *(handfast::Connection::State**)&($arg0).state_
  set $hf_handshake = *(handfast::handshake::Handshake**)&$hf_state->handshake_
  if $hf_handshake == 0
    echo the handshake is over\n
  else
    hfstack $hf_handshake
  end
end

document hfconnection
hfconnection CONNECTION: the parked coroutines of a connection's handshake, innermost first.
end
