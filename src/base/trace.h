// Where the time of a run goes: nested scopes with their FLOPs and bytes, as Chrome trace events that Perfetto reads.
// docs/decisions/005-trace.md says what is counted.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine {

/// What a scope is. Regions group (step, forward, layer); operations are what people ask about (linear, attention), and
/// kBackward is the backward pass of one; kernels do the work and say how much it is; shares are a worker's part of a
/// loop.
enum class TraceKind : uint8_t { kRegion, kOperation, kBackward, kKernel, kShare };

/// The work of one kernel call. Units: floating-point operations (a multiply-add is two); bytes, each operand once.
struct TraceWork {
  double flops = 0;
  double bytes = 0;
  std::array<int64_t, 4> extents = {};  ///< the sizes it was called with; unused ones are 0
};

/// The work of `count` elements that each read or write `floats_each` f32 values.
inline TraceWork elementwise_work(int64_t count, double flops_each, double floats_each) {
  const auto elements = static_cast<double>(count);
  return {.flops = elements * flops_each, .bytes = 4 * elements * floats_each, .extents = {count}};
}

/// Everything that was recorded under one operation's name.
struct TraceTotal {
  std::string name;
  int64_t calls = 0;
  double seconds = 0;
  TraceWork work;
};

struct TraceSummary {
  double seconds = 0;  ///< since the recorder was made, and what workers did beside, outside operations of the caller
  std::vector<TraceTotal> operations;  ///< the costliest first; operations inside operations count as part of them
  int64_t num_events = 0;              ///< in the file
  int64_t num_left_out = 0;            ///< not in the file: it was full, or could not be written any more
  std::string problem;                 ///< why events were left out; empty when none were
};

/// How much a recorder writes and holds back.
struct TraceLimits {
  int64_t max_file_bytes = int64_t{1} << 29;  ///< later events count in the summary only
  int64_t held_back_ns = 1'000'000'000;       ///< events reach the file at the latest after this, while any end
  size_t max_held_back = 4096;                ///< events of one thread that are held in memory
};

/// Records scopes into a file that is a whole JSON array after every write, so that a run may be killed at any moment.
/// Threads: any; each has its own track. Memory: `max_held_back` events a thread. Writing never fails the run: when the
/// file takes no more, the rest is left out and the summary says so.
class TraceRecorder {
 public:
  /// Errors: kIo when the file cannot be created, kInvalidArgument when it is not a regular file.
  explicit TraceRecorder(const std::filesystem::path& path, std::string_view process_name = "vitrine",
                         const TraceLimits& limits = {});
  ~TraceRecorder();
  TraceRecorder(const TraceRecorder&) = delete;
  TraceRecorder& operator=(const TraceRecorder&) = delete;

  /// Opens a scope on the calling thread's track. `name` is kept as a pointer: a literal.
  void open(TraceKind kind, const char* name, int64_t index = -1, std::string_view detail = {},
            const TraceWork& work = {});
  /// Closes the scope that the calling thread opened last.
  void close();

  /// What a worker has to know about the loop that it takes a share of.
  struct Loop {
    const char* name = "loop";
    bool inside_operation = false;
  };
  /// The loop that the calling thread is about to start: named after its innermost scope.
  Loop loop() const;
  /// Opens a share of a loop on a worker's track.
  void open_share(const Loop& loop, int worker);
  /// Closes a share and returns the work that was done in it.
  TraceWork close_share();
  /// Counts work that workers did for the calling thread's innermost scope.
  void add_work(const TraceWork& work);

  /// Writes what the tracks hold back. Threads: while no other thread records; the destructor does the same.
  void flush();
  TraceSummary summary() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One scope. With no recorder all it costs is a test.
class TraceScope {
 public:
  TraceScope(TraceRecorder* recorder, TraceKind kind, const char* name, int64_t index = -1,
             std::string_view detail = {})
      : recorder_(recorder) {
    if (recorder_ != nullptr) recorder_->open(kind, name, index, detail);
  }
  /// A kernel. `work` is called only when somebody records.
  template <typename Work>
  TraceScope(TraceRecorder* recorder, const char* kernel, const Work& work) : recorder_(recorder) {
    if (recorder_ != nullptr) recorder_->open(TraceKind::kKernel, kernel, -1, {}, work());
  }
  ~TraceScope() {
    if (recorder_ != nullptr) recorder_->close();
  }
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  TraceRecorder* const recorder_;
};

}  // namespace vitrine
