"""Looks through the instructions of our own primitives for what can take longer for some secrets.

disassembly.py OBJDUMP OBJECT...: no division at all, since how long it takes depends on the
numbers; and no conditional jump, but in the functions below, each with what the jumps look at.
Some of these may only jump so many times. Whole files that work on what is public alone are left
out.
"""

import re
import subprocess
import sys

SIZES = "loops and checks over sizes, which are public"
PUBLIC = "looks at the matrix, at an encapsulation key or at its hash, which are public"
TWIN = "chooses by parameter set, size or processor, which are public"

# The last part of a function's name, without template arguments.
MAY_JUMP = {
    # keccak.cc, keccak_avx2.cc: `permute` counts rounds, `one_round` lanes
    "one_round": SIZES,
    "permute": SIZES,
    "permute_four_portable": SIZES,
    "permute_four_avx2": SIZES,
    "absorb": SIZES,
    "squeeze": SIZES,
    "keccak": SIZES,
    "copy_block": SIZES,
    "~KeccakFour": SIZES,
    # k_pke.cc
    "sample_matrix_row": PUBLIC,
    "k_pke_key_gen": SIZES,
    "k_pke_encrypt": SIZES,
    "k_pke_decrypt": SIZES,
    # ml_kem.cc
    "is_reduced": PUBLIC,
    "from_seed": SIZES,
    "from_expanded": PUBLIC,
    "encapsulation_key": SIZES,
    "expose": SIZES,
    "decapsulate": SIZES,
    "ml_kem_encapsulate": PUBLIC,
    # ml_kem_exchange.cc
    "generate": SIZES,
    "from_private": SIZES,
    "write_share": SIZES,
    "encapsulate": PUBLIC,
    # p384_field.h, p384.cc, p384_exchange.cc
    "inverse": SIZES,
    "OddScalar": SIZES,
    "look_up_signed": SIZES,
    "double_often": SIZES,
    "multiply": SIZES,
    "multiply_base": SIZES,
    "make_comb_table": SIZES,
    "derive": "looks at the peer's share, which is public",
    "hold": "whether a key was private at all, and whether there was memory",
    "answer_with_pair": "the same",
    # modular_inverse.h, p256_curve.h, p256_base.h, p256.cc, ecdsa_nonce.cc, p256_ecdsa.cc
    "modular_inverse": SIZES,
    "odd_multiples": SIZES,
    "to_affine": SIZES,
    "p256_comb_table": "whether it has been made",
    "p256_odd_table": "whether it has been made",
    "of": "whether a key is one at all, and a public one, are public",
    "points_of_comb": SIZES,
    "public_scalar": "looks at a signature, which is public",
    "verify_numbers": "looks at what a signature is verified with, which is public",
    "add_digit": "the same",
    "verify": "the same",
    "verify_own": "the same",
    "read_public_key": "the same",
    "sign": "sizes, and whether the nonce was one, as another is taken then",
    "sign_own": "the same",
    "write_integer": "looks at the signature, which is public",
    "make_private_key": "whether a key was private at all, and whether there was memory",
    "__invoke": "whether there is a key",
    "EcdsaNonces": SIZES,
    "next": SIZES,
    "reseed": SIZES,
    "step": SIZES,
    "own_ecdsa_p256": "looks at the processor",
    # aes_gcm.cc, aes_gcm_twin.h, chacha20.h, poly1305.h, chacha20_poly1305.cc, own_aead.cc
    "expand": SIZES,
    "seal_message": SIZES,
    "open_message": "sizes, and whether the tag was right, which everybody is told",
    "convert_batches": SIZES,
    "convert_whole": SIZES,
    "seal": "chooses the twin",
    "open": "chooses the twin",
    "is_available": "looks at the processor",
    "fastest_aes_twin": "looks at the processor",
    "~AesGcm": SIZES,
    "write_key_stream": SIZES,
    "write_sixteen_blocks": SIZES,
    "add_lanes": SIZES,
    "own": "which cipher, which processor, and whether there was memory",
    "=": "whether it is moved to itself",
    "aead_functions": "sizes, and whether the tag was right, which everybody is told",
    # sha256.cc: `compress` counts blocks, and has one of ML-KEM as its namesake
    "own_sha256": "looks at the processor",
    # x25519_curve.h, x25519_base.h, x25519_ifma.h, x25519.cc, x25519_exchange.cc
    "ladder": SIZES,
    "ladder_by_fours": SIZES,
    "multiply_base_by_fours": SIZES,
    "u_coordinate": SIZES,
    "divide": SIZES,
    "comb_through": SIZES,
    "x25519_comb_table": "whether it has been made",
    "x25519_four_table": "whether it has been made",
    "make_four_table": SIZES,
    "fastest_x25519_twin": "looks at the processor",
    "X25519Key": TWIN,
    "make_key": SIZES,
    # both twins
    "ntt": SIZES,
    "inverse_ntt": SIZES,
    "prepare": SIZES,
    "inner_product": SIZES,
    "sample_uniform": PUBLIC,
    "sample_noise": SIZES,
    "encode": SIZES,
    "decode": SIZES,
    "compress": SIZES,
    "decompress": SIZES,
    "encode_avx2": SIZES,
    "decode_avx2": SIZES,
    "compress_avx2": TWIN,
    "decompress_avx2": TWIN,
    "write": SIZES,
    "read": SIZES,
}

# All of these is inlined, and Valgrind sees it lowered to older instructions: so no more
# conditional jumps than loops and the making of a table come to, and no memory at places that
# vectors name.
MOST_JUMPS = {"ladder_by_fours": 1, "multiply_base_by_fours": 5}

# Objects that no secret comes near.
PUBLIC_ALONE = ("rsa_public.cc.o",)

DIVISION = re.compile(r"v?i?div|v?sqrt|v?rcp|v?rsqrt")
GATHER = re.compile(r"vp?(?:gather|scatter)")
JUMP = re.compile(r"(?:j(?!mp)|loop)")
FUNCTION = re.compile(r"[0-9a-f]+ <(?P<name>.*)>:$")
PREFIX = r"(?:bnd|notrack|rep|repz|repnz|lock|cs|ds)"
INSTRUCTION = re.compile(rf"\s+[0-9a-f]+:\s+(?:{PREFIX}\s+)*(?P<name>\S+)")


def short(name):
    """The last part of a demangled name: "Keccak::absorb(...) const" is "absorb"; of a lambda that
    of the function or constant that it is in."""
    # GNU's demangler writes {lambda(...)#1}, that of LLVM 'lambda'(...).
    name = re.split(r"::[{']lambda", name.replace("(anonymous namespace)", ""))[0]
    while re.search(r"<[^<>]*>", name):
        name = re.sub(r"<[^<>]*>", "", name)
    return name.split("(")[0].split("::")[-1].split(" ")[-1].removeprefix("operator")


def check(listing):
    """Gives (what is wrong, how many instructions were looked at) for the output of objdump."""
    findings, count, function, jumps = [], 0, "no function", 0
    for line in listing.splitlines():
        if match := FUNCTION.match(line):
            function, jumps = match["name"], 0
        elif match := INSTRUCTION.match(line):
            count += 1
            if DIVISION.match(match["name"]):
                findings.append(f"{function} divides: {line.strip()}")
            elif GATHER.match(match["name"]) and short(function) in MOST_JUMPS:
                findings.append(f"{function} gathers or scatters: {line.strip()}")
            elif JUMP.match(match["name"]):
                jumps += 1
                if short(function) not in MAY_JUMP:
                    findings.append(f"{function} jumps: {line.strip()}")
                elif jumps > MOST_JUMPS.get(short(function), jumps):
                    findings.append(f"{function} jumps more often than it may: {line.strip()}")
    return findings, count


def main(objdump, objects):
    """Checks each object; the exit code says whether all are good."""
    findings, total = [], 0
    objects = [path for path in objects if not path.endswith(PUBLIC_ALONE)]
    for path in objects:
        command = [objdump, "--disassemble", "--no-show-raw-insn", "--demangle", path]
        listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found, count = check(listing)
        findings += found
        total += count
    for finding in findings:
        print(finding)
    print(f"{total} instructions in {len(objects)} objects, {len(findings)} complaints")
    sys.exit(1 if findings or total < 1000 else 0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
