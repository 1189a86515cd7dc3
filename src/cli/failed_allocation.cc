#include "cli/failed_allocation.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "core/memory.h"

namespace {

std::atomic<std::size_t> failed_bytes{0};

void* allocate(std::size_t num_bytes, std::size_t alignment) {
  const std::size_t count = num_bytes == 0 ? 1 : num_bytes;
  void* const data = alignment == 0 ? std::malloc(count)
                                    : std::aligned_alloc(alignment, (count + alignment - 1) / alignment * alignment);
  if (data != nullptr) return data;
  failed_bytes.store(num_bytes);
  throw std::bad_alloc();
}

}  // namespace

// std::bad_alloc does not say how much was asked for. Arrays and sized deletes come to these by the standard's
// defaults.
void* operator new(std::size_t num_bytes) { return allocate(num_bytes, 0); }
void* operator new(std::size_t num_bytes, std::align_val_t alignment) {
  return allocate(num_bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* data) noexcept { std::free(data); }
void operator delete(void* data, std::size_t) noexcept { std::free(data); }
void operator delete(void* data, std::align_val_t) noexcept { std::free(data); }
void operator delete(void* data, std::size_t, std::align_val_t) noexcept { std::free(data); }

namespace vitrine::cli {

Error out_of_memory_error() {
  constexpr double kMegabyte = 1e6;
  return Error(ErrorCode::kOutOfMemory,
               fmt::format("out of memory (asked for {:.1f} MB more, {:.0f} MB in use, of {:.0f} MB that this program "
                           "may have)",
                           static_cast<double>(failed_bytes.load()) / kMegabyte,
                           static_cast<double>(address_space_bytes()) / kMegabyte,
                           static_cast<double>(process_memory_limit_bytes()) / kMegabyte),
               "give less input at once (fewer or smaller files, --piece-bytes), a smaller model or batch or fewer "
               "--threads; or raise the limit (ulimit -v)");
}

}  // namespace vitrine::cli
