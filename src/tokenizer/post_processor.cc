#include "tokenizer/post_processor.h"

#include <fmt/format.h>

#include "base/error.h"

namespace vitrine::tokenizer {
namespace {

[[noreturn]] void corrupt_post_processor(std::string what) {
  throw Error(ErrorCode::kCorruptData, "tokenizer: " + std::move(what), "get the file again");
}

TokenId read_id(const Setting& setting, TokenId vocab_size) {
  const int64_t* id = setting.integer();
  if (id == nullptr || *id < 0 || *id >= vocab_size)
    corrupt_post_processor(
        fmt::format("the post-processor has a token id that is none (expected 0 to {})", vocab_size - 1));
  return static_cast<TokenId>(*id);
}

/// The ids of a template's special token, as its own table lists them.
std::vector<TokenId> template_ids(const Setting& setting, const std::string& name, TokenId vocab_size) {
  std::vector<TokenId> ids;
  for (const Setting& id : setting.get("special_tokens").get(name).list("ids")) ids.push_back(read_id(id, vocab_size));
  return ids;
}

TextFrame read_template_frame(const Setting& setting, TokenId vocab_size) {
  TextFrame frame;
  bool is_behind = false;
  for (const Setting& piece : setting.list("single")) {
    const Setting& special = piece.get("SpecialToken");
    if (special.is_null()) {
      if (piece.get("Sequence").text("id") != "A" || is_behind)
        corrupt_post_processor("a template for one text asks for other texts");
      is_behind = true;
      continue;
    }
    std::vector<TokenId>& side = is_behind ? frame.behind : frame.before;
    for (const TokenId id : template_ids(setting, special.text("id"), vocab_size)) side.push_back(id);
  }
  if (!is_behind) corrupt_post_processor("a template has no place for the text");
  return frame;
}

/// BertProcessing and RobertaProcessing: ["[SEP]", 102] behind, ["[CLS]", 101] before.
TextFrame read_class_and_separator(const Setting& setting, TokenId vocab_size) {
  const auto id_of = [&](std::string_view key) {
    const Setting::List& pair = setting.list(key);
    if (pair.size() != 2) corrupt_post_processor(fmt::format("'{}' is no pair of name and id", key));
    return read_id(pair[1], vocab_size);
  };
  return {{id_of("cls")}, {id_of("sep")}};
}

}  // namespace

TextFrame read_post_processor(const Setting& setting, TokenId vocab_size) {
  TextFrame frame;
  for (const Setting* step : flatten_sequence(setting, "processors")) {
    const std::string& type = step->type();
    if (type == "ByteLevel") continue;
    if (type != "TemplateProcessing" && type != "BertProcessing" && type != "RobertaProcessing")
      throw Error(ErrorCode::kUnsupported, fmt::format("tokenizer: unknown post-processor '{}'", excerpt(type)),
                  "it would change the ids of a text");
    const TextFrame outer = type == "TemplateProcessing" ? read_template_frame(*step, vocab_size)
                                                         : read_class_and_separator(*step, vocab_size);
    frame.before.insert(frame.before.begin(), outer.before.begin(), outer.before.end());
    frame.behind.insert(frame.behind.end(), outer.behind.begin(), outer.behind.end());
  }
  return frame;
}

Setting make_template(const TextFrame& frame, const std::vector<std::string>& tokens) {
  if (frame.before.empty() && frame.behind.empty()) return {};
  Setting::Object special;
  const auto piece = [](const char* kind, std::string id, int type_id) {
    return Setting(Setting::Object{{kind, Setting::Object{{"id", std::move(id)}, {"type_id", type_id}}}});
  };
  const auto add_text = [&](Setting::List& list, const char* text, int type_id) {
    const auto add = [&](const std::vector<TokenId>& ids) {
      for (const TokenId id : ids) {
        const std::string& name = tokens[static_cast<size_t>(id)];
        list.push_back(piece("SpecialToken", name, type_id));
        if (!Setting(special).get(name).is_null()) continue;
        special.push_back(
            {name,
             Setting::Object{{"id", name}, {"ids", Setting::List{int64_t{id}}}, {"tokens", Setting::List{name}}}});
      }
    };
    add(frame.before);
    list.push_back(piece("Sequence", text, type_id));
    add(frame.behind);
  };
  Setting::List single, pair;
  add_text(single, "A", 0);
  add_text(pair, "A", 0);
  add_text(pair, "B", 1);
  return make_part("TemplateProcessing",
                   {{"single", std::move(single)}, {"pair", std::move(pair)}, {"special_tokens", std::move(special)}});
}

}  // namespace vitrine::tokenizer
