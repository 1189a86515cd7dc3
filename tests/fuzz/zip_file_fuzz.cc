// Any bytes as a ZIP archive: what is accepted stays within what it claims.
#include "base/zip_file.h"

#include "fuzz/fuzz_target.h"

namespace vitrine::fuzz {

void run_target(std::string_view input) {
  constexpr uint64_t kMostUnpacked = 8 << 20;  // an archive may unpack to a thousand times its size: here it need not
  accepts([&] {
    const ZipFile zip(std::as_bytes(std::span(input)));
    for (const ZipEntry& entry : zip.entries()) {
      require(zip.find(entry.name) == &entry, "a file is found by its name");
      require(is_safe_relative_path(entry.name), "a file's name stays below a folder");
      require(entry.compressed_bytes <= input.size(), "a file's data lie in the archive");
      if (entry.num_bytes > kMostUnpacked) continue;
      uint64_t got = 0;
      const bool is_whole =
          accepts([&] { zip.extract(entry, [&](std::span<const std::byte> piece) { got += piece.size(); }); });
      require(is_whole ? got == entry.num_bytes : got <= entry.num_bytes, "no more comes out than is claimed");
    }
  });
}

}  // namespace vitrine::fuzz
