// The one source of tensor memory: cached, counted, bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace vitrine {

/// A block of memory, 64-byte aligned (2 MiB pages advised for large ones). Given back to a cache on destruction, since
/// returning activations to the kernel costs more than computing them.
class Storage {
 public:
  /// Errors: kOutOfMemory, with the size asked for, what is in use and what to lower.
  explicit Storage(int64_t num_bytes);
  /// Memory of another owner, which is kept alive and neither counted nor written to.
  Storage(std::span<const std::byte> bytes, std::shared_ptr<const void> owner);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  std::byte* data() const { return data_; }
  int64_t num_bytes() const { return num_bytes_; }

 private:
  std::byte* data_ = nullptr;
  int64_t num_bytes_ = 0;
  int64_t capacity_bytes_ = 0;
  std::shared_ptr<const void> owner_;
};

/// Tensor memory of the process, in bytes. Peak counts blocks in use, not cached ones.
struct MemoryUse {
  int64_t in_use_bytes = 0;
  int64_t peak_bytes = 0;
  int64_t cached_bytes = 0;
};
MemoryUse memory_use();
void reset_peak_memory();

/// Gives cached blocks back to the operating system.
void release_cached_memory();

/// Gives back to the system what was freed and is still held for later, as after the loading of a vocabulary.
void return_freed_memory();

/// Address space that the process has taken, and what it may take of memory: what the machine, its cgroup and
/// `ulimit -v` allow.
int64_t address_space_bytes();
int64_t process_memory_limit_bytes();

/// Upper bound of tensor memory. The default is what the machine (or its cgroup) has, or what a limited address space
/// has left when memory is first asked for. 0 restores the default.
void set_memory_limit_bytes(int64_t limit_bytes);
int64_t memory_limit_bytes();

/// Scratch memory for kernels: grows on first use, then is reused without allocation.
/// Threads: one arena per calling thread; chunks of a parallel loop get their parts from the caller.
class Arena {
 public:
  Arena();
  ~Arena();
  /// 64-byte aligned scratch that lives until the enclosing ArenaScope ends.
  void* allocate(int64_t num_bytes);
  float* floats(int64_t count) { return static_cast<float*>(allocate(count * 4)); }

 private:
  friend class ArenaScope;
  struct State;
  std::unique_ptr<State> state_;
};

/// Frees what was allocated from the arena during its life.
class ArenaScope {
 public:
  explicit ArenaScope(Arena& arena);
  ~ArenaScope();
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;

 private:
  Arena& arena_;
  size_t block_;
  int64_t offset_;
};

}  // namespace vitrine
