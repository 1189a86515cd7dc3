#include "base/noted_paths.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

namespace vitrine {
namespace {

struct Note {
  NotedPath::Kind kind;
  uintptr_t begin;
  size_t num_bytes;
  char path[kMaxNotedPath];
};

/// A note behind a version: a multiple of 3 where it is free, one more while it is written, two more where it stands.
/// A reader whose version has changed meanwhile has read nothing.
struct Slot {
  std::atomic<uint64_t> version;
  Note note;
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);

constexpr size_t kNumSlots = 256;
Slot slots[kNumSlots];  // all zero, so that what is not used takes no memory

bool read_note(const Slot& slot, Note& note) noexcept {
  const uint64_t version = slot.version.load(std::memory_order_acquire);
  if (version % 3 != 2) return false;
  std::memcpy(&note, &slot.note, sizeof note);
  std::atomic_thread_fence(std::memory_order_acquire);
  return slot.version.load(std::memory_order_relaxed) == version;
}

/// What getdents64 fills in. Source: getdents(2).
struct FolderEntry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[1];
};

/// Removes the files of a folder and the folder. readdir() allocates; the call below it does not.
void remove_folder(const char* path) noexcept {
  const int folder = ::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return;
  alignas(FolderEntry) char entries[2048];
  for (bool is_first_pass = true, removed = true; removed; is_first_pass = false) {
    removed = false;
    if (!is_first_pass) ::lseek(folder, 0, SEEK_SET);  // names may be passed over while others go
    for (long num_bytes; (num_bytes = ::syscall(SYS_getdents64, folder, entries, sizeof entries)) > 0;)
      for (long at = 0; at < num_bytes;) {
        const auto* const entry = reinterpret_cast<const FolderEntry*>(entries + at);
        if (::unlinkat(folder, entry->name, 0) == 0) removed = true;
        at += entry->length;
      }
  }
  ::close(folder);
  ::rmdir(path);
}

}  // namespace

NotedPath::NotedPath(Kind kind, const std::filesystem::path& path, const void* begin, size_t num_bytes) {
  std::string text = path.string();
  if (text.size() >= kMaxNotedPath) {
    if (kind == Kind::kTemporary) return;
    text = "…" + text.substr(text.size() - (kMaxNotedPath - 8));
  }
  for (size_t i = 0; i < kNumSlots; ++i) {
    Slot& slot = slots[i];
    uint64_t version = slot.version.load(std::memory_order_relaxed);
    if (version % 3 != 0 || !slot.version.compare_exchange_strong(version, version + 1)) continue;
    slot.note = {.kind = kind, .begin = reinterpret_cast<uintptr_t>(begin), .num_bytes = num_bytes, .path = {}};
    std::memcpy(slot.note.path, text.c_str(), text.size() + 1);
    slot.version.store(version + 2, std::memory_order_release);
    slot_ = static_cast<int>(i);
    return;
  }
}

NotedPath::~NotedPath() {
  if (slot_ >= 0) slots[slot_].version.fetch_add(1);
}

NotedPath::NotedPath(NotedPath&& other) noexcept : slot_(std::exchange(other.slot_, -1)) {}

NotedPath& NotedPath::operator=(NotedPath&& other) noexcept {
  std::swap(slot_, other.slot_);
  return *this;
}

bool find_mapped_file(const void* address, char (&path)[kMaxNotedPath]) noexcept {
  const auto at = reinterpret_cast<uintptr_t>(address);
  Note note;
  for (const Slot& slot : slots) {
    if (!read_note(slot, note) || note.kind != NotedPath::Kind::kMapped) continue;
    if (at < note.begin || at - note.begin >= note.num_bytes) continue;
    std::memcpy(path, note.path, sizeof path);
    return true;
  }
  return false;
}

void remove_temporary_paths() noexcept {
  Note note;
  for (const Slot& slot : slots) {
    if (!read_note(slot, note) || note.kind != NotedPath::Kind::kTemporary) continue;
    if (::unlink(note.path) != 0) remove_folder(note.path);
  }
}

}  // namespace vitrine
