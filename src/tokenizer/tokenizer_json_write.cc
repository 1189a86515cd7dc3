// Written by hand rather than through a JSON tree, so that the vocabulary stands in the order of ids.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

std::string json_string(std::string_view text) {
  if (!is_valid_utf8(text))
    throw Error(ErrorCode::kCorruptData,
                fmt::format("write tokenizer.json: the name of a token is not UTF-8 (got '{}')", excerpt(text)),
                "the model's vocabulary is damaged: get the file again");
  return nlohmann::json(text).dump();
}

const char* json_flag(bool value) { return value ? "true" : "false"; }

bool holds_objects(const Setting& setting) {
  const Setting::List* list = setting.list();
  return list != nullptr && !list->empty() && list->front().object() != nullptr;
}

/// Writes a setting on one line; lists of parts get a line for each part.
std::string json_setting(const Setting& setting, int indent) {
  if (const bool* value = setting.boolean()) return json_flag(*value);
  if (const int64_t* value = setting.integer()) return fmt::format("{}", *value);
  if (const double* value = setting.real()) return nlohmann::json(*value).dump();
  if (const std::string* value = setting.text()) return json_string(*value);
  std::string text;
  if (const Setting::List* list = setting.list()) {
    const bool is_tall = holds_objects(setting);
    const std::string line = fmt::format("\n{:{}}", "", indent);
    for (const Setting& item : *list)
      text += (text.empty() ? "" : is_tall ? "," : ", ") + (is_tall ? line + "  " : "") + json_setting(item, indent + 2);
    return "[" + text + (is_tall ? line : "") + "]";
  }
  if (const Setting::Object* members = setting.object()) {
    bool is_tall = false;
    for (const SettingMember& member : *members) is_tall = is_tall || holds_objects(member.value);
    const std::string line = fmt::format("\n{:{}}", "", indent);
    for (const SettingMember& member : *members)
      text += (text.empty() ? "" : is_tall ? "," : ", ") + (is_tall ? line + "  " : "") +
              fmt::format("{}: {}", json_string(member.key), json_setting(member.value, indent + 2));
    return "{" + text + (is_tall ? line : "") + "}";
  }
  return "null";
}

void refuse_own_parts(const TokenizerDefinition& definition) {
  for (const Setting* part : flatten_sequence(definition.normalizer, "normalizers"))
    if (part->type() == "SentencePiece")
      throw Error(ErrorCode::kUnsupported, "write tokenizer.json: the model's SentencePiece normalizer has no part there",
                  "keep the tokenizer in its own format");
}

std::string added_tokens(const TokenizerDefinition& definition) {
  std::string text;
  for (const AddedToken& token : definition.added_tokens) {
    text += fmt::format(
        "{}\n    {{\"id\": {}, \"content\": {}, \"single_word\": {}, \"lstrip\": {}, \"rstrip\": {}, "
        "\"normalized\": {}, \"special\": {}}}",
        text.empty() ? "" : ",", token.id, json_string(token.content), json_flag(token.single_word),
        json_flag(token.lstrip), json_flag(token.rstrip), json_flag(token.normalized), json_flag(token.special));
  }
  return text.empty() ? "[]" : "[" + text + "\n  ]";
}

/// Calls `use` with the ids and names of the model's own vocabulary.
template <typename Use>
void for_each_token(const TokenizerDefinition& definition, Use use) {
  size_t next_added = 0;
  for (size_t id = 0; id < definition.tokens.size(); ++id) {
    const AddedToken* added = next_added < definition.added_tokens.size() &&
                                      static_cast<size_t>(definition.added_tokens[next_added].id) == id
                                  ? &definition.added_tokens[next_added++]
                                  : nullptr;
    if (definition.tokens[id].empty() || (added != nullptr && !added->in_vocabulary)) continue;
    use(id, definition.tokens[id]);
  }
}

std::string vocab(const TokenizerDefinition& definition) {
  std::string text;
  for_each_token(definition, [&](size_t id, const std::string& name) {
    text += fmt::format("{}\n      {}: {}", text.empty() ? "" : ",", json_string(name), id);
  });
  return text;
}

std::string merges(const TokenizerDefinition& definition, const BpeDefinition& bpe) {
  std::vector<size_t> order(bpe.merges.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (!bpe.ranks.empty())
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return bpe.ranks[a] < bpe.ranks[b]; });
  std::string text;
  for (const size_t i : order) {
    const std::string& left = definition.tokens[static_cast<size_t>(bpe.merges[i].left)];
    const std::string& right = definition.tokens[static_cast<size_t>(bpe.merges[i].right)];
    // "left right" in one string is the form that every version of the readers knows.
    const bool has_space = left.find(' ') != left.npos || right.find(' ') != right.npos;
    const std::string pair = has_space ? fmt::format("[{}, {}]", json_string(left), json_string(right))
                                       : json_string(left + " " + right);
    text += fmt::format("{}\n      {}", text.empty() ? "" : ",", pair);
  }
  return text;
}

std::string json_text_or_null(const std::string& text) { return text.empty() ? "null" : json_string(text); }

std::string model(const TokenizerDefinition& definition, const BpeDefinition& bpe) {
  return fmt::format(R"({{
    "type": "BPE",
    "dropout": null,
    "unk_token": {},
    "continuing_subword_prefix": {},
    "end_of_word_suffix": {},
    "fuse_unk": {},
    "byte_fallback": {},
    "ignore_merges": {},
    "vocab": {{{}
    }},
    "merges": [{}
    ]
  }})",
                     bpe.unk_token ? json_string(*bpe.unk_token) : "null",
                     json_text_or_null(bpe.continuing_subword_prefix), json_text_or_null(bpe.end_of_word_suffix),
                     json_flag(bpe.fuse_unk), json_flag(bpe.byte_fallback), json_flag(bpe.ignore_merges),
                     vocab(definition), merges(definition, bpe));
}

std::string model(const TokenizerDefinition& definition, const UnigramDefinition& unigram) {
  std::string pieces;
  for (size_t id = 0; id < unigram.scores.size(); ++id)
    pieces += fmt::format("{}\n      [{}, {}]", id == 0 ? "" : ",", json_string(definition.tokens[id]),
                          nlohmann::json(unigram.scores[id]).dump());
  return fmt::format(R"({{
    "type": "Unigram",
    "unk_id": {},
    "vocab": [{}
    ],
    "byte_fallback": {}
  }})",
                     unigram.unk_id ? fmt::format("{}", *unigram.unk_id) : "null", pieces,
                     json_flag(unigram.byte_fallback));
}

std::string model(const TokenizerDefinition& definition, const WordPieceDefinition& word_piece) {
  return fmt::format(R"({{
    "type": "WordPiece",
    "unk_token": {},
    "continuing_subword_prefix": {},
    "max_input_chars_per_word": {},
    "vocab": {{{}
    }}
  }})",
                     json_string(word_piece.unk_token), json_string(word_piece.continuing_subword_prefix),
                     word_piece.max_input_chars_per_word, vocab(definition));
}

}  // namespace

std::string to_tokenizer_json(const Tokenizer& tokenizer) {
  const TokenizerDefinition& definition = tokenizer.definition();
  refuse_own_parts(definition);
  return fmt::format(
      R"({{
  "version": "1.0",
  "truncation": null,
  "padding": null,
  "added_tokens": {},
  "normalizer": {},
  "pre_tokenizer": {},
  "post_processor": {},
  "decoder": {},
  "model": {}
}}
)",
      added_tokens(definition), json_setting(definition.normalizer, 2), json_setting(definition.pre_tokenizer, 2),
      json_setting(definition.post_processor, 2), json_setting(definition.decoder, 2),
      std::visit([&](const auto& kind) { return model(definition, kind); }, definition.model));
}

void save_tokenizer(const Tokenizer& tokenizer, const std::filesystem::path& path) {
  write_file_durably(path, to_tokenizer_json(tokenizer));
}

}  // namespace vitrine::tokenizer
