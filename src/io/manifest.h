// The manifest of a checkpoint: its text form and the check of that text.
#pragma once

#include <string>
#include <string_view>

#include "io/checkpoint.h"

namespace vitrine::io {

constexpr const char* kManifestName = "manifest.json";

/// True for a name that may stand in a manifest: no folders, nothing hidden, not the manifest itself.
bool is_plain_file_name(std::string_view name);

/// Returns the manifest's text; its last line holds the checksum of everything before it.
/// Errors: kInvalidArgument when `lineage_json` is not a JSON object.
std::string manifest_text(int64_t step, const std::vector<CheckpointFile>& files, std::string_view lineage_json);

/// Reads a manifest; `folder` of the result is left empty. Errors: kCorruptData, kUnsupported for a later version.
Checkpoint parse_manifest(std::string_view text);

}  // namespace vitrine::io
