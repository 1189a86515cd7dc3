// What a model is called, whose it is and under which licence: in a folder's README.md, and under general.* in GGUF.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "io/gguf_metadata.h"

namespace vitrine::model {

/// Empty where it is not said.
struct ModelCard {
  std::string name, author;
  std::string license, license_name, license_link;  ///< several licences have commas between
  std::vector<std::string> languages, tags;
  std::vector<std::string> base_models;  ///< "owner/name" of Hugging Face, addresses, or names

  bool operator==(const ModelCard&) const = default;
};

/// Reads the head of a card. What cannot be read is left out, and told in `losses`.
ModelCard read_model_card(std::string_view markdown, std::vector<std::string>& losses);
/// The card of a folder: as much of its README.md as a head may be; an empty one where there is none.
ModelCard read_folder_card(const std::filesystem::path& folder, std::vector<std::string>& losses);
/// The card of a GGUF file. Losses as above.
ModelCard read_gguf_card(const io::GgufMetadata& metadata, std::vector<std::string>& losses);

/// README.md with a head and the name as its title; empty for an empty card.
std::string model_card_text(const ModelCard& card);
/// README.md for a folder that is made from a model: that of its folder as it is, or one with a GGUF file's card.
/// Losses as above.
std::string carried_card(const std::filesystem::path& model, std::vector<std::string>& losses);
/// Adds the keys that the card has something for.
void write_gguf_card(io::GgufMetadata& metadata, const ModelCard& card);

}  // namespace vitrine::model
