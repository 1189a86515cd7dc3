// Paths of what this process has mapped or is writing under a temporary name, kept where a signal handler may read
// them: a mapped file that another program cuts short ends in SIGBUS, in which neither an exception nor a destructor
// runs. The library only keeps the notes; it is the program that may install a handler.
#pragma once

#include <cstddef>
#include <filesystem>

namespace vitrine {

/// Notes a path while it lives. Where there is no room left, nothing is noted. Threads: any.
class NotedPath {
 public:
  enum class Kind { kTemporary, kMapped };

  NotedPath() = default;
  /// `begin` and `num_bytes` are where a file is mapped.
  NotedPath(Kind kind, const std::filesystem::path& path, const void* begin = nullptr, size_t num_bytes = 0);
  ~NotedPath();
  NotedPath(NotedPath&& other) noexcept;
  NotedPath& operator=(NotedPath&& other) noexcept;

 private:
  int slot_ = -1;
};

constexpr size_t kMaxNotedPath = 1024;  ///< with the NUL; of a longer mapped file the end is kept

/// Finds the mapped file that an address lies in and copies its path. Async-signal-safe.
bool find_mapped_file(const void* address, char (&path)[kMaxNotedPath]) noexcept;

/// Removes what is written under temporary names: files, and folders with the files in them. For a process that ends:
/// whoever was writing is not told. Async-signal-safe.
void remove_temporary_paths() noexcept;

}  // namespace vitrine
