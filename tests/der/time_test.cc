#include "der/time.h"

#include "der/reader.h"
#include "der/writer.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::der {
namespace {

std::vector<std::uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }

std::optional<std::int64_t> utc(std::string_view text) {
  const std::optional<UnixTime> time = parse_utc_time(bytes(text));
  return time ? std::optional(time->seconds) : std::nullopt;
}

std::optional<std::int64_t> generalized(std::string_view text) {
  const std::optional<UnixTime> time = parse_generalized_time(bytes(text));
  return time ? std::optional(time->seconds) : std::nullopt;
}

TEST(Time, reads_utc_time) {
  EXPECT_EQ(utc("700101000000Z"), 0);
  EXPECT_EQ(utc("000229235959Z"), 951'868'799);
  EXPECT_EQ(utc("491231235959Z"), 2'524'607'999);
  EXPECT_EQ(utc("500101000000Z"), -631'152'000);
  EXPECT_EQ(utc("261121044500Z"), 1'795'236'300);
}

TEST(Time, reads_generalized_time) {
  EXPECT_EQ(generalized("20500101000000Z"), 2'524'608'000);
  EXPECT_EQ(generalized("99991231235959Z"), 253'402'300'799);
  EXPECT_EQ(generalized("20111006083956Z"), 1'317'890'396);
  EXPECT_EQ(generalized("00000101000000Z"), -62'167'219'200);
}

TEST(Time, refuses_every_other_form) {
  for (const char* text : {"", "Z", "7001010000Z", "700101000000", "700101000000+0000",
                           "700101000000-0000", "700101000000z", "7001010000000Z", "70010100000 Z",
                           " 70101000000Z", "700101000000.Z", "7001010a0000Z", "19700101000000Z"}) {
    EXPECT_FALSE(utc(text)) << text;
  }
  for (const char* text : {"", "205001010000Z", "20500101000000", "20500101000000.0Z",
                           "20500101000000+0000", "500101000000Z", "2050010100000\xb0Z"}) {
    EXPECT_FALSE(generalized(text)) << text;
  }
}

TEST(Time, refuses_moments_that_never_were) {
  for (const char* text :
       {"700001000000Z", "701301000000Z", "700100000000Z", "700132000000Z", "700431000000Z",
        "700229000000Z", "700101240000Z", "700101006000Z", "700101000060Z", "990229000000Z"}) {
    EXPECT_FALSE(utc(text)) << text;
  }
  EXPECT_FALSE(generalized("21000229000000Z"));
  EXPECT_TRUE(generalized("20000229000000Z"));
}

TEST(Time, comes_back_from_the_calendar_for_every_day_of_four_centuries) {
  for (std::int64_t day = -80'000; day < 80'000; ++day) {
    const UnixTime time = {day * 86'400 + 86'399};
    const Date date = to_date(time);
    ASSERT_EQ(to_time(date), time) << day;
    ASSERT_EQ(date.hour * 10'000 + date.minute * 100 + date.second, 235'959U);
  }
}

TEST(Time, is_written_as_it_is_read) {
  for (const std::int64_t seconds :
       {std::int64_t{0}, std::int64_t{1'795'236'300}, std::int64_t{2'524'607'999},
        std::int64_t{2'524'608'000}, std::int64_t{-631'152'000}, std::int64_t{-631'152'001},
        std::int64_t{253'402'300'799}}) {
    Writer writer;
    writer.time({seconds});
    Reader reader(writer.bytes());
    EXPECT_EQ(reader.time().seconds, seconds);
    EXPECT_TRUE(reader.complete());
  }
}

TEST(Time, is_written_as_utc_time_through_2049) {
  EXPECT_EQ(time_text({2'524'607'999}), "491231235959Z");
  EXPECT_EQ(time_text({2'524'608'000}), "20500101000000Z");
}

}  // namespace
}  // namespace handfast::der
