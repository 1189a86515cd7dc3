// Any lines as JSONL documents; what can be read is written and read again, and rendered as a chat.
#include "data/conversation.h"

#include "fuzz/fuzz_target.h"
#include "support/small_tokenizer.h"

namespace vitrine::fuzz {

void run_target(std::string_view input) {
  static const data::ChatFormat format(testing::small_tokenizer());
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    accepts([&] {
      const data::Document document = data::from_json_line(line);
      const std::string written = data::to_json_line(document);
      require(written.find('\n') == std::string::npos, "a line is one line");
      const data::Document again = must([&] { return data::from_json_line(written); });
      require(data::to_json_line(again) == written, "writing what was written changes nothing");
      require(again.text == document.text && again.kind == document.kind, "the text survives writing");
      if (document.messages.empty()) return;
      const data::RenderedChat chat = format.render(document.messages);
      require(chat.ids.size() == chat.loss_mask.size(), "a flag for each token");
      require(must([&] { return format.render(again.messages); }).ids == chat.ids, "the same tokens after writing");
    });
  }
}

}  // namespace vitrine::fuzz
