// What a user may name as a model to fetch.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace vitrine::net {

/// A model, or one file of it, on a hub that answers as Hugging Face does.
struct HubAddress {
  std::string repository;         ///< owner/name
  std::string revision = "main";  ///< branch, tag or commit
  std::string file;               ///< in the repository; empty: what makes up the model
  std::string variant;            ///< such as Q4_K_M: the one GGUF file whose name has it
};

/// A GGUF file anywhere.
struct FileAddress {
  std::string url;
};

using ModelAddress = std::variant<HubAddress, FileAddress>;

/// Reads hf:OWNER/NAME, hf:OWNER/NAME@REVISION, hf:OWNER/NAME:VARIANT and hf:OWNER/NAME/FILE.gguf; pages and files
/// (/tree/…, /blob/…, /resolve/…) below `hub_endpoint`, huggingface.co and hf.co; any other http or https address whose
/// path ends in .gguf. Errors: kInvalidArgument, with what was expected.
ModelAddress parse_model_address(std::string_view text, std::string_view hub_endpoint);

}  // namespace vitrine::net
