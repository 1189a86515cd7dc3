#include "io/tensorboard.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "support/temporary_folder.h"

namespace vitrine::io {
namespace {

using testing::TemporaryFolder;

TEST(Tensorboard, ChecksumIsCrc32c) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);  // the check value of the Castagnoli polynomial
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);  // RFC 3720, B.4
}

TEST(Tensorboard, RecordsCarryLengthPayloadAndChecksums) {
  const std::string record = tensorboard_record("abc");
  ASSERT_EQ(record.size(), 8u + 4 + 3 + 4);
  EXPECT_EQ(record.substr(0, 8), std::string("\3\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(record.substr(12, 3), "abc");
}

TEST(Tensorboard, EventsAreTheProtocolBuffersThatTheFormatNames) {
  const TemporaryFolder folder;
  TensorboardWriter writer(folder.path());
  const Scalar scalars[] = {{"loss", 1.0f}};
  writer.write(300, 0.0, scalars);
  const std::string text = read_file(writer.path());
  const std::string version = std::string("\x09\0\0\0\0\0\0\0\0\x10\0\x1a\x0d", 13) + "brain.Event:2";
  // step 300 as a varint; a summary of one value: tag "loss", simple_value 1.0f
  const std::string event =
      std::string("\x09\0\0\0\0\0\0\0\0\x10\xac\x02\x2a\x0d\x0a\x0b\x0a\x04loss\x15\0\0\x80\x3f", 27);
  EXPECT_EQ(text, tensorboard_record(version) + tensorboard_record(event));
}

TEST(Tensorboard, AResumedRunGetsAFurtherFile) {
  const TemporaryFolder folder;
  const TensorboardWriter first(folder.path()), second(folder.path());
  EXPECT_LT(first.path(), second.path());
}

TEST(Tensorboard, TensorboardReadsOurFiles) {
  const char* chosen = std::getenv("VITRINE_PYTHON");
  const std::string python = chosen != nullptr ? chosen : "python3";
  if (std::system((python + " -c 'import tensorboard' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "needs Python with tensorboard";
  const TemporaryFolder folder;
  TensorboardWriter writer(folder.path());
  for (int step = 0; step < 3; ++step) {
    const Scalar scalars[] = {{"loss", 3.0f - static_cast<float>(step)}, {"tokens", 1e6f}};
    writer.write(step * 200, 1000.0 + step, scalars);
  }
  const std::string script =
      "from tensorboard.backend.event_processing.event_accumulator import EventAccumulator as A; import sys; "
      "a = A(sys.argv[1]); a.Reload(); "
      "assert [(e.step, e.value, e.wall_time) for e in a.Scalars('loss')] == "
      "[(0, 3.0, 1000.0), (200, 2.0, 1001.0), (400, 1.0, 1002.0)], a.Scalars('loss'); "
      "assert len(a.Scalars('tokens')) == 3";
  EXPECT_EQ(std::system((python + " -c \"" + script + "\" " + folder.path().string()).c_str()), 0);
}

}  // namespace
}  // namespace vitrine::io
