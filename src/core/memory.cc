#include "core/memory.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "base/error.h"

namespace vitrine {
namespace {

constexpr int64_t kAlignment = 64;
constexpr int64_t kHugePage = int64_t{2} << 20;

int64_t machine_memory_bytes() {
  int64_t bytes = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  std::ifstream cgroup("/sys/fs/cgroup/memory.max");
  if (int64_t limit = 0; cgroup >> limit) bytes = std::min(bytes, limit);
  return bytes;
}

/// `ulimit -v`, or nothing where there is no such limit.
std::optional<int64_t> address_space_limit_bytes() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, INT64_MAX));
}

/// What tensors may have: a limited address space holds the program, its threads and its files too.
int64_t tensor_memory_limit_bytes() {
  const int64_t bytes = machine_memory_bytes();
  const auto space = address_space_limit_bytes();
  return space ? std::clamp<int64_t>(*space - address_space_bytes(), 0, bytes) : bytes;
}

/// Rounds up so that similar sizes share cached blocks, by at most a 32nd of the size.
int64_t capacity_for(int64_t num_bytes) {
  int64_t step = kAlignment;
  while (step * 64 < num_bytes) step *= 2;
  return std::max(kAlignment, (num_bytes + step - 1) / step * step);
}

struct Pool {
  std::mutex mutex;
  std::multimap<int64_t, std::byte*> cached;
  MemoryUse use;
  int64_t limit_bytes = tensor_memory_limit_bytes();
};

Pool& pool() {
  static Pool* const instance = new Pool;  // never destroyed: storages may outlive static destruction
  return *instance;
}

void release_cached_locked(Pool& p) {
  for (const auto& [capacity, data] : p.cached) std::free(data);
  p.cached.clear();
  p.use.cached_bytes = 0;
}

[[noreturn]] void out_of_memory(int64_t num_bytes, const Pool& p) {
  throw Error(ErrorCode::kOutOfMemory,
              fmt::format("allocate: out of memory (asked for {:.1f} MB, {:.1f} MB in use, limit {:.1f} MB)",
                          num_bytes / 1e6, p.use.in_use_bytes / 1e6, p.limit_bytes / 1e6),
              "lower the batch size, the sequence length or the model's width or depth");
}

}  // namespace

Storage::Storage(int64_t num_bytes) : num_bytes_(num_bytes), capacity_bytes_(capacity_for(num_bytes)) {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  if (const auto found = p.cached.lower_bound(capacity_bytes_);
      found != p.cached.end() && found->first <= capacity_bytes_ + capacity_bytes_ / 16) {
    capacity_bytes_ = found->first;
    data_ = found->second;
    p.use.cached_bytes -= capacity_bytes_;
    p.cached.erase(found);
  } else {
    if (p.use.in_use_bytes + p.use.cached_bytes + capacity_bytes_ > p.limit_bytes) release_cached_locked(p);
    if (p.use.in_use_bytes + capacity_bytes_ > p.limit_bytes) out_of_memory(num_bytes, p);
    const bool is_large = capacity_bytes_ >= kHugePage;
    data_ = static_cast<std::byte*>(std::aligned_alloc(static_cast<size_t>(is_large ? kHugePage : kAlignment),
                                                       static_cast<size_t>(capacity_bytes_)));
    if (data_ == nullptr) out_of_memory(num_bytes, p);
    if (is_large) madvise(data_, static_cast<size_t>(capacity_bytes_), MADV_HUGEPAGE);
  }
  p.use.in_use_bytes += capacity_bytes_;
  p.use.peak_bytes = std::max(p.use.peak_bytes, p.use.in_use_bytes);
}

Storage::Storage(std::span<const std::byte> bytes, std::shared_ptr<const void> owner)
    : data_(const_cast<std::byte*>(bytes.data())),
      num_bytes_(static_cast<int64_t>(bytes.size())),
      owner_(std::move(owner)) {}

Storage::~Storage() {
  if (capacity_bytes_ == 0) return;  // another owner's memory: our own capacity is never 0
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  p.use.in_use_bytes -= capacity_bytes_;
  p.use.cached_bytes += capacity_bytes_;
  p.cached.emplace(capacity_bytes_, data_);
}

MemoryUse memory_use() {
  const std::lock_guard lock(pool().mutex);
  return pool().use;
}

void reset_peak_memory() {
  const std::lock_guard lock(pool().mutex);
  pool().use.peak_bytes = pool().use.in_use_bytes;
}

void release_cached_memory() {
  const std::lock_guard lock(pool().mutex);
  release_cached_locked(pool());
}

void return_freed_memory() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

void set_memory_limit_bytes(int64_t limit_bytes) {
  const std::lock_guard lock(pool().mutex);
  pool().limit_bytes = limit_bytes > 0 ? limit_bytes : tensor_memory_limit_bytes();
}

int64_t memory_limit_bytes() {
  const std::lock_guard lock(pool().mutex);
  return pool().limit_bytes;
}

int64_t address_space_bytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t pages = 0;
  return statm >> pages ? pages * sysconf(_SC_PAGESIZE) : 0;
}

int64_t process_memory_limit_bytes() {
  return std::min(machine_memory_bytes(), address_space_limit_bytes().value_or(INT64_MAX));
}

struct Arena::State {
  std::vector<std::unique_ptr<Storage>> blocks;
  size_t block = 0;
  int64_t offset = 0;
};

Arena::Arena() : state_(std::make_unique<State>()) {}
Arena::~Arena() = default;

void* Arena::allocate(int64_t num_bytes) {
  State& s = *state_;
  num_bytes = (std::max<int64_t>(num_bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
  while (s.block < s.blocks.size() && s.offset + num_bytes > s.blocks[s.block]->num_bytes()) {
    ++s.block;
    s.offset = 0;
  }
  if (s.block == s.blocks.size()) {
    constexpr int64_t kSmallestBlock = int64_t{1} << 20;
    s.blocks.push_back(std::make_unique<Storage>(std::max(num_bytes, kSmallestBlock)));
    s.offset = 0;
  }
  void* result = s.blocks[s.block]->data() + s.offset;
  s.offset += num_bytes;
  return result;
}

ArenaScope::ArenaScope(Arena& arena) : arena_(arena), block_(arena.state_->block), offset_(arena.state_->offset) {}

ArenaScope::~ArenaScope() {
  arena_.state_->block = block_;
  arena_.state_->offset = offset_;
}

}  // namespace vitrine
