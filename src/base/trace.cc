#include "base/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/trace_event.h"

namespace vitrine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMaxDetails = 4096;  // distinct texts that are kept; more are left out

struct OpenScope {
  TraceEvent event;
  bool inside_operation = false;
};

/// Scopes of one thread. Only that thread touches them.
struct Track {
  int id = 0;
  std::vector<OpenScope> open;
  std::vector<TraceEvent> held_back;
  int64_t last_write_ns = 0;
};

bool is_work(TraceKind kind) {
  return kind == TraceKind::kOperation || kind == TraceKind::kBackward || kind == TraceKind::kKernel;
}

void add(TraceWork& sum, const TraceWork& work) {
  sum.flops += work.flops;
  sum.bytes += work.bytes;
}

std::atomic<uint64_t> next_recorder{1};

}  // namespace

struct TraceRecorder::State {
  State(const std::filesystem::path& path, std::string_view process_name, const TraceLimits& the_limits)
      : limits(the_limits), file(path, "[\n" + process_name_json(process_name), "\n]\n") {}

  int64_t now_ns() const { return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count(); }

  /// The calling thread's track, made when it is first asked for; `worker` 0 is a thread of no pool.
  Track& track(int worker = 0) {
    struct Cached {
      uint64_t recorder = 0;
      Track* track = nullptr;
    };
    thread_local Cached cached;  // of the recorder that this thread used last
    if (cached.recorder == number) return *cached.track;
    const std::lock_guard lock(mutex);
    auto& mine = tracks[std::this_thread::get_id()];
    if (mine == nullptr) {
      mine = std::make_unique<Track>();
      mine->id = static_cast<int>(tracks.size()) - 1;
      mine->open.reserve(32);
      mine->held_back.reserve(limits.max_held_back + 1);
      const std::string name = worker > 0 ? fmt::format("worker {}", worker) : mine->id == 0 ? "main" : "thread";
      append(",\n" + track_name_json(mine->id, name), 0);
    }
    cached = {number, mine.get()};
    return *mine;
  }

  /// The caller holds the mutex.
  void append(const std::string& json, int64_t count) {
    if (problem.empty() && file.size() + static_cast<int64_t>(json.size()) > limits.max_file_bytes)
      problem = fmt::format("the file has reached its limit of {} bytes", limits.max_file_bytes);
    if (problem.empty()) {
      try {
        file.append(json);
        num_events += count;
        return;
      } catch (const Error& error) {
        problem = error.message();
      }
    }
    num_left_out += count;
  }

  void write(Track& track) {
    std::string json;
    for (const TraceEvent& event : track.held_back) append_event_json(event, track.id, json);
    const std::lock_guard lock(mutex);
    if (!json.empty()) append(json, static_cast<int64_t>(track.held_back.size()));
    track.held_back.clear();
  }

  /// Writes what has waited long enough; the writing shows in the trace as an event of its own.
  void write_if_due(Track& track, int64_t now) {
    if (track.held_back.size() < limits.max_held_back && now - track.last_write_ns < limits.held_back_ns) return;
    write(track);
    track.last_write_ns = now_ns();
    track.held_back.push_back(
        {.kind = TraceKind::kRegion, .name = "write trace", .begin_ns = now, .end_ns = track.last_write_ns});
  }

  const std::string* kept(std::string_view detail) {
    if (detail.empty()) return nullptr;
    const std::lock_guard lock(mutex);
    const auto found = details.find(detail);
    if (found != details.end()) return &*found;
    return details.size() < kMaxDetails ? &*details.emplace(detail).first : nullptr;
  }

  /// Counts what lies in no operation: an operation, or a worker's share, which is time beside the caller's.
  void count(const TraceEvent& event) {
    if (!is_work(event.kind) && event.kind != TraceKind::kShare) return;
    const double seconds = 1e-9 * static_cast<double>(event.end_ns - event.begin_ns);
    const std::lock_guard lock(mutex);
    if (event.kind == TraceKind::kShare) {
      seconds_of_workers += seconds;
      return;
    }
    TraceTotal& total = totals[{event.name, event.kind == TraceKind::kBackward}];
    ++total.calls;
    total.seconds += seconds;
    add(total.work, event.work);
  }

  /// Takes the innermost scope off the track and returns its work.
  TraceWork close(Track& track) {
    VITRINE_CHECK(!track.open.empty(), "trace: a scope is closed that was not opened");
    OpenScope scope = track.open.back();
    track.open.pop_back();
    scope.event.end_ns = now_ns();
    if (!track.open.empty()) add(track.open.back().event.work, scope.event.work);
    try {
      if (!scope.inside_operation) count(scope.event);
      track.held_back.push_back(scope.event);
      write_if_due(track, scope.event.end_ns);
    } catch (const std::bad_alloc&) {  // scopes close in destructors
      track.held_back.clear();
      problem_without_memory = true;
    }
    return scope.event.work;
  }

  const uint64_t number = next_recorder.fetch_add(1);
  const Clock::time_point start = Clock::now();
  const TraceLimits limits;

  std::mutex mutex;  // guards what follows
  FooterFile file;
  std::map<std::thread::id, std::unique_ptr<Track>> tracks;
  std::set<std::string, std::less<>> details;
  std::map<std::pair<std::string_view, bool>, TraceTotal> totals;  // by name, forward and backward
  double seconds_of_workers = 0;
  int64_t num_events = 0, num_left_out = 0;
  std::string problem;
  std::atomic<bool> problem_without_memory{false};
};

TraceRecorder::TraceRecorder(const std::filesystem::path& path, std::string_view process_name,
                             const TraceLimits& limits)
    : state_(std::make_unique<State>(path, process_name, limits)) {}

TraceRecorder::~TraceRecorder() {
  try {
    flush();
  } catch (const std::bad_alloc&) {  // what was held back is lost
  }
}

void TraceRecorder::flush() {
  for (const auto& [id, track] : state_->tracks) state_->write(*track);
}

void TraceRecorder::open(TraceKind kind, const char* name, int64_t index, std::string_view detail,
                         const TraceWork& work) {
  Track& track = state_->track();
  bool inside = false;
  if (!track.open.empty()) {
    const OpenScope& outer = track.open.back();
    inside = outer.inside_operation || is_work(outer.event.kind);
  }
  track.open.push_back({{.kind = kind,
                         .name = name,
                         .index = index,
                         .detail = state_->kept(detail),
                         .begin_ns = state_->now_ns(),
                         .work = work},
                        inside});
}

void TraceRecorder::close() { state_->close(state_->track()); }

TraceRecorder::Loop TraceRecorder::loop() const {
  const Track& track = state_->track();
  if (track.open.empty()) return {};
  const OpenScope& scope = track.open.back();
  return {scope.event.name, scope.inside_operation || is_work(scope.event.kind)};
}

void TraceRecorder::open_share(const Loop& loop, int worker) {
  Track& track = state_->track(worker);
  track.open.push_back(
      {{.kind = TraceKind::kShare, .name = loop.name, .begin_ns = state_->now_ns()}, loop.inside_operation});
}

TraceWork TraceRecorder::close_share() { return state_->close(state_->track()); }

void TraceRecorder::add_work(const TraceWork& work) {
  Track& track = state_->track();
  if (!track.open.empty()) add(track.open.back().event.work, work);
}

TraceSummary TraceRecorder::summary() const {
  const std::lock_guard lock(state_->mutex);
  TraceSummary summary{.seconds = 1e-9 * static_cast<double>(state_->now_ns()) + state_->seconds_of_workers,
                       .num_events = state_->num_events,
                       .num_left_out = state_->num_left_out,
                       .problem = state_->problem_without_memory ? "out of memory" : state_->problem};
  for (const auto& [key, total] : state_->totals) {
    summary.operations.push_back(total);
    summary.operations.back().name = std::string(key.first) + (key.second ? " backward" : "");
  }
  std::sort(summary.operations.begin(), summary.operations.end(), [](const TraceTotal& a, const TraceTotal& b) {
    return a.seconds != b.seconds ? a.seconds > b.seconds : a.name < b.name;
  });
  return summary;
}

}  // namespace vitrine
