"""disassembly.py finds what it is there for, and nothing else."""

import unittest

from disassembly import check, short

LISTING = """
0000000000000000 <handfast::crypto::native::{function}(unsigned int)>:
   0:	mov    %edi,%eax
   2:	{instruction}
   4:	ret
"""


def complaints(function, instruction):
    return len(check(LISTING.format(function=function, instruction=instruction))[0])


class Disassembly(unittest.TestCase):
    def test_a_division_is_found_anywhere(self):
        for instruction in ("div    %ecx", "idivl  (%rax)", "vdivps %ymm0,%ymm1,%ymm2"):
            self.assertEqual(complaints("ntt", instruction), 1)

    def test_a_conditional_jump_is_found_where_none_may_be(self):
        for instruction in ("je     10 <x>", "jb     10 <x>", "bnd jne 10 <x>", "loop   10 <x>"):
            self.assertEqual(complaints("montgomery", instruction), 1)
            self.assertEqual(complaints("ntt", instruction), 0)

    def test_no_more_jumps_are_found_than_there_may_be(self):
        jump = "je     10 <x>\n   3:\t"
        self.assertEqual(complaints("ladder_by_fours", jump + "nop"), 0)
        self.assertEqual(complaints("ladder_by_fours", 2 * jump + "nop"), 1)
        twice = 2 * LISTING.format(function="ladder_by_fours", instruction=jump + "nop")
        self.assertEqual(check(twice)[0], [])

    def test_places_that_vectors_name_are_found(self):
        for instruction in ("vpgatherqq (%rax,%ymm1,8),%ymm2", "vscatterdpd %zmm0,(%rax,%ymm1,8)"):
            self.assertEqual(complaints("ladder_by_fours", instruction), 1)

    def test_other_instructions_are_none_of_its_business(self):
        for instruction in ("jmp    10 <x>", "notrack jmp *%rax", "cmovb  %eax,%ecx", "call   10"):
            self.assertEqual(complaints("montgomery", instruction), 0)

    def test_all_instructions_are_looked_at(self):
        self.assertEqual(check(LISTING.format(function="ntt", instruction="nop"))[1], 3)

    def test_names_are_cut_to_their_last_part(self):
        for name, expected in {
            "handfast::n::(anonymous namespace)::write<12>(P const&, std::span<u8, 3ul>)": "write",
            "void handfast::n::k_pke_decrypt<handfast::n::MlKem768>(R const&)": "k_pke_decrypt",
            "handfast::Result<std::span<A>> n::MlKemKey<S>::f(B) const [clone .cold]": "f",
            "handfast::n::KeccakFour::~KeccakFour()": "~KeccakFour",
            "n::row<n::(anonymous namespace)::Own>::{lambda(void*)#1}::__invoke(void*)": "row",
            "n::row<n::(anonymous namespace)::Own>::'lambda'(void*)::__invoke(void*)": "row",
        }.items():
            self.assertEqual(short(name), expected)


if __name__ == "__main__":
    unittest.main()
