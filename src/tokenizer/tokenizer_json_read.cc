// The file may be hostile: every type, id and reference is checked before it is used, and what would change ids but is
// not done here is refused by name.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "base/files.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/tokenizer_json.h"

namespace vitrine::tokenizer {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxFileBytes = size_t{256} << 20;  // the largest vocabularies in use take 35 MB
constexpr int kMaxDepth = 32;

[[noreturn]] void corrupt(std::string what) {
  throw Error(ErrorCode::kCorruptData, "tokenizer.json: " + std::move(what), "get the file again");
}

[[noreturn]] void unsupported(std::string what) {
  throw Error(ErrorCode::kUnsupported, "tokenizer.json: " + std::move(what),
              "byte-level BPE tokenizers are read, with the pre-tokenizers gpt2 and qwen2");
}

/// Parses JSON; refuses a key that stands twice in an object, and deep nesting.
Json parse_strictly(std::string_view text) {
  if (text.size() > kMaxFileBytes) {
    corrupt(fmt::format("too large (got {} bytes, expected at most {})", text.size(), kMaxFileBytes));
  }
  std::vector<std::unordered_set<std::string>> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > kMaxDepth) corrupt(fmt::format("nested deeper than {} levels", kMaxDepth));
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get_ref<const std::string&>()).second) {
      corrupt(fmt::format("key '{}' stands twice in one object", excerpt(value.get_ref<const std::string&>())));
    }
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::exception& error) {
    corrupt(fmt::format("not JSON ({})", excerpt(error.what(), 400)));
  }
}

const Json& null_json() {
  static const Json null;
  return null;
}

/// Returns a member, or null when it is not there.
const Json& member(const Json& object, const char* key, const char* where) {
  if (!object.is_object()) corrupt(fmt::format("{} is no object (got {})", where, object.type_name()));
  const auto found = object.find(key);
  return found == object.end() ? null_json() : *found;
}

bool bool_member(const Json& object, const char* key, bool fallback, const char* where) {
  const Json& value = member(object, key, where);
  if (value.is_null()) return fallback;
  if (!value.is_boolean()) corrupt(fmt::format("{}.{} is no boolean (got {})", where, key, value.type_name()));
  return value.get<bool>();
}

const std::string& string_member(const Json& object, const char* key, const char* where) {
  const Json& value = member(object, key, where);
  if (!value.is_string()) corrupt(fmt::format("{}.{} is no string (got {})", where, key, value.type_name()));
  return value.get_ref<const std::string&>();
}

TokenId to_id(const Json& value, const std::string& name) {
  if (!value.is_number_integer() || value < 0 || value > INT32_MAX) {
    corrupt(fmt::format("the id of token '{}' is none (got {}, expected 0 to {})", excerpt(name), excerpt(value.dump()),
                        INT32_MAX));
  }
  return value.get<TokenId>();
}

/// Refuses a member unless it is absent, null, an empty string or false: then it changes nothing.
void expect_unset(const Json& object, const char* key, const char* where) {
  const Json& value = member(object, key, where);
  if (value.is_null() || value == "" || value == false) return;
  unsupported(fmt::format("{}.{} is set", where, key));
}

const PreTokenizer& read_byte_level(const Json& step, const PreTokenizer* before) {
  constexpr const char* kWhere = "pre_tokenizer";
  if (bool_member(step, "add_prefix_space", true, kWhere))
    unsupported("the byte-level step adds a space before the text");
  if (!bool_member(step, "use_regex", true, kWhere)) {
    if (before == nullptr) unsupported("the byte-level step does not split, and no step before it does");
    return *before;
  }
  if (before != nullptr) unsupported("the text is split twice");
  return find_pre_tokenizer("gpt2");
}

const PreTokenizer& read_split(const Json& step) {
  const Json& pattern = member(step, "pattern", "pre_tokenizer");
  const std::string& regex = string_member(pattern, "Regex", "pre_tokenizer.pattern");
  if (string_member(step, "behavior", "pre_tokenizer") != "Isolated" ||
      bool_member(step, "invert", false, "pre_tokenizer")) {
    unsupported("the split is not of the isolated kind");
  }
  for (const PreTokenizer& known : pre_tokenizers()) {
    if (known.pattern == regex) return known;
  }
  unsupported(fmt::format("unknown split pattern '{}'", excerpt(regex, 400)));
}

const PreTokenizer& read_pre_tokenizer(const Json& root) {
  const Json& json = member(root, "pre_tokenizer", "the file");
  if (json.is_null()) unsupported("there is no pre_tokenizer");
  const std::string& type = string_member(json, "type", "pre_tokenizer");
  if (type == "ByteLevel") return read_byte_level(json, nullptr);
  if (type != "Sequence") unsupported(fmt::format("pre_tokenizer of type '{}'", excerpt(type)));
  const Json& steps = member(json, "pretokenizers", "pre_tokenizer");
  if (!steps.is_array() || steps.empty()) corrupt("pre_tokenizer.pretokenizers is no list of steps");
  const PreTokenizer* split = nullptr;
  for (size_t i = 0; i < steps.size(); ++i) {
    const std::string& step_type = string_member(steps[i], "type", "pre_tokenizer");
    const bool is_last = i + 1 == steps.size();
    if (step_type == "ByteLevel" && is_last) return read_byte_level(steps[i], split);
    if (step_type != "Split" || split != nullptr || is_last) {
      unsupported(fmt::format("pre_tokenizer step {} of type '{}'", i, excerpt(step_type)));
    }
    split = &read_split(steps[i]);
  }
  corrupt("pre_tokenizer ends without a byte-level step");
}

/// Names and ids as the file gives them, checked to run from 0 without a gap.
class TokenList {
 public:
  explicit TokenList(size_t max_tokens) : names_(max_tokens) {}

  void add(const std::string& name, TokenId id) {
    if (name.empty()) corrupt(fmt::format("token {} has an empty name", id));
    const auto [known, is_new] = ids_.try_emplace(name, id);
    if (!is_new && known->second == id) return;
    if (!is_new) corrupt(fmt::format("token '{}' has two ids (got {} and {})", excerpt(name), known->second, id));
    if (static_cast<size_t>(id) >= names_.size()) {
      corrupt(
          fmt::format("id of token '{}' leaves a gap (got {}, expected below {})", excerpt(name), id, names_.size()));
    }
    if (!names_[static_cast<size_t>(id)].empty()) {
      corrupt(fmt::format("two tokens have id {} ('{}' and '{}')", id, excerpt(names_[static_cast<size_t>(id)]),
                          excerpt(name)));
    }
    names_[static_cast<size_t>(id)] = name;
  }

  std::optional<TokenId> find(const std::string& name) const {
    const auto found = ids_.find(name);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }

  /// Returns the names by id. Errors: kCorruptData for a gap.
  std::vector<std::string> take() {
    names_.resize(ids_.size());
    for (size_t id = 0; id < names_.size(); ++id) {
      if (names_[id].empty()) corrupt(fmt::format("no token has id {} (expected ids 0 to {})", id, names_.size() - 1));
    }
    return std::move(names_);
  }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, TokenId> ids_;
};

std::vector<TokenId> read_added_tokens(const Json& root, TokenList& tokens) {
  const Json& json = member(root, "added_tokens", "the file");
  if (!json.is_array() && !json.is_null()) corrupt("added_tokens is no list");
  std::set<TokenId> special;
  for (const Json& entry : json) {
    const std::string& name = string_member(entry, "content", "added_tokens");
    const TokenId id = to_id(member(entry, "id", "added_tokens"), name);
    if (!bool_member(entry, "special", false, "added_tokens")) {
      unsupported(fmt::format("added token '{}' is not special", excerpt(name)));
    }
    tokens.add(name, id);
    if (!special.insert(id).second) corrupt(fmt::format("added token '{}' stands twice", excerpt(name)));
  }
  return {special.begin(), special.end()};
}

std::pair<std::string, std::string> read_pair(const Json& json, size_t rank) {
  if (json.is_array() && json.size() == 2 && json[0].is_string() && json[1].is_string()) {
    return {json[0].get<std::string>(), json[1].get<std::string>()};
  }
  if (json.is_string()) {
    const std::string& text = json.get_ref<const std::string&>();
    const size_t space = text.find(' ');
    if (space != std::string::npos && text.find(' ', space + 1) == std::string::npos) {
      return {text.substr(0, space), text.substr(space + 1)};
    }
  }
  corrupt(fmt::format("merge {} is no pair of tokens", rank));
}

std::vector<Merge> read_merges(const Json& model, const TokenList& tokens) {
  const Json& json = member(model, "merges", "model");
  if (!json.is_array()) corrupt(fmt::format("model.merges is no list (got {})", json.type_name()));
  std::vector<Merge> merges;
  merges.reserve(json.size());
  for (size_t rank = 0; rank < json.size(); ++rank) {
    const auto [left, right] = read_pair(json[rank], rank);
    const auto find = [&](const std::string& name) {
      const auto id = tokens.find(name);
      if (!id) corrupt(fmt::format("merge {}: token '{}' is not in the vocabulary", rank, excerpt(name)));
      return *id;
    };
    merges.push_back({find(left), find(right), find(left + right)});
  }
  return merges;
}

void refuse_what_changes_ids(const Json& root, const Json& model) {
  for (const char* key : {"truncation", "padding", "normalizer"}) expect_unset(root, key, "the file");
  for (const char* key :
       {"dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback", "ignore_merges"}) {
    expect_unset(model, key, "model");
  }
  const Json& after = member(root, "post_processor", "the file");
  if (!after.is_null() && string_member(after, "type", "post_processor") != "ByteLevel") {
    unsupported(fmt::format("post_processor of type '{}'", excerpt(string_member(after, "type", "post_processor"))));
  }
  const Json& decoder = member(root, "decoder", "the file");
  if (decoder.is_null() || string_member(decoder, "type", "decoder") != "ByteLevel") {
    unsupported("the decoder is not byte-level");
  }
  const Json& type = member(model, "type", "model");  // old files leave it out
  if (!type.is_null() && type != "BPE") unsupported(fmt::format("model of type {}", excerpt(type.dump())));
}

}  // namespace

Tokenizer parse_tokenizer_json(std::string_view text) {
  const Json root = parse_strictly(text);
  const Json& model = member(root, "model", "the file");
  refuse_what_changes_ids(root, model);
  const PreTokenizer& pre_tokenizer = read_pre_tokenizer(root);
  const Json& vocab = member(model, "vocab", "model");
  if (!vocab.is_object()) corrupt(fmt::format("model.vocab is no object (got {})", vocab.type_name()));
  TokenList tokens(vocab.size() + member(root, "added_tokens", "the file").size());
  for (const auto& [name, id] : vocab.items()) tokens.add(name, to_id(id, name));
  const std::vector<TokenId> special_ids = read_added_tokens(root, tokens);

  BpeVocabulary vocabulary;
  vocabulary.merges = read_merges(model, tokens);
  vocabulary.tokens = tokens.take();
  for (size_t id = 0, next_special = 0; id < vocabulary.tokens.size(); ++id) {
    if (next_special < special_ids.size() && static_cast<size_t>(special_ids[next_special]) == id) {
      ++next_special;
      continue;
    }
    auto bytes = from_byte_alphabet(vocabulary.tokens[id]);
    if (!bytes)
      corrupt(fmt::format("token '{}' has a character outside the byte alphabet", excerpt(vocabulary.tokens[id])));
    vocabulary.tokens[id] = std::move(*bytes);
  }
  return Tokenizer(pre_tokenizer, std::move(vocabulary), special_ids);
}

Tokenizer load_tokenizer(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto file = std::filesystem::is_directory(path, ignored) ? path / "tokenizer.json" : path;
  const MappedFile map(file);
  try {
    return parse_tokenizer_json({reinterpret_cast<const char*>(map.bytes().data()), map.bytes().size()});
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("load '{}'", file.string()));
  }
}

}  // namespace vitrine::tokenizer
