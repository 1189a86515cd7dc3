// What a tokenizer puts around a text on request: the start of a text, [CLS], [SEP].
#pragma once

#include <vector>

#include "tokenizer/setting.h"
#include "tokenizer/token_id.h"

namespace vitrine::tokenizer {

/// The tokens before and behind a single text.
struct TextFrame {
  std::vector<TokenId> before;
  std::vector<TokenId> behind;

  bool operator==(const TextFrame&) const = default;
};

/// Reads the setting of a post-processor: null, ByteLevel (which changes no ids), TemplateProcessing, BertProcessing,
/// RobertaProcessing, or a Sequence. Errors: kUnsupported for another type; kCorruptData for a bad option or an id that
/// is not below `vocab_size`.
TextFrame read_post_processor(const Setting& setting, TokenId vocab_size);

/// Makes the setting that puts these tokens around a text; null for none. `name` returns the name of an id.
Setting make_template(const TextFrame& frame, const std::vector<std::string>& tokens);

}  // namespace vitrine::tokenizer
