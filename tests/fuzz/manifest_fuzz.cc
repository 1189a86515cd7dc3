// Any text as a checkpoint's manifest, as it is and with its checksum put right: whoever made it can do that too.
#include "io/manifest.h"

#include "fuzz/fuzz_target.h"
#include "io/sealed_json.h"

namespace vitrine::fuzz {
namespace {

void check(std::string_view text) {
  accepts([&] {
    const io::Checkpoint first = io::parse_manifest(text);
    for (const io::CheckpointFile& file : first.files)
      require(io::is_plain_file_name(file.name) && file.num_bytes >= 0, "files lie in the checkpoint's folder");
    std::string written;
    if (!accepts([&] { written = io::manifest_text(first.step, first.files, first.lineage_json); })) return;
    const io::Checkpoint second = must([&] { return io::parse_manifest(written); });
    require(second.step == first.step && second.files.size() == first.files.size() &&
                second.lineage_json == first.lineage_json,
            "a manifest survives writing");
  });
}

}  // namespace

void run_target(std::string_view input) {
  check(input);
  if (input.ends_with("\n}")) check(io::seal_json(input));
}

}  // namespace vitrine::fuzz
