// Any bytes as a safetensors file; what can be read is written and read again.
#include "io/safetensors.h"

#include <vector>

#include "fuzz/fuzz_target.h"

namespace vitrine::fuzz {
namespace {

std::vector<std::byte> bytes_of(const io::SafetensorsFile& file, const io::SafetensorsEntry& entry) {
  std::vector<std::byte> bytes(static_cast<size_t>(entry.end_bytes - entry.begin_bytes));
  file.read_bytes(entry, bytes);
  return bytes;
}

void write_and_read_again(const io::SafetensorsFile& first, const io::NamedTensors& tensors) {
  std::string written;
  const io::ByteSink sink = [&](const void* data, size_t num_bytes) {
    written.append(static_cast<const char*>(data), num_bytes);
  };
  if (!accepts([&] { io::write_safetensors(sink, tensors, first.metadata()); })) return;  // an empty name
  const MemoryFile file(written);
  const io::SafetensorsFile second = must([&] { return io::SafetensorsFile(file.path()); });
  require(second.metadata() == first.metadata(), "metadata survive writing");
  require(second.entries().size() == first.entries().size(), "every tensor is written");
  for (const io::SafetensorsEntry& entry : first.entries()) {
    const io::SafetensorsEntry* other = second.find(entry.name);
    require(other != nullptr && other->dtype == entry.dtype && other->extents == entry.extents, "names and shapes");
    require(bytes_of(second, *other) == bytes_of(first, entry), "bytes survive writing");
  }
}

}  // namespace

void run_target(std::string_view input) {
  const MemoryFile file(input);
  accepts([&] {
    const io::SafetensorsFile opened(file.path());
    for (const io::SafetensorsEntry& entry : opened.entries()) {
      require(opened.find(entry.name) == &entry, "an entry is found by its name");
      must([&] { return bytes_of(opened, entry); });
    }
    io::NamedTensors tensors;
    if (accepts([&] { tensors = opened.read_all(); })) write_and_read_again(opened, tensors);
  });
}

}  // namespace vitrine::fuzz
