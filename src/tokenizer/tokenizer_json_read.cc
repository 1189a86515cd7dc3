// The file may be hostile: every type, id and reference is checked before it is used, and what would change ids but is
// not done here is refused by name.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>

#include "base/error.h"
#include "tokenizer/token_list.h"
#include "tokenizer/tokenizer_json.h"

namespace vitrine::tokenizer {
namespace {

using Element = simdjson::dom::element;
using Object = simdjson::dom::object;
using Array = simdjson::dom::array;
using simdjson::dom::element_type;

constexpr size_t kMaxTokenizerJsonBytes = size_t{256} << 20;  // the largest vocabularies in use take 35 MB
constexpr size_t kMaxTokenizerJsonDepth = 32;
constexpr int kMaxSettings = 20'000;  // values outside of the vocabulary

[[noreturn]] void corrupt_tokenizer_json(std::string what) {
  throw Error(ErrorCode::kCorruptData, "tokenizer.json: " + std::move(what), "get the file again");
}

/// What is no JSON object is more often another file than a broken tokenizer.
[[noreturn]] void no_tokenizer(std::string what) {
  throw Error(
      ErrorCode::kCorruptData, "tokenizer.json: " + std::move(what),
      "give a tokenizer: a tokenizer.json, .model, .tiktoken or .gguf file, or a folder that holds one; if this "
      "is one, get the file again");
}

[[noreturn]] void unsupported(std::string what) {
  throw Error(ErrorCode::kUnsupported, "tokenizer.json: " + std::move(what),
              "models of type BPE, Unigram and WordPiece are read");
}

/// Returns a member, or nothing when it is not there or null. A key that stands twice is refused.
std::optional<Element> member(const Object& object, std::string_view key) {
  std::optional<Element> found;
  bool seen = false;
  for (const auto& [name, value] : object) {
    if (name != key) continue;
    if (seen) corrupt_tokenizer_json(fmt::format("key '{}' stands twice in one object", excerpt(key)));
    seen = true;
    if (!value.is_null()) found = value;
  }
  return found;
}

std::string_view text_of(const Element& value, std::string_view what) {
  if (!value.is_string()) corrupt_tokenizer_json(fmt::format("{} is no text", what));
  return value.get_string().value_unsafe();
}

bool flag_member(const Object& object, std::string_view key, bool fallback) {
  const auto value = member(object, key);
  if (!value) return fallback;
  if (!value->is_bool()) corrupt_tokenizer_json(fmt::format("'{}' is neither true nor false", key));
  return value->get_bool().value_unsafe();
}

std::string text_member(const Object& object, std::string_view key) {
  const auto value = member(object, key);
  return value ? std::string(text_of(*value, key)) : std::string();
}

Object object_of(const std::optional<Element>& value, std::string_view what) {
  if (!value || !value->is_object()) corrupt_tokenizer_json(fmt::format("{} is missing or no object", what));
  return value->get_object().value_unsafe();
}

Array array_of(const std::optional<Element>& value, std::string_view what) {
  if (!value || !value->is_array()) corrupt_tokenizer_json(fmt::format("{} is missing or no list", what));
  return value->get_array().value_unsafe();
}

TokenId to_id(const Element& value, std::string_view name) {
  int64_t id = -1;
  if (value.type() != element_type::INT64 || value.get_int64().get(id) != simdjson::SUCCESS || id < 0 || id > INT32_MAX)
    corrupt_tokenizer_json(fmt::format("the id of token '{}' is none (expected 0 to {})", excerpt(name), INT32_MAX));
  return static_cast<TokenId>(id);
}

/// Copies a part's description; `budget` bounds how many values come in all.
Setting to_setting(const Element& value, int& budget) {
  if (--budget < 0) corrupt_tokenizer_json(fmt::format("more than {} values outside of the vocabulary", kMaxSettings));
  switch (value.type()) {
    case element_type::BOOL:
      return value.get_bool().value_unsafe();
    case element_type::INT64:
      return int64_t{value.get_int64().value_unsafe()};
    case element_type::UINT64:
      return static_cast<double>(value.get_uint64().value_unsafe());
    case element_type::DOUBLE:
      return double{value.get_double().value_unsafe()};
    case element_type::STRING:
      return std::string(value.get_string().value_unsafe());
    case element_type::ARRAY: {
      Setting::List list;
      for (const Element& item : array_of(value, "a list")) list.push_back(to_setting(item, budget));
      return list;
    }
    case element_type::OBJECT: {
      Setting::Object members;
      std::unordered_set<std::string_view> keys;
      for (const auto& [key, item] : object_of(value, "an object")) {
        if (!keys.insert(key).second)
          corrupt_tokenizer_json(fmt::format("key '{}' stands twice in one object", excerpt(key)));
        members.push_back({std::string(key), to_setting(item, budget)});
      }
      return members;
    }
    default:
      return {};
  }
}

std::vector<AddedToken> read_added_tokens(const Object& root, TokenList& tokens) {
  std::vector<AddedToken> added;
  const auto list = member(root, "added_tokens");
  if (!list) return added;
  for (const Element& entry : array_of(list, "added_tokens")) {
    const Object object = object_of(entry, "an added token");
    const auto content = member(object, "content"), id = member(object, "id");
    if (!content || !id) corrupt_tokenizer_json("an added token has no content or no id");
    AddedToken token{.content = std::string(text_of(*content, "the content of an added token"))};
    token.id = to_id(*id, token.content);
    token.special = flag_member(object, "special", false);
    token.single_word = flag_member(object, "single_word", false);
    token.lstrip = flag_member(object, "lstrip", false);
    token.rstrip = flag_member(object, "rstrip", false);
    token.normalized = flag_member(object, "normalized", !token.special);
    token.in_vocabulary = tokens.find(token.content).has_value();
    tokens.add(token.content, token.id);
    added.push_back(std::move(token));
  }
  std::sort(added.begin(), added.end(), [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  for (size_t i = 1; i < added.size(); ++i)
    if (added[i].id == added[i - 1].id)
      corrupt_tokenizer_json(fmt::format("added token '{}' stands twice", excerpt(added[i].content)));
  return added;
}

void read_vocab_object(const Object& model, TokenList& tokens) {
  for (const auto& [name, id] : object_of(member(model, "vocab"), "model.vocab")) tokens.add(name, to_id(id, name));
}

std::pair<std::string_view, std::string_view> read_merge_pair(const Element& json, size_t rank) {
  if (json.is_array()) {
    const Array pair = json.get_array().value_unsafe();
    if (pair.size() == 2 && pair.at(0).is_string() && pair.at(1).is_string())
      return {pair.at(0).get_string().value_unsafe(), pair.at(1).get_string().value_unsafe()};
  } else if (json.is_string()) {
    const std::string_view text = json.get_string().value_unsafe();
    const size_t space = text.find(' ');
    if (space != text.npos && text.find(' ', space + 1) == text.npos)
      return {text.substr(0, space), text.substr(space + 1)};
  }
  corrupt_tokenizer_json(fmt::format("merge {} is no pair of tokens", rank));
}

std::vector<Merge> read_merge_list(const Object& model, const TokenList& tokens, std::string_view prefix) {
  const Array json = array_of(member(model, "merges"), "model.merges");
  std::vector<Merge> merges;
  merges.reserve(json.size());
  const auto find = [&](std::string_view name) {
    const auto id = tokens.find(name);
    if (!id)
      corrupt_tokenizer_json(
          fmt::format("merge {}: token '{}' is not in the vocabulary", merges.size(), excerpt(name)));
    return *id;
  };
  std::string whole;
  for (const Element& entry : json) {
    const auto [left, right] = read_merge_pair(entry, merges.size());
    whole = left;
    whole += right.starts_with(prefix) ? right.substr(prefix.size()) : right;
    merges.push_back({find(left), find(right), find(whole)});
  }
  return merges;
}

void expect_only(const Object& model, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : model)
    if (std::find(known.begin(), known.end(), key) == known.end())
      unsupported(fmt::format("model has an unknown option '{}'", excerpt(key)));
}

BpeDefinition read_bpe(const Object& model, TokenList& tokens) {
  expect_only(model, {"type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
                      "byte_fallback", "ignore_merges", "vocab", "merges"});
  if (const auto dropout = member(model, "dropout"))
    if (!dropout->is_number() || dropout->get_double().value_unsafe() != 0) unsupported("model.dropout is set");
  read_vocab_object(model, tokens);
  BpeDefinition bpe;
  if (const auto unknown = member(model, "unk_token")) bpe.unk_token = text_of(*unknown, "model.unk_token");
  bpe.continuing_subword_prefix = text_member(model, "continuing_subword_prefix");
  bpe.end_of_word_suffix = text_member(model, "end_of_word_suffix");
  bpe.fuse_unk = flag_member(model, "fuse_unk", false);
  bpe.byte_fallback = flag_member(model, "byte_fallback", false);
  bpe.ignore_merges = flag_member(model, "ignore_merges", false);
  bpe.merges = read_merge_list(model, tokens, bpe.continuing_subword_prefix);
  return bpe;
}

UnigramDefinition read_unigram(const Object& model, TokenList& tokens) {
  expect_only(model, {"type", "unk_id", "vocab", "byte_fallback"});
  UnigramDefinition unigram;
  unigram.byte_fallback = flag_member(model, "byte_fallback", false);
  for (const Element& entry : array_of(member(model, "vocab"), "model.vocab")) {
    const Array pair = array_of(entry, "a vocabulary entry");
    if (pair.size() != 2 || !pair.at(0).is_string() || !pair.at(1).is_number())
      corrupt_tokenizer_json("a vocabulary entry is no pair of token and score");
    tokens.add(pair.at(0).get_string().value_unsafe(), static_cast<TokenId>(unigram.scores.size()));
    unigram.scores.push_back(pair.at(1).get_double().value_unsafe());
  }
  if (const auto unknown = member(model, "unk_id")) unigram.unk_id = to_id(*unknown, "unk");
  return unigram;
}

WordPieceDefinition read_word_piece(const Object& model, TokenList& tokens) {
  expect_only(model, {"type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab"});
  read_vocab_object(model, tokens);
  WordPieceDefinition word_piece;
  word_piece.unk_token = text_member(model, "unk_token");
  word_piece.continuing_subword_prefix = text_member(model, "continuing_subword_prefix");
  if (const auto limit = member(model, "max_input_chars_per_word"))
    word_piece.max_input_chars_per_word = to_id(*limit, "max_input_chars_per_word");
  return word_piece;
}

/// Old files leave the type out: what the model holds says it.
std::string model_type(const Object& model) {
  if (const auto type = member(model, "type")) return std::string(text_of(*type, "model.type"));
  if (member(model, "merges")) return "BPE";
  return member(model, "unk_id") ? "Unigram" : "WordPiece";
}

size_t count_tokens(const Object& root, const Object& model) {
  size_t count = 0;
  const auto vocab = member(model, "vocab"), added = member(root, "added_tokens");
  // The sizes that the parser keeps end at 2^24 - 1.
  if (vocab && vocab->is_object()) count += object_of(vocab, "model.vocab").size();
  if (vocab && vocab->is_array()) count += array_of(vocab, "model.vocab").size();
  if (added && added->is_array()) count += array_of(added, "added_tokens").size();
  return count;
}

TokenizerDefinition read_definition(const Object& root) {
  const Object model = object_of(member(root, "model"), "model");
  TokenList tokens(count_tokens(root, model));
  TokenizerDefinition definition;
  const std::string type = model_type(model);
  if (type == "BPE") {
    definition.model = read_bpe(model, tokens);
  } else if (type == "Unigram") {
    definition.model = read_unigram(model, tokens);
  } else if (type == "WordPiece") {
    definition.model = read_word_piece(model, tokens);
  } else {
    unsupported(fmt::format("model of type '{}'", excerpt(type)));
  }
  definition.added_tokens = read_added_tokens(root, tokens);
  definition.tokens = tokens.take();
  int budget = kMaxSettings;
  const auto part = [&](std::string_view key) {
    const auto value = member(root, key);
    return value ? to_setting(*value, budget) : Setting();
  };
  definition.normalizer = part("normalizer");
  definition.pre_tokenizer = part("pre_tokenizer");
  definition.post_processor = part("post_processor");
  definition.decoder = part("decoder");
  // Without the key it is rather a damaged file than one whose tokens are words.
  if (simdjson::dom::element ignored; root.at_key("decoder").get(ignored) != simdjson::SUCCESS)
    corrupt_tokenizer_json("'decoder' is missing (expected an object or null)");
  // Says only where offsets begin.
  if (!definition.post_processor.is_null() && definition.post_processor.type() == "ByteLevel")
    definition.post_processor = {};
  return definition;
}

/// " at byte N", by a parser that knows; empty where it finds nothing wrong. Nothing is kept meanwhile.
std::string place_of_fault(std::string_view text) {
  using Json = nlohmann::json;
  try {
    [[maybe_unused]] const Json nothing =
        Json::parse(text, [](int, Json::parse_event_t, const Json&) { return false; });
  } catch (const Json::parse_error& error) {
    return fmt::format(" at byte {}", error.byte);
  } catch (const Json::exception&) {
    return "";
  }
  return "";
}

}  // namespace

Tokenizer parse_tokenizer_json(std::string_view text) {
  if (text.size() > kMaxTokenizerJsonBytes)
    corrupt_tokenizer_json(
        fmt::format("too large (got {} bytes, expected at most {})", text.size(), kMaxTokenizerJsonBytes));
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(text);
  if (const auto error = parser.allocate(std::max<size_t>(padded.size(), 1), kMaxTokenizerJsonDepth))
    throw Error(ErrorCode::kOutOfMemory, fmt::format("tokenizer.json: {}", simdjson::error_message(error)));
  Element root;
  if (const auto error = parser.parse(padded).get(root))
    no_tokenizer(fmt::format("not JSON{} ({})", place_of_fault(text), simdjson::error_message(error)));
  if (!root.is_object()) no_tokenizer("the file is no object");
  return Tokenizer(read_definition(root.get_object().value_unsafe()));
}

}  // namespace vitrine::tokenizer
