#include "der/pem.h"

#include "support/expect.h"

#include <chrono>

#include <gtest/gtest.h>

namespace handfast::der {
namespace {

std::vector<std::uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }

std::string block(std::string_view base64) {
  return "-----BEGIN X-----\n" + std::string(base64) + "\n-----END X-----\n";
}

Result<std::vector<std::uint8_t>> decode(const std::string& text) {
  PemScanner scanner(text);
  const std::optional<PemBlock> found = scanner.next();
  return found ? decode_pem(*found) : fail(Reason::pem_malformed);
}

TEST(Pem, finds_the_blocks_among_other_text) {
  const std::string text =
      "subject: a root\n-----BEGIN CERTIFICATE-----\r\nAQID\r\n-----END CERTIFICATE-----\r\n"
      "# more -----BEGIN NOTHING-----\n-----BEGIN PRIVATE KEY-----\nBA==\n-----END PRIVATE "
      "KEY-----";
  PemScanner scanner(text);
  const std::optional<PemBlock> first = scanner.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->label, "CERTIFICATE");
  EXPECT_EQ(decode_pem(*first).value(), bytes("\x01\x02\x03"));
  const std::optional<PemBlock> second = scanner.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->label, "PRIVATE KEY");
  EXPECT_EQ(decode_pem(*second).value(), bytes("\x04"));
  EXPECT_FALSE(scanner.next());
  EXPECT_FALSE(scanner.next());
}

TEST(Pem, decodes_the_examples_of_rfc4648) {
  EXPECT_EQ(decode(block("Zg==")).value(), bytes("f"));
  EXPECT_EQ(decode(block("Zm8=")).value(), bytes("fo"));
  EXPECT_EQ(decode(block("Zm9v")).value(), bytes("foo"));
  EXPECT_EQ(decode(block("Zm9vYg==")).value(), bytes("foob"));
  EXPECT_EQ(decode(block("Zm9vYmE=")).value(), bytes("fooba"));
  EXPECT_EQ(decode(block("Zm9vYmFy")).value(), bytes("foobar"));
}

TEST(Pem, takes_white_space_anywhere) {
  EXPECT_EQ(decode(block(" Zm\t9v\r\n\r\nYm Fy ")).value(), bytes("foobar"));
  EXPECT_EQ(decode(block("Zg =\n=")).value(), bytes("f"));
}

TEST(Pem, refuses_what_is_no_base64) {
  for (const char* text : {"", "Z", "Zg", "Zg=", "Zg===", "Zm8",
                           "Zm8==", "Zm9v=", "Zm9v====", "Z===", "====", "Zg==Zg==", "Zm9-", "Zm9_",
                           "Zm9v!", "Zm.9v", "Proc-Type: 4,ENCRYPTED\n\nZm9v"}) {
    EXPECT_FAILS(decode(block(text)), Reason::pem_malformed) << text;
  }
  EXPECT_FAILS(decode(block(std::string_view("Zm9v\0", 5))), Reason::pem_malformed);
}

TEST(Pem, refuses_bits_beyond_the_last_byte) {
  EXPECT_FAILS(decode(block("Zh==")), Reason::pem_malformed);
  EXPECT_FAILS(decode(block("Zm9=")), Reason::pem_malformed);
}

TEST(Pem, refuses_a_block_that_never_ends) {
  EXPECT_FAILS(decode("-----BEGIN X-----\nZm9v\n"), Reason::pem_malformed);
  EXPECT_FAILS(decode("-----BEGIN X-----\nZm9v\n-----END Y-----\n"), Reason::pem_malformed);
  EXPECT_FAILS(decode("-----BEGIN X\nZm9v\n-----END X-----\n"), Reason::pem_malformed);
}

TEST(Pem, goes_on_after_a_block_that_never_ends) {
  const std::string text = "-----BEGIN X-----\nZm9v\n-----BEGIN Y-----\nZm9v\n-----END Y-----\n";
  PemScanner scanner(text);
  EXPECT_FAILS(decode_pem(scanner.next().value()), Reason::pem_malformed);
  const PemBlock second = scanner.next().value();
  EXPECT_EQ(second.label, "Y");
  EXPECT_EQ(decode_pem(second).value(), bytes("foo"));
}

// Each block was once looked through to the end of the text: 16 MiB took hours.
TEST(Pem, passes_blocks_that_never_end_in_one_go) {
  for (const std::string& part :
       {std::string("-----BEGIN X-----\n"), std::string("-----BEGIN \n"),
        std::string("-----BEGIN -----"), "-----BEGIN " + std::string(300, 'x') + "-----\n",
        std::string("\n-----END X-----")}) {
    std::string text;
    while (text.size() < (4U << 20)) {
      text += part;
    }
    PemScanner scanner(text);
    const auto start = std::chrono::steady_clock::now();
    while (const std::optional<PemBlock> found = scanner.next()) {
      ASSERT_TRUE(found->base64.empty());
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  }
}

TEST(Pem, leaves_nothing_of_what_it_encodes_where_it_grew) {
  for (std::size_t size = 0; size < 500; ++size) {
    const std::string text = encode_pem("PRIVATE KEY", std::vector<std::uint8_t>(size));
    EXPECT_LE(text.capacity(), text.size() + 4) << size;  // growing would have doubled it
  }
}

TEST(Pem, bounds_a_block) {
  EXPECT_TRUE(decode(block(std::string(100'000, 'A'))));
  EXPECT_FAILS(decode(block(std::string(200'000, 'A'))), Reason::pem_malformed);
}

TEST(Pem, comes_back_for_every_length) {
  for (std::size_t size = 1; size < 200; ++size) {
    std::vector<std::uint8_t> der(size);
    for (std::size_t i = 0; i < size; ++i) {
      der[i] = static_cast<std::uint8_t>(37 * i + size);
    }
    const std::string text = encode_pem("CERTIFICATE", der);
    EXPECT_EQ(decode(text).value(), der);
    EXPECT_TRUE(text.ends_with("-----END CERTIFICATE-----\n"));
  }
  EXPECT_EQ(encode_pem("X", std::vector<std::uint8_t>(49)),
            "-----BEGIN X-----\n" + std::string(64, 'A') + "\nAA==\n-----END X-----\n");
}

}  // namespace
}  // namespace handfast::der
