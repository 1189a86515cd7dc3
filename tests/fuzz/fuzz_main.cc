#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/fuzz_target.h"

namespace vitrine::fuzz {
namespace {

constexpr size_t kMaxMessageBytes = 4000;

[[noreturn]] void stop(std::string_view why) {
  std::fprintf(stderr, "fuzz target: %.*s\n", static_cast<int>(why.size()), why.data());
  std::abort();
}

}  // namespace

void require(bool holds, std::string_view property) {
  if (!holds) stop(property);
}

void require_clear(const Error& error) {
  if (error.code() == ErrorCode::kInternal) stop("a bug of ours: " + error.message());
  if (error.message().empty()) stop("an error without a message");
  if (error.message().size() > kMaxMessageBytes || error.hint().size() > kMaxMessageBytes)
    stop("an error that fills a screen: " + error.message().substr(0, 200));
}

MemoryFile::MemoryFile(std::string_view bytes) : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)) {
  require(descriptor_ >= 0, "no file in memory");
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::write(descriptor_, bytes.data() + done, bytes.size() - done);
    require(written > 0, "no room for a file in memory");
    done += static_cast<size_t>(written);
  }
  path_ = "/proc/self/fd/" + std::to_string(descriptor_);
}

MemoryFile::~MemoryFile() { ::close(descriptor_); }

}  // namespace vitrine::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t num_bytes) {
  try {
    vitrine::fuzz::run_target({reinterpret_cast<const char*>(data), num_bytes});
  } catch (const std::exception& error) {
    vitrine::fuzz::stop(std::string("an exception that is no refusal: ") + error.what());
  }
  return 0;
}
