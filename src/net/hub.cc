#include "net/hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/ascii_case.h"
#include "base/environment.h"
#include "base/gguf_part_name.h"
#include "base/sha256.h"
#include "base/zip_file.h"
#include "net/url.h"

namespace vitrine::net {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxDescriptionBytes = 32 << 20, kMaxFiles = 100'000, kMaxListed = 12;
constexpr int kMaxDescriptionDepth = 64;

/// What a model folder consists of beside its weights; those that are there are taken.
constexpr std::string_view kFolderFiles[] = {"config.json",
                                             "generation_config.json",
                                             "tokenizer.json",
                                             "tokenizer_config.json",
                                             "chat_template.jinja",
                                             "special_tokens_map.json",
                                             "added_tokens.json",
                                             "vocab.json",
                                             "merges.txt",
                                             "vocab.txt",
                                             "tokenizer.model",
                                             "spiece.model",
                                             "LICENSE",
                                             "LICENSE.txt",
                                             "LICENSE.md",
                                             "NOTICE",
                                             "USE_POLICY.md",
                                             "README.md",
                                             "model.safetensors",
                                             "model.safetensors.index.json"};

std::string text_or_empty(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Json parse_description(std::string_view text, const HubAddress& address) {
  const auto bounded = [](int depth, Json::parse_event_t, Json&) {
    if (depth > kMaxDescriptionDepth) throw Error(ErrorCode::kCorruptData, "nested too deep");
    return true;
  };
  const auto refuse = [&](const std::string& problem) {
    return Error(ErrorCode::kCorruptData,
                 fmt::format("model pull: the hub's answer about '{}' is {}", address.repository, problem),
                 "is --hub the address of a hub?");
  };
  try {
    Json json = Json::parse(text, bounded);
    if (!json.is_object() || !json.contains("siblings") || !json["siblings"].is_array())
      throw refuse("no list of files");
    if (json["siblings"].size() > kMaxFiles) throw refuse("a list without end");
    return json;
  } catch (const Json::exception&) {
    throw refuse(fmt::format("no JSON (it begins '{}')", excerpt(text, 40)));
  } catch (const Error& error) {
    throw error.message() == "nested too deep" ? refuse(error.message()) : error;
  }
}

/// Bearer tokens go over https, or stay on this machine.
std::string authorization_of(const Hub& hub) {
  const Url url = parse_url(hub.endpoint);
  return hub.token.empty() || (url.scheme != "https" && !url.is_loopback()) ? "" : "Bearer " + hub.token;
}

std::string root_of(const Hub& hub) {
  std::string root = parse_url(hub.endpoint).text();
  while (root.ends_with('/')) root.pop_back();
  return root;
}

class Selection {
 public:
  Selection(const Json& json, const HubAddress& address, const Hub& hub) : json_(json), address_(address), hub_(hub) {
    model_.name = address.repository;
    const std::string commit = text_or_empty(json, "sha");
    const bool is_commit = commit.size() == 40 && commit.find_first_not_of("0123456789abcdef") == std::string::npos;
    model_.revision = is_commit ? commit : address.revision;
    if (const auto card = json.find("cardData"); card != json.end() && card->is_object())
      model_.licence = excerpt(text_or_empty(*card, "license"), 60);
    for (const Json& sibling : json["siblings"])
      if (sibling.is_object())
        names_.push_back(text_or_empty(sibling, "rfilename"));
      else
        names_.emplace_back();
  }

  RemoteModel run() {
    if (!address_.file.empty()) {
      take_named(address_.file);
    } else if (!address_.variant.empty()) {
      take_gguf([&](const std::string& name) {
        return ascii_lower_case(name).find(ascii_lower_case(address_.variant)) != std::string::npos;
      });
    } else if (has("config.json") && (has("model.safetensors") || has("model.safetensors.index.json"))) {
      take_folder();
    } else {
      take_gguf([](const std::string&) { return true; });
    }
    return std::move(model_);
  }

 private:
  bool has(std::string_view name) const { return std::ranges::find(names_, name) != names_.end(); }

  /// Names as a message lists them: some, and a sign of there being more.
  static std::string listed(std::vector<std::string> names) {
    const size_t count = names.size();
    names.resize(std::min(count, kMaxListed));
    for (std::string& name : names) name = excerpt(name);
    return fmt::format("{}{}", fmt::join(names, ", "), count > kMaxListed ? ", …" : "");
  }

  template <typename Predicate>
  std::vector<std::string> gguf_names(const Predicate& is_wanted) const {
    std::vector<std::string> found;
    for (const std::string& name : names_)
      if (name.ends_with(".gguf") && is_wanted(name)) found.push_back(name);
    return found;
  }

  static bool begins_a_model(const std::string& name) {
    const std::optional<GgufPartName> part = read_gguf_part_name(name);
    return !part || part->number == 1;
  }

  Error nothing(const std::string& problem) const {
    std::vector<std::string> gguf = gguf_names(begins_a_model);
    if (gguf.empty() && (has("pytorch_model.bin") || has("pytorch_model.bin.index.json")))
      return Error(ErrorCode::kUnsupported, fmt::format("model pull: '{}' has no {}", address_.repository, problem),
                   "its pytorch_model.bin is not read: look for a copy in safetensors or GGUF, or convert it with "
                   "transformers' save_pretrained");
    return Error(ErrorCode::kNotFound, fmt::format("model pull: '{}' has no {}", address_.repository, problem),
                 gguf.empty() ? "name another model, or one of its files: hf:OWNER/NAME/FILE.gguf"
                              : fmt::format("its GGUF files: {}", listed(std::move(gguf))));
  }

  void take(size_t index) {
    const Json& sibling = json_["siblings"][index];
    const std::string& name = names_[index];
    if (!is_safe_relative_path(name))
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("model pull: the hub names a file outside the model's folder ('{}')", excerpt(name)),
                  "this hub cannot be trusted");
    RemoteFile file{.url = fmt::format("{}/{}/resolve/{}/{}", root_of(hub_), address_.repository,
                                       percent_encode(model_.revision), percent_encode(name, true)),
                    .name = name,
                    .authorization = authorization_of(hub_)};
    if (const auto size = sibling.find("size"); size != sibling.end() && size->is_number_unsigned())
      file.num_bytes = size->get<int64_t>();
    if (const auto lfs = sibling.find("lfs"); lfs != sibling.end() && lfs->is_object()) {
      for (const char* key : {"sha256", "oid"}) {
        std::string digits = text_or_empty(*lfs, key);
        if (digits.starts_with("sha256:")) digits = digits.substr(7);
        if (file.sha256.empty()) file.sha256 = normalized_sha256(digits);
      }
      if (const auto size = lfs->find("size"); size != lfs->end() && size->is_number_unsigned())
        file.num_bytes = size->get<int64_t>();
    }
    if (file.num_bytes && *file.num_bytes < 0) file.num_bytes.reset();
    // Configs and the like may change and keep their size; they are small.
    file.is_always_fetched = file.sha256.empty();
    model_.files.push_back(std::move(file));
  }

  /// With all parts where it is one.
  void take_named(const std::string& name) {
    const std::optional<GgufPartName> part = read_gguf_part_name(name);
    for (int64_t number = 1; number <= (part ? part->count : 1); ++number) {
      const std::string file = part ? part->file(number) : name;
      const auto found = std::ranges::find(names_, file);
      if (found == names_.end()) throw nothing(fmt::format("file '{}'", excerpt(file)));
      take(static_cast<size_t>(found - names_.begin()));
    }
  }

  template <typename Predicate>
  void take_gguf(const Predicate& is_wanted) {
    std::vector<std::string> candidates = gguf_names(is_wanted);
    if (candidates.empty())
      throw nothing(address_.variant.empty() ? "safetensors and no GGUF file"
                                             : fmt::format("GGUF file with '{}' in its name", address_.variant));
    const std::string any = candidates.front();
    std::erase_if(candidates, [](const std::string& name) { return !begins_a_model(name); });
    if (candidates.size() > 1) throw_choice(candidates);
    take_named(candidates.empty() ? any : candidates.front());
  }

  [[noreturn]] void throw_choice(const std::vector<std::string>& candidates) const {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("model pull: '{}' has {} GGUF files: one has to be chosen", address_.repository, candidates.size()),
        fmt::format("hf:{}/FILE, where FILE is one of: {}", address_.repository, listed(candidates)));
  }

  void take_folder() {
    const bool is_sharded = !has("model.safetensors");
    for (size_t i = 0; i < names_.size(); ++i) {
      const std::string& name = names_[i];
      const bool is_shard = is_sharded && name.starts_with("model-") && name.ends_with(".safetensors");
      const bool is_unneeded = !is_sharded && name == "model.safetensors.index.json";
      if ((is_shard || std::ranges::find(kFolderFiles, name) != std::end(kFolderFiles)) && !is_unneeded) take(i);
    }
  }

  const Json& json_;
  const HubAddress& address_;
  const Hub& hub_;
  std::vector<std::string> names_;
  RemoteModel model_;
};

}  // namespace

Hub hub_from_environment(const std::string& endpoint) {
  Hub hub{.endpoint = endpoint, .token = environment_variable("HF_TOKEN")};
  if (hub.endpoint.empty()) hub.endpoint = environment_variable("HF_ENDPOINT");
  if (hub.endpoint.empty()) hub.endpoint = Hub().endpoint;
  parse_url(hub.endpoint);
  return hub;
}

RemoteModel select_files(std::string_view description, const HubAddress& address, const Hub& hub) {
  const Json json = parse_description(description, address);
  return Selection(json, address, hub).run();
}

RemoteModel find_hub_model(const HubAddress& address, const Hub& hub, const TransferSettings& settings) {
  const HttpRequest request{.url = fmt::format("{}/api/models/{}/revision/{}?blobs=true", root_of(hub),
                                               address.repository, percent_encode(address.revision)),
                            .headers = {{"Accept", "application/json"}},
                            .authorization = authorization_of(hub)};
  return select_files(fetch_text(request, kMaxDescriptionBytes, settings), address, hub);
}

}  // namespace vitrine::net
