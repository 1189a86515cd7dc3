#include "base/trace.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/thread_pool.h"
#include "support/temporary_folder.h"

namespace vitrine {
namespace {

using Json = nlohmann::json;

/// The complete events of a file, which has to be valid JSON.
std::vector<Json> events_of(const std::filesystem::path& path) {
  std::vector<Json> events;
  for (const Json& event : Json::parse(read_file(path)))
    if (event["ph"] == "X") events.push_back(event);
  return events;
}

const Json& event_named(const std::vector<Json>& events, const std::string& name) {
  for (const Json& event : events)
    if (event["name"] == name) return event;
  ADD_FAILURE() << "no event " << name;
  return events.front();
}

bool encloses(const Json& outer, const Json& inner) {
  const double begin = outer["ts"], end = begin + outer["dur"].get<double>();
  const double inner_begin = inner["ts"], inner_end = inner_begin + inner["dur"].get<double>();
  return outer["tid"] == inner["tid"] && begin <= inner_begin + 1e-6 && inner_end <= end + 1e-6;
}

TraceWork work_of(double flops, double bytes) { return {.flops = flops, .bytes = bytes}; }

TEST(Trace, ScopesNestAndAddUpTheirWork) {
  const testing::TemporaryFolder folder;
  {
    TraceRecorder recorder(folder.path() / "trace.json", "a \"test\"\n");
    const TraceScope step(&recorder, TraceKind::kRegion, "step", 7);
    const TraceScope operation(&recorder, TraceKind::kOperation, "linear", -1, "a.\"weight\"");
    const TraceScope one(&recorder, "one", [] { return TraceWork{.flops = 5, .bytes = 3, .extents = {2, 3, 4}}; });
    const TraceScope two(&recorder, "two", [] { return work_of(10, 20); });
  }
  const std::vector<Json> events = events_of(folder.path() / "trace.json");
  ASSERT_EQ(events.size(), 4u);
  const Json &step = event_named(events, "step 7"), &linear = event_named(events, "linear");
  EXPECT_TRUE(encloses(step, linear));
  EXPECT_TRUE(encloses(linear, event_named(events, "one")));
  EXPECT_TRUE(encloses(event_named(events, "one"), event_named(events, "two")));
  EXPECT_EQ(step["args"]["flops"], 15);
  EXPECT_EQ(step["args"]["bytes"], 23);
  EXPECT_EQ(linear["args"]["detail"], "a.\"weight\"");
  EXPECT_EQ(event_named(events, "one")["args"]["extents"], "2x3x4");
  EXPECT_EQ(step["cat"], "region");
  EXPECT_EQ(linear["cat"], "operation");
}

TEST(Trace, OperationsInsideOperationsCountOnce) {
  const testing::TemporaryFolder folder;
  TraceRecorder recorder(folder.path() / "trace.json");
  for (int i = 0; i < 3; ++i) {
    const TraceScope outer(&recorder, TraceKind::kOperation, "outer");
    const TraceScope inner(&recorder, TraceKind::kOperation, "inner");
    const TraceScope kernel(&recorder, "kernel", [] { return work_of(2, 1); });
  }
  {
    const TraceScope backward(&recorder, TraceKind::kBackward, "outer");
  }
  {
    const TraceScope alone(&recorder, "kernel", [] { return work_of(4, 8); });
  }
  const TraceSummary summary = recorder.summary();
  ASSERT_EQ(summary.operations.size(), 3u);
  double seconds = 0;
  for (const TraceTotal& total : summary.operations) {
    seconds += total.seconds;
    EXPECT_EQ(total.calls, total.name == "outer" ? 3 : 1) << total.name;
    EXPECT_EQ(total.work.flops, total.name == "outer" ? 6 : total.name == "kernel" ? 4 : 0) << total.name;
    EXPECT_TRUE(total.name == "outer" || total.name == "outer backward" || total.name == "kernel") << total.name;
  }
  EXPECT_LE(seconds, summary.seconds);
}

TEST(Trace, WorkOfWorkersCountsForTheScopeThatStartedTheLoop) {
  const testing::TemporaryFolder folder;
  TraceSummary summary;
  {
    TraceRecorder recorder(folder.path() / "trace.json");
    ThreadPool pool(3);
    pool.set_trace(&recorder);
    const TraceScope region(&recorder, TraceKind::kRegion, "update");
    const TraceScope operation(&recorder, TraceKind::kOperation, "muon");
    for (int loop = 0; loop < 50; ++loop) {
      std::atomic<int> num_there{0};  // each thread's first chunk waits for the other threads, so that all take part
      pool.parallel_for(20, [&](int64_t, int) {
        const TraceScope kernel(&recorder, "gemm", [] { return work_of(1, 2); });
        if (num_there.fetch_add(1) < 3)
          while (num_there.load() < 3) std::this_thread::yield();
      });
    }
  }
  const std::vector<Json> events = events_of(folder.path() / "trace.json");
  const Json& muon = event_named(events, "muon");
  EXPECT_EQ(muon["cat"], "operation");
  EXPECT_EQ(muon["args"]["flops"], 1000);
  EXPECT_EQ(event_named(events, "update")["args"]["bytes"], 2000);
  int64_t num_gemms = 0, num_shares = 0;
  for (const Json& event : events) {
    num_gemms += event["name"] == "gemm";
    num_shares += event["cat"] == "share";
    EXPECT_EQ(event["cat"] == "share" && event["tid"] == muon["tid"], false);
  }
  EXPECT_EQ(num_gemms, 1000);
  EXPECT_EQ(num_shares, 100);
}

TEST(Trace, WorkersKernelsAreNotOperationsOfTheirOwnInsideOne) {
  const testing::TemporaryFolder folder;
  TraceRecorder recorder(folder.path() / "trace.json");
  ThreadPool pool(3);
  pool.set_trace(&recorder);
  {
    const TraceScope operation(&recorder, TraceKind::kOperation, "muon");
    for (int loop = 0; loop < 20; ++loop)
      pool.parallel_for(
          20, [&](int64_t, int) { const TraceScope kernel(&recorder, "gemm", [] { return work_of(1, 2); }); });
  }
  const TraceSummary summary = recorder.summary();
  ASSERT_EQ(summary.operations.size(), 1u);
  EXPECT_EQ(summary.operations[0].name, "muon");
}

TEST(Trace, OperationsOfParallelPassesCountAgainstTheTimeOfAllThreads) {
  const testing::TemporaryFolder folder;
  TraceRecorder recorder(folder.path() / "trace.json");
  ThreadPool pool(2);
  pool.set_trace(&recorder);
  std::atomic<int> arrived{0};
  pool.parallel_for(2, [&](int64_t pass, int) {
    const TraceScope region(&recorder, TraceKind::kRegion, "pass", pass);
    const TraceScope operation(&recorder, TraceKind::kOperation, "linear");
    ++arrived;
    while (arrived < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // so both threads have one
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  });
  const TraceSummary summary = recorder.summary();
  ASSERT_EQ(summary.operations.size(), 1u);
  EXPECT_EQ(summary.operations[0].calls, 2);
  EXPECT_GE(summary.operations[0].seconds, 0.04);
  EXPECT_GE(summary.seconds, summary.operations[0].seconds);
}

TEST(Trace, TheFileIsWholeAfterEveryWrite) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "trace.json";
  TraceRecorder recorder(path, "test", {.held_back_ns = 0});
  EXPECT_TRUE(events_of(path).empty());
  const TraceScope open(&recorder, TraceKind::kRegion, "open");
  for (size_t i = 1; i < 20; ++i) {
    {
      const TraceScope scope(&recorder, TraceKind::kRegion, "scope", static_cast<int64_t>(i));
    }
    EXPECT_NO_THROW(event_named(events_of(path), "scope " + std::to_string(i)));
  }
}

TEST(Trace, NoMoreEventsAreHeldInMemoryThanAllowed) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "trace.json";
  TraceRecorder recorder(path, "test", {.held_back_ns = int64_t{1} << 60, .max_held_back = 8});
  for (int i = 1; i <= 1000; ++i) {
    {
      const TraceScope scope(&recorder, TraceKind::kRegion, "scope");
    }
    ASSERT_GE(recorder.summary().num_events, i - 8);
  }
  EXPECT_EQ(recorder.summary().num_left_out, 0);
}

TEST(Trace, AFullFileStaysValidAndTheSummaryGoesOn) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "trace.json";
  {
    TraceRecorder recorder(path, "test", {.max_file_bytes = 4000, .max_held_back = 4});
    for (int i = 0; i < 1000; ++i) const TraceScope scope(&recorder, TraceKind::kOperation, "operation");
    recorder.flush();
    const TraceSummary summary = recorder.summary();
    EXPECT_EQ(summary.operations.at(0).calls, 1000);
    EXPECT_GT(summary.num_left_out, 0);
    EXPECT_NE(summary.problem.find("4000 bytes"), std::string::npos) << summary.problem;
    EXPECT_EQ(static_cast<size_t>(summary.num_events), events_of(path).size());
  }
  EXPECT_LE(std::filesystem::file_size(path), 4000u);
  EXPECT_GT(events_of(path).size(), 10u);
}

TEST(Trace, AFailingDiskEndsTheFileAndNotTheRun) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "trace.json";
  int writes = 0;
  set_file_hook([&](FileOperation operation, const std::filesystem::path&) {
    if (operation == FileOperation::kWrite && ++writes > 5)
      throw Error(ErrorCode::kIo, "write: no space left on device");
  });
  {
    TraceRecorder recorder(path, "test", {.max_held_back = 2});
    for (int i = 0; i < 100; ++i) const TraceScope scope(&recorder, TraceKind::kOperation, "operation");
    EXPECT_NE(recorder.summary().problem.find("no space"), std::string::npos);
    EXPECT_EQ(recorder.summary().operations.at(0).calls, 100);
  }
  set_file_hook({});
  const size_t num_events = events_of(path).size();
  EXPECT_GT(num_events, 0u);
  EXPECT_LT(num_events, 20u);
}

TEST(Trace, PlacesThatCannotHoldAFileAreRefused) {
  const testing::TemporaryFolder folder;
  for (const std::filesystem::path& path :
       {folder.path(), folder.path() / "missing" / "trace.json", std::filesystem::path("/dev/null")})
    EXPECT_THROW(TraceRecorder recorder(path), Error) << path;
}

TEST(Trace, NothingIsCalledWhenNobodyRecords) {
  bool was_called = false;
  {
    const TraceScope scope(nullptr, "kernel", [&] {
      was_called = true;
      return TraceWork{};
    });
  }
  EXPECT_FALSE(was_called);
}

TEST(FooterFile, ShrinksBackToItsLastGoodEndWhenAWriteFails) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "file";
  FooterFile file(path, "head|", "|foot");
  EXPECT_EQ(read_file(path), "head||foot");
  file.append("one");
  set_file_hook([](FileOperation, const std::filesystem::path&) { throw Error(ErrorCode::kIo, "full"); });
  EXPECT_THROW(file.append("two two two"), Error);
  set_file_hook({});
  EXPECT_EQ(read_file(path), "head|one|foot");
  file.append("three");
  EXPECT_EQ(read_file(path), "head|onethree|foot");
  EXPECT_EQ(file.size(), 18);
}

TEST(FooterFile, AWriteThatTheDiskCutsInHalfIsTakenBack) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "file";
  FooterFile file(path, "head|", "|foot");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit small{16, before.rlim_max};  // the next write has room for eleven bytes
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(file.append("longer than the limit"), Error);
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_EQ(read_file(path), "head||foot");
}

}  // namespace
}  // namespace vitrine
