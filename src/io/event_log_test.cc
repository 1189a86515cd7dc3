#include "io/event_log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <ctime>
#include <limits>

#include "base/error.h"
#include "support/temporary_folder.h"

namespace vitrine::io {
namespace {

using testing::put_file;
using testing::TemporaryFolder;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(EventLog, ReadsBackWhatItWrote) {
  const TemporaryFolder folder;
  EventLog log(folder / "events.jsonl");
  log.write("step", {{"step", 3}, {"loss", 0.1}, {"is_best", true}, {"text", "a\n\"b\" \xe2\x82\xac"}});
  log.write("step", {{"step", int64_t{1} << 60}, {"loss", kNan}, {"low", -kInfinity}});
  const auto [events, torn] = read_event_log(folder / "events.jsonl");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(events[0].sequence, 0);
  EXPECT_EQ(events[0].name, "step");
  EXPECT_EQ(events[0].number("loss"), 0.1);
  EXPECT_EQ(events[0].number("step"), 3);
  EXPECT_EQ(std::get<bool>(*events[0].find("is_best")), true);
  EXPECT_EQ(std::get<std::string>(*events[0].find("text")), "a\n\"b\" \xe2\x82\xac");
  EXPECT_EQ(events[1].sequence, 1);
  EXPECT_EQ(std::get<int64_t>(*events[1].find("step")), int64_t{1} << 60);
  EXPECT_TRUE(std::isnan(*events[1].number("loss")));
  EXPECT_EQ(events[1].number("low"), -kInfinity);
  EXPECT_EQ(events[1].number("missing"), std::nullopt);
}

TEST(EventLog, LinesAreWhatAPageExpects) {
  const TemporaryFolder folder;
  EventLog log(folder / "e");
  log.write("step", {{"step", 3}, {"loss", kInfinity}, {"x", 2.5}});
  std::string line = read_file(folder / "e");
  const size_t begin = line.find("\"time_s\":"), end = line.find(',', begin);
  ASSERT_NE(begin, std::string::npos);
  line.replace(begin, end - begin, "\"time_s\":T");
  EXPECT_EQ(line,
            "{\"sequence\":0,\"event\":\"step\",\"time_s\":T,\"step\":3,\"loss\":null,\"x\":2.5,"
            "\"non_finite\":{\"loss\":\"inf\"}}\n");
}

TEST(EventLog, EventsCarryTheTimeOfTheWallClock) {
  const TemporaryFolder folder;
  EventLog log(folder / "e");
  const auto now = [] { return static_cast<double>(std::time(nullptr)); };
  const double before = now();
  log.write("step", {});
  const auto events = read_event_log(folder / "e").events;
  EXPECT_GE(events.at(0).time_s, before);
  EXPECT_LE(events.at(0).time_s, now() + 1);
  EXPECT_EQ(events[0].find("time_s"), nullptr) << "it is the event's, and no field that a writer gave";
}

TEST(EventLog, KeysThatAreTakenAreRefused) {
  const TemporaryFolder folder;
  EventLog log(folder / "e");
  for (const char* key : {"sequence", "event", "time_s", "non_finite"}) EXPECT_THROW(log.write("x", {{key, 1}}), Error);
  EXPECT_THROW(log.write("x", {{"a", 1}, {"a", 2}}), Error);
  log.write("x", {{"bad", "\xff"}});
  EXPECT_EQ(read_event_log(folder / "e").events.at(0).sequence, 0);
}

TEST(EventLog, ResumingCutsNothingWhereverTheLineWasTorn) {
  const TemporaryFolder folder;
  {
    EventLog log(folder / "whole");
    log.write("step", {{"step", 1}});
    log.write("step", {{"step", 2}});
  }
  const std::string whole = read_file(folder / "whole");
  const size_t first_line = whole.find('\n') + 1;
  for (size_t size = 1; size <= whole.size(); ++size) {
    put_file(folder / "e", whole.substr(0, size));
    EventLog log(folder / "e", {{"step", 1}});
    log.write("end", {});
    EXPECT_TRUE(read_file(folder / "e").starts_with(whole.substr(0, size)));
    const auto [events, torn] = read_event_log(folder / "e");
    const int64_t num_kept = (size >= first_line - 1 ? 1 : 0) + (size >= whole.size() - 1 ? 1 : 0);
    ASSERT_EQ(static_cast<int64_t>(events.size()), num_kept + 2) << size;
    for (size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].sequence, static_cast<int64_t>(i)) << size;
    EXPECT_EQ(events[events.size() - 2].name, "resumed");
    EXPECT_EQ(events.back().name, "end");
    const bool is_torn = size != first_line - 1 && size != first_line && size < whole.size() - 1;
    EXPECT_EQ(torn, is_torn ? 1 : 0) << size;
  }
}

TEST(EventLog, AFailedWriteDoesNotSpoilTheNextLine) {
  const TemporaryFolder folder;
  EventLog log(folder / "e");
  log.write("a", {});
  set_file_hook([](FileOperation, const std::filesystem::path&) { throw Error(ErrorCode::kIo, "disk full"); });
  EXPECT_THROW(log.write("b", {}), Error);
  set_file_hook(nullptr);
  log.write("c", {});
  const auto [events, torn] = read_event_log(folder / "e");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].sequence, 1);
}

TEST(EventLog, HostileLinesAreCountedNotFollowed) {
  const TemporaryFolder folder;
  put_file(folder / "e", std::string(1 << 20, '[') +
                             "\n{\"sequence\":-1,\"event\":\"x\"}\n{\"event\":\"x\"}\nnull\n\n" +
                             std::string(100, '\0') + "\n{\"sequence\":0,\"event\":\"x\",\"list\":[1]}\n");
  const auto [events, torn] = read_event_log(folder / "e");
  EXPECT_EQ(events.size(), 1u);
  EXPECT_EQ(torn, 5);
}

}  // namespace
}  // namespace vitrine::io
