// Where fetched models live, and how a name becomes the path of one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace vitrine::model {

/// $VITRINE_HOME/models, else $XDG_DATA_HOME/vitrine/models, else ~/.local/share/vitrine/models. It need not exist.
/// Errors: kInvalidArgument when none of the variables, nor HOME, is set.
std::filesystem::path models_folder();

/// What `-m` means: a path that exists (of a folder that holds a GGUF file and is no run, checkpoint or folder with
/// config.json: that file), else a model below models_folder() by the name under which it was fetched:
/// NAME, OWNER/NAME, hf:OWNER/NAME, hf:OWNER/NAME:VARIANT, or a file in one of these. Anything else comes back as it
/// is, for the loader to refuse. Errors: kNotFound for a name of the catalog or the hub that was not fetched yet, or
/// one that fetched models have behind an owner's; kInvalidArgument for a folder with several GGUF files.
std::filesystem::path resolve_model(const std::string& given);

/// A fetched model.
struct StoredModel {
  std::string name;  ///< what -m takes
  std::filesystem::path path;
  int64_t num_bytes = 0;
};

/// All models below models_folder(), by name.
std::vector<StoredModel> stored_models();

}  // namespace vitrine::model
