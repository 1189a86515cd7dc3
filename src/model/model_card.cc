#include "model/model_card.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "io/gguf_reader.h"
#include "model/front_matter.h"
#include "model/model_folder.h"

namespace vitrine::model {
namespace {

constexpr size_t kMostHeadBytes = 64 << 10, kMostCardBytes = 1 << 20, kMostListed = 64;
constexpr std::string_view kHub = "https://huggingface.co/", kBase = "general.base_model.";

/// Texts of a card by their keys in both formats, the one that is written first.
template <typename Visitor>
void visit_texts(ModelCard& card, const Visitor& visit) {
  visit("model_name", "general.name", card.name);
  visit("author", "general.author", card.author);
  visit("license", "general.license", card.license);
  visit("license_name", "general.license.name", card.license_name);
  visit("license_link", "general.license.link", card.license_link);
}
template <typename Visitor>
void visit_lists(ModelCard& card, const Visitor& visit) {
  visit("language", "general.languages", card.languages);
  visit("tags", "general.tags", card.tags);
}

std::string unfit_loss(std::string_view key) {
  return fmt::format("metadata '{}' is left out: it is no short text, or list of such", key);
}

/// Reads a GGUF file's texts and lists of texts.
class CardReader {
 public:
  CardReader(const io::GgufMetadata& metadata, std::vector<std::string>& losses)
      : metadata_(metadata), losses_(losses) {}

  std::string text(const std::string& key) {
    const io::GgufValue* const value = metadata_.find(key);
    if (!value) return "";
    const auto* const text = std::get_if<std::string>(value);
    if (text && text->empty()) return "";
    if (text && is_front_matter_text(*text)) return *text;
    losses_.push_back(unfit_loss(key));
    return "";
  }
  std::vector<std::string> texts(const std::string& key) {
    const io::GgufValue* const value = metadata_.find(key);
    if (!value) return {};
    const auto* const list = std::get_if<io::GgufArray>(value);
    if (list && list->element_type == io::GgufType::kText && list->texts.size() <= kMostListed &&
        std::ranges::all_of(list->texts, is_front_matter_text))
      return list->texts;
    losses_.push_back(unfit_loss(key));
    return {};
  }
  int64_t count(const std::string& key) {
    try {
      return std::clamp<int64_t>(metadata_.integer_or(key, 0), 0, kMostListed);
    } catch (const Error&) {
      losses_.push_back(unfit_loss(key));
      return 0;
    }
  }

 private:
  const io::GgufMetadata& metadata_;
  std::vector<std::string>& losses_;
};

std::string base_model_of(CardReader& reader, int64_t number) {
  const std::string prefix = fmt::format("{}{}.", kBase, number);
  const std::string address = reader.text(prefix + "repo_url"), name = reader.text(prefix + "name");
  if (address.starts_with(kHub)) return address.substr(kHub.size());
  return address.empty() ? name : address;
}

}  // namespace

ModelCard read_model_card(std::string_view markdown, std::vector<std::string>& losses) {
  static constexpr std::string_view kKeys[] = {"model_name",   "name",         "author",    "license",
                                               "license_name", "license_link", "language",  "languages",
                                               "tags",         "pipeline_tag", "base_model"};
  FrontMatter matter = read_front_matter(markdown, kKeys);
  losses.insert(losses.end(), matter.losses.begin(), matter.losses.end());
  ModelCard card;
  visit_texts(card, [&](std::string_view key, const char*, std::string& text) {
    if (const auto at = matter.values.find(key); at != matter.values.end())
      text = fmt::format("{}", fmt::join(at->second, ","));
  });
  visit_lists(card, [&](std::string_view key, const char*, std::vector<std::string>& list) {
    list = matter.values[std::string(key)];
  });
  if (card.name.empty()) card.name = fmt::format("{}", fmt::join(matter.values["name"], " "));
  if (card.languages.empty()) card.languages = matter.values["languages"];
  for (const std::string& tag : matter.values["pipeline_tag"])
    if (std::ranges::find(card.tags, tag) == card.tags.end()) card.tags.push_back(tag);
  card.base_models = matter.values["base_model"];
  return card;
}

ModelCard read_folder_card(const std::filesystem::path& folder, std::vector<std::string>& losses) {
  const std::filesystem::path path = folder / "README.md";
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return {};
  std::string head(kMostHeadBytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(file.gcount()));
  return read_model_card(head, losses);
}

ModelCard read_gguf_card(const io::GgufMetadata& metadata, std::vector<std::string>& losses) {
  CardReader reader(metadata, losses);
  ModelCard card;
  visit_texts(card, [&](const char*, const char* key, std::string& text) { text = reader.text(key); });
  visit_lists(card, [&](const char*, const char* key, std::vector<std::string>& list) { list = reader.texts(key); });
  const int64_t count = reader.count(std::string(kBase) + "count");
  for (int64_t i = 0; i < count; ++i)
    if (std::string base = base_model_of(reader, i); !base.empty()) card.base_models.push_back(std::move(base));
  return card;
}

std::string model_card_text(const ModelCard& card) {
  if (card == ModelCard()) return "";
  std::string text = "---\n";
  const auto add_list = [&](std::string_view key, const std::vector<std::string>& list) {
    if (list.empty()) return;
    text += fmt::format("{}:\n", key);
    for (const std::string& item : list) text += fmt::format("- {}\n", front_matter_text(item));
  };
  ModelCard own = card;
  visit_texts(own, [&](std::string_view key, const char*, const std::string& value) {
    if (!value.empty()) text += fmt::format("{}: {}\n", key, front_matter_text(value));
  });
  visit_lists(own,
              [&](std::string_view key, const char*, const std::vector<std::string>& list) { add_list(key, list); });
  add_list("base_model", card.base_models);
  text += "---\n";
  return card.name.empty() ? text : text + fmt::format("\n# {}\n", card.name);
}

std::string carried_card(const std::filesystem::path& model, std::vector<std::string>& losses) {
  if (is_gguf_path(model)) return model_card_text(read_gguf_card(io::GgufFile(model).metadata(), losses));
  const std::filesystem::path path = model / "README.md";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return "";
  try {
    return read_small_text(path, kMostCardBytes);
  } catch (const Error& error) {
    losses.push_back(fmt::format("README.md is left out: {}", error.message()));
    return "";
  }
}

void write_gguf_card(io::GgufMetadata& metadata, const ModelCard& card) {
  ModelCard own = card;
  visit_texts(own, [&](const char*, const char* key, const std::string& text) {
    if (!text.empty()) metadata.set(key, text);
  });
  visit_lists(own, [&](const char*, const char* key, const std::vector<std::string>& list) {
    if (!list.empty()) metadata.set(key, io::GgufArray::of_texts(list));
  });
  if (card.base_models.empty()) return;
  metadata.set(std::string(kBase) + "count", static_cast<uint32_t>(card.base_models.size()));
  for (size_t i = 0; i < card.base_models.size(); ++i) {
    const std::string& base = card.base_models[i];
    const std::string prefix = fmt::format("{}{}.", kBase, i);
    const size_t slash = base.find('/');
    const bool is_address = base.find("://") != std::string::npos;
    metadata.set(prefix + "name", base.substr(base.rfind('/') == std::string::npos ? 0 : base.rfind('/') + 1));
    if (!is_address && slash != std::string::npos) metadata.set(prefix + "organization", base.substr(0, slash));
    if (is_address || slash != std::string::npos)
      metadata.set(prefix + "repo_url", is_address ? base : std::string(kHub) + base);
  }
}

}  // namespace vitrine::model
