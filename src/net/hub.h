// A hub of models that answers as Hugging Face does: what files a model has, with their sizes and checksums.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/download.h"
#include "net/model_address.h"

namespace vitrine::net {

struct Hub {
  std::string endpoint = "https://huggingface.co";
  std::string token;  ///< sent to the endpoint alone, and over https (or to this machine) only
};

/// The hub of `endpoint`, else of HF_ENDPOINT, else huggingface.co; the token of HF_TOKEN.
Hub hub_from_environment(const std::string& endpoint);

/// What is fetched for a model.
struct RemoteModel {
  std::string name;      ///< owner/name
  std::string revision;  ///< the commit, where the hub says it: all files come from it
  std::string licence;   ///< as the hub says; empty: unknown
  std::vector<RemoteFile> files;
};

/// Picks the files that make up a model out of the hub's description (JSON of /api/models/…?blobs=true): one GGUF file
/// with all its parts, or config, tokenizer, chat template and safetensors. Errors: kCorruptData for a description that is none or names
/// files outside the folder; kNotFound for a file that is not there, or nothing that can be run; kInvalidArgument where
/// there are several GGUF files and none was chosen (the hint lists them); kUnsupported for PyTorch's pickled weights.
RemoteModel select_files(std::string_view description, const HubAddress& address, const Hub& hub);

/// Asks the hub. Errors: as select_files and http_get.
RemoteModel find_hub_model(const HubAddress& address, const Hub& hub, const TransferSettings& settings);

}  // namespace vitrine::net
